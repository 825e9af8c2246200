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

static void fit(struct stack_wish *wish, struct stack_need *need, size_t needed, int times)
{
	for (int i = 0; i < times; i++)
		stack_wish_fit(wish, need, needed, true);
}

static void wishes_shrink_to_what_the_largest_of_many_needs(void **state)
{
	struct stack_wish wish = {.own = 64 * 1024};
	struct stack_need need = {0};

	(void)state;
	fit(&wish, &need, 100, STACK_WISH_STACKS - 1);
	assert_int_equal(wish.own, 64 * 1024);
	fit(&wish, &need, 5000, 1);
	assert_int_equal(wish.own, 7680);
	fit(&wish, &need, 5002, STACK_WISH_STACKS);
	assert_int_equal(wish.own, 7680);
	fit(&wish, &need, 1000, STACK_WISH_STACKS);
	assert_int_equal(wish.own, 1536);
	fit(&wish, &need, 8, STACK_WISH_STACKS);
	assert_int_equal(wish.own, STACK_WISH_LEAST);
}

static void one_stack_that_ends_early_keeps_a_wish(void **state)
{
	struct stack_wish wish = {.own = 64 * 1024};
	struct stack_need need = {0};

	(void)state;
	fit(&wish, &need, 100, STACK_WISH_STACKS - 1);
	stack_wish_fit(&wish, &need, 100, false);
	fit(&wish, &need, 100, STACK_WISH_STACKS - 1);
	stack_wish_fit(&wish, &need, (size_t)-100, true);
	fit(&wish, &need, 100, STACK_WISH_STACKS - 1);
	assert_int_equal(wish.own, 64 * 1024);
	fit(&wish, &need, 100, 1);
	assert_int_equal(wish.own, STACK_WISH_LEAST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_stacks_wish_for_no_more),
		cmocka_unit_test(wishes_grow_up_to_a_limit),
		cmocka_unit_test(a_stack_that_was_missing_is_wished_for_once),
		cmocka_unit_test(a_stack_that_is_elsewhere_now_is_followed),
		cmocka_unit_test(wishes_shrink_to_what_the_largest_of_many_needs),
		cmocka_unit_test(one_stack_that_ends_early_keeps_a_wish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
