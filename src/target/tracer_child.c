#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/scheduling.h"
#include "target/running_check.h"
#include "target/running_crowd.h"
#include "target/tracer_stop.h"

#define RED_ZONE 128

/* Sent when limpet has died. */
#define PARENT_DIED SIGHUP

/* What this process is to end with limpet, but not between an interrupt and letting go. */
static pid_t parent;
static volatile sig_atomic_t busy;

typedef enum stop_end stop_function(struct tracer_shared *shared, struct stop *stop);

static enum capture_outcome copy_state(struct tracer_shared *shared, struct tracer_item *item)
{
	struct registers registers;

	if (stop_get_registers(item->thread, &item->raw))
		return CAPTURE_THREAD_GONE;
	if (!registers_from_raw(&item->raw, &registers))
		return CAPTURE_FOREIGN;
	item->moved = stop_has_moved(shared->process, item);
	item->refuted = item->confirm && !running_confirm(shared->process, item);
	if (item->extended_wanted)
		item->extended_length = stop_get_extended(item->thread, shared->extended[0]);
	/* Asked for calls alone. */
	if (!item->running_only)
		ptrace(PTRACE_GETSIGMASK, item->thread, sizeof(item->signal_mask),
			&item->signal_mask);
	item->stack_address = registers_sp(&registers) - RED_ZONE;
	item->stack_length = stop_read_memory(item->thread, item->stack_address,
		shared->arena + item->stack_offset, item->wish.own);
	if (item->wish.other)
		stop_copy_other_stacks(shared, item, &registers);
	return item->stack_length ? CAPTURE_DONE : CAPTURE_STACK_UNREADABLE;
}

static enum stop_end capture_stopped(struct tracer_shared *shared, struct stop *stop)
{
	struct tracer_item *item = stop->item;

	item->outcome = stop->suspended ? CAPTURE_SUSPENDED : copy_state(shared, item);
	if (item->outcome == CAPTURE_DONE || item->outcome == CAPTURE_STACK_UNREADABLE)
		return stop_let_go_unseen(shared, stop, &item->raw);
	return stop_let_go(shared, stop);
}

static enum stop_end filters_stopped(struct tracer_shared *shared, struct stop *stop)
{
	struct tracer_item *item = stop->item;
	struct registers registers;

	tracer_copy_filters(shared, item->thread);
	if (!stop->suspended && !stop_get_registers(item->thread, &item->raw) &&
		registers_from_raw(&item->raw, &registers))
		return stop_let_go_unseen(shared, stop, &item->raw);
	return stop_let_go(shared, stop);
}

static void seize(struct tracer_item *item)
{
	if (ptrace(PTRACE_SEIZE, item->thread, NULL, PTRACE_O_TRACESYSGOOD)) {
		item->seize_errno = errno;
		item->stage = STAGE_RESOLVED;
		return;
	}
	item->stage = STAGE_INTERRUPTED;
	ptrace(PTRACE_INTERRUPT, item->thread, NULL, NULL);
}

static enum running unless_just_woken(
	const struct tracer_shared *shared, struct tracer_item *item, enum running running)
{
	bool asked = running == RUNNING_NOW && !shared->apart;

	return asked && !running_from_before(item) ? RUNNING_NOT : running;
}

static enum running find_running(const struct tracer_shared *shared, struct tracer_item *item)
{
	return unless_just_woken(shared, item, running_check(shared->process, item, shared->apart));
}

static void begin_capture(
	struct tracer_shared *shared, struct tracer_item *item, enum running running)
{
	if (running == RUNNING_NOT)
		tracer_resolve(item, CAPTURE_ASLEEP);
	else if (running == RUNNING_ASLEEP &&
		 running_read_sleeper(shared->process, item, shared->arena + item->stack_offset))
		tracer_resolve(item, CAPTURE_DONE);
	else
		seize(item);
}

static void look_at_all(struct tracer_shared *shared)
{
	struct tracer_item *runnable = NULL;
	size_t count = 0;

	for (size_t i = 0; i < shared->count; i++) {
		struct tracer_item *item = &shared->items[i];

		if (!item->running_only)
			continue;
		running_look(shared->process, item);
		if (!item->runnable)
			continue;
		runnable = item;
		count++;
	}
	if (count == 1)
		runnable->alone = true;
}

static void begin_all(struct tracer_shared *shared)
{
	running_begin();
	look_at_all(shared);
	for (size_t i = 0; i < shared->count; i++) {
		struct tracer_item *item = &shared->items[i];

		begin_capture(shared, item,
			item->running_only ? find_running(shared, item) : RUNNING_NOW);
	}
}

/* Whoever waits for a CPU counts. */
static bool is_alone(struct tracer_shared *shared, const struct tracer_item *item)
{
	for (size_t i = 0; i < shared->count; i++) {
		struct tracer_item *other = &shared->items[i];

		if (other == item)
			continue;
		running_look(shared->process, other);
		if (other->runnable)
			return false;
	}
	return true;
}

