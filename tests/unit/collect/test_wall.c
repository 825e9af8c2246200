#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/string_builder.h"
#include "collect/wall.h"
#include "replay.h"

/* A process whose threads wait, under a clock that each round moves on. */

#define MOST       100
#define ROUND      (10 * NANOSECONDS_PER_MILLISECOND)
#define SECONDS(n) ((n)*NANOSECONDS_PER_SECOND)
#define STACK      0x7000
#define PARSING    0x7ffff7ffd23bUL
#define GETTING    0x7ffff7ffd24aUL

#define SNAPSHOT                                                                                   \
	"limpet-snapshot 1\n"                                                                      \
	"process 1 tiny /usr/bin/tiny\n"                                                           \
	"mapping 7ffff7ffd000-7ffff7ffe000 r-xp 00000000 fe:00 7 /usr/bin/tiny\n"                  \
	"round 1 0\n"
#define CALLERS " tiny+25a tiny+26c tiny+233"

/* In serve(), in main(), in _start. */
static const uint64_t stack[] = {0x7ffff7ffd25b, 0x7ffff7ffd26d, 0x7ffff7ffd234};

struct waiting_thread {
	pid_t id;
	bool runs_now;   /* or else it sleeps, and can be read */
	bool needs_stop; /* what is seen without one is not enough */
	struct thread_status status;
	uint64_t pc;
	uint64_t runs;
	uint64_t slept; /* ns */
	enum capture_outcome outcome;
	unsigned reads, stops;
	struct time_left left; /* at the last stop */
};

struct fixture {
	struct target target;
	struct replay replay;
	uint64_t now, started;
	struct waiting_thread threads[MOST];
	size_t count;
	unsigned round, rounds;
	void (*change)(struct fixture *fixture); /* before each round */
	bool gone;
	uint8_t code[7]; /* before every pc */
};

static struct fixture *clock_of;

uint64_t __wrap_clock_monotonic(void);

uint64_t __wrap_clock_monotonic(void)
{
	return clock_of->now;
}

static struct fixture *fixture_of(struct target *target)
{
	return (struct fixture *)target;
}

static struct waiting_thread *find(struct target *target, pid_t id)
{
	struct fixture *fixture = fixture_of(target);

	for (size_t i = 0; i < fixture->count; i++)
		if (fixture->threads[i].id == id)
			return &fixture->threads[i];
	return NULL;
}

static struct error *list_threads(struct target *target, struct thread_array *ret)
{
	struct fixture *fixture = fixture_of(target);
	struct error *error = NULL;

	if (fixture->gone)
		return error_create(ERROR_GONE, "gone");
	for (size_t i = 0; !error && i < fixture->count; i++)
		error = thread_array_append(ret, (struct thread){.id = fixture->threads[i].id,
							 .runs = fixture->threads[i].runs});
	return error;
}

static bool thread_status(struct target *target, pid_t id, struct thread_status *ret)
{
	const struct waiting_thread *thread = find(target, id);

	if (thread)
		*ret = thread->status;
	return thread;
}

static uint64_t asleep_for(struct target *target, pid_t id)
{
	return find(target, id)->slept;
}

static bool read_sleeper(
	struct target *target, pid_t id, const struct stack_wish *wish, struct sleeper *ret)
{
	struct waiting_thread *thread = find(target, id);

	(void)wish;
	if (!thread || thread->runs_now)
		return false;
	thread->reads++;
	*ret = (struct sleeper){
		.unknown = thread->needs_stop ? 1U << REGISTER_RSP : 0,
		.state = thread->status.state,
		.system_call = thread->status.system_call,
		.stack_address = STACK,
		.stack = (const uint8_t *)stack,
		.stack_length = sizeof(stack),
	};
	ret->registers.values[REGISTER_PC] = thread->pc;
	ret->registers.values[REGISTER_RSP] = STACK;
	return true;
}

