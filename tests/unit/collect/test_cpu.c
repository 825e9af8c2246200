#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/string_builder.h"
#include "replay.h"
#include "target/snapshot.h"
#include "tiny_snapshots.h"

static void assert_comments(const struct replay *replay, const char *const *expected, size_t count)
{
	const struct profile *profile = replay->profile;

	for (size_t i = 0; i < count && i < profile->comments.count; i++)
		assert_string_equal(profile_text(profile, profile->comments.items[i]), expected[i]);
	assert_int_equal(profile->comments.count, count);
}

#define ASSERT_COMMENTS(replay, ...)                                                               \
	assert_comments(replay, (const char *const[]){__VA_ARGS__},                                \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* One thread that runs: due in the second round, for what it got in the first. */
#define ONE_THREAD(capture)                                                                        \
	HEAD "round 1000 100\n"                                                                    \
	     "thread 1 R 100 tiny\n"                                                               \
	     "round 2000 150\n"                                                                    \
	     "thread 1 R 150 tiny\n"                                                               \
	     "round 3000 190\n"                                                                    \
	     "thread 1 R 190 tiny\n" capture

static void a_sample_stands_for_what_its_thread_was_charged(void **state)
{
	struct replay replay;
	const struct profile *profile;

	(void)state;
	replay_init_text(&replay, ONE_THREAD("capture 1" PARSING WHOLE_STACK));
	assert_success(replay_collect(&replay, NULL));
	profile = replay.profile;
	assert_samples(&replay, "tiny/1:" WHOLE " = 1 90\n");
	ASSERT_COMMENTS(
		&replay, "1 samples in 3 rounds at 100 Hz", "the process ended during the capture");
	assert_int_equal(replay.statistics.end, CPU_END_TARGET_GONE);
	assert_int_equal(replay.statistics.elapsed, 2000);
	assert_int_equal(replay.statistics.samples, 1);
	assert_int_equal(replay.statistics.cpu_time, 90);
	assert_int_equal(replay.statistics.sampled_time, 90);
	assert_int_equal(profile->duration, 2000);
	assert_int_equal(profile->period, 10000000);
	assert_int_equal(profile->value_types.count, 2);
	assert_string_equal(profile_text(profile, profile->value_types.items[0].type), "samples");
	assert_string_equal(profile_text(profile, profile->value_types.items[0].unit), "count");
	assert_string_equal(profile_text(profile, profile->value_types.items[1].type), "cpu");
	assert_string_equal(
		profile_text(profile, profile->value_types.items[1].unit), "nanoseconds");
	assert_int_equal(profile->mappings.count, 1);
	assert_string_equal(
		profile_text(profile, profile->mappings.items[0].path), "/usr/bin/tiny");
	assert_int_equal(profile->mappings.items[0].start, 0x7ffff7ffd000);
	replay_deinit(&replay);
}

/* Asleep in the round in which it was due, and nothing said later: its time is not lost. */
static void time_that_no_sample_stands_for_is_there_all_the_same(void **state)
{
	struct replay replay;

	(void)state;
	replay_init_text(&replay, ONE_THREAD(""));
	assert_success(replay_collect(&replay, NULL));
	assert_samples(&replay, "tiny/1: [not sampled] = 0 90\n");
	ASSERT_COMMENTS(
		&replay, "0 samples in 3 rounds at 100 Hz", "the process ended during the capture");
	assert_int_equal(replay.statistics.cpu_time, 90);
	assert_int_equal(replay.statistics.sampled_time, 0);
	replay_deinit(&replay);
}

/* Of 330 - 100: what the first thread had, what the second was seen to have, the rest. */
#define COMES_AND_GOES                                                                             \
	HEAD "round 1000 100\n"                                                                    \
	     "thread 1 R 100 tiny\n"                                                               \
	     "round 2000 180\n"                                                                    \
	     "thread 1 R 150 tiny\n"                                                               \
	     "thread 2 R 30 short\\040one\n"                                                       \
	     "round 3000 280\n"                                                                    \
	     "thread 1 R 200 tiny\n"                                                               \
	     "thread 2 R 80 short\\040one\n"                                                       \
	     "capture 1" PARSING WHOLE_STACK "capture 2" PARSING WHOLE_STACK "round 4000 300\n"    \
	     "thread 1 S 200 tiny\n"                                                               \
	     "round 5000 330\n"                                                                    \
	     "thread 1 R 230 tiny\n"

static void threads_that_come_and_go_are_accounted_for(void **state)
{
	struct replay replay;

	(void)state;
	replay_init_text(&replay, COMES_AND_GOES);
	assert_success(replay_collect(&replay, NULL));
	assert_samples(&replay, "tiny/1:" WHOLE " = 1 130\n"
				"short one/2:" WHOLE " = 1 80\n"
				": [threads that ended] = 0 20\n");
	assert_int_equal(replay.statistics.cpu_time, 230);
	assert_int_equal(replay.statistics.sampled_time, 210);
	assert_int_equal(profile_total(replay.profile, 1), 230);
	replay_deinit(&replay);
}

/* By the next round it may have ended. */
static void a_newcomer_is_sampled_in_the_round_in_which_it_is_seen(void **state)
{
	struct replay replay;

	(void)state;
	replay_init_text(&replay, HEAD "round 1000 100\n"
				       "thread 1 S 100 tiny\n"
				       "round 2000 130\n"
				       "thread 1 S 100 tiny\n"
				       "thread 2 R 30 short\n"
				       "capture 2" PARSING WHOLE_STACK "round 3000 150\n"
				       "thread 1 S 100 tiny\n");
	assert_success(replay_collect(&replay, NULL));
	assert_samples(&replay, "short/2:" WHOLE " = 1 30\n"
				": [threads that ended] = 0 20\n");
	assert_int_equal(replay.statistics.samples, 1);
	replay_deinit(&replay);
}

/* Seen with some time, and gone when it was to be captured. */
static void a_thread_that_was_missed_is_counted(void **state)
{
	struct replay replay;

	(void)state;
	replay_init_text(&replay, HEAD "round 1000 100\n"
				       "thread 1 S 100 tiny\n"
				       "round 2000 130\n"
				       "thread 1 S 100 tiny\n"
				       "thread 2 R 30 short\n"
				       "round 3000 145\n"
				       "thread 1 S 100 tiny\n");
	assert_success(replay_collect(&replay, NULL));
	assert_samples(&replay, "short/2: [not sampled] = 0 30\n"
				": [threads that ended] = 0 15\n");
	assert_int_equal(replay.statistics.lost[CAPTURE_THREAD_GONE], 1);
	ASSERT_COMMENTS(&replay, "0 samples in 3 rounds at 100 Hz", "lost 1: thread exited",
		"the process ended during the capture");
	replay_deinit(&replay);
}

struct truncation {
	const char *capture;
	const char *samples;
	enum unwind_end end;
};

static const struct truncation truncations[] = {
	{"capture 1" PARSING STACK(IN_SERVE),
		"tiny/1: tiny+23b tiny+25a [truncated: stack larger than the copy] = 1 90\n",
		UNWIND_STACK_TOO_SHORT},
	{"capture 1" PARSING STACK(IN_SERVE IN_MAIN "34d2fff7ff7f00"),
		"tiny/1: tiny+23b tiny+25a tiny+26c [truncated: stack larger than the copy] = 1 "
		"90\n",
		UNWIND_STACK_TOO_SHORT},
	{"capture 1" PARSING, "tiny/1: tiny+23b [truncated: stack larger than the copy] = 1 90\n",
		UNWIND_STACK_TOO_SHORT},
	{"capture 1" AT("401000") WHOLE_STACK,
		"tiny/1: 401000 [truncated: code outside every known module] = 1 90\n",
		UNWIND_NO_MODULE},
	{"capture 1" PARSING STACK(IN_SERVE "0010400000000000"),
		"tiny/1: tiny+23b tiny+25a 400fff [truncated: code outside every known module] = "
		"1 90\n",
		UNWIND_NO_MODULE},
	{"capture 1" AT("7ffff7ffd100") WHOLE_STACK,
		"tiny/1: tiny+100 [truncated: code without unwind information] = 1 90\n",
		UNWIND_NO_RULES},
};

static void a_stack_that_ends_early_says_so_in_its_root(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(truncations); i++) {
		CLEANUP(cleanup_free) char *text = NULL, *comment = NULL;
		struct replay replay;

		assert_true(asprintf(&text, ONE_THREAD("%s"), truncations[i].capture) > 0);
		assert_true(asprintf(&comment, "truncated 1: %s",
				    unwind_end_text(truncations[i].end)) > 0);
		replay_init_text(&replay, text);
		assert_success(replay_collect(&replay, NULL));
		assert_samples(&replay, truncations[i].samples);
		ASSERT_COMMENTS(&replay, "1 samples in 3 rounds at 100 Hz", comment,
			"the process ended during the capture");
		for (enum unwind_end end = 0; end < UNWIND_END_COUNT; end++)
			assert_int_equal(
				replay.statistics.truncated[end], end == truncations[i].end);
		replay_deinit(&replay);
	}
}