static enum running find_running_in_crowd(struct tracer_shared *shared, struct tracer_item *item)
{
	enum running running;

	running_look(shared->process, item);
	running = running_check(shared->process, item, shared->apart);
	crowd_note(item, running);
	item->alone = !shared->apart && item->on_cpu && running_is_brief(item->thread) &&
		      is_alone(shared, item);
	return unless_just_woken(shared, item, running);
}

static void begin_crowd(struct tracer_shared *shared)
{
	static struct crowd crowd;
	size_t with_cpu = 0, used = 0;

	running_begin_many();
	crowd_gather(shared, &crowd);
	for (size_t i = 0; i < crowd.count; i++) {
		struct tracer_item *item = crowd.items[i];
		enum running running = RUNNING_NOT;

		if (with_cpu < shared->processors)
			running = find_running_in_crowd(shared, item);
		else
			crowd_leave_out(item);
		with_cpu += running != RUNNING_NOT && !item->confirm;
		/* Only the pages of the arena that are needed are ever used. */
		item->stack_offset = used;
		used += running == RUNNING_NOT ? 0 : stack_wish_size(&item->wish);
		begin_capture(shared, item, running);
	}
}

/* true: all of the batch are asked for only if they run, and they are many. */
static bool is_crowd(const struct tracer_shared *shared)
{
	bool answer = shared->count > TRACER_FEW;

	for (size_t i = 0; answer && i < shared->count; i++)
		answer = shared->items[i].running_only;
	return answer;
}

static struct tracer_item *find_item(struct tracer_shared *shared, pid_t thread)
{
	for (size_t i = 0; i < shared->count; i++)
		if (shared->items[i].thread == thread)
			return &shared->items[i];
	return NULL;
}

static void reap(pid_t thread)
{
	int status;

	waitpid(thread, &status, __WALL | WNOHANG);
}

static enum stop_end handle_stop(
	struct tracer_shared *shared, stop_function *stopped, struct tracer_item *item, int status)
{
	struct stop stop = {.item = item, .since = clock_monotonic()};

	shared->stopped_since = stop.since;
	if (item->stage == STAGE_RUNS_ON)
		return stop_end_run(shared, &stop, status);
	stop_describe(&stop, status);
	return stopped(shared, &stop);
}

static void note_end(struct tracer_shared *shared, struct tracer_item *item)
{
	/* One that ran on has been captured, but it is not on its way. */
	if (item->stage == STAGE_INTERRUPTED)
		item->outcome = CAPTURE_THREAD_GONE;
	if (item->stage == STAGE_RUNS_ON && shared->command == TRACER_BORROW) {
		item->outcome = CAPTURE_THREAD_GONE;
		shared->borrow.sent = false;
	}
}

/* true: an event was handled. */
static bool handle_event(struct tracer_shared *shared, stop_function *stopped, size_t *left)
{
	siginfo_t event = {0};

	if (waitid(P_ALL, 0, &event, STOP_WAIT_OPTIONS) || !event.si_pid)
		return false;
	struct tracer_item *item = find_item(shared, event.si_pid);
	bool waiting = item && (item->stage == STAGE_INTERRUPTED || item->stage == STAGE_RUNS_ON);
	if (event.si_code != CLD_TRAPPED && event.si_code != CLD_STOPPED) {
		reap(event.si_pid);
		if (!waiting)
			return true;
		note_end(shared, item);
	} else if (!waiting) {
		return false;
	} else {
		enum stop_end end = handle_stop(shared, stopped, item, event.si_status);

		if (end == STOP_RUNS_ON)
			item->stage = STAGE_RUNS_ON;
		if (end != STOP_LET_GO)
			return end == STOP_RUNS_ON;
	}
	item->stage = STAGE_RESOLVED;
	--*left;
	return true;
}

/* It was let go like the others. */
static void leave_out_refuted(struct tracer_shared *shared)
{
	for (size_t i = 0; i < shared->count; i++)
		if (shared->items[i].refuted && shared->items[i].outcome == CAPTURE_DONE)
			shared->items[i].outcome = CAPTURE_ASLEEP;
}

/* Interrupts all, then deals with each as it stops. false: some never did. */
static bool stop_all(struct tracer_shared *shared, stop_function *stopped)
{
	bool spin = false, waited_for = false;
	size_t left = 0;

	if (shared->time)
		clock_sleep_until(shared->time);
	uint64_t start = clock_monotonic();

	busy = true;
	if (is_crowd(shared))
		begin_crowd(shared);
	else
		begin_all(shared);
	for (size_t i = 0; i < shared->count; i++) {
		left += shared->items[i].stage == STAGE_INTERRUPTED;
		spin |= shared->items[i].on_cpu;
		waited_for |= shared->items[i].displaced;
	}
	/* A thread that is on no other CPU may need this one. */
	if (left && !spin && waited_for)
		stop_wait_for_event(start + STOP_DEADLINE);
	while (left) {
		if (handle_event(shared, stopped, &left))
			continue;
		uint64_t now = clock_monotonic();
		if (now > start + STOP_DEADLINE)
			return false;
		if (!spin || waited_for || now > start + STOP_SPIN_TIME)
			stop_wait_for_event(start + STOP_DEADLINE);
	}
	leave_out_refuted(shared);
	return true;
}

