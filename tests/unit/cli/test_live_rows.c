#include "../base/test_support.h"

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "cli/live_rows.h"

/* A profile that grows, as a capture's does: locations without names. */
struct growing {
	struct profile *profile;
	struct live_names names;
	struct live_window window;
	struct live_totals totals;
	struct profile_values charged;
	struct live_rows rows;
	unsigned namings;
};

#define INNER         0x1010
#define MIDDLE        0x1020
#define OUTER         0x1030
#define MAPPING_START 0x1000
#define MAPPING_END   0x2000

/* MIDDLE has a function inlined into it. */
static struct error *name_locations(void *context, struct profile *profile)
{
	static const struct {
		uint64_t address;
		const char *names[2];
	} known[] = {{INNER, {"inner"}}, {MIDDLE, {"inlined", "middle"}}, {OUTER, {"out\ter"}}};
	unsigned *namings = context;

	++*namings;
	for (uint32_t i = 0; i < profile->locations.count; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(known); j++) {
			struct profile_line lines[2] = {0};
			uint32_t count = 0;

			if (profile->locations.items[i].line_count ||
				profile->locations.items[i].address != known[j].address)
				continue;
			for (; count < 2 && known[j].names[count]; count++) {
				struct profile_function function = {0};

				assert_success(profile_string(
					profile, known[j].names[count], &function.name));
				assert_success(profile_add_function(
					profile, &function, &lines[count].function));
			}
			assert_success(profile_set_lines(profile, i, lines, count));
		}
	}
	return profile_add_comment(profile, "named");
}

static void init(struct growing *growing)
{
	uint32_t mapping;

	*growing = (struct growing){0};
	assert_success(profile_create(&growing->profile));
	assert_success(profile_add_value_type(growing->profile, "samples", "count"));
	assert_success(profile_add_value_type(growing->profile, "cpu", "nanoseconds"));
	assert_success(profile_add_mapping(
		growing->profile, MAPPING_START, MAPPING_END, 0, "/usr/bin/tool", &mapping));
	assert_success(live_names_init(
		&(struct profile_view_options){.names = NAMES_FULL}, &growing->names));
}

static void deinit(struct growing *growing)
{
	live_rows_deinit(&growing->rows);
	live_window_deinit(&growing->window);
	live_names_deinit(&growing->names);
	profile_values_deinit(&growing->charged);
	profile_destroy(growing->profile);
}

static uint32_t label_set(struct growing *growing, int64_t thread)
{
	struct profile_label labels[2] = {{0}, {.number = thread}};
	uint32_t set;

	assert_success(profile_string(growing->profile, "thread", &labels[0].key));
	assert_success(
		profile_string(growing->profile, thread == 7 ? "seven" : "other", &labels[0].text));
	assert_success(profile_string(growing->profile, "tid", &labels[1].key));
	assert_success(profile_add_labels(growing->profile, labels, 2, &set));
	return set;
}

static void charge(struct growing *growing, int64_t thread, int64_t time)
{
	uint32_t set = label_set(growing, thread);

	while (growing->charged.count <= set)
		assert_success(profile_values_append(&growing->charged, 0));
	growing->charged.items[set] += time;
	growing->totals.cpu_time += (uint64_t)time;
}

/* addresses: leaf first, ended by 0; 1 is the system call. */
static void give(struct growing *growing, int64_t thread, int64_t weight, const uint64_t *addresses)
{
	int64_t values[] = {1, weight};
	uint32_t locations[8], count = 0, stack, set = label_set(growing, thread);

	for (; addresses[count]; count++)
		assert_success(addresses[count] == 1
				       ? profile_add_named_location(
						 growing->profile, "read(2)", &locations[count])
				       : profile_add_location(growing->profile, 0, addresses[count],
						 &locations[count]));
	assert_success(profile_add_stack(growing->profile, locations, count, &stack));
	assert_success(profile_add_sample(growing->profile, stack, set, values));
	growing->totals.samples++;
}

#define GIVE(growing, thread, weight, ...)                                                         \
	give(growing, thread, weight, (const uint64_t[]){__VA_ARGS__, 0})

/* Of a thread that was charged all of the time that its samples stand for on the clock. */
#define SAMPLE(growing, thread, time, ...)                                                         \
	do {                                                                                       \
		GIVE(growing, thread, time, __VA_ARGS__);                                          \
		charge(growing, thread, time);                                                     \
	} while (0)

