#include "../base/test_support.h"

#include "call/order.h"

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct call_order));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	call_order_deinit(*state);
	free(*state);
	return 0;
}

static uint64_t put(struct call_order *order, const void *bytes, size_t length)
{
	uint64_t address = 77;

	assert_success(call_order_put(order, bytes, length, &address));
	return address;
}

static uint64_t put_pointer(struct call_order *order, uint64_t pointer)
{
	uint64_t address = 77;

	assert_success(call_order_put_pointer(order, pointer, &address));
	return address;
}

static uint64_t reserve(struct call_order *order, size_t length)
{
	uint64_t address = 77;

	assert_success(call_order_reserve(order, length, &address));
	return address;
}

static const uint8_t largest[ORDER_INPUTS_MAX];

static void what_is_put_lies_one_behind_the_other(void **state)
{
	struct call_order *order = *state;

	assert_int_equal(put(order, "prof.dump", 10), CALL_INPUT_BASE);
	assert_int_equal(put(order, "sixteen bytes ..", 16), CALL_INPUT_BASE + 16);
	assert_int_equal(put(order, "seventeen bytes ..", 17), CALL_INPUT_BASE + 32);
	assert_int_equal(put(order, "x", 1), CALL_INPUT_BASE + 64);
	assert_int_equal(order->inputs.count, 80);
	assert_memory_equal(order->inputs.items,
		"prof.dump\0\0\0\0\0\0\0sixteen bytes ..seventeen bytes .\0\0\0\0\0\0\0\0\0\0\0\0"
		"\0\0\0x\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
		80);
	assert_int_equal(order->output_length, 0);
	assert_int_equal(order->pointer_count, 0);
}

/* So may be what follows it. */
static void nothing_takes_no_room(void **state)
{
	struct call_order *order = *state;

	assert_int_equal(put(order, "", 0), CALL_INPUT_BASE);
	assert_int_equal(put(order, "a", 1), CALL_INPUT_BASE);
	assert_int_equal(put(order, "", 0), CALL_INPUT_BASE + 16);
	assert_int_equal(order->inputs.count, 16);
	assert_int_equal(reserve(order, 0), CALL_OUTPUT_BASE);
	assert_int_equal(order->output_length, 0);
}

static void pointers_are_words_that_are_known(void **state)
{
	struct call_order *order = *state;
	uint64_t text = put(order, "a text of more than sixteen bytes", 34), word;

	assert_int_equal(put_pointer(order, text), CALL_INPUT_BASE + 48);
	assert_int_equal(put(order, "x", 1), CALL_INPUT_BASE + 64);
	assert_int_equal(put_pointer(order, CALL_OUTPUT_BASE + 16), CALL_INPUT_BASE + 80);
	assert_int_equal(order->pointer_count, 2);
	assert_int_equal(order->pointers[0], 48);
	assert_int_equal(order->pointers[1], 80);
	memcpy(&word, order->inputs.items + 48, sizeof(word));
	assert_int_equal(word, text);
	memcpy(&word, order->inputs.items + 80, sizeof(word));
	assert_int_equal(word, CALL_OUTPUT_BASE + 16);
	const struct call_places places = {0x1000, 0x2000, 0x3000, 0x4000};
	assert_int_equal(call_resolve(text, &places), 0x1000);
	assert_int_equal(call_resolve(word, &places), 0x2010);
	assert_int_equal(call_resolve(CALL_SHARED_BASE + 8, &places), 0x3008);
	assert_int_equal(call_resolve(CALL_AGENT_WRITE, &places), 0x4000);
	assert_int_equal(call_resolve(0x7fff00001000, &places), 0x7fff00001000);
}

