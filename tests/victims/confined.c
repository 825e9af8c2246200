/*
 * confined FILTER: threads that wait in read, in pause and in epoll_wait under one of the seccomp
 * filters below, which are all installed when it says "ready". The command "try" makes some system
 * calls in children, and prints "tried CALL=OUTCOME..."; "check" prints "ok" when no wait has been
 * disturbed, else "disturbed".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "victim.h"

#define LOAD(member)           BPF_STMT(BPF_LD | BPF_ABS, offsetof(struct seccomp_data, member))
#define SKIP_UNLESS(n, to)     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, n, 0, to)
#define SKIP_UNLESS_BIT(n, to) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, n, 0, to)
#define RETURN(action)         BPF_STMT(BPF_RET | BPF_K, action)

#define MANY 300

/* One call with one bit of one argument (its lower half) gets the action. */
#define ONE_CALL(call, argument, bit, action)                                                      \
	{                                                                                          \
		LOAD(nr), SKIP_UNLESS(call, 3), LOAD(args[argument]), SKIP_UNLESS_BIT(bit, 1),     \
			RETURN(action), RETURN(SECCOMP_RET_ALLOW)                                  \
	}

static struct sock_filter allow_all[] = {RETURN(SECCOMP_RET_ALLOW)};
static struct sock_filter mmap_fails[] =
	ONE_CALL(SYS_mmap, 2, PROT_EXEC, SECCOMP_RET_ERRNO | EPERM);
static struct sock_filter mprotect_kills[] =
	ONE_CALL(SYS_mprotect, 2, PROT_EXEC, SECCOMP_RET_KILL_PROCESS);
static struct sock_filter futex_kills[] = /* that with a comparison */
	ONE_CALL(SYS_futex, 1, FUTEX_CMP_REQUEUE, SECCOMP_RET_KILL_PROCESS);
static struct sock_filter mprotect_logs[] = ONE_CALL(SYS_mprotect, 2, PROT_EXEC, SECCOMP_RET_LOG);
static struct sock_filter munmap_by_address[] =
	ONE_CALL(SYS_munmap, 0, 0x10000000, SECCOMP_RET_ERRNO | EINVAL);
static struct sock_filter memfd_traps[] = {LOAD(nr), SKIP_UNLESS(SYS_memfd_create, 1),
	RETURN(SECCOMP_RET_TRAP), RETURN(SECCOMP_RET_ALLOW)};
static struct sock_filter only_threads[] = {
	LOAD(arch),
	SKIP_UNLESS(AUDIT_ARCH_X86_64, 6),
	LOAD(nr),
	SKIP_UNLESS(SYS_clone3, 1),
	RETURN(SECCOMP_RET_ERRNO | ENOSYS),
	SKIP_UNLESS(SYS_clone, 2),
	LOAD(args[0]),
	SKIP_UNLESS_BIT(CLONE_THREAD, 1),
	RETURN(SECCOMP_RET_ALLOW),
	RETURN(SECCOMP_RET_ERRNO | EPERM),
};

#define PROGRAM(items)                                                                             \
	{                                                                                          \
		sizeof(items) / sizeof(items[0]), items                                            \
	}

/* In the order in which they are installed; the first one so many times. */
static const struct {
	const char *name;
	int times;
	struct sock_fprog programs[3];
} filters[] = {
	{"none", 0, {{0, NULL}}},
	{"allow-all", 1, {PROGRAM(allow_all)}},
	{"errno", 1, {PROGRAM(mmap_fails)}},
	{"kill", 1, {PROGRAM(mprotect_kills)}},
	{"futex", 1, {PROGRAM(futex_kills)}},
	{"log", 1, {PROGRAM(mprotect_logs)}},
	{"by-address", 1, {PROGRAM(munmap_by_address)}},
	{"strict-args", 1, {PROGRAM(only_threads)}},
	{"nested", 1, {PROGRAM(memfd_traps), PROGRAM(mmap_fails), PROGRAM(allow_all)}},
	{"many", MANY, {PROGRAM(allow_all)}},
	/* Only the thread "strict", by SECCOMP_MODE_STRICT. */
	{"strict", 0, {{0, NULL}}},
};

static int silent_pipe[2];
static atomic_int disturbances;

static void install(const struct sock_fprog *program)
{
	if (program->len && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) < 0)
		fail("seccomp: %s", strerror(errno));
}

static void *run_read(void *argument)
{
	char byte;

	(void)argument;
	for (;;)
		if (read(silent_pipe[0], &byte, 1) < 0)
			atomic_fetch_add(&disturbances, 1);
	return NULL;
}

static void *run_pause(void *argument)
{
	(void)argument;
	for (;;) {
		pause();
		atomic_fetch_add(&disturbances, 1);
	}
	return NULL;
}

static void *run_epoll(void *argument)
{
	int file = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event;

	(void)argument;
	for (;;)
		if (epoll_wait(file, &event, 1, -1) < 0)
			atomic_fetch_add(&disturbances, 1);
	return NULL;
}

/* Not even time or memory is to be had any more. */
static void *run_strict(void *argument)
{
	char byte;

	(void)argument;
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		fail("PR_SET_SECCOMP: %s", strerror(errno));
	for (;;)
		if (read(silent_pipe[0], &byte, 1) < 0)
			atomic_fetch_add(&disturbances, 1);
	return NULL;
}

static int try_mmap(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	       MAP_FAILED;
}

static int try_mprotect(void)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static int try_memfd(void)
{
	return memfd_create("confined", MFD_CLOEXEC) < 0;
}

/* What becomes of a child that does it. */
static const char *attempt(int (*function)(void))
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return strerrorname_np(errno);
	if (!child)
		_exit(function() ? errno : 0);
	waitpid(child, &status, 0);
	if (!WIFEXITED(status))
		return "killed";
	return WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "done";
}

static void obey(const char *command)
{
	if (strcmp(command, "check") == 0)
		say(atomic_load(&disturbances) ? "disturbed" : "ok");
	else if (strcmp(command, "try") == 0)
		say("tried mmap=%s mprotect=%s memfd_create=%s", attempt(try_mmap),
			attempt(try_mprotect), attempt(try_memfd));
}

static void confine(const char *name)
{
	size_t i = 0;

	while (i < sizeof(filters) / sizeof(filters[0]) && strcmp(filters[i].name, name))
		i++;
	if (i == sizeof(filters) / sizeof(filters[0]))
		fail("no filter is called %s", name);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	for (int times = 0; times < filters[i].times; times++)
		install(&filters[i].programs[0]);
	install(&filters[i].programs[1]);
	install(&filters[i].programs[2]);
}

int main(int count, char **arguments)
{
	const char *name = count > 1 ? arguments[1] : "none";
	char line[16];

	victim_start();
	if (pipe2(silent_pipe, O_CLOEXEC))
		fail("pipe2: %s", strerror(errno));
	confine(name);
	wait_until_asleep(spawn("reader", run_read, NULL));
	wait_until_asleep(spawn("pauser", run_pause, NULL));
	wait_until_asleep(spawn("poller", run_epoll, NULL));
	if (strcmp(name, "strict") == 0)
		wait_until_asleep(spawn("strict", run_strict, NULL));
	say("ready");
	for (;;) {
		read_command(line, sizeof(line));
		obey(line);
	}
}
