#include "../base/test_support.h"

#include <stdlib.h>

#include "push/queue.h"

/* size bytes, the first of which is the name. */
static struct push_item item(char name, size_t size)
{
	struct push_item made = {0};

	assert_success(u8_array_reserve(&made.bytes, size));
	made.bytes.count = size;
	made.bytes.items[0] = (uint8_t)name;
	return made;
}

static void add(struct push_queue *queue, char name, size_t size, uint64_t outside,
	uint64_t expected_dropped)
{
	struct push_item made = item(name, size);
	uint64_t dropped;

	assert_success(push_queue_add(queue, &made, outside, &dropped));
	assert_int_equal(dropped, expected_dropped);
}

static void assert_names(const struct push_queue *queue, const char *names)
{
	uint64_t bytes = 0;

	assert_int_equal(queue->items.count, strlen(names));
	for (size_t i = 0; i < queue->items.count; i++) {
		assert_int_equal(queue->items.items[i].bytes.items[0], names[i]);
		bytes += queue->items.items[i].bytes.count;
	}
	assert_int_equal(queue->bytes, bytes);
}

static void the_oldest_are_dropped(void **state)
{
	struct push_queue queue = {.max = 100};

	(void)state;
	add(&queue, 'a', 40, 0, 0);
	add(&queue, 'b', 40, 0, 0);
	add(&queue, 'c', 20, 0, 0);
	assert_names(&queue, "abc");
	add(&queue, 'd', 41, 0, 2);
	assert_names(&queue, "cd");
	add(&queue, 'e', 100, 0, 2);
	assert_names(&queue, "e");
	push_queue_deinit(&queue);
}

static void what_is_too_large_drops_nothing_else(void **state)
{
	struct push_queue queue = {.max = 100};

	(void)state;
	add(&queue, 'a', 40, 0, 0);
	add(&queue, 'b', 101, 0, 1);
	assert_names(&queue, "a");
	push_queue_deinit(&queue);
}

/* One that is on its way counts, too, and is not dropped. */
static void what_is_taken_out_counts(void **state)
{
	struct push_queue queue = {.max = 100};
	struct push_item taken;

	(void)state;
	add(&queue, 'a', 60, 0, 0);
	add(&queue, 'b', 30, 0, 0);
	taken = push_queue_take(&queue, 0);
	assert_int_equal(taken.bytes.items[0], 'a');
	add(&queue, 'c', 30, 60, 1);
	assert_names(&queue, "c");
	add(&queue, 'd', 90, 60, 1);
	assert_names(&queue, "d");
	assert_success(push_queue_put_back(&queue, &taken, 0));
	assert_names(&queue, "ad");
	push_queue_deinit(&queue);
}

static void each_goes_back_to_its_place(void **state)
{
	struct push_queue queue = {.max = 100};
	struct push_item taken;

	(void)state;
	add(&queue, 'a', 1, 0, 0);
	add(&queue, 'b', 1, 0, 0);
	add(&queue, 'c', 1, 0, 0);
	taken = push_queue_take(&queue, 1);
	assert_names(&queue, "ac");
	assert_success(push_queue_put_back(&queue, &taken, 1));
	assert_names(&queue, "abc");
	taken = push_queue_take(&queue, 2);
	assert_success(push_queue_put_back(&queue, &taken, 99));
	assert_names(&queue, "abc");
	push_queue_deinit(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_oldest_are_dropped),
		cmocka_unit_test(what_is_too_large_drops_nothing_else),
		cmocka_unit_test(what_is_taken_out_counts),
		cmocka_unit_test(each_goes_back_to_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
