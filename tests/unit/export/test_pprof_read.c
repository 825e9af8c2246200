#include "../base/test_support.h"

#include "base/cleanup.h"
#include "export/gzip.h"
#include "export/pprof.h"
#include "sample_profiles.h"

/* Writes, reads, and writes again: the second file must be the first. */
static void assert_survives(const struct profile *profile)
{
	CLEANUP(cleanup_profile) struct profile *read = NULL;
	CLEANUP(u8_array_deinit) struct u8_array first = {0};
	CLEANUP(u8_array_deinit) struct u8_array second = {0};

	assert_success(pprof_write_uncompressed(profile, &first));
	assert_success(pprof_read(first.items, first.count, &read));
	assert_success(profile_check(read));
	assert_success(pprof_write_uncompressed(read, &second));
	assert_int_equal(first.count, second.count);
	assert_memory_equal(first.items, second.items, first.count);
}

static void test_round_trips(void **state)
{
	(void)state;
	for (size_t i = 0; i < sample_profile_count; i++) {
		CLEANUP(cleanup_profile)
		struct profile *profile = sample_profile_create(sample_profiles[i].name);
		CLEANUP(cleanup_profile) struct profile *clean = NULL;
		CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

		/* The first time bytes that are no UTF-8 are lost. */
		assert_success(pprof_write(profile, &bytes));
		assert_true(pprof_recognize(bytes.items, bytes.count));
		assert_success(pprof_read(bytes.items, bytes.count, &clean));
		assert_int_equal(clean->samples.count, profile->samples.count);
		assert_survives(clean);
	}
}

static void test_header_survives(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("heap");
	CLEANUP(cleanup_profile) struct profile *read = NULL;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	profile->duration = 77;
	assert_success(profile_string(profile, "je_keep", &profile->keep_frames));
	assert_success(profile_string(profile, "inuse_objects", &profile->default_sample_type));
	assert_success(profile_add_comment(profile, "first"));
	assert_success(profile_add_comment(profile, "second"));
	assert_success(pprof_write(profile, &bytes));
	assert_success(pprof_read(bytes.items, bytes.count, &read));
	assert_int_equal(read->time, 1720000000000000000);
	assert_int_equal(read->duration, 77);
	assert_int_equal(read->period, 524288);
	assert_string_equal(profile_text(read, read->period_type.type), "space");
	assert_string_equal(profile_text(read, read->period_type.unit), "bytes");
	assert_string_equal(profile_text(read, read->drop_frames), "je_.*|_rjem_.*");
	assert_string_equal(profile_text(read, read->keep_frames), "je_keep");
	assert_string_equal(profile_text(read, read->default_sample_type), "inuse_objects");
	assert_int_equal(read->comments.count, 2);
	assert_string_equal(profile_text(read, read->comments.items[1]), "second");
	assert_int_equal(read->mappings.items[1].start, 0x7f0000000000);
	assert_int_equal(read->mappings.items[1].limit, 0x7f0000100000);
	assert_int_equal(read->mappings.items[1].offset, 0x1000);
	assert_true(read->mappings.items[1].has_functions);
	assert_false(read->mappings.items[1].has_filenames);
}

#define READ(...)                                                                                  \
	({                                                                                         \
		static const uint8_t bytes_[] = {__VA_ARGS__};                                     \
		pprof_read(bytes_, sizeof(bytes_), &profile);                                      \
	})

/* string_table "", "cpu"; sample_type {1, 0}. */
#define STRINGS     0x32, 0, 0x32, 3, 'c', 'p', 'u'
#define TYPE        0x0a, 2, 0x08, 1
#define FUNCTION(n) 0x2a, 4, 0x08, n, 0x10, 1
#define LOCATION(n) 0x22, 2, 0x08, n

