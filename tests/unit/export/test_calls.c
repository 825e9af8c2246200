#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "export/folded.h"
#include "export/pruning.h"
#include "export/report.h"
#include "export/report_list.h"
#include "profile/pattern.h"

/*
 * 100 in all: main is in 90 of them, run in 70 (recursion once), read in 30, alloc in 40.
 * run is called by main in 70, read by run in 30, alloc by run in 30 and by main in 10.
 */
static const char stacks[] = "main;run;read 30\nmain;run;run;alloc 30\nmain;alloc 10\n"
			     "main;run 10\nmain 10\nother 10\n";

static struct profile *read_stacks(const char *text)
{
	struct profile *profile;

	assert_success(folded_read(text, strlen(text), &profile));
	return profile;
}

#define LINE   "----------------------------------------------------------+-------------\n"
#define LEGEND "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n"

static void test_tree(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = read_stacks(stacks);
	CLEANUP(report_deinit) struct report report = {0};
	const struct report_options options = {.by_cumulative = true, .limit = 3};
	STRING_BUILDER(text);

	(void)state;
	assert_success(report_init(profile, &options, REPORT_CALLS, &report));
	report_print_tree(&report, &text);
	assert_string_equal(text.text,
		"Type: samples\n"
		"Showing nodes accounting for 60, 60.00% of 100 total\n"
		"Showing top 3 nodes out of 5\n" LINE LEGEND LINE
		"        10 10.00% 10.00%         90 90.00%                | main\n"
		"                                                70 77.78% |   run\n"
		"                                                10 11.11% |   alloc\n" LINE
		"                                                70   100% |   main\n"
		"        10 10.00% 20.00%         70 70.00%                | run\n"
		"                                                30 42.86% |   alloc\n" LINE
		"                                                30 75.00% |   run\n"
		"                                                10 25.00% |   main\n"
		"        40 40.00% 60.00%         40 40.00%                | alloc\n" LINE);
}

/* What is left out is stepped over. */
static void test_tree_without_functions_between(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile = read_stacks("main;thin;leaf 90\nthin 0\n"
					      "main;leaf 10\n");
	CLEANUP(report_deinit) struct report report = {0};
	const struct report_options options = {
		.own_fractions = true, .node_fraction = 0.95, .edge_fraction = 0.5};
	STRING_BUILDER(text);

	(void)state;
	assert_success(report_init(profile, &options, REPORT_CALLS, &report));
	report_print_tree(&report, &text);
	assert_string_equal(text.text,
		"Type: samples\n"
		"Showing nodes accounting for 100, 100% of 100 total\n"
		"Dropped 1 node (cum <= 95)\n" LINE LEGEND LINE
		"                                               100   100% |   main\n"
		"       100   100%   100%        100   100%                | leaf\n" LINE
		"         0     0%   100%        100   100%                | main\n"
		"                                               100   100% |   leaf\n" LINE);
}

static void test_peek(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = read_stacks(stacks);
	CLEANUP(report_deinit) struct report report = {0};
	CLEANUP(cleanup_pattern) struct pattern *pattern = NULL, *missing = NULL;
	const int64_t total = 200;
	const char *const filters[] = {"focus=a", NULL};
	const struct report_options options = {.everything = true,
		.total = &total,
		.filters = filters,
		.divide_by = 10,
		.unit = "auto"};
	STRING_BUILDER(text);

	(void)state;
	assert_success(pattern_create("^read$", PATTERN_ANYWHERE, &pattern));
	assert_success(pattern_create("nothing", PATTERN_ANYWHERE, &missing));
	assert_success(report_init(profile, &options, REPORT_CALLS, &report));
	assert_true(report_print_peek(&report, pattern, &text));
	assert_string_equal(text.text,
		"Type: samples\n"
		"Active filters:\n"
		"   focus=a\n"
		"Showing nodes accounting for 10, 50.00% of 20 total\n" LINE LEGEND LINE
		"                                                 3   100% |   run\n"
		"         3 15.00% 15.00%          3 15.00%                | read\n" LINE);
	assert_false(report_print_peek(&report, missing, &text));
}

