#include "../base/test_support.h"

#include <string.h>

#include "base/array.h"
#include "cli/serve_metrics.h"

static char *write(const struct metrics *metrics)
{
	struct string_builder text = {0};
	char *ret;

	metrics_write(metrics, &text);
	assert_success(string_builder_finish(&text, &ret));
	return ret;
}

static json_t *answer(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

static void a_capture_is_counted(void **state)
{
	struct serve_figures figures = {0};
	json_t *cpu = answer(
		"{\"samples\": 7, \"held_total_ns\": 30000,"
		"\"pauses\": [{\"at_most_ns\": 4999, \"count\": 2},"
		"{\"at_most_ns\": 30000, \"count\": 4}, {\"at_most_ns\": 9000000000, "
		"\"count\": 1}],"
		"\"lost\": [{\"reason\": \"thread is traced by somebody else\", \"count\": 3}]}");

	(void)state;
	serve_figures_add_capture(&figures, cpu);
	serve_figures_add_capture(&figures, cpu);
	assert_int_equal(figures.samples, 14);
	assert_int_equal(figures.stops, 14);
	assert_int_equal(figures.held_total, 60000);
	assert_int_equal(figures.pauses[0], 4);
	assert_int_equal(figures.pauses[3], 8);
	assert_int_equal(figures.pauses[SERVE_BUCKETS - 1], 2);
	assert_int_equal(figures.lost[CAPTURE_TRACED], 6);
	json_decref(cpu);
}

static void an_answer_that_says_nothing_counts_nothing(void **state)
{
	struct serve_figures figures = {0};
	json_t *odd = answer("{\"samples\": -1, \"pauses\": 3, \"lost\": [null, {}]}");

	(void)state;
	serve_figures_add_capture(&figures, NULL);
	serve_figures_add_capture(&figures, odd);
	serve_figures_take_stats(&figures, NULL);
	serve_figures_take_status(&figures, NULL);
	assert_int_equal(figures.samples, 0);
	assert_int_equal(figures.stops, 0);
	assert_false(figures.profiler_known);
	assert_false(figures.known[STATISTIC_ALLOCATED]);
	json_decref(odd);
}

static void jemalloc_is_known_as_it_says(void **state)
{
	struct serve_figures figures = {0};
	json_t *stats = answer("{\"allocated\": 100, \"resident\": 300}");
	json_t *status = answer("{\"active\": true, \"accumulates\": false, \"refusal\": null}");
	json_t *refused = answer("{\"error\": {\"message\": \"no jemalloc\"}}");

	(void)state;
	serve_figures_take_stats(&figures, stats);
	serve_figures_take_status(&figures, status);
	assert_true(figures.known[STATISTIC_ALLOCATED] && figures.known[STATISTIC_RESIDENT]);
	assert_false(figures.known[STATISTIC_MAPPED]);
	assert_int_equal(figures.values[STATISTIC_RESIDENT], 300);
	assert_true(figures.profiler_known && figures.active);
	assert_null(figures.refusal);
	serve_figures_take_status(&figures, refused);
	assert_false(figures.profiler_known);
	assert_string_equal(figures.refusal, "no jemalloc");
	serve_figures_deinit(&figures);
	json_decref(stats);
	json_decref(status);
	json_decref(refused);
}

static void names_are_escaped(void **state)
{
	const struct metrics_process process = {.pid = 7, .name = "a\"b\\c\nd\xff"};
	const struct metrics metrics = {.processes = &process, .count = 1, .version = "1"};
	char *text = write(&metrics);

	(void)state;
	assert_non_null(
		strstr(text, "process_resident_memory_bytes{pid=\"7\",name=\"a\\\"b\\\\c\\nd"
			     "\xef\xbf\xbd\"} 0\n"));
	free(text);
}

static void a_histogram_is_cumulative(void **state)
{
	struct serve_figures figures = {.held_total = 1500000000};
	const struct metrics_process process = {.pid = 7, .name = "x", .figures = &figures};
	const struct metrics metrics = {.processes = &process, .count = 1, .version = "1"};

	(void)state;
	figures.pauses[0] = 2;
	figures.pauses[2] = 3;
	figures.pauses[SERVE_BUCKETS - 1] = 1;
	char *text = write(&metrics);
	assert_non_null(strstr(text, "_bucket{pid=\"7\",name=\"x\",le=\"5e-06\"} 2\n"));
	assert_non_null(strstr(text, "_bucket{pid=\"7\",name=\"x\",le=\"2e-05\"} 5\n"));
	assert_non_null(strstr(text, "_bucket{pid=\"7\",name=\"x\",le=\"+Inf\"} 6\n"));
	assert_non_null(strstr(text, "_count{pid=\"7\",name=\"x\"} 6\n"));
	assert_non_null(strstr(text, "_sum{pid=\"7\",name=\"x\"} 1.500000000\n"));
	free(text);
}

static void it_ends_as_the_format_wants(void **state)
{
	const struct metrics metrics = {.version = "1"};
	char *text = write(&metrics);
	size_t length = strlen(text);

	(void)state;
	assert_true(length > 6);
	assert_string_equal(text + length - 6, "# EOF\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_capture_is_counted),
		cmocka_unit_test(an_answer_that_says_nothing_counts_nothing),
		cmocka_unit_test(jemalloc_is_known_as_it_says),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(a_histogram_is_cumulative),
		cmocka_unit_test(it_ends_as_the_format_wants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