static void end_slice(struct growing *growing)
{
	const struct live_namer namer = {name_locations, &growing->namings};

	growing->totals.elapsed += 1000;
	pauses_add(&growing->totals.pauses, 5);
	assert_success(live_window_add(
		&growing->window, growing->profile, &growing->charged, &growing->totals));
	assert_success(live_names_update(&growing->names, growing->profile, &namer));
	assert_success(live_rows_make(
		&growing->rows, &growing->window, growing->profile, &growing->names));
}

static void assert_functions(struct growing *growing, bool by_total, const char *expected)
{
	STRING_BUILDER(text);

	live_rows_sort(&growing->rows, by_total);
	ARRAY_FOR_EACH (function, &growing->rows.functions)
		string_append_format(&text, "%s %s %ld %ld\n", function->module, function->name,
			function->self, function->total);
	assert_string_equal(text.text ? text.text : "", expected);
}

static void assert_threads(const struct growing *growing, const char *expected)
{
	STRING_BUILDER(text);

	ARRAY_FOR_EACH (thread, &growing->rows.threads)
		string_append_format(&text, "%s %ld %ld\n", thread->name, thread->id, thread->time);
	assert_string_equal(text.text ? text.text : "", expected);
}

static void times_go_to_functions_and_threads(void **state)
{
	struct growing growing;

	(void)state;
	init(&growing);
	SAMPLE(&growing, 7, 100, INNER, MIDDLE, OUTER);
	SAMPLE(&growing, 8, 40, MIDDLE, OUTER);
	SAMPLE(&growing, 8, 70, 1, OUTER, INNER, OUTER); /* recursion counts once */
	end_slice(&growing);
	assert_functions(&growing, false,
		"tool inner 100 170\n"
		" read(2) 70 70\n"
		"tool inlined 40 140\n"
		"tool out\xef\xbf\xbd"
		"er 0 210\n"
		"tool middle 0 140\n");
	assert_functions(&growing, true,
		"tool out\xef\xbf\xbd"
		"er 0 210\n"
		"tool inner 100 170\n"
		"tool inlined 40 140\n"
		"tool middle 0 140\n"
		" read(2) 70 70\n");
	assert_threads(&growing, "other 8 110\nseven 7 100\n");
	assert_int_equal(growing.rows.total, 210);
	deinit(&growing);
}

static void the_window_slides(void **state)
{
	struct growing growing;
	struct live_totals totals;

	(void)state;
	init(&growing);
	SAMPLE(&growing, 7, 100, INNER);
	for (int i = 0; i < LIVE_SLICES; i++) {
		end_slice(&growing);
		assert_functions(&growing, false, "tool inner 100 100\n");
	}
	SAMPLE(&growing, 7, 3, MIDDLE);
	end_slice(&growing);
	assert_functions(&growing, false, "tool inlined 3 3\ntool middle 0 3\n");
	live_window_totals(&growing.window, &totals);
	assert_int_equal(totals.elapsed, 1000 * LIVE_SLICES);
	assert_int_equal(totals.cpu_time, 3);
	assert_int_equal(totals.samples, 1);
	assert_int_equal(totals.pauses.counts[5], LIVE_SLICES);
	/* The same stack again, of which the old time is forgotten. */
	SAMPLE(&growing, 7, 5, INNER);
	end_slice(&growing);
	assert_functions(&growing, false, "tool inner 5 5\ntool inlined 3 3\ntool middle 0 3\n");
	deinit(&growing);
}

/* A thread that was on a CPU for a tenth of the time of its samples, then for half of it. */
static void threads_have_what_they_were_charged(void **state)
{
	struct growing growing;

	(void)state;
	init(&growing);
	GIVE(&growing, 7, 600, INNER);
	GIVE(&growing, 7, 400, MIDDLE);
	charge(&growing, 7, 100);
	SAMPLE(&growing, 8, 50, OUTER);
	end_slice(&growing);
	assert_functions(&growing, false,
		"tool inner 60 60\n"
		"tool out\xef\xbf\xbd"
		"er 50 50\n"
		"tool inlined 40 40\n"
		"tool middle 0 40\n");
	assert_threads(&growing, "seven 7 100\nother 8 50\n");
	assert_int_equal(growing.rows.total, 150);
	GIVE(&growing, 7, 1000, INNER);
	charge(&growing, 7, 500);
	end_slice(&growing);
	/* 600 for weights of 1600 and 400. */
	assert_functions(&growing, false,
		"tool inner 480 480\n"
		"tool inlined 120 120\n"
		"tool out\xef\xbf\xbd"
		"er 50 50\n"
		"tool middle 0 120\n");
	assert_threads(&growing, "seven 7 600\nother 8 50\n");
	/* What is of the first slice alone is forgotten, weights as well as what was charged. */
	for (int i = 0; i < LIVE_SLICES - 1; i++)
		end_slice(&growing);
	assert_functions(&growing, false, "tool inner 500 500\n");
	assert_threads(&growing, "seven 7 500\n");
	assert_int_equal(growing.rows.total, 500);
	deinit(&growing);
}

