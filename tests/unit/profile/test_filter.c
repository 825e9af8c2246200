#include "../base/test_support.h"

#include "base/array.h"
#include "base/string_builder.h"
#include "profile/filter.h"

/* Frames of the stacks below, one letter each. */
static const struct {
	char letter;
	const char *name, *file;
	int mapping; /* -1: none */
} frames[] = {
	{'m', "main", "src/main.c", 0},
	{'l', "burn_light", "src/burn.c", 0},
	{'h', "burn_heavy", "src/burn.c", 0},
	{'w', "write", "", 1},
	{'k', "write(2)", "", -1},
	{'d', "[uninterruptible sleep]", "", -1},
	{'n', "[not sampled]", "", -1},
};

static uint32_t add_frame(struct profile *profile, char letter)
{
	size_t i = 0;

	while (frames[i].letter != letter)
		i++;
	struct profile_function function = {0};
	struct profile_line line = {.line = 1};
	uint32_t location;
	assert_success(profile_string(profile, frames[i].name, &function.name));
	assert_success(profile_string(profile, frames[i].file, &function.file));
	assert_success(profile_add_function(profile, &function, &line.function));
	assert_success(profile_add_complete_location(profile,
		frames[i].mapping < 0 ? PROFILE_NONE : (uint32_t)frames[i].mapping,
		frames[i].mapping < 0 ? 0 : 0x1000 + i, &line, 1, &location));
	return location;
}

/* stack: the root first. thread: NULL for no labels. */
static void add(
	struct profile *profile, const char *stack, const char *thread, int64_t id, int64_t value)
{
	struct profile_label labels[2] = {{0}, {.number = id}};
	size_t depth = strlen(stack);
	uint32_t locations[8], stack_id, label_set = 0;

	for (size_t i = 0; i < depth; i++)
		locations[depth - 1 - i] = add_frame(profile, stack[i]);
	assert_success(profile_add_stack(profile, locations, depth, &stack_id));
	if (thread) {
		assert_success(profile_string(profile, "thread", &labels[0].key));
		assert_success(profile_string(profile, thread, &labels[0].text));
		assert_success(profile_string(profile, "tid", &labels[1].key));
		assert_success(profile_add_labels(profile, labels, 2, &label_set));
	}
	assert_success(
		profile_add_sample(profile, stack_id, label_set, (const int64_t[]){1, value}));
}

static struct profile *create(void)
{
	struct profile *profile = NULL;
	uint32_t mapping;

	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "samples", "count"));
	assert_success(profile_add_value_type(profile, "cpu", "nanoseconds"));
	assert_success(profile_add_mapping(profile, 0x1000, 0x2000, 0, "/usr/bin/app", &mapping));
	assert_success(profile_add_mapping(profile, 0x5000, 0x6000, 0, "/lib/libc.so.6", &mapping));
	add(profile, "ml", "one", 11, 1);
	add(profile, "mh", "one", 11, 2);
	add(profile, "mhw", "two", 12, 4);
	add(profile, "mlwk", "two", 12, 8);
	add(profile, "mlwkd", "12", 13, 16);
	add(profile, "n", NULL, 0, 32);
	add(profile, "", NULL, 0, 64);
	assert_success(profile_add_comment(profile, "a remark"));
	profile->duration = 5;
	return profile;
}

static struct filter_result apply(
	const struct profile *profile, const struct profile_filter_options *options)
{
	CLEANUP(cleanup_profile_filter) struct profile_filter *filter = NULL;
	struct filter_result result;

	assert_success(profile_filter_create(options, &filter));
	assert_success(profile_filter_apply(filter, profile, 1, &result));
	assert_success(profile_check(result.profile));
	assert_int_equal(result.total, profile_total(profile, 1));
	int64_t left_out = 0;
	for (int i = 0; i < FILTER_RULE_COUNT; i++)
		left_out += result.rules[i].value;
	assert_int_equal(profile_total(result.profile, 1), result.total - left_out);
	return result;
}

static int64_t left(enum filter_rule rule, const char *text, const char *drop_frames)
{
	CLEANUP(cleanup_profile) struct profile *profile = create();
	struct profile_filter_options options = {0};

	options.rules[rule] = text;
	assert_success(profile_string(profile, drop_frames, &profile->drop_frames));
	struct filter_result result = apply(profile, &options);
	int64_t total = profile_total(result.profile, 1);
	profile_destroy(result.profile);
	return total;
}

/* The totals of `go tool pprof -focus` and `-ignore` for the same samples. */
static void any_frame_counts_for_ignore_and_only(void **state)
{
	(void)state;
	assert_int_equal(left(FILTER_IGNORE, "burn_light", ""), 2 + 4 + 32);
	assert_int_equal(left(FILTER_ONLY, "burn_light", ""), 1 + 8 + 16);
	assert_int_equal(left(FILTER_IGNORE, "libc", ""), 1 + 2 + 32);
	assert_int_equal(left(FILTER_ONLY, "libc", ""), 4 + 8 + 16);
	assert_int_equal(left(FILTER_ONLY, "src/burn\\.c", ""), 1 + 2 + 4 + 8 + 16);
	assert_int_equal(left(FILTER_ONLY, "^write\\(2\\)$", ""), 8 + 16);
	assert_int_equal(left(FILTER_IGNORE, "nowhere", ""), 1 + 2 + 4 + 8 + 16 + 32);
	assert_int_equal(left(FILTER_ONLY, "nowhere", ""), 0);
	assert_int_equal(left(FILTER_ONLY, ".", ""), 1 + 2 + 4 + 8 + 16 + 32);
}

