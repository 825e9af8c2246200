#include "../base/test_support.h"

#include "arch/call_frame.h"
#include "arch/call_gadgets.h"

#define BASE 0x7f0000000000ULL

static struct call_gadgets search(const void *code, size_t length)
{
	struct call_gadgets gadgets = {0};

	call_gadgets_search(code, length, BASE, &gadgets);
	return gadgets;
}

#define SEARCH(text) search(text, sizeof(text) - 1)

static void plain_ones_are_found_wherever_they_are(void **state)
{
	(void)state;
	assert_int_equal(SEARCH("\x90\x0f\x05\xc3").system_call, BASE + 1);
	assert_int_equal(SEARCH("\x0f\x05\x0f\x05\xc3").system_call, BASE + 2);
	assert_int_equal(SEARCH("\x0f\x05").system_call, 0);
	assert_int_equal(SEARCH("\x0f\x05\x90\xc3").system_call, 0);
	assert_int_equal(
		SEARCH("\x90\x90\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05").signal_return, BASE + 2);
	assert_int_equal(SEARCH("\x48\xc7\xc0\x0f\x00\x00\x00\x0f").signal_return, 0);
	assert_int_equal(SEARCH("").system_call, 0);
}

static void what_was_found_is_kept(void **state)
{
	struct call_gadgets gadgets = {.system_call = 5};

	(void)state;
	call_gadgets_search("\x0f\x05\xc3", 3, BASE, &gadgets);
	assert_int_equal(gadgets.system_call, 5);
}

static void a_store_may_be_followed_by_an_epilogue(void **state)
{
	static const struct {
		const char *code;
		size_t length;
		unsigned base;
		int64_t displacement;
		size_t skip;
	} cases[] = {
		{"\x48\x89\x03\xc3", 4, CALL_REGISTER_RBX, 0, 0},
		{"\x48\x89\x03\x5b\xc3", 5, CALL_REGISTER_RBX, 0, 8},
		{"\x48\x89\x43\xf8\x48\x83\xc4\x18\x5b\x5d\xc3", 11, CALL_REGISTER_RBX, -8, 40},
		{"\x48\x89\x45\x10\x5d\xc3", 6, CALL_REGISTER_RBP, 16, 8},
		{"\x49\x89\x04\x24\x41\x5c\xc3", 7, CALL_REGISTER_R12, 0, 8},
		{"\x49\x89\x45\x00\xc3", 5, CALL_REGISTER_R13, 0, 0},
		{"\x49\x89\x06\x41\x5e\x41\x5f\xc3", 8, CALL_REGISTER_R14, 0, 16},
		{"\x49\x89\x47\x08\xc3", 5, CALL_REGISTER_R15, 8, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct call_gadgets gadgets = search(cases[i].code, cases[i].length);

		assert_int_equal(gadgets.store, BASE);
		assert_int_equal(gadgets.store_base, cases[i].base);
		assert_int_equal(gadgets.store_displacement, cases[i].displacement);
		assert_int_equal(gadgets.store_skip, cases[i].skip);
	}
}

static void other_stores_are_none(void **state)
{
	(void)state;
	assert_int_equal(SEARCH("\x48\x89\x03\x90\xc3").store, 0);             /* goes on */
	assert_int_equal(SEARCH("\x48\x89\x03\x5c\xc3").store, 0);             /* pops rsp */
	assert_int_equal(SEARCH("\x48\x89\x03\x48\x83\xc4\x07\xc3").store, 0); /* misaligns it */
	assert_int_equal(SEARCH("\x48\x89\x03\x48\x83\xc4\xf8\xc3").store, 0); /* moves it down */
	assert_int_equal(SEARCH("\x48\x89\x07\xc3").store, 0);                 /* to (%rdi) */
	assert_int_equal(SEARCH("\x48\x89\x43").store, 0);                     /* is cut off */
	assert_int_equal(SEARCH("\x48\x89\x03\x5b").store, 0);
	assert_int_equal(SEARCH("\x48\x89\x03\x48\x83\xc4").store, 0);
	assert_int_equal(SEARCH("\x48\x89\x03\x41").store, 0);
}

static void a_thread_ends_in_a_loop(void **state)
{
	(void)state;
	assert_int_equal(SEARCH("\x31\xff\x89\xd0\x0f\x05\xeb\xf8").thread_exit, BASE + 4);
	assert_int_equal(SEARCH("\x31\xff\x44\x89\xe0\x0f\x05\xeb\xf7").thread_exit, BASE + 5);
	assert_int_equal(
		SEARCH("\x31\xff\xb8\x3c\x00\x00\x00\x0f\x05\xeb\xf5").thread_exit, BASE + 7);
	assert_int_equal(
		SEARCH("\xb8\x3c\x00\x00\x00\x31\xff\x0f\x05\xeb\xf5").thread_exit, BASE + 7);
	assert_int_equal(SEARCH("\x89\xe8\x31\xff\x0f\x05\xeb\xf8").thread_exit, BASE + 4);
	assert_int_equal(SEARCH("\x89\xd8\x0f\x05\xeb\xfa").thread_exit, BASE + 2);
	assert_int_equal(SEARCH("\x48\x89\xd0\x0f\x05\xeb\xf9").thread_exit, BASE + 3);
	assert_int_equal(SEARCH("\x4c\x89\xf8\x0f\x05\xeb\xf9").thread_exit, BASE + 3);
}

static void other_loops_are_none(void **state)
{
	(void)state;
	assert_int_equal(SEARCH("\x31\xff\x0f\x05\xeb\xfa").thread_exit, 0); /* no number */
	assert_int_equal(SEARCH("\x89\xc8\x0f\x05\xeb\xfa").thread_exit, 0); /* rcx is destroyed */
	assert_int_equal(
		SEARCH("\x89\xf0\x0f\x05\xeb\xfa").thread_exit, 0); /* rsi is an argument */
	assert_int_equal(SEARCH("\x48\x89\xf0\x0f\x05\xeb\xf9").thread_exit, 0);
	assert_int_equal(
		SEARCH("\xb8\xe7\x00\x00\x00\x0f\x05\xeb\xf7").thread_exit, 0); /* exit_group */
	assert_int_equal(SEARCH("\x89\xd0\x0f\x05\xeb\x02\x90\x90").thread_exit, 0); /* forward */
	assert_int_equal(SEARCH("\x89\xd0\x0f\x05\xeb\xf0").thread_exit, 0); /* before the code */
	assert_int_equal(
		SEARCH("\x89\xd0\x0f\x05\xeb\xfc").thread_exit, 0); /* at the call itself */
	assert_int_equal(
		SEARCH("\x89\xd0\x90\x0f\x05\xeb\xf9").thread_exit, 0); /* something else */
	assert_int_equal(SEARCH("\x89\xd0\x0f\x05\xeb").thread_exit, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_ones_are_found_wherever_they_are),
		cmocka_unit_test(what_was_found_is_kept),
		cmocka_unit_test(a_store_may_be_followed_by_an_epilogue),
		cmocka_unit_test(other_stores_are_none),
		cmocka_unit_test(a_thread_ends_in_a_loop),
		cmocka_unit_test(other_loops_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