static void shared_bytes_are_copied(void **state)
{
	struct call_order *order = *state;
	uint64_t word = 7, first, second;

	assert_success(call_order_share(order, &word, sizeof(word), &first));
	assert_success(call_order_share(order, "abc", 4, &second));
	assert_int_equal(first, CALL_SHARED_BASE);
	assert_int_equal(second, CALL_SHARED_BASE + 16);
	assert_memory_equal(order->shared.items, &word, sizeof(word));
	assert_memory_equal(order->shared.items + 16, "abc\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	call_order_reset(order);
	assert_success(call_order_share(order, &word, sizeof(word), &first));
	assert_int_equal(first, CALL_SHARED_BASE);
}

static void outputs_lie_one_behind_the_other(void **state)
{
	struct call_order *order = *state;

	assert_int_equal(reserve(order, 8), CALL_OUTPUT_BASE);
	assert_int_equal(reserve(order, 16), CALL_OUTPUT_BASE + 16);
	assert_int_equal(reserve(order, 17), CALL_OUTPUT_BASE + 32);
	assert_int_equal(reserve(order, 1), CALL_OUTPUT_BASE + 64);
	assert_int_equal(order->output_length, 80);
	assert_int_equal(order->inputs.count, 0);
}

/* What is too large leaves everything as it was. */
static void assert_not_put(struct call_order *order, size_t length, const char *message)
{
	size_t count = order->inputs.count, pointer_count = order->pointer_count;
	uint64_t address = 77;

	assert_error(call_order_put(order, largest, length, &address), ERROR_FAILED, message, NULL);
	assert_int_equal(address, 77);
	assert_int_equal(order->inputs.count, count);
	assert_int_equal(order->pointer_count, pointer_count);
}

static void assert_not_reserved(struct call_order *order, size_t length, const char *message)
{
	size_t output_length = order->output_length;
	uint64_t address = 77;

	assert_error(call_order_reserve(order, length, &address), ERROR_FAILED, message, NULL);
	assert_int_equal(address, 77);
	assert_int_equal(order->output_length, output_length);
}

#define INPUTS_EXCEEDED  "arguments of 32769 bytes are too large for a call"
#define OUTPUTS_EXCEEDED "arguments of 4097 bytes are too large for a call"

static void inputs_may_be_as_long_as_the_limit(void **state)
{
	struct call_order *order = *state;

	assert_not_put(order, ORDER_INPUTS_MAX + 1, INPUTS_EXCEEDED);
	assert_not_put(order, SIZE_MAX,
		"arguments of 18446744073709551615 bytes are too large for "
		"a call");
	assert_int_equal(put(order, largest, ORDER_INPUTS_MAX), CALL_INPUT_BASE);
	assert_int_equal(order->inputs.count, ORDER_INPUTS_MAX);
	assert_not_put(order, 1, INPUTS_EXCEEDED);
}

static void the_last_input_may_end_at_the_limit(void **state)
{
	struct call_order *order = *state;

	put(order, largest, ORDER_INPUTS_MAX - 31); /* takes one byte less than 16 more */
	assert_int_equal(order->inputs.count, ORDER_INPUTS_MAX - 16);
	assert_not_put(order, 17, INPUTS_EXCEEDED);
	assert_int_equal(put(order, largest, 1), CALL_INPUT_BASE + ORDER_INPUTS_MAX - 16);
	assert_int_equal(order->inputs.count, ORDER_INPUTS_MAX);
	assert_not_put(order, 1, INPUTS_EXCEEDED);
	assert_int_equal(put(order, largest, 0), CALL_INPUT_BASE + ORDER_INPUTS_MAX);
}

static void a_pointer_that_does_not_fit_is_none(void **state)
{
	struct call_order *order = *state;
	uint64_t address = 77;

	put(order, largest, ORDER_INPUTS_MAX - 16);
	assert_int_equal(put_pointer(order, CALL_INPUT_BASE), CALL_INPUT_BASE + 0x7ff0);
	assert_error(call_order_put_pointer(order, CALL_INPUT_BASE, &address), ERROR_FAILED,
		"arguments of 32776 bytes are too large for a call", NULL);
	assert_int_equal(address, 77);
	assert_int_equal(order->pointer_count, 1);
	assert_int_equal(order->pointers[0], 0x7ff0);
}

static void outputs_may_be_as_long_as_the_limit(void **state)
{
	struct call_order *order = *state;

	assert_not_reserved(order, ORDER_OUTPUTS_MAX + 1, OUTPUTS_EXCEEDED);
	assert_not_reserved(order, SIZE_MAX,
		"arguments of 18446744073709551615 bytes are too large for a call");
	assert_int_equal(reserve(order, ORDER_OUTPUTS_MAX), CALL_OUTPUT_BASE);
	assert_int_equal(order->output_length, ORDER_OUTPUTS_MAX);
	assert_not_reserved(order, 1, OUTPUTS_EXCEEDED);
}

static void the_last_output_may_end_at_the_limit(void **state)
{
	struct call_order *order = *state;

	reserve(order, ORDER_OUTPUTS_MAX - 31);
	assert_int_equal(order->output_length, ORDER_OUTPUTS_MAX - 16);
	assert_not_reserved(order, 17, OUTPUTS_EXCEEDED);
	assert_int_equal(reserve(order, 16), CALL_OUTPUT_BASE + ORDER_OUTPUTS_MAX - 16);
	assert_not_reserved(order, 1, OUTPUTS_EXCEEDED);
}

/* The next order is made in the same storage, and shows nothing of this one. */
static void a_reset_order_is_as_new(void **state)
{
	struct call_order *order = *state;
	uint64_t text = put(order, "0123456789abcdef0123456789abcdef", 32);

	put_pointer(order, text);
	reserve(order, ORDER_OUTPUTS_MAX);
	order->items[0].number = 5;
	order->count = 1;
	call_order_reset(order);
	assert_int_equal(order->count, 0);
	assert_int_equal(order->inputs.count, 0);
	assert_int_equal(order->pointer_count, 0);
	assert_int_equal(order->output_length, 0);
	assert_int_equal(put(order, "abc", 3), CALL_INPUT_BASE);
	assert_memory_equal(order->inputs.items, "abc\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(put_pointer(order, 0x1234), CALL_INPUT_BASE + 16);
	assert_memory_equal(order->inputs.items + 16, "\x34\x12\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(order->pointer_count, 1);
	assert_int_equal(order->pointers[0], 16);
	assert_int_equal(reserve(order, 1), CALL_OUTPUT_BASE);
}

/* As long as makes the sum with what is there wrap around. */
static void no_length_wraps_around(void **state)
{
	struct call_order *order = *state;
	uint64_t address = 77;

	put(order, "x", 1);
	reserve(order, 1);
	for (size_t i = 0; i < 16; i++) {
		struct error *of_put = call_order_put(order, largest, SIZE_MAX - i, &address);
		struct error *of_reserve = call_order_reserve(order, SIZE_MAX - i, &address);

		assert_non_null(of_put);
		assert_non_null(of_reserve);
		error_destroy(of_put);
		error_destroy(of_reserve);
	}
	assert_int_equal(address, 77);
	assert_int_equal(order->inputs.count, 16);
	assert_int_equal(order->output_length, 16);
}

#define WITH_ORDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ORDER(what_is_put_lies_one_behind_the_other),
		WITH_ORDER(nothing_takes_no_room),
		WITH_ORDER(pointers_are_words_that_are_known),
		WITH_ORDER(shared_bytes_are_copied),
		WITH_ORDER(outputs_lie_one_behind_the_other),
		WITH_ORDER(inputs_may_be_as_long_as_the_limit),
		WITH_ORDER(the_last_input_may_end_at_the_limit),
		WITH_ORDER(a_pointer_that_does_not_fit_is_none),
		WITH_ORDER(outputs_may_be_as_long_as_the_limit),
		WITH_ORDER(the_last_output_may_end_at_the_limit),
		WITH_ORDER(no_length_wraps_around),
		WITH_ORDER(a_reset_order_is_as_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
