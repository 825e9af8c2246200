#include "../base/test_support.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "symbolize/name_builder.h"
#include "symbolize/name_table.h"

#define LARGE (1 << 20)

static const uint8_t build_id[] = {0xde, 0xad, 0x00, 0x0f};

static const struct dwarf_frame outer = {"_Z5outerv", "outer", "outer.cc", 10, 8};
static const struct dwarf_frame inner[] = {
	{"_Z5inneri", "inner", "inner.h", 3, 2},
	{"_Z5outerv", "outer", "outer.cc", 11, 8},
};
static const struct dwarf_frame other = {NULL, "other", NULL, 0, 0};

static struct name_builder *builder_of(size_t size_max)
{
	struct name_builder *builder;

	assert_success(name_builder_create(size_max, &builder));
	return builder;
}

static void add(struct name_builder *builder, uint64_t start, uint64_t end,
	const struct dwarf_frame *frames, size_t count)
{
	assert_success(name_builder_add(builder, start, end, frames, count));
}

/* Destroys the builder. old: NULL or a table, which is closed. */
static struct name_table *table_of(struct name_builder *builder, struct name_table *old)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct name_table *table;

	assert_success(name_builder_finish(builder, old, build_id, sizeof(build_id), &bytes));
	assert_success(name_table_open(&bytes, build_id, sizeof(build_id), &table));
	name_builder_destroy(builder);
	name_table_close(old);
	return table;
}

static void assert_same_text(const char *text, const char *expected)
{
	if (expected)
		assert_non_null(text);
	else
		assert_null(text);
	if (expected)
		assert_string_equal(text, expected);
}

static void assert_frames(const struct name_table *table, uint64_t address,
	const struct dwarf_frame *frames, size_t count)
{
	CLEANUP(name_frames_deinit) struct name_frames found = {0};
	bool known;

	assert_success(name_table_find(table, address, &found, &known));
	assert_true(known);
	assert_int_equal(found.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_same_text(found.items[i].name, frames[i].name);
		assert_same_text(found.items[i].linkage_name, frames[i].linkage_name);
		assert_same_text(found.items[i].file, frames[i].file);
		assert_int_equal(found.items[i].line, frames[i].line);
		assert_int_equal(found.items[i].start_line, frames[i].start_line);
	}
}

static void assert_unknown(const struct name_table *table, uint64_t address)
{
	CLEANUP(name_frames_deinit) struct name_frames found = {0};
	bool known;

	assert_success(name_table_find(table, address, &found, &known));
	assert_false(known);
	assert_int_equal(found.count, 0);
}

static void every_address_of_a_range_has_its_frames(void **state)
{
	struct name_builder *builder = builder_of(LARGE);
	struct name_table *table;

	(void)state;
	add(builder, 0x20, 0x30, &outer, 1);
	add(builder, 0x30, 0x38, inner, 2);
	add(builder, 0x10, 0x18, &other, 1);
	table = table_of(builder, NULL);
	assert_unknown(table, 0);
	assert_unknown(table, 0xf);
	assert_frames(table, 0x10, &other, 1);
	assert_frames(table, 0x17, &other, 1);
	assert_unknown(table, 0x18);
	assert_frames(table, 0x20, &outer, 1);
	assert_frames(table, 0x2f, &outer, 1);
	assert_frames(table, 0x30, inner, 2);
	assert_frames(table, 0x37, inner, 2);
	assert_unknown(table, 0x38);
	assert_unknown(table, UINT64_MAX);
	assert_unknown(table, 0x100000020);
	name_table_close(table);
}

static void no_frames_are_an_answer(void **state)
{
	struct name_builder *builder = builder_of(LARGE);
	struct name_table *table;

	(void)state;
	add(builder, 0x20, 0x30, NULL, 0);
	table = table_of(builder, NULL);
	assert_frames(table, 0x25, NULL, 0);
	assert_unknown(table, 0x30);
	name_table_close(table);
}

static void equal_frames_are_kept_once(void **state)
{
	struct name_builder *builder = builder_of(LARGE);
	struct name_table *table;

	(void)state;
	add(builder, 0x00, 0x10, inner, 2);
	add(builder, 0x10, 0x20, &inner[1], 1);
	add(builder, 0x20, 0x30, inner, 2);
	add(builder, 0x30, 0x40, inner, 2);
	table = table_of(builder, NULL);
	assert_int_equal(name_table_parts(table).range_count, 3);
	assert_int_equal(name_table_parts(table).node_count, 2);
	assert_int_equal(name_table_parts(table).function_count, 2);
	name_table_close(table);
}

static void a_table_grows_and_what_is_added_counts(void **state)
{
	struct name_builder *builder = builder_of(LARGE);
	struct name_table *table;

	(void)state;
	add(builder, 0x10, 0x40, &outer, 1);
	add(builder, 0x50, 0x60, inner, 2);
	table = table_of(builder, NULL);
	builder = builder_of(LARGE);
	add(builder, 0x20, 0x30, &other, 1);
	add(builder, 0x28, 0x2c, &outer, 1); /* within another: the first one counts */
	add(builder, 0x58, 0x70, &other, 1);
	table = table_of(builder, table);
	assert_unknown(table, 0xf);
	assert_frames(table, 0x10, &outer, 1);
	assert_frames(table, 0x1f, &outer, 1);
	assert_frames(table, 0x20, &other, 1);
	assert_frames(table, 0x29, &other, 1);
	assert_frames(table, 0x30, &outer, 1);
	assert_frames(table, 0x3f, &outer, 1);
	assert_unknown(table, 0x40);
	assert_frames(table, 0x50, inner, 2);
	assert_frames(table, 0x57, inner, 2);
	assert_frames(table, 0x58, &other, 1);
	assert_frames(table, 0x6f, &other, 1);
	name_table_close(table);
}

