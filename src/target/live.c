#include "target/live.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "target/live_checks.h"
#include "target/live_figures.h"
#include "target/live_files.h"
#include "target/live_filters.h"
#include "target/live_mappings.h"
#include "target/live_sleeper.h"
#include "target/live_sockets.h"
#include "target/live_threads.h"
#include "target/proc.h"
#include "target/sleep_clock.h"
#include "target/thread_file.h"
#include "target/tracer.h"

#define CLAIM_PATIENCE 15 /* s */
#define TRACE_PATIENCE (2 * NANOSECONDS_PER_SECOND)
#define RACE_PROBES    20
#define TRACE_PAUSE    NANOSECONDS_PER_MILLISECOND

struct live_target {
	struct target target;
	clockid_t cpu_clock; /* of the process: ns, threads that exited included */
	struct live_threads threads;
	struct tracer *tracer;
	int claim;             /* /proc/PID, locked; -1: not claimed */
	unsigned claims;       /* that were not released yet */
	struct u8_array stack; /* of the last sleeper */
	int first_thread; /* a file of it, which no other process that gets its PID has; -1: none */
	pid_t task;       /* through which memory and mappings are seen: proc_find_living() */
};

static struct live_target *live_of(struct target *target)
{
	return (struct live_target *)target;
}

static void live_release(struct target *target)
{
	struct live_target *live = live_of(target);

	if (live->claims && --live->claims)
		return;
	if (live->claim >= 0)
		close(live->claim);
	live->claim = -1;
}

static void live_destroy(struct target *target)
{
	struct live_target *live = live_of(target);

	live->claims = 0;
	live_release(target);
	tracer_destroy(live->tracer);
	live_threads_deinit(&live->threads);
	u8_array_deinit(&live->stack);
	if (live->first_thread >= 0)
		close(live->first_thread);
	free(live);
}

/* The first thread's state; where it has exited, any other that lives will do. */
static bool keep_task(struct live_target *live, char state)
{
	pid_t pid = live->target.identity.pid;

	if (state != 'Z' && state != 'X') {
		live->task = 0;
		return true;
	}
	return (live->task && proc_task_lives(pid, live->task)) ||
	       proc_find_living(pid, &live->task);
}

/*
 * The PID may belong to another process by now. Asked before everything, so of the first thread
 * alone: for a whole process the kernel sums up all its threads.
 */
static struct error *check_identity(struct target *target)
{
	const struct target_identity *identity = &target->identity;
	struct proc_stat stat;
	struct error *error = proc_read_stat(identity->pid, identity->pid, &stat);

	if (!error && stat.start_time == identity->start_time &&
		keep_task(live_of(target), stat.state))
		return NULL;
	if (error && error->kind != ERROR_GONE)
		return error;
	error_destroy(error);
	return error_create(ERROR_GONE, "process %d (%s) is gone", identity->pid, identity->name);
}

/* The same for what is asked for often; a process that has just ended may still pass. */
static struct error *check_identity_quickly(struct target *target)
{
	char byte;

	if (pread(live_of(target)->first_thread, &byte, 1, 0) == 1)
		return NULL;
	return check_identity(target);
}

static struct error *live_list_threads(struct target *target, struct thread_array *ret)
{
	struct error *error = live_threads_list(&live_of(target)->threads, ret);

	/* The last thread of a zombie is still listed. */
	return error ? error : check_identity(target);
}

static struct error *live_refresh_threads(
	struct target *target, struct thread *threads, size_t count)
{
	live_threads_refresh(&live_of(target)->threads, threads, count);
	return NULL;
}

static bool live_thread_status(struct target *target, pid_t thread, struct thread_status *ret)
{
	return live_threads_status(&live_of(target)->threads, thread, ret);
}

static uint64_t live_socket_time_out(struct target *target, int descriptor)
{
	return live_receive_time_out(target->identity.pid, descriptor);
}

static uint64_t live_asleep_for(struct target *target, pid_t thread)
{
	return sleep_clock_read(target->identity.pid, thread);
}

static struct error *live_list_mappings(struct target *target, struct mappings *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = check_identity(target);

	if (!error)
		error = proc_read(target->identity.pid, live_of(target)->task, "maps", &text);
	if (error)
		return error;
	return mappings_parse(cursor_over(text.items, text.count), ret);
}

