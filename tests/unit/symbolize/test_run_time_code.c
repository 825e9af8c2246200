#include "../base/test_support.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "symbolize/run_time_code.h"
#include "symbolize/symbolize.h"

#define BURN_POSITION "JS:*burn /srv/burn.js:3:14"

/* A profile without a process: no module has an image. */
struct fixture {
	struct profile *profile;
	struct module_table *modules;
	struct u32_array found;
	uint64_t next; /* where the next mapping begins */
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_success(profile_create(&fixture->profile));
	assert_success(profile_add_value_type(fixture->profile, "samples", "count"));
	assert_success(profile_add_value_type(fixture->profile, "cpu", "nanoseconds"));
	fixture->next = 0x10000;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	u32_array_deinit(&fixture->found);
	module_table_destroy(fixture->modules);
	profile_destroy(fixture->profile);
	free(fixture);
	return 0;
}

/* A location 0x10 bytes into a mapping of its own. */
static uint32_t add_location(struct fixture *fixture, const char *path)
{
	uint32_t mapping, location;

	assert_success(profile_add_mapping(
		fixture->profile, fixture->next, fixture->next + 0x1000, 0, path, &mapping));
	assert_success(
		profile_add_location(fixture->profile, mapping, fixture->next + 0x10, &location));
	fixture->next += 0x1000;
	return location;
}

static void add_stack(struct fixture *fixture, int64_t samples, const uint32_t *stack, size_t count)
{
	int64_t values[] = {samples, samples * 1000};
	uint32_t id;

	assert_success(profile_add_stack(fixture->profile, stack, count, &id));
	assert_success(profile_add_sample(fixture->profile, id, 0, values));
}

static void find(struct fixture *fixture)
{
	u32_array_deinit(&fixture->found);
	module_table_destroy(fixture->modules);
	assert_success(modules_of_profile(
		&(struct profile_files){fixture->profile, NULL}, &fixture->modules));
	assert_success(run_time_code_find(fixture->profile, fixture->modules, &fixture->found));
}

static void name(struct fixture *fixture, const char *map)
{
	find(fixture);
	assert_success(run_time_code_name(
		fixture->profile, &fixture->found, cursor_over(map, strlen(map))));
	assert_success(profile_check(fixture->profile));
}

static const struct profile_function *function_of(const struct profile *profile, uint32_t location)
{
	const struct profile_location *item = &profile->locations.items[location];

	assert_int_equal(item->line_count, 1);
	assert_int_equal(profile->lines.items[item->first_line].line, 0);
	return profile_function(profile, profile->lines.items[item->first_line].function);
}

