#include "../base/test_support.h"

#include <stdlib.h>

#include "base/clock.h"
#include "collect/series.h"
#include "replay.h"

#define MILLISECONDS(n) ((n)*NANOSECONDS_PER_MILLISECOND)
#define STACK           0x7000
#define PARSING         0x7ffff7ffd23bUL
#define THREADS         2
#define WHOLE           " tiny+23b tiny+25a tiny+26c tiny+233"

#define SNAPSHOT                                                                                   \
	"limpet-snapshot 1\n"                                                                      \
	"process 100 tiny /usr/bin/tiny\n"                                                         \
	"mapping 7ffff7ffd000-7ffff7ffe000 r-xp 00000000 fe:00 7 /usr/bin/tiny\n"                  \
	"round 1 0\n"

/* In serve(), in main(), in _start. */
static const uint64_t stack[] = {0x7ffff7ffd25b, 0x7ffff7ffd26d, 0x7ffff7ffd234};

/* Threads that run all the time, under a clock that goes to where it is waited for. */
struct busy {
	struct target target;
	struct target *files;
	uint64_t now, last;
	size_t threads;
	size_t room;     /* words of a stack that are copied: fewer than there are, at first */
	size_t done_max; /* rounds of a series; then it ends early */
	size_t rounds, single_rounds, series, longest;
	uint64_t asked[SERIES_ROUNDS_MAX];
	void (*change)(struct busy *busy); /* after each series */
};

static struct busy *busy_of(struct target *target)
{
	return (struct busy *)target;
}

static struct error *list_threads(struct target *target, struct thread_array *ret)
{
	struct busy *busy = busy_of(target);
	struct error *error = NULL;

	for (size_t i = 0; !error && i < busy->threads; i++)
		error = thread_array_append(
			ret, (struct thread){.id = 100 + (pid_t)i, .cpu_time = busy->now});
	return error;
}

static struct error *refresh_threads(struct target *target, struct thread *threads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		threads[i].cpu_time = busy_of(target)->now;
	return NULL;
}

static bool thread_status(struct target *target, pid_t id, struct thread_status *ret)
{
	(void)target;
	*ret = (struct thread_status){.state = 'R', .name = "busy", .system_call = -1};
	return id != 0;
}

static struct error *cpu_time(struct target *target, uint64_t *ret)
{
	*ret = busy_of(target)->now * busy_of(target)->threads;
	return NULL;
}

static uint64_t now(struct target *target)
{
	return busy_of(target)->now;
}

static struct error *wait_until(struct target *target, uint64_t time)
{
	if (time > busy_of(target)->now)
		busy_of(target)->now = time;
	return NULL;
}

/* Each time comes once, and later than the one before. */
static void begin_round(struct busy *busy, uint64_t time)
{
	assert_true(time > busy->last);
	busy->last = time;
	busy->rounds++;
	assert_success(wait_until(&busy->target, time));
}

static void fill_capture(const struct busy *busy, struct capture *capture)
{
	assert_true(capture->running_only);
	capture->outcome = CAPTURE_DONE;
	capture->system_call = -1;
	capture->registers.values[REGISTER_RSP] = STACK;
	capture->registers.values[REGISTER_PC] = PARSING;
	capture->stack_address = STACK;
	capture->stack = (const uint8_t *)stack;
	capture->stack_length = busy->room * sizeof(stack[0]);
}

static struct error *capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count)
{
	struct busy *busy = busy_of(target);

	if (time) {
		begin_round(busy, time);
		busy->single_rounds++;
	}
	for (size_t i = 0; i < count; i++)
		fill_capture(busy, &captures[i]);
	return NULL;
}

static void fill_round(const struct busy *busy, struct capture_series *series)
{
	for (size_t i = 0; i < series->thread_count; i++) {
		struct series_capture *taken = &series->captures[series->count++];

		taken->round = series->rounds_done;
		taken->capture = series->threads[i];
		fill_capture(busy, &taken->capture);
	}
	series->rounds_done++;
}

static struct error *capture_series(struct target *target, struct capture_series *series)
{
	struct busy *busy = busy_of(target);
	size_t most = busy->done_max ? busy->done_max : SERIES_ROUNDS_MAX;

