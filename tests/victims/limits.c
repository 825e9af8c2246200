/*
 * limits KIND: a process that has nothing left of something: memory, processes, descriptors,
 * file-size; or that has all its memory locked, or cannot have new code: locked, code.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define OTHER_USER  54321
#define DESCRIPTORS 64
#define FILE_SIZE   2048
#ifndef PR_SET_MDWE
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

static void limit(int resource, rlim_t most)
{
	const struct rlimit limits = {most, most};

	if (setrlimit((__rlimit_resource_t)resource, &limits) < 0)
		fail("setrlimit: %s", strerror(errno));
}

static void limit_memory(void)
{
	unsigned long pages = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (!file || fscanf(file, "%lu", &pages) != 1)
		fail("no statm");
	fclose(file);
	limit(RLIMIT_AS, pages * (rlim_t)sysconf(_SC_PAGESIZE));
}

/* Root is not held to it. */
static void limit_processes(void)
{
	if (geteuid() == 0 &&
		(setgroups(0, NULL) < 0 || setgid(OTHER_USER) < 0 || setuid(OTHER_USER) < 0))
		fail("setuid: %s", strerror(errno));
	prctl(PR_SET_DUMPABLE, 1);
	limit(RLIMIT_NPROC, 1);
}

static void limit_descriptors(void)
{
	limit(RLIMIT_NOFILE, DESCRIPTORS);
	while (open("/dev/null", O_RDONLY) >= 0)
		;
}

static void limit_file_size(void)
{
	limit(RLIMIT_FSIZE, FILE_SIZE);
}

static void lock_memory(void)
{
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		fail("mlockall: %s", strerror(errno));
}

static void limit_code(void)
{
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0)
		fail("PR_SET_MDWE: %s", strerror(errno));
}

static const struct {
	const char *name;
	void (*set)(void);
} kinds[] = {
	{"memory", limit_memory},
	{"processes", limit_processes},
	{"descriptors", limit_descriptors},
	{"file-size", limit_file_size},
	{"locked", lock_memory},
	{"code", limit_code},
};

static int nothing[2];

static void *wait_for_ever(void *unused)
{
	char byte;

	for (;;)
		if (read(nothing[0], &byte, 1) < 0)
			complain("%s read: %s", errno == EINTR ? "EINTR" : "BAD", strerror(errno));
	return unused;
}

int main(int count, char **arguments)
{
	victim_start();
	if (pipe(nothing) < 0)
		fail("pipe: %s", strerror(errno));
	spawn("waiter", wait_for_ever, NULL);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (count == 2 && strcmp(arguments[1], kinds[i].name) == 0)
			kinds[i].set();
	answer_commands(NULL, NULL);
}