/* A sleeper wakes up for it, goes to sleep for it, and then goes to sleep again. */
static void stop(struct waiting_thread *thread, struct capture *capture)
{
	thread->stops++;
	thread->left = capture->time_left;
	capture->outcome = thread->outcome;
	capture->system_call = thread->status.system_call;
	capture->held = 10;
	capture->registers.values[REGISTER_PC] = thread->pc;
	capture->registers.values[REGISTER_RSP] = STACK;
	capture->stack_address = STACK;
	capture->stack = (const uint8_t *)stack;
	capture->stack_length = sizeof(stack);
	if (thread->runs_now)
		return;
	thread->runs += 2;
	thread->status.sleeps += 2;
	if (!thread->left.replaces && thread->status.system_call == SYS_poll)
		thread->status.system_call = SYS_restart_syscall;
}

static struct error *capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count)
{
	(void)time;
	assert_in_range(count, 1, CAPTURE_BATCH_MAX);
	for (size_t i = 0; i < count; i++)
		stop(find(target, captures[i].thread), &captures[i]);
	return NULL;
}

static size_t read_memory(struct target *target, uint64_t address, void *buffer, size_t length)
{
	const struct fixture *fixture = fixture_of(target);

	for (size_t i = 0; i < fixture->count; i++)
		if (address == fixture->threads[i].pc - sizeof(fixture->code) &&
			length == sizeof(fixture->code)) {
			memcpy(buffer, fixture->code, length);
			return length;
		}
	return 0;
}

static struct error *list_mappings(struct target *target, struct mappings *ret)
{
	return target_list_mappings(fixture_of(target)->replay.target, ret);
}

static uint64_t now(struct target *target)
{
	return fixture_of(target)->now;
}

/* As late as it always is. */
static struct error *wait_until(struct target *target, uint64_t time)
{
	(void)time;
	fixture_of(target)->now += ROUND;
	return NULL;
}

static const struct target_operations operations = {
	.list_threads = list_threads,
	.thread_status = thread_status,
	.asleep_for = asleep_for,
	.read_sleeper = read_sleeper,
	.capture = capture,
	.read = read_memory,
	.list_mappings = list_mappings,
	.now = now,
	.wait_until = wait_until,
};

static bool before_round(void *context)
{
	struct fixture *fixture = context;

	if (fixture->round == fixture->rounds)
		return true;
	fixture->round++;
	if (fixture->change)
		fixture->change(fixture);
	return false;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	replay_init_text(&fixture->replay, SNAPSHOT);
	fixture->target = (struct target){
		.operations = &operations, .identity = fixture->replay.target->identity};
	fixture->replay.collector.target = &fixture->target;
	fixture->now = SECONDS(1000);
	clock_of = fixture;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	replay_deinit(&fixture->replay);
	free(fixture);
	return 0;
}

static struct waiting_thread *add(struct fixture *fixture, const char *name, int64_t system_call)
{
	struct waiting_thread *thread = &fixture->threads[fixture->count++];

	assert_in_range(fixture->count, 1, MOST);
	*thread = (struct waiting_thread){
		.id = (pid_t)fixture->count,
		.pc = PARSING,
		.runs = 10,
		.slept = 1,
		.status = {.state = 'S', .system_call = system_call, .sleeps = 5},
	};
	snprintf(thread->status.name, sizeof(thread->status.name), "%s", name);
	return thread;
}

/* One that waits in poll(2) for so many ms, and whose stack only a stop would show. */
static struct waiting_thread *add_hidden(struct fixture *fixture, uint64_t milliseconds)
{
	struct waiting_thread *thread = add(fixture, "hidden", SYS_poll);

	thread->needs_stop = true;
	thread->status.program_counter = thread->pc;
	thread->status.arguments[2] = milliseconds;
	return thread;
}

#define FOR_EVER UINT64_MAX

/* What is accounted for is all the time of the threads that were there all the time. */
static void collect(
	struct fixture *fixture, unsigned rounds, void (*change)(struct fixture *fixture))
{
	const struct cpu_options options = {
		.duration = INT64_MAX,
		.rate = 100,
		.interrupted = before_round,
		.context = fixture,
	};
	struct replay *replay = &fixture->replay;

