#include "../base/test_support.h"

#include "base/cleanup.h"
#include "export/gzip.h"
#include "export/pprof.h"
#include "export/wire.h"
#include "sample_profiles.h"

/* How many bytes of the profile the field takes, counted by its number; and the last content. */
static size_t count_fields(const struct u8_array *bytes, uint32_t number, struct cursor *ret)
{
	struct cursor rest = cursor_over(bytes->items, bytes->count);
	struct wire_field field;
	enum wire_outcome outcome;
	size_t count = 0;

	while ((outcome = wire_take_field(&rest, &field)) == WIRE_FIELD)
		if (field.number == number) {
			*ret = field.content;
			count++;
		}
	assert_int_equal(outcome, WIRE_END);
	return count;
}

static void test_bytes_of_a_small_profile(void **state)
{
	/* Checked by hand against proto/profile.proto. */
	static const uint8_t expected[] = {
		0x0a, 4, 0x08, 1, 0x10, 2,                   /* sample_type {type 1, unit 2} */
		0x12, 6, 0x0a, 1, 1, 0x12, 1, 7,             /* sample {location 1, value 7} */
		0x22, 8, 0x08, 1, 0x22, 4, 0x08, 1, 0x10, 9, /* location 1 {function 1, line 9} */
		0x2a, 4, 0x08, 1, 0x10, 3,                   /* function 1 {name 3} */
		0x32, 0, 0x32, 3, 'c', 'p', 'u',             /* string_table */
		0x32, 2, 'n', 's', 0x32, 4, 'm', 'a', 'i', 'n', 0x48, 5, 0x60,
		10, /* time_nanos 5, period 10 */
	};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct profile_line line = {.line = 9};
	struct profile_function function = {0};
	uint32_t location, stack;

	(void)state;
	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "cpu", "ns"));
	profile->time = 5;
	profile->period = 10;
	assert_success(profile_string(profile, "main", &function.name));
	assert_success(profile_add_function(profile, &function, &line.function));
	assert_success(
		profile_add_complete_location(profile, PROFILE_NONE, 0, &line, 1, &location));
	assert_success(profile_add_stack(profile, &location, 1, &stack));
	assert_success(profile_add_sample(profile, stack, 0, (int64_t[]){7}));
	assert_success(pprof_write_uncompressed(profile, &bytes));
	assert_int_equal(bytes.count, sizeof(expected));
	assert_memory_equal(bytes.items, expected, sizeof(expected));
}

static void test_tables_are_complete(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("cpu");
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct cursor content;

	(void)state;
	assert_success(pprof_write_uncompressed(profile, &bytes));
	assert_int_equal(count_fields(&bytes, 1, &content), 2);
	assert_int_equal(count_fields(&bytes, 2, &content), profile->samples.count);
	assert_int_equal(count_fields(&bytes, 3, &content), 1);
	assert_int_equal(count_fields(&bytes, 4, &content), profile->locations.count);
	assert_int_equal(count_fields(&bytes, 5, &content), profile->functions.entries.count);
	assert_int_equal(count_fields(&bytes, 6, &content), profile->strings.entries.count);
	/* A second time would make a second profile of it, for pprof. */
	assert_int_equal(count_fields(&bytes, 9, &content), 1);
}

/* What is not the table of strings may be read only by its numbers. */
static void test_strings_are_utf8(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct cursor content;
	uint32_t string;

	(void)state;
	assert_success(profile_create(&profile));
	assert_success(profile_string(profile, "a\xff\xc3(\xed\xa0\x80z", &string));
	assert_success(pprof_write_uncompressed(profile, &bytes));
	assert_int_equal(count_fields(&bytes, 6, &content), 2);
	assert_true(cursor_equals(&content, "a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd"
					    "\xef\xbf\xbdz"));
}

static void test_gzip_holds_the_same(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("random");
	CLEANUP(u8_array_deinit) struct u8_array plain = {0};
	CLEANUP(u8_array_deinit) struct u8_array packed = {0};
	CLEANUP(u8_array_deinit) struct u8_array inflated = {0};

	(void)state;
	assert_success(pprof_write_uncompressed(profile, &plain));
	assert_success(pprof_write(profile, &packed));
	assert_true(packed.count < plain.count);
	assert_success(gzip_decompress(packed.items, packed.count, plain.count, &inflated));
	assert_int_equal(inflated.count, plain.count);
	assert_memory_equal(inflated.items, plain.items, plain.count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_of_a_small_profile),
		cmocka_unit_test(test_tables_are_complete),
		cmocka_unit_test(test_strings_are_utf8),
		cmocka_unit_test(test_gzip_holds_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