	busy->series++;
	if (series->rounds > busy->longest)
		busy->longest = series->rounds;
	series->rounds_done = 0;
	series->count = 0;
	if (most > SERIES_CAPTURES_MAX / series->thread_count)
		most = SERIES_CAPTURES_MAX / series->thread_count;
	for (size_t i = 0; i < series->rounds && i < most; i++) {
		begin_round(busy, series->times[i]);
		fill_round(busy, series);
	}
	if (busy->change)
		busy->change(busy);
	return NULL;
}

static struct error *list_mappings(struct target *target, struct mappings *ret)
{
	return target_list_mappings(busy_of(target)->files, ret);
}

static const struct target_operations operations = {
	.list_threads = list_threads,
	.refresh_threads = refresh_threads,
	.list_mappings = list_mappings,
	.thread_status = thread_status,
	.cpu_time = cpu_time,
	.capture = capture,
	.capture_series = capture_series,
	.now = now,
	.wait_until = wait_until,
};

static void busy_init(struct busy *busy, struct replay *replay)
{
	*busy = (struct busy){.now = NANOSECONDS_PER_SECOND, .threads = THREADS, .room = 3};
	replay_init_text(replay, SNAPSHOT);
	busy->target =
		(struct target){.operations = &operations, .identity = replay->target->identity};
	busy->files = replay->target;
	replay->collector.target = &busy->target;
}

static void collect(struct busy *busy, struct replay *replay, unsigned rate)
{
	struct cpu_options options = {.duration = NANOSECONDS_PER_SECOND, .rate = rate};

	assert_success(replay_collect(replay, &options));
	replay->collector.target = busy->files;
	/* In the first one nobody is known to run. */
	assert_int_equal(replay->statistics.rounds, busy->rounds + 1);
}

static int64_t sum(const struct replay *replay, size_t value)
{
	int64_t result = 0;

	for (size_t i = 0; i < replay->profile->samples.count; i++)
		result += replay->profile->values.items[2 * i + value];
	return result;
}

/* Of two threads that run all the time, every one of the samples, and all of the time. */
static void assert_all_is_there(const struct busy *busy, const struct replay *replay)
{
	uint64_t elapsed = busy->now - NANOSECONDS_PER_SECOND;

	assert_int_equal(replay->profile->samples.count, THREADS);
	assert_int_equal(sum(replay, 0), THREADS * busy->rounds);
	assert_int_equal(sum(replay, 1), THREADS * elapsed);
	assert_int_equal(replay->statistics.cpu_time, THREADS * elapsed);
	assert_in_range(elapsed, NANOSECONDS_PER_SECOND, NANOSECONDS_PER_SECOND + MILLISECONDS(2));
}

static void series_take_as_many_samples_as_rounds_do(void **state)
{
	struct replay replay;
	struct busy busy;

	(void)state;
	busy_init(&busy, &replay);
	collect(&busy, &replay, 1000);
	assert_all_is_there(&busy, &replay);
	assert_in_range(busy.rounds, 950, 1050);
	assert_in_range(busy.series, 8, 30);
	assert_in_range(busy.longest, 60, SERIES_ROUNDS_MAX);
	assert_in_range(busy.single_rounds, 1, 3);
	replay_deinit(&replay);
}

static void rounds_that_are_left_out_are_made_up_for(void **state)
{
	struct replay replay;
	struct busy busy;

	(void)state;
	busy_init(&busy, &replay);
	busy.done_max = 3;
	collect(&busy, &replay, 1000);
	assert_all_is_there(&busy, &replay);
	assert_in_range(busy.rounds, 950, 1050);
	assert_in_range(busy.series, 300, 350);
	replay_deinit(&replay);
}

/* At 5 Hz there is no second round within a tenth of a second: nobody waits for longer. */
static void a_series_is_short_in_time(void **state)
{
	struct replay replay;
	struct busy busy;

	(void)state;
	busy_init(&busy, &replay);
	collect(&busy, &replay, 5);
	assert_in_range(busy.rounds, 2, 11);
	assert_in_range(busy.longest, 1, 2);
	replay_deinit(&replay);
}

static void cut_off(struct busy *busy)
{
	busy->room = busy->series == 5 ? 2 : 3;
	if (busy->series == 6)
		assert_in_range(busy->longest, 32, SERIES_ROUNDS_MAX);
	if (busy->series == 6)
		busy->longest = busy->single_rounds = 0;
	if (busy->series == 7)
		assert_int_equal(busy->longest, 2);
}