static void test_any_ids_in_any_order(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	size_t count;

	(void)state;
	assert_success(READ(TYPE, 0x12, 8, 0x0a, 3, 0xac, 0x02, 7, 0x12, 1,
		5, /* sample {locations 300, 7; value 5} */
		LOCATION(7), 0x22, 9, 0x08, 0xac, 0x02, 0x22, 4, 0x08, 99, 0x10, 3, FUNCTION(99),
		STRINGS));
	assert_success(profile_check(profile));
	assert_int_equal(profile->samples.count, 1);
	const uint32_t *stack = profile_stack(profile, 0, &count);
	assert_int_equal(count, 2);
	assert_int_equal(profile->locations.items[stack[0]].line_count, 1);
	assert_int_equal(profile->locations.items[stack[1]].line_count, 0);
	assert_int_equal(profile->lines.items[0].line, 3);
	assert_int_equal(profile->values.items[0], 5);
}

static void test_unpacked_numbers(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	size_t count;

	(void)state;
	assert_success(READ(TYPE, STRINGS, LOCATION(1), 0x22, 4, 0x08, 2, 0x18, 9, 0x12, 6, 0x08, 1,
		0x08, 2, 0x10, 5));
	profile_stack(profile, 0, &count);
	assert_int_equal(count, 2);
	assert_int_equal(profile->values.items[0], 5);
}

static void test_equal_samples_are_one(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;

	(void)state;
	assert_success(READ(
		TYPE, STRINGS, LOCATION(1), 0x12, 4, 0x08, 1, 0x10, 5, 0x12, 4, 0x08, 1, 0x10, 6));
	assert_int_equal(profile->samples.count, 1);
	assert_int_equal(profile->values.items[0], 11);
}

/* What a later version adds is passed over. */
static void test_unknown_fields(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;

	(void)state;
	assert_success(
		READ(TYPE, STRINGS, 0x82, 0x02, 3, 1, 2, 3, 0x78, 1, 0x22, 4, 0x08, 1, 0x48, 1));
	assert_int_equal(profile->locations.count, 1);
}

#define ASSERT_MALFORMED(message, ...)                                                             \
	assert_error(READ(__VA_ARGS__), ERROR_MALFORMED, message, NULL)

static void test_every_id_is_checked(void **state)
{
	struct profile *profile = NULL;

	(void)state;
	ASSERT_MALFORMED("there is no string 9", 0x0a, 2, 0x08, 9, STRINGS);
	ASSERT_MALFORMED("there is no string -1", TYPE, STRINGS, 0x38, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 1);
	ASSERT_MALFORMED("there is no string 2", TYPE, STRINGS, 0x6a, 1, 2);
	ASSERT_MALFORMED("string 0: the first is not empty", TYPE, 0x32, 1, 'x');
	ASSERT_MALFORMED("it has no value types", STRINGS, LOCATION(1));
	ASSERT_MALFORMED("mapping 0: id 0", TYPE, STRINGS, 0x1a, 2, 0x28, 1);
	ASSERT_MALFORMED("mapping 0: there is no string 5", TYPE, STRINGS, 0x1a, 2, 0x28, 5);
	ASSERT_MALFORMED(
		"function 1: id 4 is there already", TYPE, STRINGS, FUNCTION(4), FUNCTION(4));
	ASSERT_MALFORMED(
		"function 0: there is no string 2", TYPE, STRINGS, 0x2a, 4, 0x08, 1, 0x20, 2);
	ASSERT_MALFORMED("location 0: there is no function 1", TYPE, STRINGS, 0x22, 6, 0x08, 1,
		0x22, 2, 0x08, 1);
	ASSERT_MALFORMED(
		"location 0: there is no function 0", TYPE, STRINGS, 0x22, 4, 0x08, 1, 0x22, 0);
	ASSERT_MALFORMED(
		"location 0: there is no mapping 3", TYPE, STRINGS, 0x22, 4, 0x08, 1, 0x10, 3);
	ASSERT_MALFORMED(
		"location 1: id 1 is there already", TYPE, STRINGS, LOCATION(1), LOCATION(1));
	ASSERT_MALFORMED(
		"sample 0: there is no location 0", TYPE, STRINGS, 0x12, 4, 0x08, 0, 0x10, 5);
	ASSERT_MALFORMED("sample 0: there is no location 2", TYPE, STRINGS, LOCATION(1), 0x12, 4,
		0x08, 2, 0x10, 5);
	ASSERT_MALFORMED("sample 0: 2 values where there are 1 value types", TYPE, STRINGS, 0x12, 4,
		0x10, 5, 0x10, 5);
	ASSERT_MALFORMED("sample 0: a label without a key", TYPE, STRINGS, 0x12, 6, 0x10, 5, 0x1a,
		2, 0x18, 1);
	ASSERT_MALFORMED("sample 0: there is no string 8", TYPE, STRINGS, 0x12, 8, 0x10, 5, 0x1a, 4,
		0x08, 1, 0x10, 8);
	ASSERT_MALFORMED("location 0: damaged data", TYPE, STRINGS, 0x22, 2, 0x08, 0xff);
	assert_null(profile);
}