static void one_thread_can_be_asked_for(void **state)
{
	static const char *const filters[] = {"short one", "2"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		const struct cpu_options options = {
			.duration = 10000, .rate = 100, .thread = filters[i]};
		struct replay replay;

		/* It must be there when the capture begins. */
		replay_init_text(&replay,
			HEAD "round 1000 100\n"
			     "thread 1 R 60 tiny\n"
			     "thread 2 R 40 short\\040one\n"
			     "round 2000 150\n"
			     "thread 1 R 90 tiny\n"
			     "thread 2 R 50 short\\040one\n"
			     "round 3000 200\n"
			     "thread 1 R 120 tiny\n"
			     "thread 2 R 70 short\\040one\n"
			     "capture 1" PARSING WHOLE_STACK "capture 2" PARSING WHOLE_STACK);
		assert_success(replay_collect(&replay, &options));
		assert_samples(&replay, "short one/2:" WHOLE " = 1 30\n");
		replay_deinit(&replay);
	}
}

static void a_thread_that_is_not_there_is_an_error(void **state)
{
	const struct cpu_options options = {.duration = 10000, .rate = 100, .thread = "none"};
	struct replay replay;

	(void)state;
	replay_init_text(&replay, COMES_AND_GOES);
	assert_error(replay_collect(&replay, &options), ERROR_NOT_FOUND,
		"no thread has the name or id 'none'", "`threads` lists them");
	assert_null(replay.profile);
	replay_deinit(&replay);
}

