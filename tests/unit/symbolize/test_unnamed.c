#include "../base/test_support.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "symbolize/unnamed.h"

static uint32_t add_mapping(
	struct profile *profile, uint64_t start, const char *path, const char *problem)
{
	uint32_t id;

	assert_success(profile_add_mapping(profile, start, start + 0x1000, 0, path, &id));
	assert_success(profile_string(profile, problem, &profile->mappings.items[id].problem));
	return id;
}

/* name NULL: not even the name that is made of an address. */
static uint32_t add_location(
	struct profile *profile, uint32_t mapping, uint64_t address, const char *name)
{
	struct profile_function function = {0};
	struct profile_line line = {0};
	uint32_t id;

	assert_success(profile_add_location(profile, mapping, address, &id));
	if (!name)
		return id;
	assert_success(profile_string(profile, name, &function.name));
	assert_success(profile_add_function(profile, &function, &line.function));
	assert_success(profile_set_lines(profile, id, &line, 1));
	return id;
}

static void add_sample(
	struct profile *profile, const uint32_t *locations, size_t count, int64_t value)
{
	uint32_t stack;

	assert_success(profile_add_stack(profile, locations, count, &stack));
	assert_success(profile_add_sample(profile, stack, 0, &value));
}

/* Of 100: 70 have frames of liba, 20 of them of libb, too; 5 of memory, 25 none. */
static struct profile *make_profile(void)
{
	struct profile *profile = NULL;

	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "cpu", "nanoseconds"));
	uint32_t app = add_mapping(profile, 0x1000, "/bin/app", "");
	uint32_t a = add_mapping(profile, 0x10000, "/lib/liba.so", "it is stripped");
	uint32_t again = add_mapping(profile, 0x20000, "/lib/liba.so", "it is stripped");
	uint32_t b = add_mapping(profile, 0x30000, "/lib/libb.so", "");
	uint32_t memory = add_mapping(profile, 0x40000, "", "code made at run time");
	uint32_t libc = add_mapping(profile, 0x50000, "/lib/libc.so.6", "it is stripped");
	uint32_t main = add_location(profile, app, 0x1000, "main");
	uint32_t root = add_location(profile, libc, 0x50000, "libc.so.6+0x27249");
	uint32_t a1 = add_location(profile, a, 0x10010, "liba.so+0x10");
	uint32_t a2 = add_location(profile, again, 0x20010, NULL);
	uint32_t b1 = add_location(profile, b, 0x30010, "libb.so+0x1f");
	uint32_t made = add_location(profile, memory, 0x40010, "0x40010");

	add_sample(profile, (const uint32_t[]){a1, main, root}, 3, 50);
	add_sample(profile, (const uint32_t[]){b1, a2, a1, main, root}, 5, 20);
	add_sample(profile, (const uint32_t[]){made, main, root}, 3, 5);
	add_sample(profile, (const uint32_t[]){main, root}, 2, 25);
	return profile;
}

static void values_are_counted_by_module(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = make_profile();
	CLEANUP(unnamed_deinit) struct unnamed unnamed = {0};

	(void)state;
	assert_success(unnamed_find(profile, 0, &unnamed));
	assert_int_equal(unnamed.total, 100);
	assert_int_equal(unnamed.value, 75);
	assert_int_equal(unnamed.modules.count, 3);
	assert_int_equal(unnamed.modules.items[0].mapping, 1);
	assert_int_equal(unnamed.modules.items[0].value, 70);
	assert_int_equal(unnamed.modules.items[0].addresses, 2);
	assert_string_equal(
		profile_text(profile, unnamed.modules.items[0].problem), "it is stripped");
	assert_int_equal(unnamed.modules.items[1].mapping, 3);
	assert_int_equal(unnamed.modules.items[1].value, 20);
	assert_int_equal(unnamed.modules.items[2].mapping, 4);
	assert_int_equal(unnamed.modules.items[2].value, 5);
}

static void remarks_are_on_files_that_matter(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = make_profile();

	(void)state;
	assert_success(unnamed_note(profile));
	assert_int_equal(profile->comments.count, 2);
	assert_string_equal(profile_text(profile, profile->comments.items[0]),
		"frames without a name in liba.so (70.0% of cpu): it is stripped");
	assert_string_equal(profile_text(profile, profile->comments.items[1]),
		"frames without a name in libb.so (20.0% of cpu)");
}

/* As the allocator's own frames are: nobody would see what has no name. */
static void what_is_hidden_needs_no_name(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = make_profile();
	CLEANUP(unnamed_deinit) struct unnamed unnamed = {0};

	(void)state;
	assert_success(profile_string(profile, "liba\\.so\\+0x10", &profile->drop_frames));
	assert_success(unnamed_find(profile, 0, &unnamed));
	assert_int_equal(unnamed.total, 100);
	assert_int_equal(unnamed.value, 5);
	assert_int_equal(unnamed.modules.count, 1);
	assert_int_equal(unnamed.modules.items[0].mapping, 4);
}

static void names_that_look_like_addresses_are_names(void **state)
{
	static const char *const names[] = {"liba.so+", "liba.so+0x", "liba.so+0x1g", "libx.so+0x1",
		"0x", "0x1 ", "f+0x10", "[not sampled]"};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(unnamed_deinit) struct unnamed unnamed = {0};

	(void)state;
	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "cpu", "nanoseconds"));
	uint32_t a = add_mapping(profile, 0x10000, "/lib/liba.so", "");
	for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint32_t location = add_location(profile, a, 0x10000 + i, names[i]);

		add_sample(profile, &location, 1, 1);
	}
	assert_success(unnamed_find(profile, 0, &unnamed));
	assert_int_equal(unnamed.modules.count, 0);
	assert_int_equal(unnamed.value, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_counted_by_module),
		cmocka_unit_test(remarks_are_on_files_that_matter),
		cmocka_unit_test(what_is_hidden_needs_no_name),
		cmocka_unit_test(names_that_look_like_addresses_are_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
