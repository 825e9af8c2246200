#include <errno.h>
#include <fcntl.h>
#include <linux/elf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arch/blocking_calls.h"
#include "base/clock.h"
#include "base/scheduling.h"
#include "target/proc.h"
#include "target/running_check.h"
#include "target/tracer_protocol.h"

#define RED_ZONE     128
#define SPIN_TIME    (60 * NANOSECONDS_PER_MICROSECOND)
#define WAIT_OPTIONS (WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL)
#define STATUS_MAX   4096

/* What a stopped thread is stopped by, and how it is to be let go. */
struct stop {
	struct tracer_item *item;
	bool suspended; /* group-stop: stays stopped when let go */
	int signal;     /* to be handed over when let go */
	uint64_t since;
};

/* false: as let_go(). */
typedef bool stop_function(struct tracer_shared *shared, const struct stop *stop);

static long get_registers(pid_t thread, struct raw_registers *ret)
{
	struct iovec part = {&ret->user, sizeof(ret->user)};

	return ptrace(PTRACE_GETREGSET, thread, NT_PRSTATUS, &part);
}

static long set_registers(pid_t thread, const struct raw_registers *registers)
{
	struct raw_registers copy = *registers;
	struct iovec part = {&copy.user, sizeof(copy.user)};

	return ptrace(PTRACE_SETREGSET, thread, NT_PRSTATUS, &part);
}

static size_t get_extended(pid_t thread, void *buffer)
{
	struct iovec part = {buffer, EXTENDED_STATE_MAX};

	return ptrace(PTRACE_GETREGSET, thread, NT_X86_XSTATE, &part) ? 0 : part.iov_len;
}

static size_t read_memory(pid_t process, uint64_t address, void *buffer, size_t length)
{
	struct iovec local = {buffer, length}, remote = {(void *)address, length};
	ssize_t got = process_vm_readv(process, &local, 1, &remote, 1, 0);

	return got < 0 ? 0 : (size_t)got;
}

/*
 * Whether a handler of the program is about to run in this thread. Signals that it ignores are
 * queued, and stop it, as long as it is traced; they interrupt nothing.
 */
static bool handler_waits(pid_t process, pid_t thread, int stopped_by)
{
	char path[64], text[STATUS_MAX];
	struct proc_status status;
	uint64_t waiting = stopped_by ? 1ULL << (stopped_by - 1) : 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", process, thread);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return true;
	ssize_t length = read(file, text, sizeof(text));
	close(file);
	if (length < 0 || !proc_parse_status(cursor_over(text, (size_t)length), &status))
		return true;
	waiting |=
		(status.pending_signals | status.shared_pending_signals) & ~status.blocked_signals;
	return (waiting & status.caught_signals) != 0;
}

static bool write_time(pid_t process, const struct time_left *left)
{
	uint64_t time[2] = {left->timespec[0], left->timespec[1]};
	struct iovec local = {time, sizeof(time)}, remote = {(void *)left->scratch, sizeof(time)};

	return !left->scratch ||
	       process_vm_writev(process, &local, 1, &remote, 1, 0) == (ssize_t)sizeof(time);
}

/*
 * The stop alone would make this system call return EINTR: enters it again instead. With a handler
 * about to run EINTR is what the program expects.
 */
static void hide_interruption(
	pid_t process, const struct stop *stop, const struct raw_registers *raw)
{
	int64_t number = raw_interrupted_system_call(raw);
	const struct blocking_call *call = number < 0 ? NULL : blocking_call_find(number);
	struct tracer_item *item = stop->item;
	pid_t thread = item->thread;
	struct raw_registers again = *raw;

	if (!call || !call->fails || raw_restarts_by_itself(raw) ||
		handler_waits(process, thread, stop->signal))
		return;
	raw_reenter_system_call(&again, number);
	item->shortened =
		time_left_concerns(&item->time_left, raw) && write_time(process, &item->time_left);
	if (item->shortened)
		raw_set_argument(&again, item->time_left.argument, item->time_left.value);
	set_registers(thread, &again);
}

/* false: it was killed while it stood still, and its end is still to be taken note of. */
static bool let_go(const struct stop *stop)
{
	long failed = ptrace(PTRACE_DETACH, stop->item->thread, NULL, (void *)(long)stop->signal);

	stop->item->held = clock_monotonic() - stop->since;
	return !failed;
}

static enum capture_outcome copy_state(struct tracer_shared *shared, struct tracer_item *item)
{
	struct registers registers;