static void memory_without_a_file_is_found(void **state)
{
	static const char *const without_file[] = {"", "[anon:v8]", "[heap]", "[stack]",
		"/dev/zero", "/memfd:doublemapper", "/SYSV00000000", "/anon_hugepage"};
	static const char *const others[] = {"/usr/bin/node", "[vdso]", "[vsyscall]", "/dev/zer"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		add_location(fixture, others[i]);
	for (size_t i = 0; i < ARRAY_SIZE(without_file); i++)
		add_location(fixture, without_file[i]);
	find(fixture);
	assert_int_equal(fixture->found.count, ARRAY_SIZE(without_file));
	for (uint32_t i = 0; i < ARRAY_SIZE(without_file); i++)
		assert_int_equal(fixture->found.items[i], ARRAY_SIZE(others) + i);
}

static void code_is_found_in_order_of_address(void **state)
{
	struct fixture *fixture = *state;
	uint32_t high = add_location(fixture, ""), low, named;

	assert_success(profile_add_location(fixture->profile, PROFILE_NONE, 0x20, &low));
	assert_success(profile_add_named_location(fixture->profile, "[not sampled]", &named));
	find(fixture);
	assert_int_equal(fixture->found.count, 2);
	assert_int_equal(fixture->found.items[0], low);
	assert_int_equal(fixture->found.items[1], high);
}

static void nothing_is_found_in_nothing(void **state)
{
	struct fixture *fixture = *state;
	int64_t samples;

	name(fixture, "10010 10 burn\n");
	assert_int_equal(fixture->found.count, 0);
	assert_success(run_time_code_count_unnamed(fixture->profile, &fixture->found, &samples));
	assert_int_equal(samples, 0);
}

static void names_are_given_as_they_are(void **state)
{
	struct fixture *fixture = *state;
	uint32_t location = add_location(fixture, ""), other = add_location(fixture, "[anon:x]");
	const struct profile *profile = fixture->profile;
	const struct profile_function *function;

	name(fixture, "10000 1000 _Z3fooi of 2 words\n");
	function = function_of(profile, location);
	assert_string_equal(profile_text(profile, function->name), "_Z3fooi of 2 words");
	assert_string_equal(profile_text(profile, function->system_name), "_Z3fooi of 2 words");
	assert_string_equal(profile_text(profile, function->file), "");
	assert_int_equal(function->start_line, 0);
	assert_true(profile->mappings.items[0].has_functions);
	assert_false(profile->mappings.items[0].has_filenames);
	assert_int_equal(profile->locations.items[other].line_count, 0);
	assert_false(profile->mappings.items[1].has_functions);
}

static void a_position_becomes_file_and_line(void **state)
{
	struct fixture *fixture = *state;
	uint32_t location = add_location(fixture, "");
	const struct profile *profile = fixture->profile;
	const struct profile_function *function;

	name(fixture, "10000 1000 " BURN_POSITION "\n");
	function = function_of(profile, location);
	assert_string_equal(profile_text(profile, function->name), BURN_POSITION);
	assert_string_equal(profile_text(profile, function->file), "/srv/burn.js");
	assert_int_equal(function->start_line, 3);
	assert_true(profile->mappings.items[0].has_filenames);
	assert_false(profile->mappings.items[0].has_line_numbers);
}

static void names_without_end_are_cut(void **state)
{
	struct fixture *fixture = *state;
	uint32_t location = add_location(fixture, "");
	char map[64 * 1024] = "10000 1000 ";
	size_t length = strlen(map);
	const struct profile_function *function;

	memset(map + length, 'n', sizeof(map) - length - 1);
	map[sizeof(map) - 1] = '\0';
	name(fixture, map);
	function = function_of(fixture->profile, location);
	assert_int_equal(strlen(profile_text(fixture->profile, function->name)), 16 * 1024);
}

static void assert_unnamed(struct fixture *fixture, int64_t expected)
{
	int64_t samples;

	assert_success(run_time_code_count_unnamed(fixture->profile, &fixture->found, &samples));
	assert_int_equal(samples, expected);
}

static void samples_without_names_are_counted_once(void **state)
{
	struct fixture *fixture = *state;
	uint32_t file = add_location(fixture, "/usr/bin/node"), burn = add_location(fixture, ""),
		 other = add_location(fixture, ""), nowhere;

	assert_success(profile_add_location(fixture->profile, PROFILE_NONE, 1, &nowhere));
	add_stack(fixture, 1, (const uint32_t[]){file}, 1);
	add_stack(fixture, 2, (const uint32_t[]){burn, burn, other}, 3);
	add_stack(fixture, 4, (const uint32_t[]){file, burn}, 2);
	add_stack(fixture, 8, (const uint32_t[]){nowhere}, 1);
	find(fixture);
	assert_unnamed(fixture, 6);
	name(fixture, "11000 1000 burn\n");
	assert_unnamed(fixture, 2); /* of the other one */
	name(fixture, "12000 1000 other\n");
	assert_unnamed(fixture, 0);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(memory_without_a_file_is_found),
		WITH_FIXTURE(code_is_found_in_order_of_address),
		WITH_FIXTURE(nothing_is_found_in_nothing),
		WITH_FIXTURE(names_are_given_as_they_are),
		WITH_FIXTURE(a_position_becomes_file_and_line),
		WITH_FIXTURE(names_without_end_are_cut),
		WITH_FIXTURE(samples_without_names_are_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
