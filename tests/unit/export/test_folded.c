#include "../base/test_support.h"

#include "base/cleanup.h"
#include "export/folded.h"
#include "sample_profiles.h"

static void assert_text(const struct u8_array *bytes, const char *expected)
{
	char *text = strndup((const char *)bytes->items, bytes->count);

	assert_string_equal(text, expected);
	free(text);
}

static void test_write(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("cpu");
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	assert_success(folded_write(profile, "samples", &bytes));
	assert_text(&bytes, "_start;main;aeMain;processCommand;call;lookup 77\n"
			    "_start;main;aeMain;processCommand;call;lookup;dictFind 400\n"
			    "_start;main;aeMain;processCommand;call;setCommand 201\n"
			    "_start;main;aeMain;readQuery;read 150\n"
			    "_start;main;rare 1\n"
			    "_start;main;walk;lookup 33\n"
			    "_start;main;walk;walk;walk;visit;walk 50\n"
			    "clone;bioThread;wait 3\n");
}

static void test_write_tells_lines_apart(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("inlined");
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	profile->grain = GRAIN_LINES;
	assert_success(folded_write(profile, NULL, &bytes));
	assert_text(&bytes,
		"main src/main.rs:90;next src/main.rs:7 4\n"
		"main src/main.rs:90;run src/main.rs:40;fold src/main.rs:21;next src/main.rs:7 5\n"
		"main src/main.rs:90;run src/main.rs:40;fold src/main.rs:22;next src/main.rs:7 3\n"
		"main src/main.rs:90;run src/main.rs:41;fold src/main.rs:21 2\n"
		"main src/main.rs:90;run src/main.rs:42 9\n");
}

static void test_write_drops_frames(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("heap");
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	assert_success(folded_write(profile, NULL, &bytes));
	assert_text(&bytes, "je_boot;je_malloc 4096\n"
			    "main 16\n"
			    "main;serve;cache::insert 9437184\n"
			    "main;serve;parse 65536\n"
			    "main;serve;parse;alloc::vec::Vec<T>::push 123456789\n");
}

static void test_write_makes_names_safe(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("hostile");
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	assert_success(folded_write(profile, NULL, &bytes));
	assert_text(&bytes, "main;<core::iter::adapters::Map<I, F> as Iterator>::fold<(usize, [u8: "
			    "16])> 10000000\n"
			    "main;<script>alert('&amp:')</script> 1000000\n"
			    "main;]]>\"><svg onload=\"alert(1)\"> 2000000\n"
			    "main;bad\ufffd\ufffdutf8\ufffd 7000000\n"
			    "main;bell\ufffd\ufffd[31mred 6000000\n"
			    "main;new\ufffdline 5000000\n"
			    "main;right\ufffdtoleft 9000000\n"
			    /* "semi;colon" and "semi:colon" */
			    "main;semi:colon 7000000\n"
			    "main;\u4f60\u597d, \U0001f980! 8000000\n");
}

static void test_write_odd_samples(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("difference");
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	uint32_t stack;

	(void)state;
	assert_success(profile_add_stack(profile, NULL, 0, &stack));
	assert_success(profile_add_sample(profile, stack, 0, (int64_t[]){11}));
	assert_success(folded_write(profile, NULL, &bytes));
	assert_text(&bytes, "[no stack] 11\n"
			    "main;even -9\n"
			    "main;grow 5242880\n"
			    "main;grow;more 700\n"
			    "main;shrink -3145728\n");
}

static void test_write_unknown_type(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("heap");
	CLEANUP(cleanup_profile) struct profile *bare = NULL;
	struct u8_array bytes;

	(void)state;
	assert_error(folded_write(profile, "cpu", &bytes), ERROR_USAGE,
		"the profile has no values of type 'cpu'",
		"it has alloc_objects, alloc_space, inuse_objects, inuse_space");
	assert_success(profile_create(&bare));
	assert_error(
		folded_write(bare, NULL, &bytes), ERROR_USAGE, "the profile has no values", NULL);
}

static struct profile *read_text(const char *text)
{
	struct profile *profile = NULL;

	assert_true(folded_recognize(text, strlen(text)));
	assert_success(folded_read(text, strlen(text), &profile));
	assert_success(profile_check(profile));
	return profile;
}

static const char *frame_at(const struct profile *profile, uint32_t stack, size_t index)
{
	size_t count;
	const uint32_t *locations = profile_stack(profile, stack, &count);

	assert_true(index < count);
	const struct profile_location *location = &profile->locations.items[locations[index]];
	assert_int_equal(location->line_count, 1);
	uint32_t function = profile->lines.items[location->first_line].function;
	return profile_text(profile, profile_function(profile, function)->name);
}

static void test_read(void **state)
{
	CLEANUP(cleanup_profile)
	struct profile *profile =
		read_text("main;call it;read 12\r\n\nmain;write -3\nmain;call it;read 5\nmain 1");

	(void)state;
	assert_int_equal(profile->value_types.count, 1);
	assert_string_equal(profile_text(profile, profile->value_types.items[0].type), "samples");
	assert_string_equal(profile_text(profile, profile->value_types.items[0].unit), "count");
	assert_int_equal(profile->samples.count, 3);
	assert_int_equal(profile->values.items[0], 17);
	assert_int_equal(profile->values.items[1], -3);
	assert_int_equal(profile->values.items[2], 1);
	assert_string_equal(frame_at(profile, 0, 0), "read");
	assert_string_equal(frame_at(profile, 0, 1), "call it");
	assert_string_equal(frame_at(profile, 0, 2), "main");
	assert_string_equal(frame_at(profile, 2, 0), "main");
	assert_int_equal(profile->locations.count, 4);
}

static void test_round_trip(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("random");
	CLEANUP(cleanup_profile) struct profile *read = NULL;
	CLEANUP(u8_array_deinit) struct u8_array first = {0};
	CLEANUP(u8_array_deinit) struct u8_array second = {0};

	(void)state;
	assert_success(folded_write(profile, NULL, &first));
	assert_success(folded_read(first.items, first.count, &read));
	assert_success(folded_write(read, NULL, &second));
	assert_int_equal(first.count, second.count);
	assert_memory_equal(first.items, second.items, first.count);
}

static void test_read_malformed(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", "empty"},
		{"\n \r\n", "empty"},
		{"main;read 1\nmain;read\n", "line 2: no whole number at its end"},
		{"main 1\n\nmain;read 1.5\n", "line 3: no whole number at its end"},
		{"main 1x\n", "line 1: no whole number at its end"},
		{"main -\n", "line 1: no whole number at its end"},
		{"main 9223372036854775808\n", "line 1: its number is too large"},
		{"12\n", "line 1: no stack before its number"},
		{"  12\n", "line 1: no stack before its number"},
	};
	struct profile *profile = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_error(folded_read(cases[i].text, strlen(cases[i].text), &profile),
			ERROR_MALFORMED, cases[i].message, NULL);
	assert_null(profile);
}

static void test_recognize(void **state)
{
	static const char *const others[] = {"", "\n", "heap_v2/524288\n  t*: 1: 2\n",
		"main;read\n", "File: app\nType: cpu\n", "ma\x01in 12\n", "12\n"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(folded_recognize(others[i], strlen(others[i])));
	assert_true(folded_recognize("\n\na;b 3", 7));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_tells_lines_apart),
		cmocka_unit_test(test_write_drops_frames),
		cmocka_unit_test(test_write_makes_names_safe),
		cmocka_unit_test(test_write_odd_samples),
		cmocka_unit_test(test_write_unknown_type),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_read_malformed),
		cmocka_unit_test(test_recognize),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