/* A label without a text would be a number. */
static void a_thread_without_a_name_has_its_id_alone(void **state)
{
	struct replay replay;

	(void)state;
	replay_init_text(&replay, HEAD "round 1000 100\n"
				       "thread 1 R 100 \\000\n"
				       "round 2000 150\n"
				       "thread 1 R 150 \\000\n");
	assert_success(replay_collect(&replay, NULL));
	assert_samples(&replay, "/1: [not sampled] = 0 50\n");
	replay_deinit(&replay);
}

static void it_ends_when_its_time_is_over(void **state)
{
	const struct cpu_options options = {.duration = 3000, .rate = 100};
	struct replay replay;

	(void)state;
	replay_init_text(&replay, COMES_AND_GOES);
	assert_success(replay_collect(&replay, &options));
	assert_int_equal(replay.statistics.end, CPU_END_DURATION);
	assert_int_equal(replay.statistics.elapsed, 3000);
	assert_int_equal(replay.statistics.cpu_time, 200);
	assert_int_equal(profile_total(replay.profile, 1), 200);
	ASSERT_COMMENTS(&replay, "2 samples in 3 rounds at 100 Hz");
	replay_deinit(&replay);
}

struct watch {
	unsigned told, asked, patience;
	uint64_t last_elapsed;
};

static bool interrupted(void *context)
{
	struct watch *watch = context;

	return ++watch->asked > watch->patience;
}

static void progress(void *context, const struct cpu_statistics *statistics)
{
	struct watch *watch = context;

	assert_true(!watch->told || statistics->elapsed > watch->last_elapsed);
	watch->told++;
	watch->last_elapsed = statistics->elapsed;
}

static void it_ends_early_and_keeps_what_there_is(void **state)
{
	struct watch watch = {.patience = 2};
	const struct cpu_options options = {.duration = 10000,
		.rate = 100,
		.interrupted = interrupted,
		.progress = progress,
		.context = &watch};
	struct replay replay;

	(void)state;
	replay_init_text(&replay, COMES_AND_GOES);
	assert_success(replay_collect(&replay, &options));
	assert_int_equal(replay.statistics.end, CPU_END_INTERRUPTED);
	assert_int_equal(replay.statistics.rounds, 2);
	assert_int_equal(watch.told, 3);
	assert_int_equal(watch.last_elapsed, 2000);
	assert_samples(&replay, "tiny/1:" WHOLE " = 1 100\n"
				"short one/2:" WHOLE " = 1 80\n");
	replay_deinit(&replay);
}