static void add_labelled(struct profile *profile, uint32_t stack, int64_t value)
{
	struct profile_label labels[3] = {{.number = 2048}, {.number = 7}, {0}};
	uint32_t set;

	assert_success(profile_string(profile, "size", &labels[0].key));
	assert_success(profile_string(profile, "bytes", &labels[0].unit));
	assert_success(profile_string(profile, "size", &labels[1].key));
	assert_success(profile_string(profile, "thread", &labels[2].key));
	assert_success(profile_string(profile, "worker", &labels[2].text));
	assert_success(profile_add_labels(profile, labels, 3, &set));
	assert_success(profile_add_sample(profile, stack, set, &value));
}

static void test_traces(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = read_stacks("main;run 4\n");
	CLEANUP(report_deinit) struct report report = {0};
	const struct report_options options = {.mean = true};
	STRING_BUILDER(text);

	(void)state;
	add_labelled(profile, 0, 5);
	assert_success(report_init(profile, &options, REPORT_VALUES, &report));
	assert_success(report_print_traces(&report, &text));
	assert_string_equal(text.text,
		"Type: mean_samples\n"
		"-----------+-------------------------------------------------------\n"
		"         1   run\n"
		"             main\n"
		"-----------+-------------------------------------------------------\n"
		"    thread:  worker\n"
		"      size:  2kB 7B\n"
		"         1   run\n"
		"             main\n"
		"-----------+-------------------------------------------------------\n");
}

/* Of two lines of one function; the source has not as many. */
static struct profile *make_lines(const char *file)
{
	struct profile *profile;
	struct profile_function function = {.start_line = 2};
	uint32_t id, locations[2], stack;

	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "cpu", "nanoseconds"));
	assert_success(profile_string(profile, "parse", &function.name));
	assert_success(profile_string(profile, file, &function.file));
	assert_success(profile_add_function(profile, &function, &id));
	for (uint32_t i = 0; i < 2; i++) {
		const struct profile_line line = {id, i ? 90 : 3};

		assert_success(profile_add_complete_location(
			profile, PROFILE_NONE, 0x1000 + i, &line, 1, &locations[i]));
	}
	assert_success(profile_add_stack(profile, locations, 2, &stack));
	assert_success(profile_add_sample(profile, stack, 0, &(int64_t){1500000}));
	assert_success(profile_add_stack(profile, locations + 1, 1, &stack));
	assert_success(profile_add_sample(profile, stack, 0, &(int64_t){500000}));
	return profile;
}

static void assert_list(
	const char *file, const struct report_options *options, const char *expected)
{
	CLEANUP(cleanup_profile) struct profile *profile = make_lines(file);
	CLEANUP(report_deinit) struct report report = {0};
	CLEANUP(listing_deinit) struct listing listing = {0};
	CLEANUP(cleanup_pattern) struct pattern *pattern = NULL;
	STRING_BUILDER(text);

	assert_success(pattern_create("pars", PATTERN_ANYWHERE, &pattern));
	assert_success(report_init(profile, options, REPORT_VALUES, &report));
	assert_success(listing_init(&report, pattern, "pars", &listing));
	listing_print(&report, &listing, &text);
	assert_string_equal(text.text, expected);
}