static ssize_t read_memory(struct target *target, uint64_t address, void *buffer, size_t length)
{
	struct iovec local = {buffer, length}, remote = {(void *)address, length};
	pid_t task = live_of(target)->task;

	return process_vm_readv(task ? task : target->identity.pid, &local, 1, &remote, 1, 0);
}

static size_t live_read(struct target *target, uint64_t address, void *buffer, size_t length)
{
	ssize_t got = read_memory(target, address, buffer, length);

	/* The thread that it went through has exited. */
	if (got < 0 && errno == ESRCH) {
		CLEANUP(cleanup_error) struct error *error = check_identity(target);

		if (!error)
			got = read_memory(target, address, buffer, length);
	}
	return got < 0 ? 0 : (size_t)got;
}

static bool live_read_sleeper(
	struct target *target, pid_t thread, const struct stack_wish *wish, struct sleeper *ret)
{
	struct u8_array *stack = &live_of(target)->stack;
	struct error *error = u8_array_reserve(stack, wish->own + wish->other);

	error_destroy(error);
	return !error && live_sleeper_read(target, thread, stack->items, wish, ret);
}

static struct error *live_open_memory(struct target *target, int *ret_fd)
{
	pid_t pid = target->identity.pid;
	CLEANUP(cleanup_close) int fd = proc_open_living(pid, "mem", O_RDWR);

	if (fd < 0)
		return error_from_errno(errno, "cannot open /proc/%d/mem", pid);
	/* Afterwards: the descriptor is that of a process that was there all the time. */
	struct error *error = check_identity(target);
	if (!error)
		*ret_fd = TAKE_FD(fd);
	return error;
}

static struct error *live_open_mapping(
	struct target *target, const struct mapping *mapping, int *ret_fd)
{
	return live_open_mapped(target, live_of(target)->task, mapping, ret_fd);
}

static void live_root(struct target *target, char ret[TARGET_ROOT_SIZE])
{
	live_find_root(target->identity.pid, live_of(target)->task, ret);
}

static struct error *live_open_trusted_file(struct target *target, const char *path, int *ret_fd)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error = live_open_trusted(&target->identity, path, &fd);
	/* Afterwards: the file is that of a process that was there all the time. */
	struct error *gone = check_identity(target);

	if (gone) {
		error_destroy(error);
		return gone;
	}
	if (!error)
		*ret_fd = TAKE_FD(fd);
	return error;
}

static struct error *live_cpu_time(struct target *target, uint64_t *ret)
{
	struct timespec time;

	if (clock_gettime(live_of(target)->cpu_clock, &time) < 0)
		return error_create(ERROR_GONE, "process %d (%s) is gone", target->identity.pid,
			target->identity.name);
	*ret = (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)time.tv_nsec;
	return NULL;
}

static uint64_t live_tracer_time(struct target *target)
{
	return tracer_cpu_time(live_of(target)->tracer);
}

static struct error *live_memory_use(struct target *target, struct target_memory *ret)
{
	struct error *error = check_identity(target);

	return error ? error : proc_read_memory(target->identity.pid, ret);
}

static struct error *live_resident_size(struct target *target, uint64_t *ret)
{
	struct error *error = check_identity(target);
	pid_t process = target->identity.pid, task = 0;
	struct proc_status status;

	/* The first thread may have ended before the others. */
	if (!error && proc_find_living(process, &task))
		error = proc_read_status(process, task, &status);
	else if (!error)
		error = error_create(
			ERROR_GONE, "process %d (%s) is gone", process, target->identity.name);
	if (!error)
		*ret = status.resident;
	return error;
}

/* With its name, in place of what was said of the PID. */
static struct error *gone_error(struct target *target, struct error *error)
{
	error_destroy(error);
	return error_create(
		ERROR_GONE, "process %d (%s) is gone", target->identity.pid, target->identity.name);
}

static struct error *live_figures(
	struct target *target, bool descriptors, struct target_figures *ret)
{
	struct target_figures figures;
	struct error *error = live_read_figures(target->identity.pid, descriptors, &figures);