static void what_is_not_known_is_not_once_a_table_has_grown(void **state)
{
	struct name_builder *builder = builder_of(LARGE);
	struct name_table *table;

	(void)state;
	add(builder, 0x10, 0x20, &other, 1);
	table = table_of(builder, NULL);
	builder = builder_of(LARGE);
	add(builder, 0x30, 0x40, &outer, 1);
	table = table_of(builder, table);
	builder = builder_of(LARGE);
	add(builder, 0x50, 0x60, &other, 1);
	table = table_of(builder, table);
	assert_frames(table, 0x10, &other, 1);
	assert_frames(table, 0x30, &outer, 1);
	assert_frames(table, 0x50, &other, 1);
	name_table_close(table);
}

static void what_does_not_fit_is_left_out(void **state)
{
	static const size_t size_max = 4096;
	CLEANUP(cleanup_name_builder) struct name_builder *builder = builder_of(size_max);
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct name_table *old;

	(void)state;
	for (uint64_t at = 0; at < 1000; at++)
		add(builder, 2 * at, 2 * at + 1, &outer, 1);
	assert_in_range(name_builder_count(builder), 300, 400);
	assert_success(name_builder_finish(builder, NULL, build_id, sizeof(build_id), &bytes));
	assert_in_range(bytes.count, size_max - 100, size_max);
	assert_success(name_table_open(&bytes, build_id, sizeof(build_id), &old));
	/* An old table is given up rather than what is new. */
	struct name_builder *small = builder_of(size_max);
	add(small, 0x10000, 0x10001, inner, 2);
	old = table_of(small, old);
	assert_unknown(old, 0);
	assert_frames(old, 0x10000, inner, 2);
	name_table_close(old);
}

static void what_a_table_cannot_hold_is_left_out(void **state)
{
	struct dwarf_frame deep[NAME_TABLE_FRAMES_MAX + 1];
	struct name_builder *builder = builder_of(LARGE);
	struct name_table *table;

	(void)state;
	for (size_t i = 0; i < NAME_TABLE_FRAMES_MAX + 1; i++) {
		deep[i] = outer;
		deep[i].line = (uint32_t)i;
	}
	add(builder, 0, 4, deep, NAME_TABLE_FRAMES_MAX);
	add(builder, 4, 8, deep, NAME_TABLE_FRAMES_MAX + 1);
	add(builder, 0xfffffff0, 0x100000010, &outer, 1);
	add(builder, 0x10, 0x10, &outer, 1);
	add(builder, 0x30, 0x20, &outer, 1);
	table = table_of(builder, NULL);
	assert_frames(table, 3, deep, NAME_TABLE_FRAMES_MAX);
	assert_unknown(table, 4);
	assert_unknown(table, 0xfffffff8);
	assert_unknown(table, 0x10);
	assert_unknown(table, 0x28);
	name_table_close(table);
}

static struct u8_array valid_bytes(void)
{
	CLEANUP(cleanup_name_builder) struct name_builder *builder = builder_of(LARGE);
	struct u8_array bytes = {0};

	add(builder, 0x20, 0x30, &outer, 1);
	add(builder, 0x30, 0x38, inner, 2);
	assert_success(name_builder_finish(builder, NULL, build_id, sizeof(build_id), &bytes));
	return bytes;
}

static void assert_refused(struct u8_array *bytes, const uint8_t *id, size_t length)
{
	struct name_table *table;
	struct error *error = name_table_open(bytes, id, length, &table);

	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_MALFORMED);
	error_destroy(error);
}

static void every_changed_byte_is_seen(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = valid_bytes();

	(void)state;
	for (size_t i = 0; i < bytes.count; i++) {
		bytes.items[i] ^= 0x10;
		assert_refused(&bytes, build_id, sizeof(build_id));
		bytes.items[i] ^= 0x10;
	}
}

static void every_other_length_is_seen(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = valid_bytes();
	size_t count = bytes.count;

	(void)state;
	for (bytes.count = 0; bytes.count < count; bytes.count++)
		assert_refused(&bytes, build_id, sizeof(build_id));
	bytes.count = count;
	assert_success(u8_array_append(&bytes, 0));
	assert_refused(&bytes, build_id, sizeof(build_id));
}

static void a_table_of_another_binary_is_refused(void **state)
{
	static const uint8_t another[] = {0xde, 0xad, 0x00, 0x0e};
	CLEANUP(u8_array_deinit) struct u8_array bytes = valid_bytes();

	(void)state;
	assert_refused(&bytes, another, sizeof(another));
	assert_refused(&bytes, build_id, sizeof(build_id) - 1);
	assert_refused(&bytes, build_id, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_address_of_a_range_has_its_frames),
		cmocka_unit_test(no_frames_are_an_answer),
		cmocka_unit_test(equal_frames_are_kept_once),
		cmocka_unit_test(a_table_grows_and_what_is_added_counts),
		cmocka_unit_test(what_is_not_known_is_not_once_a_table_has_grown),
		cmocka_unit_test(what_does_not_fit_is_left_out),
		cmocka_unit_test(what_a_table_cannot_hold_is_left_out),
		cmocka_unit_test(every_changed_byte_is_seen),
		cmocka_unit_test(every_other_length_is_seen),
		cmocka_unit_test(a_table_of_another_binary_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