/* The copy is larger in the very next round. */
static void a_stack_that_was_cut_off_ends_the_series(void **state)
{
	struct replay replay;
	struct busy busy;

	(void)state;
	busy_init(&busy, &replay);
	busy.change = cut_off;
	collect(&busy, &replay, 1000);
	assert_int_equal(busy.single_rounds, 1);
	assert_in_range(replay.statistics.truncated[UNWIND_STACK_TOO_SHORT], 64, 2 * 128);
	replay_deinit(&replay);
}

static void one_more(struct busy *busy)
{
	if (busy->series != 6)
		return;
	busy->threads++;
	busy->single_rounds = 0;
}

static void a_new_thread_ends_the_series(void **state)
{
	struct replay replay;
	struct busy busy;

	(void)state;
	busy_init(&busy, &replay);
	busy.change = one_more;
	collect(&busy, &replay, 1000);
	assert_in_range(busy.single_rounds, 1, 3);
	assert_int_equal(replay.profile->samples.count, THREADS + 1);
	replay_deinit(&replay);
}

static void more_threads_than_a_series_takes_have_rounds(void **state)
{
	struct replay replay;
	struct busy busy;

	(void)state;
	busy_init(&busy, &replay);
	busy.threads = SERIES_THREADS_MAX + 1;
	collect(&busy, &replay, 1000);
	assert_int_equal(busy.series, 0);
	assert_int_equal(busy.single_rounds, busy.rounds);
	replay_deinit(&replay);
}

static void draw(
	struct busy *busy, struct series *series, struct pace *pace, uint64_t *next, uint64_t until)
{
	pace_start(pace, &busy->target, 1000, NANOSECONDS_PER_SECOND);
	*next = pace_next(pace);
	series_draw(series, pace, next, until);
}

static void rounds_are_drawn_up_to_a_time(void **state)
{
	struct busy busy = {.target.operations = &operations, .now = MILLISECONDS(1000)};
	static struct series series;
	const uint64_t *times = series.captured.times;
	struct pace pace;
	uint64_t next;

	(void)state;
	series.longest = SERIES_ROUNDS_MAX;
	draw(&busy, &series, &pace, &next, MILLISECONDS(1020));
	assert_in_range(series.captured.rounds, 13, 40);
	assert_in_range(times[0], MILLISECONDS(1000), MILLISECONDS(1002));
	for (size_t i = 1; i < series.captured.rounds; i++)
		assert_in_range(times[i] - times[i - 1], MILLISECONDS(1) / 2, MILLISECONDS(3) / 2);
	assert_true(times[series.captured.rounds - 1] <= MILLISECONDS(1020));
	assert_true(next > MILLISECONDS(1020));
	assert_int_equal(
		series_interval(&series, 0, MILLISECONDS(1000)), times[0] - MILLISECONDS(1000));
	assert_int_equal(series_interval(&series, 7, 0), times[7] - times[6]);
	series.captured.rounds_done = 5;
	series_undraw(&series, &pace, &next);
	assert_int_equal(next, times[5]);
	assert_in_range(pace_next(&pace) - next, MILLISECONDS(1) / 2, MILLISECONDS(3) / 2);
	series.longest = 4;
	draw(&busy, &series, &pace, &next, UINT64_MAX);
	assert_int_equal(series.captured.rounds, 4);
}

static void a_series_ends_where_the_pace_does(void **state)
{
	struct busy busy = {.target.operations = &operations, .now = MILLISECONDS(1000)};
	static struct series series;
	struct pace pace;
	uint64_t next;

	(void)state;
	series.longest = SERIES_ROUNDS_MAX;
	pace_start(&pace, &busy.target, 1000, MILLISECONDS(10));
	next = pace_next(&pace);
	series_draw(&series, &pace, &next, UINT64_MAX);
	assert_in_range(series.captured.rounds, 6, 21);
	assert_int_equal(series.captured.times[series.captured.rounds - 1], MILLISECONDS(1010));
	assert_int_equal(next, MILLISECONDS(1010));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(series_take_as_many_samples_as_rounds_do),
		cmocka_unit_test(rounds_that_are_left_out_are_made_up_for),
		cmocka_unit_test(a_series_is_short_in_time),
		cmocka_unit_test(a_stack_that_was_cut_off_ends_the_series),
		cmocka_unit_test(a_new_thread_ends_the_series),
		cmocka_unit_test(more_threads_than_a_series_takes_have_rounds),
		cmocka_unit_test(rounds_are_drawn_up_to_a_time),
		cmocka_unit_test(a_series_ends_where_the_pace_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
