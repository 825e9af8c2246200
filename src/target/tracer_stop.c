#include "target/tracer_stop.h"

#include <linux/elf.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "target/proc.h"
#include "target/thread_file.h"

long stop_get_registers(pid_t thread, struct raw_registers *ret)
{
	struct iovec part = {&ret->user, sizeof(ret->user)};

	return ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &part);
}

long stop_set_registers(pid_t thread, const struct raw_registers *registers)
{
	struct raw_registers copy = *registers;
	struct iovec part = {&copy.user, sizeof(copy.user)};

	return ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &part);
}

size_t stop_get_extended(pid_t thread, void *buffer)
{
	struct iovec part = {buffer, EXTENDED_STATE_MAX};

	return ptrace(PTRACE_GETREGSET, thread, NT_X86_XSTATE, &part) ? 0 : part.iov_len;
}

size_t stop_read_memory(pid_t thread, uint64_t address, void *buffer, size_t length)
{
	struct iovec local = {buffer, length}, remote = {(void *)address, length};
	ssize_t got = process_vm_readv(thread, &local, 1, &remote, 1, 0);

	return got < 0 ? 0 : (size_t)got;
}

static bool read_status(pid_t process, pid_t thread, struct proc_status *ret)
{
	char text[THREAD_FILE_MAX];

	return proc_parse_status(thread_file_read(process, thread, "status", text), ret);
}

/* The stop itself counts as a sleep, once the thread has left its CPU. */
bool stop_has_moved(pid_t process, const struct tracer_item *item)
{
	struct proc_status status;

	return item->time_left.replaces && (clock_monotonic() >= item->time_left.until ||
						   !read_status(process, item->thread, &status) ||
						   status.sleeps != item->time_left.sleeps + 1);
}

bool stop_handler_waits(pid_t process, pid_t thread, int stopped_by)
{
	struct proc_status status;
	uint64_t waiting = stopped_by ? 1ULL << (stopped_by - 1) : 0;

	if (!read_status(process, thread, &status))
		return true;
	waiting |=
		(status.pending_signals | status.shared_pending_signals) & ~status.blocked_signals;
	return (waiting & status.caught_signals) != 0;
}

static bool write_time(int memory, const struct time_left *left)
{
	const uint64_t time[2] = {left->timespec[0], left->timespec[1]};

	return !left->scratch ||
	       pwrite(memory, time, sizeof(time), (off_t)left->scratch) == (ssize_t)sizeof(time);
}

enum stop_end stop_let_go(struct tracer_shared *shared, const struct stop *stop)
{
	long failed = ptrace(PTRACE_DETACH, stop->item->thread, NULL, (void *)(long)stop->signal);

	stop->item->held += clock_monotonic() - stop->since;
	shared->stopped_since = 0;
	return failed ? STOP_DIED : STOP_LET_GO;
}

enum stop_end stop_run_on(struct tracer_shared *shared, const struct stop *stop,
	const struct raw_registers *registers, const struct raw_registers *fallback)
{
	struct tracer_item *item = stop->item;

	item->fallback = *fallback;
	if (stop_set_registers(item->thread, registers) ||
		ptrace(PTRACE_SYSCALL, item->thread, NULL, (void *)(long)stop->signal))
		return STOP_DIED;
	item->held += clock_monotonic() - stop->since;
	shared->stopped_since = 0;
	return STOP_RUNS_ON;
}

static bool fails_by_a_stop(const struct raw_registers *raw)
{
	int64_t number = raw_interrupted_system_call(raw);
	const struct blocking_call *call = number < 0 ? NULL : blocking_call_find(number);

	return call && call->fails && !raw_restarts_by_itself(raw);
}

enum stop_end stop_let_go_unseen(
	struct tracer_shared *shared, const struct stop *stop, const struct raw_registers *raw)
{
	struct tracer_item *item = stop->item;
	struct raw_registers again = *raw;

	if (stop->suspended || !fails_by_a_stop(raw))
		return stop_let_go(shared, stop);
	raw_ask_for_restart(&again);
	item->shortened = !item->moved && time_left_concerns(&item->time_left, raw) &&
			  write_time(shared->memory, &item->time_left);
	if (item->shortened)
		raw_set_argument(&again, item->time_left.argument, item->time_left.value);
	if (stop_set_registers(item->thread, &again))
		return STOP_DIED;
	return stop_let_go(shared, stop);
}

/* Its own registers again: the kernel then does to the system call what it does for a signal. */
enum stop_end stop_end_run(struct tracer_shared *shared, struct stop *stop, int status)
{
	struct raw_registers fallback = stop->item->fallback;

	if (status == TRACER_SYSTEM_CALL_STOP)
		return stop_let_go(shared, stop);
	if (stop_set_registers(stop->item->thread, &fallback))
		return STOP_DIED;
	stop_describe(stop, status);
	tracer_borrow_take_back(shared, stop);
	return stop_let_go_unseen(shared, stop, &fallback);
}

void stop_describe(struct stop *stop, int status)
{
	int event = status >> 8, signal = status & 0xff;

	stop->suspended = event == PTRACE_EVENT_STOP && signal != SIGTRAP;
	stop->signal = event ? 0 : signal;
}

void stop_wait_for_event(uint64_t deadline)
{
	const struct timespec limit = clock_time_left(deadline);
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigtimedwait(&child, NULL, &limit);
}
