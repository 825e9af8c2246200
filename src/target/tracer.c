#include "target/tracer.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/scheduling.h"
#include "target/proc.h"
#include "target/thread_file.h"
#include "target/tracer_places.h"
#include "target/tracer_protocol.h"

/* Beyond the deadline that the tracer keeps by itself. */
#define WATCHDOG_MILLISECONDS ((int)(STOP_DEADLINE / NANOSECONDS_PER_MILLISECOND) + 1000)
#define WATCH_MILLISECONDS    100

/* Until the timer comes for threads that run and are asked for at once, or late, ns. */
#define TIMER_DELAY (50 * NANOSECONDS_PER_MICROSECOND)

/*
 * From the time of a capture to when its answer is looked for, ns: later than it mostly takes, as
 * the timer may come on the CPU of a thread that stands still.
 */
#define PATIENCE_MIN  (100 * NANOSECONDS_PER_MICROSECOND)
#define PATIENCE_MAX  (500 * NANOSECONDS_PER_MICROSECOND)
#define PATIENCE_MORE (20 * NANOSECONDS_PER_MICROSECOND)
#define PATIENCE_LESS NANOSECONDS_PER_MICROSECOND

struct tracer {
	struct tracer_shared *shared;
	uint64_t patience; /* ns */
	pid_t child;       /* -1: none runs */
	int socket;
	int cpu;            /* that the child is bound to; -1: none yet */
	uint64_t past_time; /* CPU that former children have used, ns */
	struct places places;
};

struct error *tracer_create(pid_t process, struct tracer **ret)
{
	struct tracer *tracer = malloc(sizeof(*tracer));

