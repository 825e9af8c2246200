#include "../base/test_support.h"

#include "arch/registers.h"

static void a_sleeper_shows_what_its_call_was_given(void **state)
{
	const uint64_t arguments[6] = {1, 2, 3, 4, 5, 6};
	struct registers registers;
	uint32_t unknown = registers_of_sleeper(0x1000, 0x7000, arguments, &registers);

	(void)state;
	assert_int_equal(registers_pc(&registers), 0x1000);
	assert_int_equal(registers_sp(&registers), 0x7000);
	assert_int_equal(registers.values[REGISTER_RDI], 1);
	assert_int_equal(registers.values[REGISTER_RSI], 2);
	assert_int_equal(registers.values[REGISTER_RDX], 3);
	assert_int_equal(registers.values[REGISTER_R8 + 2], 4);
	assert_int_equal(registers.values[REGISTER_R8], 5);
	assert_int_equal(registers.values[REGISTER_R8 + 1], 6);
	/* rax, rcx, rbx, rbp, r11 to r15 */
	assert_int_equal(unknown, 0xf84d);
}

static void outside_of_a_call_there_are_no_arguments(void **state)
{
	struct registers registers;
	uint32_t unknown = registers_of_sleeper(0x1000, 0x7000, NULL, &registers);

	(void)state;
	assert_int_equal(registers_pc(&registers), 0x1000);
	assert_int_equal(registers_sp(&registers), 0x7000);
	assert_int_equal(unknown, 0xff7f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleeper_shows_what_its_call_was_given),
		cmocka_unit_test(outside_of_a_call_there_are_no_arguments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