	fixture->rounds = rounds;
	fixture->change = change;
	assert_success(
		collect_wall(&replay->collector, &options, &replay->profile, &replay->statistics));
	assert_success(profile_check(replay->profile));
	assert_int_equal(replay->statistics.elapsed, (rounds - fixture->gone) * ROUND);
	assert_int_equal(profile_total(replay->profile, 0), replay->statistics.samples);
	assert_int_equal(profile_total(replay->profile, 1), replay->statistics.cpu_time);
}

static void assert_samples(const struct fixture *fixture, const char *expected)
{
	CLEANUP(cleanup_free) char *text = replay_describe(&fixture->replay);

	assert_string_equal(text, expected);
}

static void assert_looks(const struct fixture *fixture, unsigned looks, unsigned stops)
{
	assert_int_equal(fixture->replay.statistics.looks, looks);
	assert_int_equal(fixture->replay.statistics.stops, stops);
	assert_int_equal(fixture->replay.statistics.held_total, 10 * stops);
}

static void a_sleeper_is_read_once_and_not_stopped(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add(fixture, "sleeper", SYS_read);

	collect(fixture, 5, NULL);
	assert_samples(fixture, "sleeper/1: read(2) tiny+23b" CALLERS " = 5 50000000\n");
	assert_int_equal(thread->reads, 1);
	assert_int_equal(thread->stops, 0);
	assert_looks(fixture, 1, 0);
	assert_int_equal(fixture->replay.statistics.sampled_time, 5 * ROUND);
}

/* It has come onto a CPU, and sleeps elsewhere now. */
static void sleep_elsewhere(struct fixture *fixture)
{
	if (fixture->round != 4)
		return;
	fixture->threads[0].runs++;
	fixture->threads[0].status.system_call = SYS_futex;
	fixture->threads[0].pc = GETTING;
}

static void a_sleeper_is_read_again_when_it_has_run(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add(fixture, "sleeper", SYS_read);

	collect(fixture, 5, sleep_elsewhere);
	assert_samples(fixture, "sleeper/1: read(2) tiny+23b" CALLERS " = 3 30000000\n"
				"sleeper/1: futex(2) tiny+24a" CALLERS " = 2 20000000\n");
	assert_int_equal(thread->reads, 2);
	assert_looks(fixture, 2, 0);
}

static void what_cannot_tell_whether_it_ran_is_read_each_time(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add(fixture, "sleeper", SYS_read);

	thread->runs = 0;
	collect(fixture, 5, NULL);
	assert_int_equal(thread->reads, 5);
	assert_looks(fixture, 5, 0);
}

static void a_sleeper_that_has_to_be_stopped_is_stopped_once(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add_hidden(fixture, FOR_EVER);

	collect(fixture, 6, NULL);
	assert_samples(fixture, "hidden/1: poll(2) tiny+23b" CALLERS " = 6 60000000\n");
	assert_int_equal(thread->stops, 1);
	assert_int_equal(thread->status.system_call, SYS_restart_syscall);
	assert_looks(fixture, 1, 1);
}

static void run_and_sleep_again(struct fixture *fixture)
{
	if (fixture->round != 4)
		return;
	fixture->threads[0].runs++;
	fixture->threads[0].status.sleeps++;
	fixture->threads[0].status.system_call = SYS_poll;
}

static void it_is_stopped_once_more_when_it_has_run_since(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add_hidden(fixture, FOR_EVER);

	collect(fixture, 6, run_and_sleep_again);
	assert_samples(fixture, "hidden/1: poll(2) tiny+23b" CALLERS " = 6 60000000\n");
	assert_int_equal(thread->stops, 2);
	assert_looks(fixture, 2, 2);
}