/* More than are captured at once. */
#define MANY (CAPTURE_BATCH_MAX + 6)

static char *many_threads(void)
{
	STRING_BUILDER(text);
	char *result;

	string_append(&text, HEAD);
	for (unsigned round = 0; round < 3; round++) {
		string_append_format(&text, "round %u %u\n", 1000 * round, MANY * 100 * round);
		for (unsigned i = 1; i <= MANY; i++)
			string_append_format(&text, "thread %u R %u t\n", i, 100 * round);
		for (unsigned i = 1; round == 2 && i <= MANY; i++)
			string_append_format(&text, "capture %u" PARSING WHOLE_STACK, i);
	}
	assert_success(string_builder_finish(&text, &result));
	return result;
}

static void assert_many(const struct replay *replay)
{
	STRING_BUILDER(expected);

	for (unsigned i = 1; i <= MANY; i++)
		string_append_format(&expected, "t/%u:" WHOLE " = 1 200\n", i);
	assert_samples(replay, expected.text);
	assert_int_equal(replay->statistics.samples, MANY);
	assert_int_equal(replay->statistics.rounds, 3);
}

static void threads_are_taken_in_batches(void **state)
{
	CLEANUP(cleanup_free) char *text = many_threads();
	struct replay replay;

	(void)state;
	replay_init_text(&replay, text);
	assert_success(replay_collect(&replay, NULL));
	assert_many(&replay);
	replay_deinit(&replay);
}