	if (!tracer)
		return &error_no_memory;
	*tracer = (struct tracer){.child = -1, .socket = -1, .patience = PATIENCE_MIN};
	tracer->shared = mmap(NULL, sizeof(*tracer->shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (tracer->shared == MAP_FAILED) {
		free(tracer);
		return &error_no_memory;
	}
	tracer->shared->process = process;
	tracer->shared->processors = scheduling_processors();
	*ret = tracer;
	return NULL;
}

static uint64_t child_cpu_time(const struct tracer *tracer)
{
	struct timespec time;
	clockid_t clock;

	if (tracer->child < 0 || clock_getcpuclockid(tracer->child, &clock) != 0 ||
		clock_gettime(clock, &time) < 0)
		return 0;
	return (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)time.tv_nsec;
}

uint64_t tracer_cpu_time(const struct tracer *tracer)
{
	return tracer->past_time + child_cpu_time(tracer);
}

/* SIGKILL and reaping: the kernel lets go of whatever it held. */
static void end_child(struct tracer *tracer)
{
	if (tracer->child < 0)
		return;
	tracer->past_time += child_cpu_time(tracer);
	kill(tracer->child, SIGKILL);
	while (waitpid(tracer->child, NULL, 0) < 0 && errno == EINTR)
		;
	close(tracer->socket);
	tracer->child = -1;
	tracer->socket = -1;
}

void tracer_destroy(struct tracer *tracer)
{
	if (!tracer)
		return;
	end_child(tracer);
	munmap(tracer->shared, sizeof(*tracer->shared));
	free(tracer);
}

static void become_tracer(struct tracer_shared *shared, int socket, pid_t parent)
{
	/* Away from the terminal's signals, and from pipes that readers wait on. */
	setpgid(0, 0);
	dup2(socket, 0);
	close_range(1, ~0U, 0);
	thread_files_forget();
	tracer_child_run(shared, 0, parent);
}

static struct error *start_child(struct tracer *tracer)
{
	pid_t parent = getpid();
	int pair[2];

	if (tracer->child >= 0)
		return NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_from_errno(errno, "cannot make a socket for the tracer process");
	pid_t child = fork();
	if (child == 0)
		become_tracer(tracer->shared, pair[1], parent);
	close(pair[1]);
	if (child < 0) {
		close(pair[0]);
		return error_from_errno(errno, "cannot start the tracer process");
	}
	tracer->child = child;
	tracer->socket = pair[0];
	tracer->cpu = -1;
	return NULL;
}

/* Of a thread that stands still although the tracer process has nothing to do but let it go. */
static bool holds_too_long(const struct tracer *tracer, uint64_t now)
{
	uint64_t since = __atomic_load_n(&tracer->shared->stopped_since, __ATOMIC_RELAXED);

	return since && now > since + HOLD_DEADLINE;
}

static void sleep_until_told(const struct tracer *tracer, uint64_t time)
{
	struct pollfd told = {.fd = tracer->socket, .events = POLLIN};
	const struct timespec limit = clock_time_left(time);

	ppoll(&told, 1, &limit, NULL);
}

/*
 * Looks again when the answer should be there, whatever that takes to become true mostly: to be
 * woken by the tracer would take its time from a thread that waits for its CPU.
 */
static bool has_answered_by_itself(struct tracer *tracer, uint64_t begin)
{
	enum tracer_turn turn = TURN_TRACER;
	bool still;

	if (begin)
		sleep_until_told(tracer, begin + tracer->patience);
	still = __atomic_compare_exchange_n(&tracer->shared->turn, &turn, TURN_WATCHED, false,
		__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	if (begin && still && tracer->patience < PATIENCE_MAX)
		tracer->patience += PATIENCE_MORE;
	if (begin && !still && tracer->patience > PATIENCE_MIN)
		tracer->patience -= PATIENCE_LESS;
	return !still;
}

static bool take_word(const struct tracer *tracer, int flags)
{
	char turn;

	return recv(tracer->socket, &turn, 1, flags) == 1;
}

static bool wait_for_answer(struct tracer *tracer, uint64_t begin)
{
	uint64_t start = clock_monotonic();
	uint64_t deadline = (begin > start ? begin : start) +
			    WATCHDOG_MILLISECONDS * NANOSECONDS_PER_MILLISECOND;
	struct pollfd answer = {.fd = tracer->socket, .events = POLLIN};

	if (has_answered_by_itself(tracer, begin))
		return !tracer->shared->early || take_word(tracer, 0);
	for (;;) {
		uint64_t now = clock_monotonic();
		int ready;

		if (now >= deadline || holds_too_long(tracer, now))
			return false;
		ready = poll(&answer, 1, WATCH_MILLISECONDS);
		if (ready > 0)
			return take_word(tracer, MSG_DONTWAIT);
		if (ready < 0 && errno != EINTR)
			return false;
	}
}

static void bind_child(struct tracer *tracer, int cpu)
{
	cpu_set_t set;

	if (cpu < 0 || cpu >= CPU_SETSIZE || cpu == tracer->cpu)
		return;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(tracer->child, sizeof(set), &set) == 0)
		tracer->cpu = cpu;
}

/*
 * To where a thread of the last capture ran, so that the timer's interrupt finds it there, and it
 * does not go on until it is stopped: an interrupt from another CPU comes late, mostly at the end
 * of the next system call. Before the first capture, to where limpet runs. Where there are no
 * system calls, late is as good, and another CPU better: of a thread that is let go the kernel
 * thinks that its own is taken, and moves it.
 */
static void join_threads(struct tracer *tracer, uint64_t random)
{
	int apart = places_find_free(&tracer->places);
	int busy = places_draw_busy(&tracer->places, random);

	tracer->shared->apart = apart >= 0;
	if (apart >= 0)
		bind_child(tracer, apart);
	else
		bind_child(tracer, busy >= 0 ? busy : sched_getcpu());
}

/*
 * A thread that sleeps is woken to be stopped, and then again: on another CPU, which is idle in
 * between, both take their time. To one that runs, the timer comes on its CPU.
 */
static void join_thread(struct tracer *tracer, pid_t thread)
{
	struct proc_stat stat = {.processor = -1};

	error_destroy(proc_read_stat(tracer->shared->process, thread, &stat));
	bind_child(tracer, stat.processor);
}

/* With a descriptor, or without: -1. */
static bool give_turn(int socket, int descriptor)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
			     .cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS}};
	char turn = 0;
	struct iovec part = {&turn, 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

	if (descriptor >= 0) {
		memcpy(CMSG_DATA(&control.header), &descriptor, sizeof(descriptor));
		message.msg_control = control.room;
		message.msg_controllen = sizeof(control.room);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

/*
 * One request. When the tracer ended instead of answering, or had to be killed, what it resolved
 * until then is valid all the same. last: when the last of several captures is; 0: there is one.
 */
static struct error *request(struct tracer *tracer, enum tracer_command command, uint64_t time,
	uint64_t last, int memory)
{
	struct error *error = start_child(tracer);
	uint64_t soon = clock_monotonic() + TIMER_DELAY;
	bool at_once = !time;

	if (error)
		return error;
	/* Else what it found on its CPU would be limpet, that has just asked, and no thread. */
	if (tracer->shared->items[0].running_only && time < soon && !last)
		time = soon;
	tracer->shared->command = command;
	tracer->shared->time = time;
	tracer->shared->apart = false;
	/* The time itself, odd in its last digits, is as good as a random number. */
	if (at_once)
		join_thread(tracer, tracer->shared->items[time / 7 % tracer->shared->count].thread);
	else
		join_threads(tracer, time / 7);
	tracer->shared->stopped_since = 0;
	tracer->shared->early = false;
	tracer->shared->turn = TURN_TRACER;
	if (!give_turn(tracer->socket, memory) || !wait_for_answer(tracer, last ? last : time))
		end_child(tracer);
	return NULL;
}

/* EPERM comes from the lack of rights, from another tracer, and from a thread that is exiting. */
static enum capture_outcome outcome_of(const struct tracer_item *item)
{
	if (item->stage != STAGE_RESOLVED && item->stage != STAGE_RUNS_ON)
		return CAPTURE_NOT_STOPPED;
	if (!item->seize_errno)
		return item->outcome;
	return item->seize_errno == ESRCH ? CAPTURE_THREAD_GONE : CAPTURE_TRACED;
}

static void take_answer(
	const struct tracer_shared *shared, const struct tracer_item *item, struct capture *capture)
{
	capture->outcome = outcome_of(item);
	capture->held = item->held;
	capture->shortened = item->shortened;
	capture->moved = item->moved;
	capture->raw = item->raw;
	capture->unknown = item->unknown;
	capture->cpu_time = item->cpu_time;
	capture->system_call = item->asleep ? item->system_call : raw_system_call(&item->raw);
	capture->signal_mask = item->signal_mask;
	capture->stack = shared->arena + item->stack_offset;
	capture->stack_address = item->stack_address;
	capture->stack_length = item->stack_length;
	for (size_t i = 0; i < OTHER_STACKS; i++)
		capture->others[i] = (struct stack_copy){item->other_addresses[i],
			shared->arena + arena_other(item, i), item->other_lengths[i]};
	capture->extended = shared->extended[0];
	capture->extended_length = item->extended_length;
	capture->registers = item->registers;
	if (capture->outcome == CAPTURE_DONE && !item->asleep &&
		!registers_from_raw(&capture->raw, &capture->registers))
		capture->outcome = CAPTURE_FOREIGN;
}

/* Bytes of the arena that it takes. */
static size_t ask(struct tracer *tracer, const struct capture *captures, size_t count)
{
	struct tracer_shared *shared = tracer->shared;
	size_t offset = 0;

	shared->count = count;
	for (size_t i = 0; i < count; i++) {
		shared->items[i] = (struct tracer_item){
			.thread = captures[i].thread,
			.wish = captures[i].wish,
			.stack_offset = offset,
			.running_only = captures[i].running_only,
			.processor = -1,
			.extended_wanted = captures[i].extended_wanted,
			.time_left = captures[i].time_left,
		};
		offset += stack_wish_size(&captures[i].wish);
	}
	return offset;
}

struct error *tracer_capture(
	struct tracer *tracer, uint64_t time, struct capture *captures, size_t count)
{
	struct tracer_shared *shared = tracer->shared;
	struct error *error;

	ask(tracer, captures, count);
	error = request(tracer, TRACER_CAPTURE, time, 0,
		captures[0].time_left.scratch ? captures[0].memory : -1);
	if (error)
		return error;
	for (size_t i = 0; i < count; i++) {
		take_answer(shared, &shared->items[i], &captures[i]);
		if (captures[i].running_only)
			places_note_calls(&tracer->places, &captures[i]);
	}
	/* Else they sleep: to those the tracer goes anyway. */
	if (captures[0].running_only)
		places_remember(&tracer->places, shared);
	return NULL;
}

static void take_record(
	struct tracer *tracer, struct capture_series *series, const struct tracer_item *record)
{
	struct series_capture *taken = &series->captures[series->count++];

	taken->round = record->round;
	taken->capture.thread = record->thread;
	take_answer(tracer->shared, record, &taken->capture);
	places_note_calls(&tracer->places, &taken->capture);
}

/*
 * The round in which the tracer ended, or had to be killed: what it knew is lost with it, half
 * written as it may be. Of threads that it waited for is said that they did not stop.
 */
static void take_broken_round(const struct tracer_shared *shared, struct capture_series *series)
{
	for (size_t i = 0; i < series->thread_count && series->count < SERIES_CAPTURES_MAX; i++)
		if (shared->items[i].stage == STAGE_INTERRUPTED)
			series->captures[series->count++] =
				(struct series_capture){.round = series->rounds_done,
					.capture = {.thread = series->threads[i].thread,
						.outcome = CAPTURE_NOT_STOPPED}};
	series->rounds_done++;
}

struct error *tracer_capture_series(struct tracer *tracer, struct capture_series *series)
{
	struct tracer_series *shared = &tracer->shared->series;
	struct error *error;

	shared->round_size = ask(tracer, series->threads, series->thread_count);
	shared->rounds = series->rounds;
	shared->rounds_done = 0;
	shared->record_count = 0;
	shared->used = 0;
	memcpy(shared->times, series->times, series->rounds * sizeof(series->times[0]));
	error = request(
		tracer, TRACER_SERIES, series->times[0], series->times[series->rounds - 1], -1);
	if (error)
		return error;
	series->rounds_done = shared->rounds_done;
	series->count = 0;
	for (size_t i = 0; i < shared->record_count; i++)
		take_record(tracer, series, &shared->records[i]);
	if (tracer->child < 0 && series->rounds_done < series->rounds)
		take_broken_round(tracer->shared, series);
	places_remember(&tracer->places, tracer->shared);
	return NULL;
}

/* Behind what is there already. */
static struct error *fill_bytes(struct tracer_borrow_request *request, size_t *used,
	const struct memory_write *writes, size_t count, struct tracer_write *ret)
{
	if (count > BORROW_WRITES_MAX)
		return error_create(ERROR_FAILED, "more writes than a borrowed thread can take");
	for (size_t i = 0; i < count; i++) {
		const struct memory_write *write = &writes[i];

		if (write->length > sizeof(request->bytes) - *used)
			return error_create(
				ERROR_FAILED, "more bytes than a borrowed thread takes");
		memcpy(request->bytes + *used, write->bytes, write->length);
		ret[i] = (struct tracer_write){write->address, *used, write->length};
		*used += write->length;
	}
	return NULL;
}

static struct error *fill_writes(struct tracer_borrow_request *request, const struct borrow *borrow)
{
	size_t used = 0;
	struct error *error =
		fill_bytes(request, &used, borrow->writes, borrow->write_count, request->writes);

	for (size_t i = 0; !error && i < borrow->check_count; i++)
		if (borrow->checks[i].length > BORROW_CHECK_MAX)
			error = error_create(ERROR_FAILED, "more bytes than can be checked");
	if (!error)
		error = fill_bytes(
			request, &used, borrow->checks, borrow->check_count, request->checks);
	request->write_count = borrow->write_count;
	request->check_count = borrow->check_count;
	return error;
}

static void fill_expected(struct tracer_shared *shared, const struct borrow *borrow)
{
	struct tracer_borrow_request *request = &shared->borrow;
	const struct capture *found = borrow->found;

	request->expected = found->raw;
	request->expected_mask = found->signal_mask;
	request->stack_address = found->stack_address;
	request->stack_length = found->stack_length;
	memmove(shared->arena, found->stack, found->stack_length);
	request->extended_length = found->extended_length;
	memmove(shared->extended[1], found->extended, found->extended_length);
	request->written = borrow->written;
	request->registers = borrow->registers;
	request->outcome = BORROW_NOT_STOPPED;
	request->sent = false;
}

static enum borrow_outcome borrow_outcome_of(const struct tracer_shared *shared)
{
	/* Also when the tracer died right after it. */
	if (shared->borrow.sent)
		return BORROW_DONE;
	switch (outcome_of(&shared->items[0])) {
	case CAPTURE_NOT_STOPPED:
		return BORROW_NOT_STOPPED;
	case CAPTURE_THREAD_GONE:
		return BORROW_THREAD_GONE;
	case CAPTURE_TRACED:
		return BORROW_TRACED;
	default:
		return shared->borrow.outcome;
	}
}

struct error *tracer_borrow(struct tracer *tracer, struct borrow *borrow)
{
	struct tracer_shared *shared = tracer->shared;
	struct error *error = fill_writes(&shared->borrow, borrow);

	if (error)
		return error;
	fill_expected(shared, borrow);
	shared->count = 1;
	shared->items[0] = (struct tracer_item){
		.thread = borrow->found->thread, .time_left = borrow->time_left};
	error = request(tracer, TRACER_BORROW, 0, 0, borrow->memory);
	if (error)
		return error;
	borrow->outcome = borrow_outcome_of(shared);
	borrow->held = shared->items[0].held;
	borrow->committed = shared->borrow.committed;
	return NULL;
}

static enum filters_outcome filters_outcome_of(const struct tracer_shared *shared)
{
	switch (outcome_of(&shared->items[0])) {
	case CAPTURE_NOT_STOPPED:
		return FILTERS_NOT_STOPPED;
	case CAPTURE_THREAD_GONE:
		return FILTERS_THREAD_GONE;
	case CAPTURE_TRACED:
		return FILTERS_TRACED;
	default:
		break;
	}
	switch (shared->filters.refused) {
	case 0:
		return FILTERS_READ;
	case ESRCH:
		return FILTERS_THREAD_GONE;
	case EACCES:
		return FILTERS_NO_RIGHT;
	case E2BIG:
		return FILTERS_TOO_MANY;
	default:
		return FILTERS_NOT_RECORDED;
	}
}

static struct error *take_filters(const struct tracer_shared *shared, struct seccomp_filters *ret)
{
	const struct tracer_filters_answer *answer = &shared->filters;
	size_t count = answer->count, total = 0, used = 0;

	for (size_t i = 0; i < count; i++)
		total += answer->lengths[i];
	ret->programs = calloc(count + 1, sizeof(*ret->programs));
	ret->items = calloc(total + 1, sizeof(*ret->items));
	if (!ret->programs || !ret->items) {
		seccomp_filters_deinit(ret);
		return &error_no_memory;
	}
	memcpy(ret->items, shared->arena, total * sizeof(*ret->items));
	for (size_t i = 0; i < count; i++) {
		ret->programs[i] = (struct seccomp_program){ret->items + used, answer->lengths[i]};
		used += answer->lengths[i];
	}
	ret->count = count;
	return NULL;
}

struct error *tracer_filters(struct tracer *tracer, pid_t thread, struct seccomp_filters *ret)
{
	struct tracer_shared *shared = tracer->shared;
	struct seccomp_filters filters = {0};
	struct error *error;

	shared->count = 1;
	shared->items[0] = (struct tracer_item){.thread = thread};
	shared->filters.count = 0;
	error = request(tracer, TRACER_FILTERS, 0, 0, -1);
	if (error)
		return error;
	filters.outcome = filters_outcome_of(shared);
	filters.held = shared->items[0].held;
	if (filters.outcome == FILTERS_READ)
		error = take_filters(shared, &filters);
	if (!error)
		*ret = filters;
	return error;
}
