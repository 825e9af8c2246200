/*
 * plants: does to itself what a bad profiler would do, each at a command of that name: shows that
 * the tests notice.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

/* What limpet's memory takes, and what an allocator takes: 3.5 MiB is the fourth size class from 2
 * MiB on. */
#define AREA       (576UL * 1024)
#define ALLOCATION (3584UL * 1024)
/* So that neither is one mapping with a neighbour. */
#define ELSEWHERE ((char *)0x123450000000UL)

static void map_at(char *address, size_t size)
{
	if (mmap(address, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
		fail("mmap: %s", strerror(errno));
}

static void map(void)
{
	map_at(ELSEWHERE, AREA);
}

static void allocate(void)
{
	map_at(ELSEWHERE + ALLOCATION, ALLOCATION);
}

static void map_code(void)
{
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
		MAP_FAILED)
		fail("mmap: %s", strerror(errno));
}

static void open_descriptor(void)
{
	if (memfd_create("limpet", 0) < 0)
		fail("memfd_create: %s", strerror(errno));
}

static void *rest(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void start_thread(void)
{
	spawn("limpet", rest, NULL);
}

static void block(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static void catch (void)
{
	signal(SIGUSR2, SIG_IGN);
}

static void forbid(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void interrupt(void)
{
	complain("EINTR planted");
}

static void err(void)
{
	complain("BAD planted");
}

static void stick(void)
{
	complain("STUCK planted");
}

static void suspend(void)
{
	raise(SIGSTOP);
}

static void die(void)
{
	raise(SIGKILL);
}

static const struct {
	const char *name;
	void (*plant)(void);
} plants[] = {
	{"map", map},
	{"allocate", allocate},
	{"code", map_code},
	{"descriptor", open_descriptor},
	{"thread", start_thread},
	{"block", block},
	{"catch", catch},
	{"forbid", forbid},
	{"interrupt", interrupt},
	{"err", err},
	{"stick", stick},
	{"suspend", suspend},
	{"die", die},
};

static void plant(const char *command)
{
	for (size_t i = 0; i < sizeof(plants) / sizeof(plants[0]); i++)
		if (strcmp(plants[i].name, command) == 0)
			plants[i].plant();
}

int main(void)
{
	victim_start();
	answer_commands(NULL, plant);
}
