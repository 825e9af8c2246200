#include "../base/test_support.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "arch/call_plan.h"

/* Layouts; that they work is tried in test_call_stub.c and test_call_frame.c. */

#define AREA 0x10000000ULL

static struct call_situation found_in(int64_t number, int64_t rax)
{
	struct call_situation situation = {
		.found.user = {.r15 = 1,
			.r14 = 2,
			.r13 = 3,
			.r12 = 4,
			.rbp = 5,
			.rbx = 6,
			.r11 = 7,
			.r10 = 8,
			.r9 = 9,
			.r8 = 10,
			.rax = (uint64_t)rax,
			.rcx = 12,
			.rdx = 13,
			.rsi = 14,
			.rdi = 15,
			.orig_rax = (uint64_t)number,
			.rip = 0x401234,
			.cs = 0x33,
			.eflags = 0x646,
			.rsp = 0x7fffffffe018,
			.ss = 0x2b,
			.fs_base = 0x7000,
			.gs_base = 0x8000},
		.signal_mask = 0x1234,
		.caught_signals = 0x5678,
		.original_system_call = number,
	};

	return situation;
}

static void signals_of_faults_and_of_setuid_stay_open(void **state)
{
	static const int open[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, 33};
	uint64_t expected = UINT64_MAX;

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		expected &= ~(1ULL << (open[i] - 1));
	assert_int_equal(call_blocked_signals(), expected);
	assert_true(call_blocked_signals() >> (32 - 1) & 1); /* pthread_cancel() */
}

static uint64_t word_at(const struct call_block *block, size_t offset)
{
	uint64_t word;

	memcpy(&word, (const char *)block + offset, sizeof(word));
	return word;
}

/* By the offsets that the assembly knows. */
static void the_block_says_where_the_thread_goes_back_to(void **state)
{
	const struct call_situation situation = found_in(SYS_poll, -514);
	static const uint64_t registers[15] = {
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, SYS_poll};
	struct call_block block = {.state = CALL_STATE_LEFT, .count = 3};
	struct raw_registers raw;

	(void)state;
	call_plan_stub(&situation, AREA, 0xe000, &block, &raw);
	for (size_t i = 0; i < 15; i++)
		assert_int_equal(word_at(&block, i * 8), registers[i]);
	assert_int_equal(word_at(&block, 120), 0x401232);
	assert_int_equal(word_at(&block, 128), 0x7fffffffe018);
	assert_int_equal(word_at(&block, 136), 0x646);
	assert_int_equal(word_at(&block, 144), 0x1234);
	assert_int_equal(word_at(&block, 152), AREA + CALL_AREA_EXTENDED_STATE);
	assert_int_equal(word_at(&block, 160), 0x1f80);
	assert_int_equal(word_at(&block, 168), call_blocked_signals() | 0x1234);
	assert_int_equal(word_at(&block, 176), 0xe000);
	assert_int_equal(word_at(&block, 184), 0x5678);
	assert_int_equal(word_at(&block, 192), CALL_INTERRUPTION_ALWAYS);
	assert_int_equal(word_at(&block, 200), 0x401234);
	assert_int_equal(block.state, CALL_STATE_IDLE);
	assert_int_equal(block.count, 3);
}

/* The kernel must see no system call to restart there. */
static void the_thread_is_sent_to_the_stub(void **state)
{
	const struct call_situation situation = found_in(SYS_poll, -514);
	struct raw_registers raw, expected = situation.found;
	struct call_block block = {0};
	uint64_t length, entry;

	(void)state;
	assert_non_null(call_stub_code(&length, &entry));
	call_plan_stub(&situation, AREA, 0, &block, &raw);
	expected.user.rip = AREA + CALL_AREA_CODE + entry;
	expected.user.rsp = AREA + CALL_AREA_STACK_TOP;
	expected.user.orig_rax = UINT64_MAX;
	expected.user.rax = 0;
	assert_memory_equal(&raw, &expected, sizeof(raw));
}

