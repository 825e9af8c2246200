#include "../base/test_support.h"

#include <stdio.h>
#include <sys/syscall.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "collect/wall.h"
#include "waiting_threads.h"

/* One that waits in poll(2) for so many ms, and whose stack only a stop would show. */
static struct waiting_thread *add_hidden(struct waiting_process *process, uint64_t milliseconds)
{
	struct waiting_thread *thread = add_waiting(process, "hidden", SYS_poll);

	thread->needs_stop = true;
	thread->status.program_counter = thread->pc;
	thread->status.arguments[2] = milliseconds;
	return thread;
}

#define FOR_EVER UINT64_MAX

/* What is accounted for is all the time of the threads that were there all the time. */
static void collect(struct waiting_process *process, unsigned rounds,
	void (*change)(struct waiting_process *process))
{
	const struct cpu_options options = {
		.duration = INT64_MAX,
		.rate = 100,
		.interrupted = waiting_process_is_over,
		.context = process,
	};
	struct replay *replay = &process->replay;

	process->rounds = rounds;
	process->change = change;
	assert_success(
		collect_wall(&replay->collector, &options, &replay->profile, &replay->statistics));
	assert_success(profile_check(replay->profile));
	assert_int_equal(replay->statistics.elapsed, (rounds - process->gone) * ROUND);
	assert_int_equal(profile_total(replay->profile, 0), replay->statistics.samples);
	assert_int_equal(profile_total(replay->profile, 1), replay->statistics.cpu_time);
}

static void assert_wall_samples(const struct waiting_process *process, const char *expected)
{
	CLEANUP(cleanup_free) char *text = replay_describe(&process->replay);

	assert_string_equal(text, expected);
}

static void assert_looks(const struct waiting_process *process, unsigned looks, unsigned stops)
{
	assert_int_equal(process->replay.statistics.looks, looks);
	assert_int_equal(process->replay.statistics.stops, stops);
	assert_int_equal(process->replay.statistics.held_total, 10 * stops);
}

static void a_sleeper_is_read_once_and_not_stopped(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_waiting(process, "sleeper", SYS_read);

	collect(process, 5, NULL);
	assert_wall_samples(process, "sleeper/1: read(2) tiny+23b" CALLERS " = 5 50000000\n");
	assert_int_equal(thread->reads, 1);
	assert_int_equal(thread->stops, 0);
	assert_looks(process, 1, 0);
	assert_int_equal(process->replay.statistics.sampled_time, 5 * ROUND);
}

/* It has come onto a CPU, and sleeps elsewhere now. */
static void sleep_elsewhere(struct waiting_process *process)
{
	if (process->round != 4)
		return;
	process->threads[0].runs++;
	process->threads[0].status.system_call = SYS_futex;
	process->threads[0].pc = GETTING;
}

static void a_sleeper_is_read_again_when_it_has_run(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_waiting(process, "sleeper", SYS_read);

	collect(process, 5, sleep_elsewhere);
	assert_wall_samples(process, "sleeper/1: read(2) tiny+23b" CALLERS " = 3 30000000\n"
				     "sleeper/1: futex(2) tiny+24a" CALLERS " = 2 20000000\n");
	assert_int_equal(thread->reads, 2);
	assert_looks(process, 2, 0);
}

static void what_cannot_tell_whether_it_ran_is_read_each_time(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_waiting(process, "sleeper", SYS_read);

	thread->runs = 0;
	collect(process, 5, NULL);
	assert_int_equal(thread->reads, 5);
	assert_looks(process, 5, 0);
}

static void a_sleeper_that_has_to_be_stopped_is_stopped_once(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_hidden(process, FOR_EVER);

	collect(process, 6, NULL);
	assert_wall_samples(process, "hidden/1: poll(2) tiny+23b" CALLERS " = 6 60000000\n");
	assert_int_equal(thread->stops, 1);
	assert_int_equal(thread->status.system_call, SYS_restart_syscall);
	assert_looks(process, 1, 1);
}