	if (get_registers(item->thread, &item->raw))
		return CAPTURE_THREAD_GONE;
	if (!registers_from_raw(&item->raw, &registers))
		return CAPTURE_FOREIGN;
	if (item->extended_wanted)
		item->extended_length = get_extended(item->thread, shared->extended[0]);
	ptrace(PTRACE_GETSIGMASK, item->thread, sizeof(item->signal_mask), &item->signal_mask);
	item->stack_address = registers_sp(&registers) - RED_ZONE;
	item->stack_length = read_memory(shared->process, item->stack_address,
		shared->arena + item->stack_offset, item->stack_wanted);
	return item->stack_length ? CAPTURE_DONE : CAPTURE_STACK_UNREADABLE;
}

static bool capture_stopped(struct tracer_shared *shared, const struct stop *stop)
{
	struct tracer_item *item = stop->item;

	item->outcome = stop->suspended ? CAPTURE_SUSPENDED : copy_state(shared, item);
	if (item->outcome == CAPTURE_DONE || item->outcome == CAPTURE_STACK_UNREADABLE)
		hide_interruption(shared->process, stop, &item->raw);
	return let_go(stop);
}

/* restart_syscall(2) stands for the call it continues once a thread has been stopped in it. */
static bool same_registers(const struct raw_registers *now, const struct raw_registers *then)
{
	struct raw_registers expected = *then;

	if (now->user.orig_rax != then->user.orig_rax && now->user.rax == then->user.rax &&
		now->user.orig_rax == SYS_restart_syscall)
		expected.user.orig_rax = now->user.orig_rax;
	return memcmp(&now->user, &expected.user, sizeof(now->user)) == 0;
}

/* A stop itself makes the kernel write there. */
static void forget_written(const struct tracer_borrow_request *request, uint8_t *stack)
{
	uint64_t offset = request->written - request->stack_address;

	if (offset < request->stack_length &&
		request->stack_length - offset >= BLOCKING_CALL_WRITTEN)
		memset(stack + offset, 0, BLOCKING_CALL_WRITTEN);
}

static bool same_memory(struct tracer_shared *shared)
{
	const struct tracer_borrow_request *request = &shared->borrow;
	uint8_t *now = shared->arena + CAPTURE_STACK_MAX;

	if (read_memory(shared->process, request->stack_address, now, request->stack_length) !=
		request->stack_length)
		return false;
	forget_written(request, now);
	forget_written(request, shared->arena);
	return memcmp(now, shared->arena, request->stack_length) == 0;
}

static bool same_extended(struct tracer_shared *shared, pid_t thread)
{
	size_t length = shared->borrow.extended_length;

	return !length || (get_extended(thread, shared->extended[0]) == length &&
				  memcmp(shared->extended[0], shared->extended[1], length) == 0);
}

static bool write_memory(const struct tracer_shared *shared, int memory)
{
	const struct tracer_borrow_request *request = &shared->borrow;

	for (size_t i = 0; i < request->write_count; i++) {
		const struct tracer_write *write = &request->writes[i];

		if (pwrite(memory, request->bytes + write->offset, write->length,
			    (off_t)write->address) != (ssize_t)write->length)
			return false;
	}
	return true;
}

static enum borrow_outcome commit(struct tracer_shared *shared, pid_t thread, int memory)
{
	struct tracer_borrow_request *request = &shared->borrow;

	if (!write_memory(shared, memory))
		return BORROW_UNWRITABLE;
	request->committed = clock_monotonic();
	if (set_registers(thread, &request->registers))
		return BORROW_FAILED;
	request->sent = true;
	return BORROW_DONE;
}

static enum borrow_outcome borrow(struct tracer_shared *shared, const struct stop *stop, int memory)
{
	const struct tracer_borrow_request *request = &shared->borrow;
	pid_t thread = stop->item->thread;
	enum borrow_outcome outcome;
	struct raw_registers now;
	uint64_t mask;

	if (stop->suspended)
		return BORROW_SUSPENDED;
	if (get_registers(thread, &now) || ptrace(PTRACE_GETSIGMASK, thread, sizeof(mask), &mask))
		return BORROW_THREAD_GONE;
	if (stop->signal || handler_waits(shared->process, thread, 0))
		outcome = BORROW_SIGNAL_PENDING;
	else if (!same_registers(&now, &request->expected) || mask != request->expected_mask ||
		 !same_memory(shared) || !same_extended(shared, thread))
		outcome = BORROW_MOVED_ON;
	else
		outcome = commit(shared, thread, memory);
	if (outcome != BORROW_DONE)
		hide_interruption(shared->process, stop, &now);
	return outcome;
}

static bool borrow_stopped(struct tracer_shared *shared, const struct stop *stop)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", shared->process);
	int memory = open(path, O_RDWR | O_CLOEXEC);
	shared->borrow.outcome = memory < 0 ? BORROW_UNWRITABLE : borrow(shared, stop, memory);
	bool gone = !let_go(stop);
	if (memory >= 0)
		close(memory);
	return !gone;
}