static void what_a_signal_would_have_done_depends_on_the_restart_code(void **state)
{
	static const struct {
		int64_t number, rax;
		enum call_interruption expected;
	} cases[] = {
		{-1, 5, CALL_INTERRUPTION_NONE},
		{-1, -512, CALL_INTERRUPTION_NONE},
		{SYS_poll, 1, CALL_INTERRUPTION_NONE},
		{SYS_read, -512, CALL_INTERRUPTION_UNLESS_RESTART},
		{SYS_read, -513, CALL_INTERRUPTION_NONE},
		{SYS_read, -514, CALL_INTERRUPTION_ALWAYS},
		{SYS_read, -516, CALL_INTERRUPTION_ALWAYS},
		{SYS_read, -4, CALL_INTERRUPTION_ALWAYS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct call_situation situation = found_in(cases[i].number, cases[i].rax);
		struct call_block block = {0};
		struct raw_registers raw;

		call_plan_stub(&situation, AREA, 0, &block, &raw);
		assert_int_equal(block.may_interrupt, cases[i].expected);
	}
}

static void the_areas_parts_do_not_overlap(void **state)
{
	uint64_t length, entry;

	(void)state;
	call_stub_code(&length, &entry);
	assert_true(CALL_AREA_CODE + length <= CALL_AREA_BLOCK);
	assert_true(CALL_AREA_BLOCK + sizeof(struct call_block) <= CALL_AREA_EXTENDED_STATE);
	assert_int_equal(CALL_AREA_EXTENDED_STATE + CALL_AREA_EXTENDED_SIZE, CALL_AREA_ARGUMENTS);
	assert_true(CALL_AREA_ARGUMENTS + CALL_AREA_ARGUMENTS_SIZE < CALL_AREA_STACK_TOP);
	assert_int_equal(CALL_AREA_EXTENDED_STATE % 64, 0);
	assert_int_equal(CALL_AREA_STACK_TOP % 16, 0);
	assert_true(CALL_AREA_STACK_TOP <= CALL_AREA_SIZE);
}

/* An XSAVE area that holds x87, SSE and AVX, whose place is the same on all machines. */
#define AVX_END 832

static void make_extended(uint8_t *extended, size_t length, uint64_t features)
{
	const uint64_t enabled = 0x602e7;

	for (size_t i = 0; i < length; i++)
		extended[i] = (uint8_t)(i * 13);
	memset(extended + 512, 0, 64);
	memcpy(extended + 512, &features, sizeof(features));
	memcpy(extended + 464, &enabled, sizeof(enabled));
}

static uint32_t u32_at(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint64_t u64_at(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static const struct call_gadgets gadgets = {0x4000, 0x5000};
static const uint64_t arguments[6] = {21, 22, 23, 24, 25, 26};
static struct call_frame frame;
static uint8_t extended[XSAVE_SIZE_MAX];

static struct raw_registers plan(
	const struct call_situation *situation, size_t length, uint64_t features)
{
	struct raw_registers raw;

	make_extended(extended, length, features);
	call_plan_system_call(
		situation, &gadgets, SYS_mmap, arguments, extended, length, &frame, &raw);
	return raw;
}

static void the_thread_is_sent_into_a_system_call(void **state)
{
	const struct call_situation situation = found_in(SYS_read, -512);
	struct raw_registers raw = plan(&situation, AVX_END, 7), expected = situation.found;

	(void)state;
	expected.user.rip = gadgets.system_call;
	expected.user.rsp = frame.address;
	expected.user.rax = SYS_mmap;
	expected.user.orig_rax = UINT64_MAX;
	expected.user.rdi = 21;
	expected.user.rsi = 22;
	expected.user.rdx = 23;
	expected.user.r10 = 24;
	expected.user.r8 = 25;
	expected.user.r9 = 26;
	expected.user.eflags = 0x246; /* no direction flag */
	assert_memory_equal(&raw, &expected, sizeof(raw));
}

static void the_frame_is_one_of_a_signal(void **state)
{
	const struct call_situation situation = found_in(SYS_read, -512);
	/* r8 to r15, rdi rsi rbp rbx rdx rax rcx rsp rip and the flags */
	static const uint64_t registers[18] = {10, 9, 8, 7, 4, 3, 2, 1, 15, 14, 5, 6, 13, SYS_read,
		12, 0x7fffffffe018, 0x401232, 0x646};

	(void)state;
	plan(&situation, AVX_END, 7);
	assert_int_equal(u64_at(frame.bytes), gadgets.signal_return);
	const uint8_t *context = frame.bytes + 8;
	assert_int_equal(u64_at(context), 7);         /* flags */
	assert_int_equal(u64_at(context + 3 * 8), 7); /* of the alternate stack: not valid */
	for (size_t i = 0; i < 18; i++)
		assert_int_equal(u64_at(context + (5 + i) * 8), registers[i]);
	assert_int_equal(u64_at(context + 23 * 8), 0x33 | 0x2bULL << 48);
	assert_int_equal(u64_at(context + 28 * 8), frame.extended_address);
	assert_int_equal(u64_at(context + 37 * 8), 0x1234);
	for (size_t i = 8 + 38 * 8; i < sizeof(frame.bytes); i++)
		assert_int_equal(frame.bytes[i], 0);
}

/* The kernel's note of the time left is gone after a signal return: no restart_syscall(2). */
static void a_noted_time_starts_over(void **state)
{
	const struct call_situation situation = found_in(SYS_nanosleep, -516);

	(void)state;
	plan(&situation, AVX_END, 7);
	assert_int_equal(u64_at(frame.bytes + 8 + (5 + 13) * 8), SYS_nanosleep);
	assert_int_equal(u64_at(frame.bytes + 8 + (5 + 16) * 8), 0x401232);
}

static void both_parts_lie_below_the_red_zone_and_aligned(void **state)
{
	(void)state;
	for (uint64_t step = 0; step < 128; step += 8) {
		struct call_situation situation = found_in(-1, 0);

		situation.found.user.rsp -= step;
		plan(&situation, AVX_END, 7);
		assert_int_equal(frame.extended_address % 64, 0);
		assert_true(frame.extended_address + frame.extended_length <=
			    situation.found.user.rsp - 128);
		assert_true(frame.address + sizeof(frame.bytes) <= frame.extended_address);
		/* As behind a call: the return address is popped before the context begins. */
		assert_int_equal((frame.address + 8) % 16, 0);
	}
}

static void assert_software_bytes(size_t length)
{
	assert_int_equal(frame.extended_length, length + 4);
	assert_int_equal(u32_at(frame.extended + 464), 0x46505853);
	assert_int_equal(u32_at(frame.extended + 468), length + 4);
	assert_int_equal(u64_at(frame.extended + 472), 0x602e7);
	assert_int_equal(u32_at(frame.extended + 480), length);
	for (size_t i = 484; i < 512; i++)
		assert_int_equal(frame.extended[i], 0);
	assert_int_equal(u32_at(frame.extended + length), 0x46505845);
}

static void the_extended_state_is_marked_as_the_kernel_wants_it(void **state)
{
	const struct call_situation situation = found_in(-1, 0);

	(void)state;
	plan(&situation, AVX_END, 7);
	assert_software_bytes(AVX_END);
	assert_memory_equal(frame.extended, extended, 464);
	assert_memory_equal(frame.extended + 512, extended + 512, AVX_END - 512);
}

/* A tracer gets all that the machine has; the kernel takes back what the process may have. */
static void components_that_are_not_in_use_are_left_out(void **state)
{
	const struct call_situation situation = found_in(-1, 0);

	(void)state;
	plan(&situation, 11008, 7);
	assert_software_bytes(AVX_END);
	plan(&situation, 11008, 3);
	assert_software_bytes(576);
	plan(&situation, 11008, 0);
	assert_software_bytes(576);
	/* Never more than there is, whatever the header claims. */
	plan(&situation, 576, UINT64_MAX);
	assert_software_bytes(576);
	plan(&situation, XSAVE_SIZE_MAX, 0);
	assert_software_bytes(576);
}

static void gadgets_are_found_in_code(void **state)
{
	static const char code[] = "\x90\x0f\x05\x90\x0f\x05\xc3\x0f\x05\xc3"
				   "\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05";
	size_t offset = 99;

	(void)state;
	assert_true(call_find_system_call(code, 19, &offset));
	assert_int_equal(offset, 4);
	assert_true(call_find_signal_return(code, 19, &offset));
	assert_int_equal(offset, 10);
	offset = 99;
	assert_false(call_find_system_call(code, 6, &offset));
	assert_false(call_find_signal_return(code, 18, &offset));
	assert_false(call_find_system_call(NULL, 0, &offset));
	assert_int_equal(offset, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_of_faults_and_of_setuid_stay_open),
		cmocka_unit_test(the_block_says_where_the_thread_goes_back_to),
		cmocka_unit_test(the_thread_is_sent_to_the_stub),
		cmocka_unit_test(what_a_signal_would_have_done_depends_on_the_restart_code),
		cmocka_unit_test(the_areas_parts_do_not_overlap),
		cmocka_unit_test(the_thread_is_sent_into_a_system_call),
		cmocka_unit_test(the_frame_is_one_of_a_signal),
		cmocka_unit_test(a_noted_time_starts_over),
		cmocka_unit_test(both_parts_lie_below_the_red_zone_and_aligned),
		cmocka_unit_test(the_extended_state_is_marked_as_the_kernel_wants_it),
		cmocka_unit_test(components_that_are_not_in_use_are_left_out),
		cmocka_unit_test(gadgets_are_found_in_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
