#include "../base/test_support.h"

#include "collect/stack_wish.h"

static void whole_stacks_wish_for_no_more(void **state)
{
	struct stack_wish wish = STACK_WISH_FIRST;
	struct unwind_result unwound = {.end = UNWIND_COMPLETE};

	(void)state;
	assert_false(stack_wish_more(&wish, &unwound));
	unwound.end = UNWIND_BAD_FRAME;
	assert_false(stack_wish_more(&wish, &unwound));
	assert_int_equal(wish.own, STACK_WISH_FIRST.own);
	assert_int_equal(wish.other, 0);
}

static void wishes_grow_up_to_a_limit(void **state)
{
	struct stack_wish wish = STACK_WISH_FIRST;
	struct unwind_result unwound = {.end = UNWIND_STACK_TOO_SHORT};
	int times = 0;

	(void)state;
	assert_true(stack_wish_more(&wish, &unwound));
	assert_int_equal(wish.own, 2 * STACK_WISH_FIRST.own);
	while (stack_wish_more(&wish, &unwound))
		assert_in_range(++times, 1, 20);
	assert_int_equal(wish.own, CAPTURE_STACK_MAX);
	assert_int_equal(wish.other, 0);
	unwound.on_other_stack = true;
	assert_true(stack_wish_more(&wish, &unwound));
	assert_int_equal(wish.other, STACK_WISH_OTHER);
	while (stack_wish_more(&wish, &unwound))
		assert_in_range(++times, 1, 20);
	assert_int_equal(wish.other, CAPTURE_OTHER_MAX);
}

static void a_stack_that_was_missing_is_wished_for_once(void **state)
{
	struct stack_wish wish = STACK_WISH_FIRST;
	struct unwind_result unwound = {
		.end = UNWIND_OTHER_STACK, .on_other_stack = true, .missing = 0xc000001000};

	(void)state;
	assert_true(stack_wish_more(&wish, &unwound));
	assert_int_equal(wish.own, STACK_WISH_FIRST.own);
	assert_int_equal(wish.other, STACK_WISH_OTHER);
	assert_int_equal(wish.other_address, 0xc000001000 - CAPTURE_OTHER_BELOW);
	assert_false(stack_wish_more(&wish, &unwound));
	unwound.missing = 0xc000005000;
	assert_true(stack_wish_more(&wish, &unwound));
	assert_int_equal(wish.other_address, 0xc000005000 - CAPTURE_OTHER_BELOW);
	assert_int_equal(wish.other, STACK_WISH_OTHER);
}

/* What was read lies near it, but is another stack or another part: also where it grows no more. */
static void a_stack_that_is_elsewhere_now_is_followed(void **state)
{
	struct stack_wish wish = {.other = CAPTURE_OTHER_MAX, .other_address = 0xc000001000};
	struct unwind_result unwound = {
		.end = UNWIND_STACK_TOO_SHORT, .on_other_stack = true, .missing = 0xc000090000};

	(void)state;
	assert_true(stack_wish_more(&wish, &unwound));
	assert_int_equal(wish.other_address, 0xc000090000 - CAPTURE_OTHER_BELOW);
	assert_int_equal(wish.other, CAPTURE_OTHER_MAX);
	assert_false(stack_wish_more(&wish, &unwound));
	wish.other = STACK_WISH_OTHER;
	unwound.missing += STACK_WISH_OTHER;
	assert_true(stack_wish_more(&wish, &unwound));
	assert_int_equal(wish.other_address, 0xc000090000 - CAPTURE_OTHER_BELOW);
	assert_int_equal(wish.other, 2 * STACK_WISH_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_stacks_wish_for_no_more),
		cmocka_unit_test(wishes_grow_up_to_a_limit),
		cmocka_unit_test(a_stack_that_was_missing_is_wished_for_once),
		cmocka_unit_test(a_stack_that_is_elsewhere_now_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