/* Batches of one round are one round of a recording, too. */
static void a_recording_has_all_batches(void **state)
{
	CLEANUP(cleanup_free) char *text = many_threads();
	struct target *recorder, *recorded;
	struct replay replay;
	char path[96];

	(void)state;
	snprintf(path, sizeof(path), "%s/limpet-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	CLEANUP(cleanup_close) int fd = mkstemp(path);
	assert_true(fd >= 0);
	replay_init_text(&replay, text);
	recorded = replay.target;
	assert_success(recorder_create(recorded, &recorder));
	replay.collector.target = recorder;
	assert_success(replay_collect(&replay, NULL));
	assert_many(&replay);
	assert_success(recorder_save(recorder, path));
	target_destroy(recorder);
	replay_deinit(&replay);

	CLEANUP(u8_array_deinit) struct u8_array saved = {0};
	assert_success(file_read(path, 1 << 20, &saved));
	unlink(path);
	assert_success(u8_array_append(&saved, '\0'));
	replay_init_text(&replay, (const char *)saved.items);
	assert_success(replay_collect(&replay, NULL));
	assert_many(&replay);
	replay_deinit(&replay);
}

/* A clock that goes backwards, as no kernel's does. */
static void impossible_times_do_no_harm(void **state)
{
	struct replay replay;

	(void)state;
	replay_init_text(&replay, HEAD "round 1000 100\n"
				       "thread 1 R 100 tiny\n"
				       "round 2000 50\n"
				       "thread 1 R 50 tiny\n");
	assert_success(replay_collect(&replay, NULL));
	assert_samples(&replay, "");
	assert_int_equal(replay.statistics.cpu_time, 0);
	replay_deinit(&replay);
}

static bool no_rounds_left(void *context)
{
	unsigned *left = context;

	return !*left || !(*left)--;
}

/* The 500000 of the gap, and what the thread that came in it had by then, belong to nothing. */
#define WITH_A_GAP                                                                                 \
	ONE_THREAD("capture 1" PARSING WHOLE_STACK)                                                \
	"round 1003000 500490\n"                                                                   \
	"thread 1 R 500190 tiny\n"                                                                 \
	"thread 2 S 300 late\n"                                                                    \
	"round 1004000 500540\n"                                                                   \
	"thread 1 R 500240 tiny\n"                                                                 \
	"thread 2 S 300 late\n"                                                                    \
	"round 1005000 500600\n"                                                                   \
	"thread 1 R 500290 tiny\n"                                                                 \
	"thread 2 S 310 late\n"                                                                    \
	"capture 1" PARSING WHOLE_STACK

static void a_gap_belongs_to_nothing(void **state)
{
	unsigned rounds = 2;
	const struct cpu_options options = {
		.duration = INT64_MAX,
		.rate = 100,
		.interrupted = no_rounds_left,
		.context = &rounds,
	};
	CLEANUP(profile_values_deinit) struct profile_values charged = {0};
	const struct cpu_statistics *statistics;
	struct cpu_capture *capture;
	struct replay replay;

	(void)state;
	replay_init_text(&replay, WITH_A_GAP);
	assert_success(cpu_capture_create(&replay.collector, &options, &capture));
	statistics = cpu_capture_statistics(capture);
	assert_success(cpu_capture_run(capture, UINT64_MAX));
	assert_int_equal(statistics->samples, 1);
	assert_int_equal(statistics->elapsed, 2000);
	assert_int_equal(pauses_percentile(cpu_capture_pauses(capture), 100), 0);
	assert_success(target_wait_until(replay.target, 0));
	assert_success(cpu_capture_skip(capture));
	assert_int_equal(statistics->cpu_time, 90);
	rounds = 2;
	assert_success(cpu_capture_run(capture, UINT64_MAX));
	assert_int_equal(statistics->elapsed, 4000);
	assert_int_equal(statistics->samples, 2);
	assert_int_equal(statistics->cpu_time, 200);
	assert_int_equal(cpu_capture_thread_count(capture), 2);

	/* What is copied is whole, and what is copied from is not touched. */
	for (int i = 0; i < 2; i++) {
		profile_destroy(replay.profile);
		assert_success(cpu_capture_copy(capture, &replay.profile));
		assert_samples(&replay, "tiny/1:" WHOLE " = 2 190\n"
					"late/2: [not sampled] = 0 10\n");
		ASSERT_COMMENTS(&replay, "2 samples in 4 rounds at 100 Hz");
		assert_int_equal(replay.profile->duration, 4000);
	}
	/* Two intervals of 1000: the gap is none. The late one's 10 are charged, too. */
	assert_int_equal(cpu_capture_profile(capture)->samples.count, 1);
	assert_int_equal(cpu_capture_profile(capture)->values.items[1], 2000);
	assert_success(cpu_capture_charged(capture, &charged));
	assert_int_equal(charged.count, 3);
	assert_int_equal(charged.items[0], 0);
	assert_int_equal(charged.items[1], 190);
	assert_int_equal(charged.items[2], 10);
	cpu_capture_destroy(capture);
	replay_deinit(&replay);
}

static void a_round_that_is_due_later_is_kept(void **state)
{
	const struct cpu_options options = {.duration = INT64_MAX, .rate = 100};
	const struct cpu_statistics *statistics;
	struct cpu_capture *capture;
	struct replay replay;

	(void)state;
	replay_init_text(&replay, ONE_THREAD(""));
	assert_success(cpu_capture_create(&replay.collector, &options, &capture));
	statistics = cpu_capture_statistics(capture);
	assert_success(cpu_capture_run(capture, 1500));
	assert_int_equal(statistics->rounds, 0);
	assert_int_equal(statistics->elapsed, 1000);
	assert_success(cpu_capture_run(capture, UINT64_MAX));
	assert_int_equal(statistics->rounds, 2);
	assert_int_equal(statistics->end, CPU_END_TARGET_GONE);
	/* And it stays gone. */
	assert_success(cpu_capture_run(capture, UINT64_MAX));
	assert_int_equal(statistics->end, CPU_END_TARGET_GONE);
	cpu_capture_destroy(capture);
	replay_deinit(&replay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sample_stands_for_what_its_thread_was_charged),
		cmocka_unit_test(time_that_no_sample_stands_for_is_there_all_the_same),
		cmocka_unit_test(threads_that_come_and_go_are_accounted_for),
		cmocka_unit_test(a_newcomer_is_sampled_in_the_round_in_which_it_is_seen),
		cmocka_unit_test(a_thread_that_was_missed_is_counted),
		cmocka_unit_test(a_stack_that_ends_early_says_so_in_its_root),
		cmocka_unit_test(one_thread_can_be_asked_for),
		cmocka_unit_test(a_thread_that_is_not_there_is_an_error),
		cmocka_unit_test(a_thread_without_a_name_has_its_id_alone),
		cmocka_unit_test(it_ends_when_its_time_is_over),
		cmocka_unit_test(it_ends_early_and_keeps_what_there_is),
		cmocka_unit_test(threads_are_taken_in_batches),
		cmocka_unit_test(a_recording_has_all_batches),
		cmocka_unit_test(impossible_times_do_no_harm),
		cmocka_unit_test(a_gap_belongs_to_nothing),
		cmocka_unit_test(a_round_that_is_due_later_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