/* 39, getpid(2): who knows what a stop would do to it. */
static void a_wait_that_would_notice_a_stop_is_not_stopped(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add_hidden(fixture, FOR_EVER);
	CLEANUP(cleanup_free) char *expected = NULL;

	thread->status.system_call = SYS_getpid;
	assert_true(
		asprintf(&expected, "hidden/1: getpid(2) tiny+23b [truncated: %s] = 4 40000000\n",
			unwind_end_text(UNWIND_UNKNOWN)) > 0);
	collect(fixture, 4, NULL);
	assert_samples(fixture, expected);
	assert_int_equal(thread->stops, 0);
	assert_looks(fixture, 1, 0);
	assert_int_equal(fixture->replay.statistics.truncated[UNWIND_UNKNOWN], 1);
}

static void a_wait_with_a_time_out_ends_when_it_would_have(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add_hidden(fixture, 60000);

	thread->slept = SECONDS(20);
	collect(fixture, 4, NULL);
	assert_int_equal(thread->stops, 1);
	assert_true(thread->left.replaces);
	assert_int_equal(thread->left.argument, 2);
	assert_int_equal(thread->left.value, 40001); /* rather late than early */
}

/* Since when it has slept is not to be found out. */
static void a_wait_whose_beginning_is_not_known_is_not_stopped(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add_hidden(fixture, 60000);

	thread->slept = 0;
	collect(fixture, 4, NULL);
	assert_int_equal(thread->stops, 0);
	assert_looks(fixture, 1, 0);
}

/* Woken for nothing, it goes on to wait. */
static void run_without_sleep(struct fixture *fixture)
{
	if (fixture->round == 4)
		fixture->threads[0].runs++;
}

static void a_restarted_wait_is_stopped_as_its_deadline_is_known(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add_hidden(fixture, 60000);

	collect(fixture, 6, run_without_sleep);
	assert_int_equal(thread->stops, 2);
	assert_looks(fixture, 2, 2);
	/* It had gone to sleep just before the first round. */
	assert_true(thread->left.replaces);
	assert_int_equal(thread->left.value, 59971);
}

/* Somebody else has stopped it as well. */
static void run_and_be_stopped(struct fixture *fixture)
{
	if (fixture->round != 4)
		return;
	fixture->threads[0].runs += 2;
	fixture->threads[0].status.sleeps += 2;
}

static void a_wait_that_others_restarted_is_not_stopped(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add_hidden(fixture, 60000);

	collect(fixture, 6, run_and_be_stopped);
	assert_int_equal(thread->stops, 1);
	assert_looks(fixture, 2, 1);
}

static void one_that_runs_is_stopped_each_time(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add(fixture, "runner", -1);

	thread->runs_now = true;
	collect(fixture, 5, NULL);
	assert_samples(fixture, "runner/1: tiny+23b" CALLERS " = 5 50000000\n");
	assert_int_equal(thread->stops, 5);
	assert_int_equal(thread->reads, 0);
	assert_looks(fixture, 5, 5);
}

static void those_that_run_are_stopped_in_batches(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < CAPTURE_BATCH_MAX + 6; i++)
		add(fixture, "runner", -1)->runs_now = true;
	collect(fixture, 3, NULL);
	for (size_t i = 0; i < fixture->count; i++)
		assert_int_equal(fixture->threads[i].stops, 3);
	assert_int_equal(fixture->replay.statistics.samples, 3 * fixture->count);
	assert_int_equal(fixture->replay.statistics.cpu_time, 3 * ROUND * fixture->count);
}

static void what_could_not_be_looked_at_is_there_all_the_same(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_thread *thread = add(fixture, "runner", -1);

	thread->runs_now = true;
	thread->outcome = CAPTURE_NOT_STOPPED;
	collect(fixture, 5, NULL);
	assert_samples(fixture, "runner/1: [not sampled] = 0 50000000\n");
	assert_int_equal(fixture->replay.statistics.lost[CAPTURE_NOT_STOPPED], 5);
	assert_int_equal(fixture->replay.statistics.cpu_time, 5 * ROUND);
	assert_int_equal(fixture->replay.statistics.sampled_time, 0);
}

