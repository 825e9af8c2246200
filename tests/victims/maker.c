/*
 * maker KIND [DUMP]: makes a function while it runs, of SIZE bytes in memory of that KIND
 * ("anonymous", "shared" or "memfd"), says "code ADDRESS SIZE", both hexadecimal, and has a thread
 * run it for ever. Of the file DUMP, which it makes, it maps a page, as runtimes do that write a
 * jitdump.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "victim.h"

#define PAGE 4096

#ifdef __x86_64__
static const unsigned char code[] = {
	0x48, 0xff, 0xc0, /* inc %rax */
	0xeb, 0xfb,       /* jmp to the beginning */
};
#else
#error "no code for this architecture"
#endif

static void *map_memory(int flags, int fd)
{
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (memory == MAP_FAILED)
		fail("mmap: %s", strerror(errno));
	return memory;
}

static void *map_kind(const char *kind)
{
	int fd;

	if (strcmp(kind, "anonymous") == 0)
		return map_memory(MAP_PRIVATE | MAP_ANONYMOUS, -1);
	if (strcmp(kind, "shared") == 0)
		return map_memory(MAP_SHARED | MAP_ANONYMOUS, -1);
	fd = memfd_create("made code", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, PAGE) < 0)
		fail("memfd_create: %s", strerror(errno));
	return map_memory(MAP_SHARED, fd);
}

static void map_dump(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		fail("%s: %s", path, strerror(errno));
}

static void *run(void *made)
{
	((void (*)(void))(uintptr_t)made)();
	return NULL;
}

int main(int count, char **arguments)
{
	void *memory;

	victim_start();
	memory = map_kind(count > 1 ? arguments[1] : "anonymous");
	if (count > 2)
		map_dump(arguments[2]);
	memcpy(memory, code, sizeof(code));
	if (mprotect(memory, PAGE, PROT_READ | PROT_EXEC) < 0)
		fail("mprotect: %s", strerror(errno));
	say("code %lx %zx", (unsigned long)(uintptr_t)memory, sizeof(code));
	spawn("maker", run, memory);
	wait_for_end();
}