	if (!error)
		error = live_cpu_time(target, &figures.cpu_time);
	/* Afterwards: then all of it was this process's. */
	if (!error)
		error = check_identity(target);
	else if (error->kind == ERROR_GONE)
		error = gone_error(target, error);
	if (!error)
		*ret = figures;
	return error;
}

static struct error *live_end(struct target *target, int *ret_fd)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error = live_open_end(target->identity.pid, &fd);

	if (!error)
		error = check_identity(target);
	else if (error->kind == ERROR_GONE)
		error = gone_error(target, error);
	if (!error)
		*ret_fd = TAKE_FD(fd);
	return error;
}

static struct error *live_capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count)
{
	struct error *error = check_identity_quickly(target);

	return error ? error : tracer_capture(live_of(target)->tracer, time, captures, count);
}

static struct error *live_capture_series(struct target *target, struct capture_series *series)
{
	struct error *error = check_identity_quickly(target);

	return error ? error : tracer_capture_series(live_of(target)->tracer, series);
}

static void do_nothing(int signal)
{
	(void)signal;
}

/*
 * Waits in the kernel, which wakes those who wait as soon as the lock is free: whoever only looks
 * again and again may find it taken for ever. 0, or an errno; EINTR when time is up.
 */
static int lock_in_time(int fd)
{
	const struct itimerval limit = {.it_value = {.tv_sec = CLAIM_PATIENCE}}, none = {0};
	const struct sigaction interrupt = {.sa_handler = do_nothing};
	uint64_t deadline = clock_monotonic() + CLAIM_PATIENCE * NANOSECONDS_PER_SECOND;
	struct sigaction former;
	int failure;

	sigaction(SIGALRM, &interrupt, &former);
	setitimer(ITIMER_REAL, &limit, NULL);
	do
		failure = flock(fd, LOCK_EX) < 0 ? errno : 0;
	while (failure == EINTR && clock_monotonic() < deadline);
	setitimer(ITIMER_REAL, &none, NULL);
	sigaction(SIGALRM, &former, NULL);
	return failure;
}

/* A lock on the directory that all limpets see; the kernel takes it back however limpet ends. */
static struct error *live_claim(struct target *target)
{
	const struct target_identity *identity = &target->identity;
	struct error *error = check_identity(target);
	char path[64];

	if (error)
		return error;
	if (live_of(target)->claims) {
		live_of(target)->claims++;
		return NULL;
	}
	snprintf(path, sizeof(path), "/proc/%d", identity->pid);
	CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_from_errno(errno, "cannot open %s", path);
	int failure = lock_in_time(fd);
	if (failure == EINTR)
		return error_set_hint(
			error_create(ERROR_DENIED,
				"another limpet makes calls in process %d (%s), and there can be "
				"one at a time",
				identity->pid, identity->name),
			"have it `detach`, or end it, and try again");
	if (failure)
		return error_from_errno(failure, "cannot lock %s", path);
	live_of(target)->claim = TAKE_FD(fd);
	live_of(target)->claims = 1;
	return NULL;
}

static struct error *live_descriptors(
	struct target *target, const char *path, struct descriptor_array *ret)
{
	struct error *error = check_identity(target);

	return error ? error : live_find_descriptors(target->identity.pid, path, ret);
}

static struct error *live_borrow(struct target *target, struct borrow *borrow)
{
	struct error *error = check_identity(target);

	return error ? error : tracer_borrow(live_of(target)->tracer, borrow);
}

static struct error *live_seccomp_filters(
	struct target *target, pid_t thread, struct seccomp_filters *ret)
{
	struct error *error = check_identity(target);

	return error ? error
		     : live_filters_read(
			       live_of(target)->tracer, target->identity.pid, thread, ret);
}

static uint64_t live_now(struct target *target)
{
	(void)target;
	return clock_monotonic();
}

static struct error *live_wait_until(struct target *target, uint64_t time)
{
	clock_sleep_until(time);
	return check_identity(target);
}