static void run_and_sleep_again(struct waiting_process *process)
{
	if (process->round != 4)
		return;
	process->threads[0].runs++;
	process->threads[0].status.sleeps++;
	process->threads[0].status.system_call = SYS_poll;
}

static void it_is_stopped_once_more_when_it_has_run_since(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_hidden(process, FOR_EVER);

	collect(process, 6, run_and_sleep_again);
	assert_wall_samples(process, "hidden/1: poll(2) tiny+23b" CALLERS " = 6 60000000\n");
	assert_int_equal(thread->stops, 2);
	assert_looks(process, 2, 2);
}

/* 39, getpid(2): who knows what a stop would do to it. */
static void a_wait_that_would_notice_a_stop_is_not_stopped(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_hidden(process, FOR_EVER);
	CLEANUP(cleanup_free) char *expected = NULL;

	thread->status.system_call = SYS_getpid;
	assert_true(
		asprintf(&expected, "hidden/1: getpid(2) tiny+23b [truncated: %s] = 4 40000000\n",
			unwind_end_text(UNWIND_UNKNOWN)) > 0);
	collect(process, 4, NULL);
	assert_wall_samples(process, expected);
	assert_int_equal(thread->stops, 0);
	assert_looks(process, 1, 0);
	assert_int_equal(process->replay.statistics.truncated[UNWIND_UNKNOWN], 1);
}

static void a_wait_with_a_time_out_ends_when_it_would_have(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_hidden(process, 60000);

	thread->slept = SECONDS(20);
	collect(process, 4, NULL);
	assert_int_equal(thread->stops, 1);
	assert_true(thread->left.replaces);
	assert_int_equal(thread->left.argument, 2);
	assert_int_equal(thread->left.value, 40001); /* rather late than early */
}

/* Since when it has slept is not to be found out. */
static void a_wait_whose_beginning_is_not_known_is_not_stopped(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_hidden(process, 60000);

	thread->slept = 0;
	collect(process, 4, NULL);
	assert_int_equal(thread->stops, 0);
	assert_looks(process, 1, 0);
}

/* Woken for nothing, it goes on to wait. */
static void run_without_sleep(struct waiting_process *process)
{
	if (process->round == 4)
		process->threads[0].runs++;
}

static void a_restarted_wait_is_stopped_as_its_deadline_is_known(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_hidden(process, 60000);

	collect(process, 6, run_without_sleep);
	assert_int_equal(thread->stops, 2);
	assert_looks(process, 2, 2);
	/* It had gone to sleep just before the first round. */
	assert_true(thread->left.replaces);
	assert_int_equal(thread->left.value, 59971);
}

/* Somebody else has stopped it as well. */
static void run_and_be_stopped(struct waiting_process *process)
{
	if (process->round != 4)
		return;
	process->threads[0].runs += 2;
	process->threads[0].status.sleeps += 2;
}

static void a_wait_that_others_restarted_is_not_stopped(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_hidden(process, 60000);

	collect(process, 6, run_and_be_stopped);
	assert_int_equal(thread->stops, 1);
	assert_looks(process, 2, 1);
}

/* After a SIGSTOP and a SIGCONT; as far as the code tells. */
static void a_restarted_wait_is_shown_as_what_it_was(void **state)
{
	struct waiting_process *process = *state;

	add_waiting(process, "sleeper", SYS_restart_syscall);
	memcpy(process->code, "\xb8\xe6\x00\x00\x00\x0f\x05", sizeof(process->code));
	collect(process, 2, NULL);
	assert_wall_samples(
		process, "sleeper/1: clock_nanosleep(2) tiny+23b" CALLERS " = 2 20000000\n");
}

static void one_that_runs_is_stopped_each_time(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_waiting(process, "runner", -1);

	thread->runs_now = true;
	collect(process, 5, NULL);
	assert_wall_samples(process, "runner/1: tiny+23b" CALLERS " = 5 50000000\n");
	assert_int_equal(thread->stops, 5);
	assert_int_equal(thread->reads, 0);
	assert_looks(process, 5, 5);
}

#define MORE_THAN_A_BATCH 70