static void test_no_pprof(void **state)
{
	static const char *const texts[] = {
		"main;read 12\n",
		"\nmain;read 12\nmain;write 7\n main;poll 9 of many more lines that follow here",
		"heap_v2/524288\n  t*: 1: 2 [0: 0]\n",
		"{\"a\": [1, 2, 3]}",
		"\x7f\x45LF\x02\x01\x01",
		"\n",
	};
	struct profile *profile = NULL;

	(void)state;
	assert_error(pprof_read("", 0, &profile), ERROR_MALFORMED, "empty", NULL);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_false(pprof_recognize(texts[i], strlen(texts[i])));
		assert_error(pprof_read(texts[i], strlen(texts[i]), &profile), ERROR_MALFORMED,
			"not a pprof profile", NULL);
	}
	assert_null(profile);
}

/* A cut file may end between two fields; then what is left is a profile, or an id is missing. */
static void test_truncated(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("cpu");
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	size_t truncated = 0;

	(void)state;
	assert_success(pprof_write_uncompressed(profile, &bytes));
	for (size_t length = 12; length < bytes.count; length++) {
		CLEANUP(cleanup_profile) struct profile *read = NULL;
		CLEANUP(cleanup_error)
		struct error *error = pprof_read(bytes.items, length, &read);

		assert_true(error != NULL || profile_check(read) == NULL);
		if (!error)
			continue;
		assert_int_equal(error->kind, ERROR_MALFORMED);
		truncated += strncmp(error->message, "truncated: the field at byte ", 29) == 0;
	}
	assert_true(truncated > bytes.count / 2);
	assert_error(pprof_read(bytes.items, 9, &profile), ERROR_MALFORMED,
		"truncated: the field at byte 6 goes on behind the end", NULL);
}

static void test_damaged_gzip(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("cpu");
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct profile *read = NULL;

	(void)state;
	assert_success(pprof_write(profile, &bytes));
	for (size_t length = 2; length < bytes.count; length++)
		assert_error(pprof_read(bytes.items, length, &read), ERROR_MALFORMED,
			"truncated: the gzip data ends early", NULL);
	bytes.items[bytes.count - 6] ^= 1;
	assert_error(pprof_read(bytes.items, bytes.count, &read), ERROR_MALFORMED,
		"damaged gzip data: incorrect data check", NULL);
	assert_null(read);
}

static void test_gzip_of_nothing(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct profile *read = NULL;

	(void)state;
	assert_success(gzip_compress("", 0, &bytes));
	assert_error(pprof_read(bytes.items, bytes.count, &read), ERROR_MALFORMED, "empty", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_header_survives),
		cmocka_unit_test(test_any_ids_in_any_order),
		cmocka_unit_test(test_unpacked_numbers),
		cmocka_unit_test(test_equal_samples_are_one),
		cmocka_unit_test(test_unknown_fields),
		cmocka_unit_test(test_every_id_is_checked),
		cmocka_unit_test(test_no_pprof),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_damaged_gzip),
		cmocka_unit_test(test_gzip_of_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
