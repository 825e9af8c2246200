#include "target/live_checks.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "target/proc.h"
#include "target/refusal.h"

#define PF_KTHREAD          0x00200000  /* include/linux/sched.h */
#define FIRST_PID_NAMESPACE 0xeffffffcu /* include/linux/proc_ns.h */

struct error *live_check_exists(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (access(path, F_OK) == 0)
		return NULL;
	return error_set_hint(error_create(ERROR_GONE, "there is no process %d", pid),
		"list processes with `ps -e`, or let limpet find it by name: limpet -n NAME");
}

/* In a container, which has PIDs of its own, the first process is an application like any other. */
static bool is_system_init(pid_t pid)
{
	struct stat status;

	return pid == 1 && stat("/proc/self/ns/pid", &status) == 0 &&
	       status.st_ino == FIRST_PID_NAMESPACE;
}

static bool is_32_bit(pid_t pid)
{
	unsigned char identification[EI_NIDENT];
	CLEANUP(cleanup_close) int fd = proc_open_living(pid, "exe", O_RDONLY);

	return fd >= 0 && pread(fd, identification, EI_NIDENT, 0) == EI_NIDENT &&
	       memcmp(identification, ELFMAG, SELFMAG) == 0 &&
	       identification[EI_CLASS] == ELFCLASS32;
}

static struct error *already_traced(pid_t pid, const char *name, pid_t tracer)
{
	struct proc_stat stat = {0};
	struct error *error = proc_read_stat(tracer, 0, &stat);

	error_destroy(error);
	return error_set_hint(
		error_create(ERROR_DENIED,
			"process %d (%s) is already traced, by process %d (%s), and the kernel "
			"allows one tracer",
			pid, name, tracer, error ? "gone meanwhile" : stat.name),
		"end that debugger or tracer, or let it detach, and try again");
}

bool live_is_traced_by_limpet(pid_t pid)
{
	CLEANUP(cleanup_error) struct error *error = NULL;
	struct proc_status status;
	struct proc_stat tracer;

	error = proc_read_status(pid, 0, &status);
	if (error || !status.tracer)
		return false;
	error = proc_read_stat(status.tracer, 0, &tracer);
	return !error && strcmp(tracer.name, "limpet") == 0;
}

static struct error *check_kind(
	pid_t pid, const char *name, const struct proc_stat *stat, const struct proc_status *status)
{
	pid_t task;

	if (status->process != pid)
		return error_set_hint(
			error_create(ERROR_USAGE, "%d is a thread of process %d, not a process",
				pid, status->process),
			"attach to the process: limpet -p %d; single threads are chosen with -t %d",
			status->process, pid);
	if (pid == getpid())
		return error_set_hint(error_create(ERROR_USAGE,
					      "process %d is this limpet itself, which cannot stop "
					      "itself",
					      pid),
			"to look at one limpet, start another");
	if (status->kernel_thread || (stat->flags & PF_KTHREAD))
		return error_set_hint(error_create(ERROR_UNSUPPORTED,
					      "process %d (%s) is a kernel thread: it has no user "
					      "stacks and no memory of its own",
					      pid, name),
			"`perf record -g -p %d` looks into the kernel", pid);
	if (!proc_find_living(pid, &task))
		return error_set_hint(
			error_create(ERROR_GONE,
				"process %d (%s) is a zombie: it has exited, and only "
				"its exit status is left",
				pid, name),
			"its parent, process %d, has not waited for it; look there",
			status->parent);
	if (is_system_init(pid))
		return error_set_hint(error_create(ERROR_UNSUPPORTED,
					      "process 1 (%s) is the system's init, which limpet "
					      "leaves alone: if it came to harm the machine would "
					      "go down",
					      name),
			"attach to one of the services that it started: systemctl status");
	return NULL;
}

struct error *live_check_process(pid_t pid, const char *name)
{
	struct proc_status status;
	struct proc_stat stat;
	struct error *error = proc_read_stat(pid, 0, &stat);

	if (!error)
		error = proc_read_status(pid, 0, &status);
	if (!error)
		error = check_kind(pid, name, &stat, &status);
	if (error)
		return error;
	if (status.tracer)
		return already_traced(pid, name, status.tracer);
	if (is_32_bit(pid))
		return error_set_hint(error_create(ERROR_UNSUPPORTED,
					      "process %d (%s) is a 32-bit program", pid, name),
			"limpet follows 64-bit programs only");
	return NULL;
}

struct error *live_check_seized(pid_t pid, const char *name, int refused)
{
	struct proc_status status;
	struct error *error;

	if (!refused)
		return NULL;
	if (refused == ESRCH)
		return error_create(ERROR_GONE, "process %d (%s) is gone", pid, name);
	if (refused != EPERM && refused != EACCES)
		return error_from_errno(refused, "cannot attach to process %d (%s)", pid, name);
	error = proc_read_status(pid, 0, &status);
	if (error)
		return error;
	if (status.tracer)
		return already_traced(pid, name, status.tracer);
	return refusal_of_process(pid, name);
}
