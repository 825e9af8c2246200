#include "sandbox/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"

/* Which profiles have a rule. */
#define FOR_ALL    (1U << SANDBOX_SERVER | 1U << SANDBOX_CLIENT)
#define FOR_SERVER (1U << SANDBOX_SERVER)
#define FOR_CLIENT (1U << SANDBOX_CLIENT)

/*
 * What all may call whatever the arguments are: nothing here reaches beyond the own memory and the
 * descriptors that are open. A name that the library does not know on this machine is left out.
 */
static const char *const calls_of_all[] = {
	/* memory */
	"brk", "munmap", "mremap", "madvise",
	/* descriptors */
	"read", "readv", "pread64", "write", "writev", "close", "lseek", "fstat", "_llseek",
	"fstat64", "sendfile", "sendfile64", "eventfd2",
	/* sockets that are open */
	"recvfrom", "recvmsg", "sendto", "sendmsg", "recv", "send", "shutdown", "getsockname",
	"getpeername", "getsockopt",
	/* waiting */
	"poll", "ppoll", "ppoll_time64", "select", "pselect6", "_newselect", "epoll_create1",
	"epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "futex", "futex_time64",
	"nanosleep", "clock_nanosleep", "clock_nanosleep_time64", "sched_yield", "restart_syscall",
	/* time, chance, itself */
	"clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday", "time", "getrandom",
	"getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack", "exit", "exit_group"};

static const char *const calls_of_server[] = {"accept4", "accept"};

static const char *const calls_of_client[] = {
	/* looking at files */
	"stat", "lstat", "newfstatat", "statx", "stat64", "lstat64", "fstatat64", "access",
	"faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd", "statfs",
	"fstatfs", "fadvise64",
	/* sockets */
	"connect", "sendmmsg", "recvmmsg", "setsockopt", "pipe2", "dup", "uname", "sysinfo",
	/* threads */
	"set_robust_list", "rseq", "set_tid_address", "sched_getaffinity", "membarrier"};

/* What may be called with some arguments only. */
struct conditional_rule {
	unsigned profiles;
	const char *call;
	unsigned count;
	struct scmp_arg_cmp conditions[2];
};

#define EQUAL(argument, value)                                                                     \
	{                                                                                          \
		.arg = (argument), .op = SCMP_CMP_EQ, .datum_a = (uint64_t)(value)                 \
	}
/* The bits of mask that are set are exactly those of value. */
#define BITS(argument, mask, value)                                                                \
	{                                                                                          \
		.arg = (argument), .op = SCMP_CMP_MASKED_EQ, .datum_a = (uint64_t)(mask),          \
		.datum_b = (uint64_t)(value)                                                       \
	}
#define THREAD_FLAGS (CLONE_VM | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define WRITES       (O_ACCMODE | O_CREAT | O_TRUNC)

