#include "../base/test_support.h"

#include <stdlib.h>

#include "push/message.h"

static const struct push_label labels[] = {{"env", "a b"}, {"empty", ""}};

static const struct push_order profile_order = {.kind = PUSH_ORDER_PROFILE,
	.profile = {.file = 7,
		.kind = "memory",
		.service = "x",
		.start = 1,
		.end = UINT64_MAX,
		.rate = 99,
		.labels = labels,
		.label_count = 2}};

static void orders_come_through(void **state)
{
	struct push_order order, token = {.kind = PUSH_ORDER_TOKEN, .token = "secret"};
	STRING_BUILDER(text);

	(void)state;
	push_order_write(&profile_order, &text);
	assert_true(push_order_read(text.text, text.length, &order));
	assert_int_equal(order.kind, PUSH_ORDER_PROFILE);
	assert_string_equal(order.profile.kind, "memory");
	assert_string_equal(order.profile.service, "x");
	assert_int_equal(order.profile.start, 1);
	assert_true(order.profile.end == UINT64_MAX);
	assert_int_equal(order.profile.rate, 99);
	assert_int_equal(order.profile.file, -1);
	assert_int_equal(order.profile.label_count, 2);
	assert_string_equal(order.profile.labels[0].key, "env");
	assert_string_equal(order.profile.labels[0].value, "a b");
	assert_string_equal(order.profile.labels[1].value, "");
	string_builder_deinit(&text);

	push_order_write(&token, &text);
	assert_true(push_order_read(text.text, text.length, &order));
	assert_string_equal(order.token, "secret");
}

static void no_part_of_an_order_is_one(void **state)
{
	struct push_order order;
	STRING_BUILDER(text);

	(void)state;
	push_order_write(&profile_order, &text);
	for (size_t length = 0; length < text.length; length++)
		assert_false(push_order_read(text.text, length, &order));
	string_append_char(&text, 'x');
	assert_false(push_order_read(text.text, text.length, &order));
	assert_false(push_order_read("?", 1, &order));
}

static void notes_come_through(void **state)
{
	const struct push_note note = {.wants_token = true,
		.received = 1,
		.counts = {2, 3, 4, 5, 6, 7, UINT64_MAX},
		.problem = "503 Service Unavailable"};
	unsigned char bytes[PUSH_NOTE_MAX];
	struct push_note got;
	size_t length = push_note_write(&note, bytes);

	(void)state;
	assert_true(push_note_read(bytes, length, &got));
	assert_true(got.wants_token);
	assert_int_equal(got.received, 1);
	assert_int_equal(got.counts.sent, 2);
	assert_int_equal(got.counts.bytes, 3);
	assert_int_equal(got.counts.retries, 4);
	assert_int_equal(got.counts.refused, 5);
	assert_int_equal(got.counts.dropped, 6);
	assert_int_equal(got.counts.waiting, 7);
	assert_true(got.counts.waiting_bytes == UINT64_MAX);
	assert_string_equal(got.problem, "503 Service Unavailable");
	assert_false(push_note_read(bytes, 64, &got));
	bytes[0] = 2;
	assert_false(push_note_read(bytes, length, &got));
}

/* The process may have been taken over by what it read. */
static void a_problem_is_printable_and_bounded(void **state)
{
	unsigned char bytes[PUSH_NOTE_MAX];
	struct push_note got;

	(void)state;
	memset(bytes, 0x1b, sizeof(bytes));
	bytes[0] = 0;
	assert_true(push_note_read(bytes, sizeof(bytes), &got));
	for (const char *at = got.problem; *at; at++)
		assert_int_equal(*at, ' ');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_come_through),
		cmocka_unit_test(no_part_of_an_order_is_one),
		cmocka_unit_test(notes_come_through),
		cmocka_unit_test(a_problem_is_printable_and_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
