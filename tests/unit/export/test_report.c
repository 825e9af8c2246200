#include "../base/test_support.h"

#include <stdlib.h>
#include <time.h>

#include "base/cleanup.h"
#include "export/report.h"
#include "sample_profiles.h"

static void assert_report(
	const char *name, const struct report_options *options, const char *expected)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create(name);
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	assert_success(report_top(profile, options, &bytes));
	char *text = strndup((const char *)bytes.items, bytes.count);
	assert_string_equal(text, expected);
	free(text);
}

/* What `go tool pprof -top` printed for this profile; compare_with_pprof.sh has it print more. */
static void test_top(void **state)
{
	(void)state;
	assert_report("cpu", &(struct report_options){0},
		"File: redis-server\n"
		"Build ID: 00deadbeef\n"
		"3 samples were lost\n"
		"Type: cpu\n"
		"Time: 2023-11-14 22:13:20 UTC\n"
		"Duration: 10s, Total samples = 9242.42ms (92.42%)\n"
		"Showing nodes accounting for 9202.02ms, 99.56% of 9242.42ms total\n"
		"Dropped 4 nodes (cum <= 46.21ms)\n"
		"      flat  flat%   sum%        cum   cum%\n"
		" 4040.40ms 43.72% 43.72%  4040.40ms 43.72%  dictFind\n"
		" 2030.30ms 21.97% 65.68%  2030.30ms 21.97%  setCommand\n"
		" 1515.15ms 16.39% 82.08%  1515.15ms 16.39%  read\n"
		" 1111.11ms 12.02% 94.10%  5151.52ms 55.74%  lookup (partial-inline)\n"
		"  505.05ms  5.46% 99.56%   838.38ms  9.07%  walk\n"
		"         0     0% 99.56%  9212.12ms 99.67%  _start\n"
		"         0     0% 99.56%  8363.64ms 90.49%  aeMain\n"
		"         0     0% 99.56%  6848.48ms 74.10%  call\n"
		"         0     0% 99.56%  9212.12ms 99.67%  main\n"
		"         0     0% 99.56%  6848.48ms 74.10%  processCommand\n"
		"         0     0% 99.56%  1515.15ms 16.39%  readQuery\n"
		"         0     0% 99.56%   505.05ms  5.46%  visit\n");
}

/* -5 samples are those of a base. */
static void test_samples_that_rows_rest_on(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	static const struct {
		const char *name;
		int64_t values[3];
	} samples[] = {{"big", {70, 12, 100}}, {"small", {1, 1, 10}}, {"big", {-9, -5, -20}},
		{"nothing", {7, 7, 0}}};
	uint32_t locations[2], stack;

	(void)state;
	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "inuse_objects", "count"));
	assert_success(profile_add_value_type(profile, "inuse_samples", "count"));
	assert_success(profile_add_value_type(profile, "inuse_space", "count"));
	assert_success(profile_add_named_location(profile, "main", &locations[1]));
	for (uint32_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct profile_label label = {.number = i};
		uint32_t labels;

		assert_success(profile_string(profile, "number", &label.key));
		assert_success(profile_add_labels(profile, &label, 1, &labels));
		assert_success(profile_add_named_location(profile, samples[i].name, &locations[0]));
		assert_success(profile_add_stack(profile, locations, 2, &stack));
		assert_success(profile_add_sample(profile, stack, labels, samples[i].values));
	}
	assert_success(report_top(profile, &(struct report_options){0}, &bytes));
	char *text = strndup((const char *)bytes.items, bytes.count);
	assert_string_equal(text, "Type: inuse_space\n"
				  "Showing nodes accounting for 90, 69.23% of 130 total\n"
				  "      flat  flat%   sum%        cum   cum%  samples\n"
				  "        80 61.54% 61.54%         80 61.54%       17  big\n"
				  "        10  7.69% 69.23%         10  7.69%        1  small\n"
				  "         0     0% 69.23%         90 69.23%       18  main\n");
	free(text);
}

static void test_limit_and_order(void **state)
{
	(void)state;
	assert_report("cpu",
		&(struct report_options){
			.value_type = "samples", .limit = 3, .by_cumulative = true},
		"File: redis-server\n"
		"Build ID: 00deadbeef\n"
		"3 samples were lost\n"
		"Type: samples\n"
		"Time: 2023-11-14 22:13:20 UTC\n"
		"Duration: 10s, Total samples = 915 \n"
		"Showing nodes accounting for 0, 0% of 915 total\n"
		"Dropped 4 nodes (cum <= 4)\n"
		"Showing top 3 nodes out of 12\n"
		"      flat  flat%   sum%        cum   cum%\n"
		"         0     0%     0%        912 99.67%  _start\n"
		"         0     0%     0%        912 99.67%  main\n"
		"         0     0%     0%        828 90.49%  aeMain\n");
}

static void test_heap(void **state)
{
	(void)state;
	assert_report("difference", &(struct report_options){.everything = true},
		"File: app\n"
		"Type: inuse_space\n"
		"Showing nodes accounting for 2097843B, 25.01% of 8389317B total\n"
		"      flat  flat%   sum%        cum   cum%\n"
		"  5242880B 62.49% 62.49%   5243580B 62.50%  grow\n"
		" -3145728B 37.50% 25.00%  -3145728B 37.50%  shrink\n"
		"      700B 0.0083% 25.01%       700B 0.0083%  more\n"
		"       -9B 0.00011% 25.01%        -9B 0.00011%  even\n"
		"         0     0% 25.01%   2097843B 25.01%  main\n");
}

static void test_empty(void **state)
{
	(void)state;
	assert_report("empty", &(struct report_options){0},
		"Type: cpu\n"
		"Showing nodes accounting for 0, 0% of 0 total\n"
		"      flat  flat%   sum%        cum   cum%\n");
}

static void test_unknown_type(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("cpu");
	struct u8_array bytes;

	(void)state;
	assert_error(report_top(profile, &(struct report_options){.value_type = "heap"}, &bytes),
		ERROR_USAGE, "the profile has no values of type 'heap'", "it has samples, cpu");
}

/* Values of files can be anything: the sums must stop, not wrap. */
static void test_huge_values(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "space", "bytes"));
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t locations[2], stack;

		assert_success(profile_add_named_location(profile, "main", &locations[1]));
		assert_success(
			profile_add_named_location(profile, i % 2 ? "low" : "high", &locations[0]));
		assert_success(profile_add_stack(profile, locations, 1 + i / 2, &stack));
		assert_success(profile_add_sample(
			profile, stack, 0, (int64_t[]){i % 2 ? INT64_MIN : INT64_MAX}));
	}
	assert_success(report_top(profile, &(struct report_options){0}, &bytes));
	assert_true(bytes.count > 100);
}

static int use_utc(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_top),
		cmocka_unit_test(test_samples_that_rows_rest_on),
		cmocka_unit_test(test_limit_and_order),
		cmocka_unit_test(test_heap),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_unknown_type),
		cmocka_unit_test(test_huge_values),
	};

	return cmocka_run_group_tests(tests, use_utc, NULL);
}