static const struct target_operations live_operations = {
	.destroy = live_destroy,
	.list_threads = live_list_threads,
	.refresh_threads = live_refresh_threads,
	.thread_status = live_thread_status,
	.asleep_for = live_asleep_for,
	.read_sleeper = live_read_sleeper,
	.receive_time_out = live_socket_time_out,
	.list_mappings = live_list_mappings,
	.read = live_read,
	.open_mapping = live_open_mapping,
	.open_trusted = live_open_trusted_file,
	.root = live_root,
	.open_memory = live_open_memory,
	.cpu_time = live_cpu_time,
	.memory_use = live_memory_use,
	.resident_size = live_resident_size,
	.figures = live_figures,
	.open_end = live_end,
	.capture = live_capture,
	.capture_series = live_capture_series,
	.find_descriptors = live_descriptors,
	.claim = live_claim,
	.release = live_release,
	.borrow = live_borrow,
	.seccomp_filters = live_seccomp_filters,
	.tracer_time = live_tracer_time,
	.now = live_now,
	.wait_until = live_wait_until,
};

static struct error *fill_identity(pid_t pid, struct target_identity *identity)
{
	struct proc_status status;
	struct proc_stat stat;
	struct error *error = proc_read_stat(pid, 0, &stat);
	pid_t task = 0;

	if (!error)
		error = proc_read_status(pid, 0, &status);
	if (error)
		return error;
	(void)proc_find_living(pid, &task);
	identity->pid = pid;
	identity->inside = status.inside ? status.inside : pid;
	identity->start_time = stat.start_time;
	identity->user = status.users[1];
	identity->name = strdup(stat.name);
	identity->executable = proc_read_link(pid, task, "exe");
	if (!identity->name || !identity->executable)
		return &error_no_memory;
	return live_find_alias(identity, &identity->alias);
}

/* The check is that of PTRACE_SEIZE (ptrace(2), PTRACE_MODE_ATTACH); nobody is seized. */
static int ask_kernel(pid_t pid)
{
	CLEANUP(cleanup_close) int fd = proc_open_living(pid, "mem", O_RDWR);

	return fd < 0 ? errno : 0;
}

static struct error *probe_once(struct live_target *live, pid_t pid)
{
	const char *name = live->target.identity.name;
	struct error *error = live_check_process(pid, name);
	int refused = 0;

	if (!error)
		refused = ask_kernel(pid);
	return error ? error : live_check_seized(pid, name, refused);
}

/*
 * Another limpet is attached for microseconds only, a debugger stays. Between two looks a tracer
 * may have gone, too: then the refusal has no reason left, and is asked for again.
 */
static struct error *probe(struct live_target *live, pid_t pid)
{
	uint64_t deadline = clock_monotonic() + TRACE_PATIENCE;
	bool is_limpet = false;

	for (int probes = 1;; probes++) {
		struct error *error = probe_once(live, pid);

		is_limpet |= live_is_traced_by_limpet(pid);
		bool waits = probes < RACE_PROBES || (is_limpet && clock_monotonic() < deadline);
		if (!error || error->kind != ERROR_DENIED || !waits)
			return error;
		error_destroy(error);
		clock_sleep(TRACE_PAUSE);
	}
}

static struct error *live_init(struct live_target *live, pid_t pid)
{
	struct error *error;

	/* Before its identity is read: of a process that ended before, it cannot be read any more.
	 */
	live->first_thread = thread_file_open(pid, pid, "schedstat");
	error = fill_identity(pid, &live->target.identity);
	if (!error)
		error = tracer_create(pid, &live->tracer);
	if (!error)
		error = probe(live, pid);
	if (!error && clock_getcpuclockid(pid, &live->cpu_clock))
		error = error_create(ERROR_GONE, "process %d is gone", pid);
	live->threads.process = pid;
	return error;
}

struct error *live_target_open(pid_t pid, struct target **ret)
{
	struct error *error = live_check_exists(pid);
	struct live_target *live;

	if (error)
		return error;
	live = calloc(1, sizeof(*live));
	if (!live)
		return &error_no_memory;
	live->target.operations = &live_operations;
	live->claim = -1;
	live->first_thread = -1;
	error = live_init(live, pid);
	if (error) {
		target_destroy(&live->target);
		return error;
	}
	*ret = &live->target;
	return NULL;
}