static void a_leaf_is_the_innermost_function(void **state)
{
	(void)state;
	assert_int_equal(left(FILTER_IGNORE_LEAF, "burn_light", ""), 2 + 4 + 8 + 16 + 32 + 64);
	assert_int_equal(left(FILTER_IGNORE_LEAF, "app", ""), 4 + 8 + 16 + 32 + 64);
	/* The pc of a thread in a system call is in the library that made it. */
	assert_int_equal(left(FILTER_IGNORE_LEAF, "libc", ""), 1 + 2 + 32 + 64);
	assert_int_equal(left(FILTER_IGNORE_LEAF, "\\(2\\)$", ""), 1 + 2 + 4 + 32 + 64);
	assert_int_equal(left(FILTER_IGNORE_LEAF, "^\\[not", ""), 1 + 2 + 4 + 8 + 16 + 64);
}

static void hidden_frames_do_not_count(void **state)
{
	(void)state;
	assert_int_equal(left(FILTER_IGNORE, "libc|^write", "write"), 127 - 64);
	assert_int_equal(left(FILTER_ONLY, "libc", "write"), 0);
	assert_int_equal(left(FILTER_IGNORE_LEAF, "burn_light", "write"), 127 - 1 - 8 - 16);
}

static void a_thread_is_meant_by_name_or_number(void **state)
{
	(void)state;
	assert_int_equal(left(FILTER_THREAD, "one", ""), 1 + 2);
	assert_int_equal(left(FILTER_THREAD, "11", ""), 1 + 2);
	assert_int_equal(left(FILTER_THREAD, "12", ""), 4 + 8 + 16);
	assert_int_equal(left(FILTER_THREAD, "on", ""), 0);
	assert_int_equal(left(FILTER_THREAD, "0", ""), 0);
	assert_int_equal(left(FILTER_THREAD, "", ""), 0);
}

static void each_rule_accounts_for_what_it_left_out(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = create();
	const struct profile_filter_options options = {.rules = {
							       [FILTER_THREAD] = "two",
							       [FILTER_IGNORE] = "burn_heavy",
							       [FILTER_ONLY] = "burn",
						       }};
	size_t count;

	(void)state;
	struct filter_result result = apply(profile, &options);
	assert_int_equal(result.rules[FILTER_THREAD].value, 1 + 2 + 16 + 32 + 64);
	assert_int_equal(result.rules[FILTER_THREAD].samples, 5);
	assert_int_equal(result.rules[FILTER_IGNORE].value, 4);
	assert_int_equal(result.rules[FILTER_IGNORE].matches, 1);
	assert_string_equal(
		profile_text(profile, result.rules[FILTER_IGNORE].examples[0]), "burn_heavy");
	assert_int_equal(result.rules[FILTER_ONLY].samples, 0);
	assert_int_equal(result.with_thread, 1);
	/* What no sample that is left has is gone, too. */
	assert_int_equal(result.profile->samples.count, 1);
	assert_int_equal(result.profile->functions.entries.count, 4);
	assert_string_equal(
		profile_text(result.profile, result.profile->comments.items[0]), "a remark");
	assert_int_equal(result.profile->duration, 5);
	profile_labels(result.profile, result.profile->samples.items[0].labels, &count);
	assert_int_equal(count, 2);
	profile_destroy(result.profile);
}

/* "thread (id):" of each sample, as its root says. */
static char *roots(const struct profile *profile)
{
	STRING_BUILDER(text);
	char *result;

	ARRAY_FOR_EACH (sample, &profile->samples) {
		size_t depth;
		const uint32_t *stack = profile_stack(profile, sample->stack, &depth);

		if (!depth)
			continue;
		const struct profile_location *root = &profile->locations.items[stack[depth - 1]];
		uint32_t function = profile->lines.items[root->first_line].function;
		string_append_format(&text, "%s/%zu ",
			profile_text(profile, profile_function(profile, function)->name), depth);
	}
	assert_success(string_builder_finish(&text, &result));
	return result;
}

static void threads_get_roots_once(void **state)
{
	static const char expected[] = "one (11)/3 one (11)/3 two (12)/4 two (12)/5 12 (13)/6 "
				       "[not sampled]/1 ";
	CLEANUP(cleanup_profile) struct profile *profile = create();
	const struct profile_filter_options options = {.per_thread = true};

	(void)state;
	struct filter_result once = apply(profile, &options);
	assert_int_equal(once.with_thread, 5);
	char *text = roots(once.profile);
	assert_string_equal(text, expected);
	free(text);
	struct filter_result twice = apply(once.profile, &options);
	text = roots(twice.profile);
	assert_string_equal(text, expected);
	free(text);
	profile_destroy(once.profile);
	profile_destroy(twice.profile);
}

/* So that the same samples are left with them and without. */
static void roots_of_threads_are_nothing_to_patterns(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = create();
	const struct profile_filter_options options = {
		.rules[FILTER_IGNORE] = "one|two", .per_thread = true};

	(void)state;
	struct filter_result result = apply(profile, &options);
	assert_int_equal(profile_total(result.profile, 1), 127 - 64);
	profile_destroy(result.profile);
}

static void a_bad_pattern_is_told(void **state)
{
	const struct profile_filter_options options = {.rules[FILTER_ONLY] = "(a"};
	struct profile_filter *filter;
	struct error *error = profile_filter_create(&options, &filter);

	(void)state;
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_USAGE);
	error_destroy(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_frame_counts_for_ignore_and_only),
		cmocka_unit_test(a_leaf_is_the_innermost_function),
		cmocka_unit_test(hidden_frames_do_not_count),
		cmocka_unit_test(a_thread_is_meant_by_name_or_number),
		cmocka_unit_test(each_rule_accounts_for_what_it_left_out),
		cmocka_unit_test(threads_get_roots_once),
		cmocka_unit_test(roots_of_threads_are_nothing_to_patterns),
		cmocka_unit_test(a_bad_pattern_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