static void test_list(void **state)
{
	char folder[] = "/tmp/limpet_list_XXXXXX", path[64], options_path[64];
	const struct report_options options = {.trim_path = "/build", .source_path = options_path};

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/parse.c", folder);
	snprintf(options_path, sizeof(options_path), "/nonexistent:%s", folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("/* */\nint parse(void)\n\tread();\r\n\033[2J\nlast", file);
	fclose(file);
	assert_list("/build/./parse.c", &options,
		"Total: 2ms\n"
		"ROUTINE ======================== parse in parse.c\n"
		"       2ms     3.50ms (flat, cum) 175.00% of Total\n"
		"         .          .      2:int parse(void)\n"
		"    1.50ms     1.50ms      3:\tread();\n"
		"         .          .      4:\xef\xbf\xbd[2J\n"
		"         .          .      5:last\n"
		"     500us        2ms     90:\n");
	unlink(path);
	rmdir(folder);
}

static void test_list_without_source(void **state)
{
	(void)state;
	assert_list("gone.c", &(struct report_options){.source_path = "/nonexistent"},
		"Total: 2ms\n"
		"ROUTINE ======================== parse in gone.c\n"
		"       2ms     3.50ms (flat, cum) 175.00% of Total\n"
		" Error: could not find file gone.c on path /nonexistent\n"
		"    1.50ms     1.50ms      3:\n"
		"     500us        2ms     90:\n");
}

static void test_source_trim(void **state)
{
	(void)state;
	assert_string_equal(source_trim("/build/app/src/a.c", "/x:/build/app", ""), "src/a.c");
	assert_string_equal(
		source_trim("/build/application/a.c", "/build/app", ""), "/build/application/a.c");
	assert_string_equal(source_trim("/some/where/app/src/a.c", "", "/home/me/app"), "src/a.c");
	assert_string_equal(source_trim("/some/where/app/a.c", "", "/home/me/app///:"), "a.c");
	assert_string_equal(source_trim("/proc/self/cwd/a.c", "", ""), "a.c");
	assert_string_equal(source_trim("/proc/self/cwd/./a.c", "/build", ""), "a.c");
	assert_string_equal(source_trim("a.c", "", "/"), "a.c");
}

static void assert_pruned(const struct pruning_options *options, const char *expected)
{
	CLEANUP(cleanup_profile) struct profile *profile = read_stacks(stacks);
	CLEANUP(pruned_profile_deinit) struct pruned_profile pruned = {0};
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	add_labelled(profile, 0, 1);
	assert_success(pruned_profile_init(profile, options, &pruned));
	assert_success(folded_write(&pruned.profile, NULL, &bytes));
	char *text = strndup((const char *)bytes.items, bytes.count);
	assert_string_equal(text, expected);
	free(text);
}

static void test_pruning(void **state)
{
	(void)state;
	assert_pruned(&(struct pruning_options){.rules[PRUNING_HIDE] = "run|other"},
		"main 20\nmain;alloc 40\nmain;read 31\n");
	assert_pruned(&(struct pruning_options){.rules[PRUNING_SHOW] = "run|other"},
		"other 10\nrun 41\nrun;run 30\n");
	assert_pruned(&(struct pruning_options){.rules[PRUNING_SHOW_FROM] = "^run"},
		"run 10\nrun;read 31\nrun;run;alloc 30\n");
	assert_pruned(&(struct pruning_options){.rules[PRUNING_PRUNE_FROM] = "^run"},
		"main 10\nmain;alloc 10\nmain;run 41\nmain;run;run 30\nother 10\n");
}

static void assert_tag(const char *tags, bool is_meant)
{
	assert_pruned(&(struct pruning_options){.rules[PRUNING_TAG_FOCUS] = tags},
		is_meant ? "main;run;read 1\n" : "");
}

static void test_tags(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = read_stacks(stacks);
	struct pruned_profile pruned;

	(void)state;
	assert_tag("2kb", true);
	assert_tag("size=2kb", true);
	assert_tag("weight=2kb", false);
	assert_tag("1kb:3kb", true);
	assert_tag("1kb:3", true);
	assert_tag("3kb:", false);
	assert_tag(":8", false); /* bytes are no plain numbers */
	assert_tag(":8b", true);
	assert_tag("2ms", false);
	assert_tag("thread:work", true);
	assert_tag("thread=^work", true);
	assert_tag("thread=^thread", false);
	assert_tag("work,nobody", false);
	assert_tag("thread=work,nobody", true);
	assert_pruned(&(struct pruning_options){.rules[PRUNING_TAG_IGNORE] = "worker"},
		"main 10\nmain;alloc 10\nmain;run 10\nmain;run;read 30\nmain;run;run;alloc 30\n"
		"other 10\n");
	struct error *error = pruned_profile_init(
		profile, &(struct pruning_options){.rules[PRUNING_TAG_FOCUS] = "a,(b"}, &pruned);
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_USAGE);
	error_destroy(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_tree_without_functions_between),
		cmocka_unit_test(test_peek),
		cmocka_unit_test(test_traces),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_without_source),
		cmocka_unit_test(test_source_trim),
		cmocka_unit_test(test_pruning),
		cmocka_unit_test(test_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