/* Its thread is known, what it did is not. */
static void a_thread_without_samples_has_its_time(void **state)
{
	struct growing growing;

	(void)state;
	init(&growing);
	SAMPLE(&growing, 7, 60, INNER);
	charge(&growing, 8, 30);
	growing.totals.cpu_time += 10;
	end_slice(&growing);
	assert_functions(&growing, false, "tool inner 60 60\n [not sampled] 40 40\n");
	assert_threads(&growing, "seven 7 60\nother 8 30\n");
	assert_int_equal(growing.rows.total, 100);
	deinit(&growing);
}

static void only_new_locations_are_named(void **state)
{
	struct growing growing;

	(void)state;
	init(&growing);
	SAMPLE(&growing, 7, 1, INNER, OUTER);
	end_slice(&growing);
	SAMPLE(&growing, 7, 1, INNER, OUTER);
	end_slice(&growing);
	assert_int_equal(growing.namings, 1);
	SAMPLE(&growing, 7, 1, MIDDLE, OUTER);
	end_slice(&growing);
	assert_int_equal(growing.namings, 2);
	assert_int_equal(growing.names.mirror->comments.count, 0);
	assert_int_equal(growing.profile->locations.items[0].line_count, 0);
	deinit(&growing);
}

static void what_has_no_name_yet_is_there(void **state)
{
	struct growing growing;

	(void)state;
	init(&growing);
	SAMPLE(&growing, 7, 10, INNER);
	end_slice(&growing);
	SAMPLE(&growing, 7, 20, OUTER);
	assert_success(live_window_add(
		&growing.window, growing.profile, &growing.charged, &growing.totals));
	assert_success(
		live_rows_make(&growing.rows, &growing.window, growing.profile, &growing.names));
	assert_functions(&growing, false, " [not named yet] 20 20\ntool inner 10 10\n");
	deinit(&growing);
}

static void what_no_sample_stands_for_is_told(void **state)
{
	struct growing growing;

	(void)state;
	init(&growing);
	SAMPLE(&growing, 7, 98, INNER);
	growing.totals.cpu_time += 2;
	end_slice(&growing);
	assert_functions(&growing, false, "tool inner 98 98\n");
	growing.totals.cpu_time += 100;
	end_slice(&growing);
	assert_functions(&growing, false, " [not sampled] 102 102\ntool inner 98 98\n");
	assert_int_equal(growing.rows.total, 200);
	deinit(&growing);
}

static void idle_threads_can_be_added(void **state)
{
	struct growing growing;

	(void)state;
	init(&growing);
	SAMPLE(&growing, 7, 98, INNER);
	end_slice(&growing);
	assert_true(live_rows_have_thread(&growing.rows, 7));
	assert_false(live_rows_have_thread(&growing.rows, 9));
	assert_success(live_rows_add_thread(&growing.rows, 9, "i\033dle", 'S'));
	assert_true(live_rows_have_thread(&growing.rows, 9));
	assert_threads(&growing, "seven 7 98\ni\xef\xbf\xbd"
				 "dle 9 0\n");
	deinit(&growing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_go_to_functions_and_threads),
		cmocka_unit_test(the_window_slides),
		cmocka_unit_test(threads_have_what_they_were_charged),
		cmocka_unit_test(a_thread_without_samples_has_its_time),
		cmocka_unit_test(only_new_locations_are_named),
		cmocka_unit_test(what_has_no_name_yet_is_there),
		cmocka_unit_test(what_no_sample_stands_for_is_told),
		cmocka_unit_test(idle_threads_can_be_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
