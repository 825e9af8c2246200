#include "test_support.h"

#include <stdio.h>

#include "base/hash.h"
#include "base/intern.h"

#define MANY 100000

static void equal_bytes_get_the_same_number(void **state)
{
	struct intern_table table = {0};
	uint32_t id;

	(void)state;
	assert_success(intern_string(&table, "", &id));
	assert_int_equal(id, 0);
	assert_success(intern_string(&table, "malloc", &id));
	assert_int_equal(id, 1);
	assert_success(intern(&table, "malloc", 3, &id));
	assert_int_equal(id, 2);
	assert_success(intern_string(&table, "malloc", &id));
	assert_int_equal(id, 1);
	assert_success(intern_string(&table, "", &id));
	assert_int_equal(id, 0);
	assert_int_equal(table.entries.count, 3);
	assert_string_equal(intern_text(&table, 2), "mal");
	intern_table_deinit(&table);
	assert_int_equal(table.entries.count, 0);
}

static void nothing_at_null_is_the_empty_entry(void **state)
{
	struct intern_table table = {0};
	uint32_t id = 7;

	(void)state;
	assert_success(intern(&table, NULL, 0, &id));
	assert_int_equal(id, 0);
	id = 7;
	assert_success(intern(&table, NULL, 0, &id));
	assert_int_equal(id, 0);
	id = 7;
	assert_true(intern_find(&table, "", 0, &id));
	assert_int_equal(id, 0);
	intern_table_deinit(&table);
}

static void a_hundred_thousand_entries_are_found_again(void **state)
{
	struct intern_table table = {0};
	char text[32];
	uint32_t id;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "function_%u", i * 7919);
		assert_success(intern_string(&table, text, &id));
		assert_int_equal(id, i);
	}
	assert_int_equal(table.entries.count, MANY);
	for (uint32_t i = 0; i < MANY; i++) {
		size_t length;

		snprintf(text, sizeof(text), "function_%u", i * 7919);
		assert_true(intern_find(&table, text, strlen(text), &id));
		assert_int_equal(id, i);
		assert_string_equal(intern_bytes(&table, i, &length), text);
		assert_int_equal(length, strlen(text));
		assert_int_equal((uintptr_t)intern_bytes(&table, i, NULL) % 8, 0);
	}
	intern_table_deinit(&table);
}

static void find_adds_nothing(void **state)
{
	struct intern_table table = {0};
	uint32_t id = 42;

	(void)state;
	assert_false(intern_find(&table, "a", 1, &id));
	assert_success(intern_string(&table, "b", &id));
	id = 42;
	assert_false(intern_find(&table, "a", 1, &id));
	assert_false(intern_find(&table, "b", 2, &id));
	assert_int_equal(id, 42);
	assert_int_equal(table.entries.count, 1);
	intern_table_deinit(&table);
}

static void bytes_are_compared_whole(void **state)
{
	static const uint32_t stacks[][3] = {{1, 0, 2}, {1, 0, 3}, {0, 0, 0}};
	struct intern_table table = {0};
	uint32_t id;

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		assert_success(intern(&table, stacks[i], sizeof(stacks[i]), &id));
		assert_int_equal(id, i);
	}
	assert_success(intern(&table, stacks[2], 2 * sizeof(uint32_t), &id));
	assert_int_equal(id, 3);
	assert_memory_equal(intern_bytes(&table, 1, NULL), stacks[1], sizeof(stacks[1]));
	intern_table_deinit(&table);
}

/* Two entries whose hashes want the same slot of the first, 64 slots wide table. */
static void colliding_hashes_stay_apart(void **state)
{
	struct intern_table table = {0};
	uint64_t wanted = hash_bytes("first", 5) & 63;
	char text[16];
	uint32_t number = 0, id;

	(void)state;
	do
		snprintf(text, sizeof(text), "n%u", number++);
	while ((hash_bytes(text, strlen(text)) & 63) != wanted);
	assert_success(intern_string(&table, "first", &id));
	assert_success(intern_string(&table, text, &id));
	assert_int_equal(id, 1);
	assert_int_equal(table.slot_count, 64);
	assert_true(intern_find(&table, "first", 5, &id));
	assert_int_equal(id, 0);
	assert_true(intern_find(&table, text, strlen(text), &id));
	assert_int_equal(id, 1);
	intern_table_deinit(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(equal_bytes_get_the_same_number),
	        cmocka_unit_test(nothing_at_null_is_the_empty_entry),
	        cmocka_unit_test(a_hundred_thousand_entries_are_found_again),
	        cmocka_unit_test(find_adds_nothing),
	        cmocka_unit_test(bytes_are_compared_whole),
	        cmocka_unit_test(colliding_hashes_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