static bool filters_stopped(struct tracer_shared *shared, const struct stop *stop)
{
	struct tracer_item *item = stop->item;
	struct registers registers;

	tracer_copy_filters(shared, item->thread);
	if (!stop->suspended && !get_registers(item->thread, &item->raw) &&
		registers_from_raw(&item->raw, &registers))
		hide_interruption(shared->process, stop, &item->raw);
	return let_go(stop);
}

static void seize(const struct tracer_shared *shared, struct tracer_item *item)
{
	if (item->running_only && !running_check(shared->process, item)) {
		item->outcome = CAPTURE_ASLEEP;
		item->stage = STAGE_RESOLVED;
		return;
	}
	if (ptrace(PTRACE_SEIZE, item->thread, NULL, NULL)) {
		item->seize_errno = errno;
		item->stage = STAGE_RESOLVED;
		return;
	}
	item->stage = STAGE_INTERRUPTED;
	ptrace(PTRACE_INTERRUPT, item->thread, NULL, NULL);
}

static struct tracer_item *find_item(struct tracer_shared *shared, pid_t thread)
{
	for (size_t i = 0; i < shared->count; i++)
		if (shared->items[i].thread == thread)
			return &shared->items[i];
	return NULL;
}

static struct stop describe_stop(struct tracer_item *item, int status)
{
	int event = status >> 8, signal = status & 0xff;
	struct stop stop = {.item = item, .since = clock_monotonic()};

	stop.suspended = event == PTRACE_EVENT_STOP && signal != SIGTRAP;
	if (!event)
		stop.signal = signal;
	return stop;
}

static void reap(pid_t thread)
{
	int status;

	waitpid(thread, &status, __WALL | WNOHANG);
}

/* true: an event was handled. */
static bool handle_event(struct tracer_shared *shared, stop_function *stopped, size_t *left)
{
	siginfo_t event = {0};

	if (waitid(P_ALL, 0, &event, WAIT_OPTIONS) || !event.si_pid)
		return false;
	struct tracer_item *item = find_item(shared, event.si_pid);
	bool waiting = item && item->stage == STAGE_INTERRUPTED;
	if (event.si_code != CLD_TRAPPED && event.si_code != CLD_STOPPED) {
		reap(event.si_pid);
		if (waiting)
			item->outcome = CAPTURE_THREAD_GONE;
	} else if (waiting) {
		struct stop stop = describe_stop(item, event.si_status);

		if (!stopped(shared, &stop))
			return false;
	} else {
		return false;
	}
	if (waiting) {
		item->stage = STAGE_RESOLVED;
		--*left;
	}
	return true;
}

/* Sleeps until a thread stops, at most until the deadline. */
static void wait_for_event(uint64_t deadline)
{
	uint64_t now = clock_monotonic(), left = now < deadline ? deadline - now : 0;
	struct timespec limit = {
		(time_t)(left / NANOSECONDS_PER_SECOND), (long)(left % NANOSECONDS_PER_SECOND)};
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigtimedwait(&child, NULL, &limit);
}

/* Interrupts all, then deals with each as it stops. false: some never did. */
static bool stop_all(struct tracer_shared *shared, stop_function *stopped)
{
	bool spin = false, waited_for = false;
	size_t left = 0;

	if (shared->time)
		clock_sleep_until(shared->time);
	uint64_t start = clock_monotonic();

	for (size_t i = 0; i < shared->count; i++) {
		seize(shared, &shared->items[i]);
		left += shared->items[i].stage == STAGE_INTERRUPTED;
		spin |= shared->items[i].on_cpu;
		waited_for |= shared->items[i].displaced;
	}
	while (left) {
		if (handle_event(shared, stopped, &left))
			continue;
		uint64_t now = clock_monotonic();
		if (now > start + STOP_DEADLINE)
			return false;
		/* A thread that is on no other CPU may need this one. */
		if (!spin || waited_for || now > start + SPIN_TIME)
			wait_for_event(start + STOP_DEADLINE);
	}
	return true;
}

/* false: the process must end, to let go of threads that it is attached to. */
static bool run_command(struct tracer_shared *shared)
{
	switch (shared->command) {
	case TRACER_CAPTURE:
		return stop_all(shared, capture_stopped);
	case TRACER_BORROW:
		return stop_all(shared, borrow_stopped);
	case TRACER_FILTERS:
		return stop_all(shared, filters_stopped);
	}
	return false;
}

static void block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGCHLD, SIG_DFL);
}

void tracer_child_run(struct tracer_shared *shared, int socket)
{
	struct scheduling former;
	char turn;

	block_signals();
	scheduling_raise(&former);
	while (read(socket, &turn, 1) == 1) {
		bool usable = run_command(shared);

		if (!usable)
			_exit(0);
		if (write(socket, &turn, 1) != 1)
			_exit(1);
	}
	_exit(0);
}