static const struct conditional_rule conditional_rules[] = {
	{FOR_ALL, "mmap", 1, {BITS(2, PROT_EXEC, 0)}},
	{FOR_ALL, "mmap2", 1, {BITS(2, PROT_EXEC, 0)}},
	{FOR_ALL, "mprotect", 1, {BITS(2, PROT_EXEC, 0)}},
	{FOR_ALL, "fcntl", 1, {EQUAL(1, F_GETFD)}},
	{FOR_ALL, "fcntl", 1, {EQUAL(1, F_SETFD)}},
	{FOR_ALL, "fcntl", 1, {EQUAL(1, F_GETFL)}},
	{FOR_ALL, "fcntl", 1, {EQUAL(1, F_SETFL)}},
	{FOR_ALL, "fcntl64", 1, {EQUAL(1, F_GETFD)}},
	{FOR_ALL, "fcntl64", 1, {EQUAL(1, F_SETFD)}},
	{FOR_ALL, "fcntl64", 1, {EQUAL(1, F_GETFL)}},
	{FOR_ALL, "fcntl64", 1, {EQUAL(1, F_SETFL)}},
	{FOR_SERVER, "setsockopt", 2, {EQUAL(1, SOL_TCP), EQUAL(2, TCP_NODELAY)}},
	{FOR_SERVER, "setsockopt", 2, {EQUAL(1, SOL_TCP), EQUAL(2, TCP_CORK)}},
	{FOR_SERVER, "setsockopt", 2, {EQUAL(1, SOL_SOCKET), EQUAL(2, SO_LINGER)}},
	/* a resolver's plug-ins are libraries */
	{FOR_CLIENT, "mmap", 1, {BITS(2, PROT_EXEC | PROT_WRITE, PROT_EXEC)}},
	{FOR_CLIENT, "mmap2", 1, {BITS(2, PROT_EXEC | PROT_WRITE, PROT_EXEC)}},
	{FOR_CLIENT, "open", 1, {BITS(1, WRITES, O_RDONLY)}},
	{FOR_CLIENT, "openat", 1, {BITS(2, WRITES, O_RDONLY)}},
	{FOR_CLIENT, "fcntl", 1, {EQUAL(1, F_DUPFD_CLOEXEC)}},
	{FOR_CLIENT, "fcntl64", 1, {EQUAL(1, F_DUPFD_CLOEXEC)}},
	{FOR_CLIENT, "ioctl", 1, {EQUAL(1, FIONREAD)}},
	{FOR_CLIENT, "ioctl", 1, {EQUAL(1, FIONBIO)}},
	{FOR_CLIENT, "socket", 1, {EQUAL(0, AF_INET)}},
	{FOR_CLIENT, "socket", 1, {EQUAL(0, AF_INET6)}},
	{FOR_CLIENT, "socket", 1, {EQUAL(0, AF_UNIX)}},
	{FOR_CLIENT, "socketpair", 1, {EQUAL(0, AF_UNIX)}},
	{FOR_CLIENT, "clone", 1, {BITS(0, THREAD_FLAGS, THREAD_FLAGS)}},
	{FOR_CLIENT, "prctl", 1, {EQUAL(0, PR_SET_NAME)}},
};

static int allow_calls(scmp_filter_ctx filter, const char *const *names, size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);

		if (number != __NR_SCMP_ERROR)
			result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0);
	}
	return result;
}

static int allow_conditionally(scmp_filter_ctx filter, enum sandbox_profile profile)
{
	int result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(conditional_rules) && result == 0; i++) {
		const struct conditional_rule *rule = &conditional_rules[i];
		int number = seccomp_syscall_resolve_name(rule->call);

		if (number != __NR_SCMP_ERROR && rule->profiles & 1U << profile)
			result = seccomp_rule_add_array(
				filter, SCMP_ACT_ALLOW, number, rule->count, rule->conditions);
	}
	return result;
}

/* abort() sends a signal to the thread that calls it. */
static int allow_abort(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp itself = EQUAL(0, getpid());

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, &itself);
}

static int fill(scmp_filter_ctx filter, enum sandbox_profile profile)
{
	int result = allow_calls(filter, calls_of_all, ARRAY_SIZE(calls_of_all));

	if (result == 0 && profile == SANDBOX_SERVER)
		result = allow_calls(filter, calls_of_server, ARRAY_SIZE(calls_of_server));
	if (result == 0 && profile == SANDBOX_CLIENT)
		result = allow_calls(filter, calls_of_client, ARRAY_SIZE(calls_of_client));
	/* Its flags are in memory, out of the filter's sight; libraries fall back on clone(2). */
	if (result == 0 && profile == SANDBOX_CLIENT)
		result = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (result == 0)
		result = allow_conditionally(filter, profile);
	return result ? result : allow_abort(filter);
}

struct error *sandbox_filter_load(enum sandbox_profile profile)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	struct error *error = NULL;
	int result;

	if (!filter)
		return &error_no_memory;
	result = fill(filter, profile);
	if (result == 0)
		result = seccomp_load(filter);
	if (result != 0) {
		error = error_from_errno(-result, "cannot forbid system calls by seccomp");
		if (error != &error_no_memory)
			error->kind = ERROR_UNSUPPORTED;
		error = error_set_hint(error,
			"the kernel needs CONFIG_SECCOMP_FILTER, and whatever confines limpet "
			"itself must let it call seccomp(2)");
	}
	seccomp_release(filter);
	return error;
}