static void begin_round(struct tracer_shared *shared)
{
	struct tracer_series *series = &shared->series;
	size_t offset = series->used;

	shared->time = series->times[series->rounds_done];
	for (size_t i = 0; i < shared->count; i++) {
		struct tracer_item *item = &shared->items[i];

		*item = (struct tracer_item){
			.thread = item->thread,
			.wish = item->wish,
			.stack_offset = offset,
			.running_only = true,
			.processor = -1,
			.round = series->rounds_done,
		};
		offset += stack_wish_size(&item->wish);
	}
}

/* true: the next round would be about threads that are elsewhere, or gone. */
static bool end_round(struct tracer_shared *shared)
{
	struct tracer_series *series = &shared->series;
	bool astray = false;

	for (size_t i = 0; i < shared->count; i++) {
		const struct tracer_item *item = &shared->items[i];

		astray |= item->strayed;
		if (item->outcome == CAPTURE_ASLEEP)
			continue;
		astray |= item->outcome != CAPTURE_DONE || item->seize_errno;
		series->records[series->record_count] = *item;
		/* Whole, if this process is killed here. */
		__atomic_store_n(&series->record_count, series->record_count + 1, __ATOMIC_RELEASE);
		series->used = item->stack_offset + stack_wish_size(&item->wish);
	}
	__atomic_store_n(&series->rounds_done, series->rounds_done + 1, __ATOMIC_RELEASE);
	return astray;
}

static bool has_room(const struct tracer_shared *shared)
{
	const struct tracer_series *series = &shared->series;

	return series->record_count + shared->count <= SERIES_CAPTURES_MAX &&
	       series->used + series->round_size <= SERIES_ARENA;
}

static bool run_series(struct tracer_shared *shared)
{
	struct tracer_series *series = &shared->series;

	while (!shared->early && series->rounds_done < series->rounds) {
		begin_round(shared);
		if (!stop_all(shared, capture_stopped))
			return false;
		busy = false;
		bool ends = end_round(shared) || !has_room(shared);
		shared->early = ends && series->rounds_done < series->rounds;
	}
	return true;
}

/* false: the process must end, to let go of threads that it is attached to. */
static bool run_command(struct tracer_shared *shared)
{
	switch (shared->command) {
	case TRACER_CAPTURE:
		return stop_all(shared, capture_stopped);
	case TRACER_SERIES:
		return run_series(shared);
	case TRACER_BORROW:
		return stop_all(shared, tracer_borrow_stopped);
	case TRACER_FILTERS:
		return stop_all(shared, filters_stopped);
	}
	return false;
}

/*
 * A thread that was interrupted for nothing would see EINTR: it is captured and let go first. If
 * that takes too long, SIGALRM ends this process.
 */
static void end_with_parent(int signal)
{
	const struct itimerval limit = {.it_value = {.tv_sec = 1}};
	int error = errno;

	(void)signal;
	if (getppid() != parent) {
		if (!busy)
			_exit(0);
		setitimer(ITIMER_REAL, &limit, NULL);
	}
	errno = error;
}

static void prepare_signals(void)
{
	const struct sigaction action = {.sa_handler = end_with_parent, .sa_flags = SA_RESTART};
	sigset_t blocked;

	signal(SIGCHLD, SIG_DFL);
	signal(SIGALRM, SIG_DFL);
	sigaction(PARENT_DIED, &action, NULL);
	sigfillset(&blocked);
	sigdelset(&blocked, PARENT_DIED);
	sigdelset(&blocked, SIGALRM);
	sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* With the turn may come a descriptor; -1: none. */
static bool take_turn(int socket, char *turn, int *ret_memory)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {turn, 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room)};

	*ret_memory = -1;
	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return false;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
		header = CMSG_NXTHDR(&message, header))
		if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
			memcpy(ret_memory, CMSG_DATA(header), sizeof(*ret_memory));
	return true;
}

void tracer_child_run(struct tracer_shared *shared, int socket, pid_t limpet)
{
	struct scheduling former;
	char turn;

	parent = limpet;
	prepare_signals();
	prctl(PR_SET_PDEATHSIG, PARENT_DIED);
	if (getppid() != parent)
		_exit(0);
	scheduling_raise(&former);
	while (take_turn(socket, &turn, &shared->memory)) {
		bool usable = run_command(shared);

		busy = false;
		if (shared->memory >= 0)
			close(shared->memory);
		if (!usable)
			_exit(0);
		/* Waking limpet takes as long as all of letting go, and a thread may need this CPU.
		 */
		bool tell = shared->early;
		tell |= __atomic_exchange_n(&shared->turn, TURN_LIMPET, __ATOMIC_SEQ_CST) ==
			TURN_WATCHED;
		if (tell && write(socket, &turn, 1) != 1)
			_exit(1);
	}
	_exit(0);
}
