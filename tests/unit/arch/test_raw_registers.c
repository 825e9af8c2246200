#include "../base/test_support.h"

#include <errno.h>
#include <sys/syscall.h>

#include "arch/raw_registers.h"

#define RIP 0x401002ULL
#define TWO 2 /* bytes of the system call instruction */

static struct raw_registers found(int64_t rax, int64_t orig_rax)
{
	struct raw_registers raw = {{
		.r15 = 15,
		.rcx = RIP,
		.rax = (uint64_t)rax,
		.orig_rax = (uint64_t)orig_rax,
		.rip = RIP,
		.rsp = 0x7000,
		.cs = 0x33,
		.eflags = 0x246,
	}};

	return raw;
}

static void registers_are_put_in_dwarf_order(void **state)
{
	const struct raw_registers raw = {{.rax = 100,
		.rdx = 101,
		.rcx = 102,
		.rbx = 103,
		.rsi = 104,
		.rdi = 105,
		.rbp = 106,
		.rsp = 107,
		.r8 = 108,
		.r9 = 109,
		.r10 = 110,
		.r11 = 111,
		.r12 = 112,
		.r13 = 113,
		.r14 = 114,
		.r15 = 115,
		.rip = 116,
		.orig_rax = 999,
		.cs = 0x33}};
	struct registers registers;

	(void)state;
	assert_true(registers_from_raw(&raw, &registers));
	for (uint64_t i = 0; i < REGISTER_COUNT; i++)
		assert_int_equal(registers.values[i], 100 + i);
	assert_int_equal(registers_sp(&registers), 107);
	assert_int_equal(registers_pc(&registers), 116);
}

/* Only the low 16 bits are the selector. */
static void threads_in_32_bit_mode_are_told(void **state)
{
	static const struct {
		uint64_t cs;
		bool is_64_bit;
	} cases[] = {{0x33, true}, {0xabcd0033, true}, {0x23, false}, {0, false}, {0x10033, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct raw_registers raw = found(0, 0);
		struct registers registers = {{0}};

		raw.user.cs = cases[i].cs;
		assert_int_equal(registers_from_raw(&raw, &registers), cases[i].is_64_bit);
		assert_int_equal(registers_pc(&registers), cases[i].is_64_bit ? RIP : 0);
	}
}

struct restart {
	int64_t rax;
	bool by_kernel; /* a tracer that changes nothing need do nothing */
	bool has_note;  /* of the time left: restart_syscall(2) */
};

static const struct restart restarts[] = {
	{-512, true, false},   /* ERESTARTSYS */
	{-513, true, false},   /* ERESTARTNOINTR */
	{-514, true, false},   /* ERESTARTNOHAND */
	{-516, true, true},    /* ERESTART_RESTARTBLOCK */
	{-EINTR, false, false} /* the program would see it */
};

static void assert_same_but(
	const struct raw_registers *is, const struct raw_registers *was, uint64_t rax)
{
	struct raw_registers expected = *was;

	expected.user.rax = rax;
	expected.user.rip = RIP - TWO;
	expected.user.orig_rax = UINT64_MAX;
	assert_memory_equal(is, &expected, sizeof(expected));
}

static void every_restart_code_is_entered_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(restarts) / sizeof(restarts[0]); i++) {
		const struct restart *restart = &restarts[i];
		const struct raw_registers raw = found(restart->rax, SYS_poll);
		struct raw_registers again = raw;

		assert_int_equal(raw_interrupted_system_call(&raw), SYS_poll);
		assert_int_equal(raw_restarts_by_itself(&raw), restart->by_kernel);
		raw_reenter_system_call(&again, SYS_poll);
		assert_same_but(&again, &raw, SYS_poll);
	}
}

/* What was restarted before is found as number 219; its arguments are those of the first one. */
static void a_restarted_call_starts_over_by_its_first_number(void **state)
{
	const struct raw_registers raw = found(-516, SYS_restart_syscall);
	struct raw_registers again = raw;

	(void)state;
	assert_int_equal(raw_interrupted_system_call(&raw), SYS_restart_syscall);
	raw_reenter_system_call(&again, SYS_nanosleep);
	assert_same_but(&again, &raw, SYS_nanosleep);
}

/* Number 0, read, is a number like any other. */
static void read_is_entered_again(void **state)
{
	const struct raw_registers raw = found(-512, SYS_read);
	struct raw_registers again = raw;

	(void)state;
	assert_int_equal(raw_interrupted_system_call(&raw), SYS_read);
	raw_reenter_system_call(&again, SYS_read);
	assert_same_but(&again, &raw, SYS_read);
}

static void what_was_not_interrupted_is_left_alone(void **state)
{
	static const struct {
		int64_t rax, orig_rax;
	} cases[] = {
		{-512, -1},            /* not in a system call */
		{-EINTR, -1},          /* the same */
		{0, SYS_poll},         /* has returned */
		{5, SYS_read},         /* the same */
		{-EAGAIN, SYS_poll},   /* has failed */
		{-515, SYS_poll},      /* ENOIOCTLCMD: no restart code */
		{-517, SYS_poll},      /* EPROBE_DEFER: nor this */
		{-511, SYS_poll},      /* below them */
		{EINTR, SYS_poll},     /* a count */
		{512, SYS_poll},       /* a count */
		{0xfffffe00, SYS_poll} /* a count, and not -512 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct raw_registers raw = found(cases[i].rax, cases[i].orig_rax);
		struct raw_registers again = raw;

		assert_int_equal(raw_interrupted_system_call(&raw), -1);
		assert_false(raw_restarts_by_itself(&raw));
		raw_reenter_system_call(&again, SYS_poll);
		assert_memory_equal(&again, &raw, sizeof(raw));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_are_put_in_dwarf_order),
		cmocka_unit_test(threads_in_32_bit_mode_are_told),
		cmocka_unit_test(every_restart_code_is_entered_again),
		cmocka_unit_test(a_restarted_call_starts_over_by_its_first_number),
		cmocka_unit_test(read_is_entered_again),
		cmocka_unit_test(what_was_not_interrupted_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