static void those_that_run_are_stopped_in_batches(void **state)
{
	struct waiting_process *process = *state;

	for (size_t i = 0; i < MORE_THAN_A_BATCH; i++)
		add_waiting(process, "runner", -1)->runs_now = true;
	collect(process, 3, NULL);
	for (size_t i = 0; i < process->count; i++)
		assert_int_equal(process->threads[i].stops, 3);
	assert_int_equal(process->replay.statistics.samples, 3 * process->count);
	assert_int_equal(process->replay.statistics.cpu_time, 3 * ROUND * process->count);
}

static void what_could_not_be_looked_at_is_there_all_the_same(void **state)
{
	struct waiting_process *process = *state;
	struct waiting_thread *thread = add_waiting(process, "runner", -1);

	thread->runs_now = true;
	thread->outcome = CAPTURE_NOT_STOPPED;
	collect(process, 5, NULL);
	assert_wall_samples(process, "runner/1: [not sampled] = 0 50000000\n");
	assert_int_equal(process->replay.statistics.lost[CAPTURE_NOT_STOPPED], 5);
	assert_int_equal(process->replay.statistics.cpu_time, 5 * ROUND);
	assert_int_equal(process->replay.statistics.sampled_time, 0);
}

static void a_wait_that_nothing_interrupts_says_so(void **state)
{
	struct waiting_process *process = *state;

	add_waiting(process, "blocked", SYS_vfork)->status.state = 'D';
	collect(process, 2, NULL);
	assert_wall_samples(process,
		"blocked/1: [uninterruptible sleep] vfork(2) tiny+23b" CALLERS " = 2 20000000\n");
}

/* The first one ends, another one comes, with a lower number, and has its time from then on. */
static void come_and_go(struct waiting_process *process)
{
	if (process->round != 4)
		return;
	add_waiting(process, "late", SYS_futex)->id = 7;
	process->threads[0] = process->threads[--process->count];
}

static void threads_come_and_go(void **state)
{
	struct waiting_process *process = *state;

	add_waiting(process, "early", SYS_read)->id = 40;
	add_waiting(process, "always", SYS_poll)->id = 50;
	collect(process, 6, come_and_go);
	assert_wall_samples(process, "early/40: read(2) tiny+23b" CALLERS " = 3 30000000\n"
				     "late/7: futex(2) tiny+23b" CALLERS " = 3 20000000\n"
				     "always/50: poll(2) tiny+23b" CALLERS " = 6 60000000\n");
}

static void end(struct waiting_process *process)
{
	process->gone = process->round == 4;
}

static void a_process_that_ends_leaves_what_there_is(void **state)
{
	struct waiting_process *process = *state;

	add_waiting(process, "early", SYS_read);
	collect(process, 4, end);
	assert_int_equal(process->replay.statistics.end, CPU_END_TARGET_GONE);
	assert_wall_samples(process, "early/1: read(2) tiny+23b" CALLERS " = 3 30000000\n");
}

static void one_thread_can_be_asked_for(void **state)
{
	struct waiting_process *process = *state;
	struct cpu_options options = {.duration = 3 * ROUND, .rate = 100, .thread = "second"};
	struct replay *replay = &process->replay;

	add_waiting(process, "first", SYS_read);
	add_waiting(process, "second", SYS_futex);
	assert_success(
		collect_wall(&replay->collector, &options, &replay->profile, &replay->statistics));
	assert_int_equal(replay->statistics.end, CPU_END_DURATION);
	assert_wall_samples(process, "second/2: futex(2) tiny+23b" CALLERS " = 3 30000000\n");
	assert_int_equal(process->threads[0].reads, 0);
	profile_destroy(replay->profile);
	replay->profile = NULL;
	options.thread = "third";
	assert_error(
		collect_wall(&replay->collector, &options, &replay->profile, &replay->statistics),
		ERROR_NOT_FOUND, "no thread has the name or id 'third'", "`threads` lists them");
}

#define WITH_PROCESS(test)                                                                         \
	cmocka_unit_test_setup_teardown(test, waiting_process_set_up, waiting_process_tear_down)

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
		WITH_PROCESS(a_restarted_wait_is_shown_as_what_it_was),
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