static void a_wait_that_nothing_interrupts_says_so(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "blocked", SYS_vfork)->status.state = 'D';
	collect(fixture, 2, NULL);
	assert_samples(fixture,
		"blocked/1: [uninterruptible sleep] vfork(2) tiny+23b" CALLERS " = 2 20000000\n");
}

/* The first one ends, another one comes, with a lower number, and has its time from then on. */
static void come_and_go(struct fixture *fixture)
{
	if (fixture->round != 4)
		return;
	add(fixture, "late", SYS_futex)->id = 7;
	fixture->threads[0] = fixture->threads[--fixture->count];
}

static void threads_come_and_go(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "early", SYS_read)->id = 40;
	add(fixture, "always", SYS_poll)->id = 50;
	collect(fixture, 6, come_and_go);
	assert_samples(fixture, "early/40: read(2) tiny+23b" CALLERS " = 3 30000000\n"
				"late/7: futex(2) tiny+23b" CALLERS " = 3 20000000\n"
				"always/50: poll(2) tiny+23b" CALLERS " = 6 60000000\n");
}

static void end(struct fixture *fixture)
{
	fixture->gone = fixture->round == 4;
}

static void a_process_that_ends_leaves_what_there_is(void **state)
{
	struct fixture *fixture = *state;

	add(fixture, "early", SYS_read);
	collect(fixture, 4, end);
	assert_int_equal(fixture->replay.statistics.end, CPU_END_TARGET_GONE);
	assert_samples(fixture, "early/1: read(2) tiny+23b" CALLERS " = 3 30000000\n");
}

static void one_thread_can_be_asked_for(void **state)
{
	struct fixture *fixture = *state;
	struct cpu_options options = {.duration = 3 * ROUND, .rate = 100, .thread = "second"};
	struct replay *replay = &fixture->replay;

	add(fixture, "first", SYS_read);
	add(fixture, "second", SYS_futex);
	assert_success(
		collect_wall(&replay->collector, &options, &replay->profile, &replay->statistics));
	assert_int_equal(replay->statistics.end, CPU_END_DURATION);
	assert_samples(fixture, "second/2: futex(2) tiny+23b" CALLERS " = 3 30000000\n");
	assert_int_equal(fixture->threads[0].reads, 0);
	profile_destroy(replay->profile);
	replay->profile = NULL;
	options.thread = "third";
	assert_error(
		collect_wall(&replay->collector, &options, &replay->profile, &replay->statistics),
		ERROR_NOT_FOUND, "no thread has the name or id 'third'", "`threads` lists them");
}

#define WITH_PROCESS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PROCESS(a_sleeper_is_read_once_and_not_stopped),
		WITH_PROCESS(a_sleeper_is_read_again_when_it_has_run),
		WITH_PROCESS(what_cannot_tell_whether_it_ran_is_read_each_time),
		WITH_PROCESS(a_sleeper_that_has_to_be_stopped_is_stopped_once),
		WITH_PROCESS(it_is_stopped_once_more_when_it_has_run_since),
		WITH_PROCESS(a_wait_that_would_notice_a_stop_is_not_stopped),
		WITH_PROCESS(a_wait_with_a_time_out_ends_when_it_would_have),
		WITH_PROCESS(a_wait_whose_beginning_is_not_known_is_not_stopped),
		WITH_PROCESS(a_restarted_wait_is_stopped_as_its_deadline_is_known),
		WITH_PROCESS(a_wait_that_others_restarted_is_not_stopped),
		WITH_PROCESS(one_that_runs_is_stopped_each_time),
		WITH_PROCESS(those_that_run_are_stopped_in_batches),
		WITH_PROCESS(what_could_not_be_looked_at_is_there_all_the_same),
		WITH_PROCESS(a_wait_that_nothing_interrupts_says_so),
		WITH_PROCESS(threads_come_and_go),
		WITH_PROCESS(a_process_that_ends_leaves_what_there_is),
		WITH_PROCESS(one_thread_can_be_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
