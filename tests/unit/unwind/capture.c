#include "capture.h"

#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define STACK_MAX   (1 << 20)
#define RETURNS_MAX 4096

static void check(struct error *error)
{
	if (!error)
		return;
	fprintf(stderr, "capture: %s\n", error->message);
	abort();
}

static struct registers registers_of(const ucontext_t *context)
{
	static const int order[REGISTER_COUNT] = {
		[REGISTER_RAX] = REG_RAX,
		[REGISTER_RDX] = REG_RDX,
		[REGISTER_RCX] = REG_RCX,
		[REGISTER_RBX] = REG_RBX,
		[REGISTER_RSI] = REG_RSI,
		[REGISTER_RDI] = REG_RDI,
		[REGISTER_RBP] = REG_RBP,
		[REGISTER_RSP] = REG_RSP,
		[REGISTER_R8] = REG_R8,
		[REGISTER_R8 + 1] = REG_R9,
		[REGISTER_R8 + 2] = REG_R10,
		[REGISTER_R8 + 3] = REG_R11,
		[REGISTER_R8 + 4] = REG_R12,
		[REGISTER_R8 + 5] = REG_R13,
		[REGISTER_R8 + 6] = REG_R14,
		[REGISTER_R15] = REG_R15,
		[REGISTER_PC] = REG_RIP,
	};
	struct registers registers;

	for (size_t i = 0; i < REGISTER_COUNT; i++)
		registers.values[i] = (uint64_t)context->uc_mcontext.gregs[order[i]];
	return registers;
}

/* Through the kernel, which knows where the stack ends and nothing of red zones. */
static void copy_stack(uint64_t from, struct u8_array *ret)
{
	CLEANUP(cleanup_close) int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);

	check(u8_array_reserve(ret, STACK_MAX));
	ssize_t got = pread(fd, ret->items, STACK_MAX, (off_t)from);
	if (got <= 0)
		check(error_from_errno(errno, "cannot read the stack"));
	ret->count = (size_t)got;
}

__attribute__((noinline)) void capture_stack(struct capture *ret)
{
	void *returns[RETURNS_MAX];
	ucontext_t context;

	memset(ret, 0, sizeof(*ret));
	getcontext(&context);
	ret->input.registers = registers_of(&context);
	ret->input.stack_address = registers_sp(&ret->input.registers);
	copy_stack(ret->input.stack_address, &ret->bytes);
	ret->input.stack = ret->bytes.items;
	ret->input.stack_length = ret->bytes.count;
	int count = backtrace(returns, RETURNS_MAX);
	for (int i = 0; i < count; i++)
		check(u64_array_append(&ret->returns, (uint64_t)(uintptr_t)returns[i]));
}

void capture_deinit(struct capture *capture)
{
	u8_array_deinit(&capture->bytes);
	u64_array_deinit(&capture->returns);
}

static struct error *open_vdso(const struct mapping *mapping, int *ret_fd)
{
	int fd = memfd_create("vdso", MFD_CLOEXEC);
	struct error *error = write_all(
		fd, (const void *)getauxval(AT_SYSINFO_EHDR), mapping->end - mapping->start);

	*ret_fd = fd;
	return error;
}

static struct error *open_own(void *context, const struct mapping *mapping, int *ret_fd)
{
	(void)context;
	if (strcmp(mapping->path, "[vdso]") == 0)
		return open_vdso(mapping, ret_fd);
	*ret_fd = open(mapping->path, O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? error_from_errno(errno, "cannot open '%s'", mapping->path) : NULL;
}

struct module_table *capture_modules(void)
{
	CLEANUP(u8_array_deinit) struct u8_array maps = {0};
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	struct module_table *table = NULL;
	bool changed;

	check(file_read("/proc/self/maps", 1 << 24, &maps));
	check(mappings_parse(cursor_over(maps.items, maps.count), &mappings));
	check(module_table_create(
		(struct module_opener){.open = open_own, .context = NULL}, &table));
	check(module_table_update(table, &mappings, &changed));
	return table;
}
