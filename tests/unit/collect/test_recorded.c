#include "../base/test_support.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "export/flame_svg.h"
#include "export/folded.h"
#include "export/pprof.h"
#include "replay.h"
#include "symbolize/symbolize.h"

/*
 * The whole way of the data, from a real recording (tests/data/snapshot) to the files. The figures
 * are the sums over its lines: for each capture by the symbol of its last register, the time from
 * the round before to its own; these are the shares of what the thread was charged.
 */
#define PARSE_WEIGHT 326425562L
#define STORE_WEIGHT 158915772L
#define TOTAL        995726075L /* the last round's time of the process less the first's */
#define PARSE        669694544L /* TOTAL * PARSE_WEIGHT / (PARSE_WEIGHT + STORE_WEIGHT) */
#define STORE        326031531L
#define ELAPSED      1000801726L
#define SAMPLES      119
#define ROUNDS       254

static int set_up(void **state)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	replay_init_file(replay, TINY_SNAPSHOT);
	assert_success(replay_collect(replay, NULL));
	assert_success(symbolize_profile(replay->profile, replay->collector.modules));
	*state = replay;
	return 0;
}

static int tear_down(void **state)
{
	struct replay *replay = *state;

	replay_deinit(replay);
	free(replay);
	return 0;
}

static void totals_are_the_kernels(void **state)
{
	const struct replay *replay = *state;

	assert_int_equal(PARSE + STORE, TOTAL);
	assert_int_equal(TOTAL * PARSE_WEIGHT / (PARSE_WEIGHT + STORE_WEIGHT), PARSE);
	assert_int_equal(profile_total(replay->profile, 1), TOTAL);
	assert_int_equal(profile_total(replay->profile, 0), SAMPLES);
	assert_int_equal(replay->statistics.cpu_time, TOTAL);
	assert_int_equal(replay->statistics.sampled_time, PARSE + STORE);
	assert_int_equal(replay->statistics.samples, SAMPLES);
	assert_int_equal(replay->statistics.rounds, ROUNDS);
	assert_int_equal(replay->statistics.end, CPU_END_TARGET_GONE);
	assert_int_equal(replay->profile->duration, ELAPSED);
	for (int i = 0; i < CAPTURE_OUTCOME_COUNT; i++)
		assert_int_equal(replay->statistics.lost[i], 0);
	for (int i = 0; i < UNWIND_END_COUNT; i++)
		assert_int_equal(replay->statistics.truncated[i], 0);
}

/* One function does twice as much as the other: at this rate, within a fifth of it. */
static void the_split_is_what_the_program_does(void **state)
{
	(void)state;
	assert_in_range(PARSE * 10, STORE * 16, STORE * 24);
}

static void the_profile_says_what_is_special(void **state)
{
	const struct profile *profile = ((const struct replay *)*state)->profile;
	static const char *const comments[] = {
		"119 samples in 254 rounds at 100 Hz", "the process ended during the capture"};

	assert_int_equal(profile->comments.count, ARRAY_SIZE(comments));
	for (size_t i = 0; i < ARRAY_SIZE(comments); i++)
		assert_string_equal(profile_text(profile, profile->comments.items[i]), comments[i]);
	assert_int_equal(profile->mappings.count, 1);
	assert_string_equal(
		profile_text(profile, profile->mappings.items[0].path), "/usr/bin/tiny");
	assert_string_equal(profile_text(profile, profile->mappings.items[0].build_id),
		"8acdaa73222359df712a80bd3f105447f0897380");
	assert_true(profile->mappings.items[0].has_functions);
}

static void assert_folded(const struct profile *profile)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	assert_success(folded_write(profile, "cpu", &bytes));
	CLEANUP(cleanup_free) char *text = strndup((const char *)bytes.items, bytes.count);
	assert_string_equal(text, "_start;main;serve;Store::get(unsigned long) 326031531\n"
				  "_start;main;serve;tiny::parse::line 669694544\n");
}

static void folded_stacks_have_every_name(void **state)
{
	const struct profile *profile = ((const struct replay *)*state)->profile;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	assert_folded(profile);
	assert_success(folded_write(profile, "samples", &bytes));
	CLEANUP(cleanup_free) char *text = strndup((const char *)bytes.items, bytes.count);
	assert_string_equal(text, "_start;main;serve;Store::get(unsigned long) 40\n"
				  "_start;main;serve;tiny::parse::line 79\n");
}

static void samples_have_their_thread(void **state)
{
	CLEANUP(cleanup_free) char *text = replay_describe(*state);
	size_t lines = 0;

	for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
		assert_memory_equal(line, "tiny/26631: ", strlen("tiny/26631: "));
		lines++;
	}
	assert_true(lines >= 2);
}

static void assert_function(
	const struct profile *profile, const char *name, const char *system_name)
{
	for (uint32_t i = 0; i < profile->functions.entries.count; i++) {
		const struct profile_function *function = profile_function(profile, i);

		if (strcmp(profile_text(profile, function->system_name), system_name) != 0)
			continue;
		assert_string_equal(profile_text(profile, function->name), name);
		return;
	}
	fail_msg("no function %s", system_name);
}

static void pprof_files_keep_everything(void **state)
{
	const struct profile *profile = ((const struct replay *)*state)->profile;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	CLEANUP(cleanup_profile) struct profile *read = NULL;

	assert_success(pprof_write(profile, &bytes));
	assert_success(pprof_read(bytes.items, bytes.count, &read));
	assert_folded(read);
	assert_int_equal(profile_total(read, 0), SAMPLES);
	assert_int_equal(profile_total(read, 1), TOTAL);
	assert_int_equal(read->duration, ELAPSED);
	assert_int_equal(read->comments.count, 2);
	assert_string_equal(profile_text(read, read->comments.items[1]),
		"the process ended during the capture");
	assert_function(read, "tiny::parse::line", "_RNvNtCs1234_4tiny5parse4line");
	assert_function(read, "Store::get(unsigned long)", "_ZN5Store3getEm");
	assert_function(read, "serve", "serve");
}

static void flame_graphs_have_every_share(void **state)
{
	const struct profile *profile = ((const struct replay *)*state)->profile;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	static const char *const titles[] = {
		"<title>tiny::parse::line (669.69ms, 67.26%)</title>",
		"<title>Store::get(unsigned long) (326.03ms, 32.74%)</title>",
		"<title>serve (995.73ms, 100%)</title>",
		"<title>main (995.73ms, 100%)</title>",
		"<title>_start (995.73ms, 100%)</title>",
		"the process ended during the capture</text>",
	};

	assert_success(flame_svg_write(profile, &(struct flame_options){0}, &bytes));
	CLEANUP(cleanup_free) char *svg = strndup((const char *)bytes.items, bytes.count);
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++)
		if (!strstr(svg, titles[i]))
			fail_msg("missing: %s", titles[i]);
}

#define WITH_REPLAY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_REPLAY(totals_are_the_kernels),
		cmocka_unit_test(the_split_is_what_the_program_does),
		WITH_REPLAY(the_profile_says_what_is_special),
		WITH_REPLAY(folded_stacks_have_every_name),
		WITH_REPLAY(samples_have_their_thread),
		WITH_REPLAY(pprof_files_keep_everything),
		WITH_REPLAY(flame_graphs_have_every_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
