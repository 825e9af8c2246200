#include "../base/test_support.h"

#include <stdlib.h>
#include <unistd.h>

#include "target/tracer_stop.h"

/* The stacks are arrays of this process, which reads its own memory. */

#define WORDS 32
#define KNOWN (OTHER_STACKS - 1)

static struct tracer_shared *shared;
static struct tracer_item *item;

static int set_up(void **state)
{
	(void)state;
	shared = calloc(1, sizeof(*shared));
	if (!shared)
		return -1;
	item = &shared->items[0];
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(shared);
	return 0;
}

static uint64_t address_of(const uint64_t *word)
{
	return (uint64_t)(uintptr_t)word;
}

/* As if the thread's own stack had been copied already. */
static void copy_others(
	const uint64_t own[static WORDS], const uint64_t *frame_pointer, uint64_t known)
{
	struct registers registers = {0};

	registers.values[REGISTER_RBP] = address_of(frame_pointer);
	*item = (struct tracer_item){
		.thread = getpid(),
		.wish.own = WORDS * sizeof(*own),
		.wish.other = 2 * CAPTURE_OTHER_BELOW,
		.wish.other_address = known,
		.stack_address = address_of(own),
		.stack_length = WORDS * sizeof(*own),
	};
	memcpy(shared->arena, own, item->stack_length);
	shared->items[0] = *item;
	stop_copy_other_stacks(shared, item, &registers);
}

static const uint8_t *copied(size_t number)
{
	return shared->arena + arena_other(&shared->items[0], number);
}

static void frame_pointers_that_stay_lead_nowhere(void **state)
{
	uint64_t own[WORDS] = {0};

	(void)state;
	own[4] = address_of(own + 10);
	copy_others(own, own + 4, 0);
	assert_int_equal(item->other_lengths[0] + item->other_lengths[KNOWN], 0);
	/* Back, to itself, and not aligned. */
	own[10] = address_of(own + 4);
	copy_others(own, own + 4, 0);
	assert_int_equal(item->other_lengths[0], 0);
	own[10] = address_of(own + 10);
	copy_others(own, own + 4, 0);
	assert_int_equal(item->other_lengths[0], 0);
	own[10] = address_of(own) + 4000001;
	copy_others(own, own + 4, 0);
	assert_int_equal(item->other_lengths[0], 0);
	copy_others(own, NULL, 0);
	assert_int_equal(item->other_lengths[0], 0);
}

static void they_are_followed_over_two_stacks(void **state)
{
	uint64_t own[WORDS] = {0};
	/* What is copied goes from below the pair to as far above it. */
	uint64_t *others = calloc(3, 4 * CAPTURE_OTHER_BELOW);
	uint64_t *first = others + CAPTURE_OTHER_BELOW / sizeof(*others);
	uint64_t *second = first + 4 * CAPTURE_OTHER_BELOW / sizeof(*others);

	(void)state;
	assert_non_null(others);
	own[4] = address_of(own + 10);
	own[10] = address_of(first);
	first[0] = address_of(first + 6);
	first[1] = 0x1111;
	first[6] = address_of(second);
	second[1] = 0x2222;
	copy_others(own, own + 4, address_of(own + 8));
	for (size_t i = 0; i < KNOWN; i++) {
		const uint64_t *pair = i ? second : first;

		assert_int_equal(item->other_addresses[i], address_of(pair) - CAPTURE_OTHER_BELOW);
		assert_int_equal(item->other_lengths[i], 2 * CAPTURE_OTHER_BELOW);
		assert_memory_equal(copied(i) + CAPTURE_OTHER_BELOW, pair, 2 * sizeof(*pair));
	}
	assert_int_equal(item->other_addresses[KNOWN], address_of(own + 8));
	assert_memory_equal(copied(KNOWN), own + 8, 3 * sizeof(*own));
	/* The frame pointer itself may be there already. */
	copy_others(own, first, 0);
	assert_int_equal(item->other_addresses[0], address_of(first) - CAPTURE_OTHER_BELOW);
	assert_int_equal(item->other_lengths[KNOWN], 0);
	free(others);
}

static void what_cannot_be_read_is_left_out(void **state)
{
	uint64_t own[WORDS] = {0};

	(void)state;
	copy_others(own, (const uint64_t *)16, 32);
	for (size_t i = 0; i < OTHER_STACKS; i++)
		assert_int_equal(item->other_lengths[i], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frame_pointers_that_stay_lead_nowhere),
		TEST(they_are_followed_over_two_stacks),
		TEST(what_cannot_be_read_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
