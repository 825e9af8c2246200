#include "../base/test_support.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "detour.h"

/* Chains of call_chain.h, gone through for real. */


static struct machine before, after;
static struct call_chain chain;

/* What a called function saw of its surroundings. */
static struct {
	uint64_t arguments[6];
	uint64_t stack_pointer;
	uint64_t flags;
	uint64_t signal_mask;
	unsigned calls;
} seen;

static int set_up(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	detour_prepare(&before);
	return 0;
}

static uint64_t address_of(const void *thing)
{
	return (uint64_t)(uintptr_t)thing;
}

static uint64_t bit(int signal)
{
	return 1ULL << (signal - 1);
}

static void begin(struct call_situation *situation, size_t steps)
{
	static uint8_t extended[DETOUR_EXTENDED_SIZE];
	const struct call_gadgets gadgets = detour_find_gadgets();
	size_t length = detour_traced_extended(&before, extended);

	situation->found.user = before.registers;
	assert_true(call_chain_begin(&chain, situation, &gadgets, extended, length, steps, 1024));
}

/* The mask is the one that the last frame has. */
static void run(const struct call_situation *situation)
{
	struct raw_registers registers;
	uint64_t own_mask = detour_signal_mask(), mask;

	call_chain_end(&chain, &registers);
	detour_run_chain(&chain, &registers, &before, &after);
	mask = detour_signal_mask();
	detour_set_signal_mask(own_mask);
	assert_int_equal(mask, situation->signal_mask & ~bit(SIGKILL) & ~bit(SIGSTOP));
}

static void signals_of_faults_and_of_setuid_stay_open(void **state)
{
	static const int open[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, 33};
	uint64_t expected = UINT64_MAX;

	(void)state;
	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		expected &= ~bit(open[i]);
	assert_int_equal(call_blocked_signals(), expected);
	assert_true(call_blocked_signals() >> (32 - 1) & 1); /* pthread_cancel() */
}

static uint64_t look_around(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	const uint64_t arguments[6] = {a, b, c, d, e, f};

	seen.stack_pointer = (uint64_t)(uintptr_t)__builtin_frame_address(0);
	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(seen.flags));
	memcpy(seen.arguments, arguments, sizeof(arguments));
	seen.signal_mask = detour_signal_mask();
	seen.calls++;
	return 0xfeedfacecafebeef;
}

/* Leaves nothing as it was that a function may change, vector registers above all. */
static uint64_t change_everything(void)
{
	static uint8_t extended[DETOUR_EXTENDED_SIZE] __attribute__((aligned(64)));

	detour_save_extended(extended);
	memset(extended + 160, 0xcc, 256);
	extended[512] |= 2;
	__asm__ volatile("xrstor64 %0" ::"m"(*extended), "a"(-1), "d"(-1)
			 : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
			 "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	return 0;
}

static void an_empty_chain_goes_straight_back(void **state)
{
	struct call_situation situation = {.original_system_call = -1};

	(void)state;
	begin(&situation, 0);
	run(&situation);
	detour_assert_unharmed(&before, &after);
	assert_int_equal(after.registers.rax, before.registers.rax);
}

static void a_thread_comes_back_unharmed(void **state)
{
	struct call_situation situation = {
		.original_system_call = -1, .signal_mask = bit(SIGUSR2) | bit(40)};
	const struct call_step change = {.function = address_of(change_everything)};

	(void)state;
	begin(&situation, 3);
	for (int i = 0; i < 3; i++)
		call_chain_add(&chain, &change);
	run(&situation);
	detour_assert_unharmed(&before, &after);
	assert_int_equal(after.registers.rax, before.registers.rax);
}

static void a_function_finds_what_the_abi_promises(void **state)
{
	struct call_situation situation = {.original_system_call = -1, .signal_mask = bit(SIGSEGV)};
	uint64_t result = 0;
	const struct call_step step = {.function = address_of(look_around),
		.arguments = {1, UINT64_MAX, 3, 4, 5, 0x8000000000000006},
		.result = address_of(&result)};

	(void)state;
	begin(&situation, 1);
	call_chain_add(&chain, &step);
	run(&situation);
	assert_int_equal(seen.calls, 1);
	assert_int_equal(result, 0xfeedfacecafebeef);
	assert_memory_equal(seen.arguments, step.arguments, sizeof(seen.arguments));
	assert_int_equal(seen.stack_pointer % 16, 0);
	assert_true(seen.stack_pointer < before.registers.rsp - 128);
	assert_int_equal(seen.flags & 0x400, 0);
	assert_int_equal(seen.signal_mask,
		(call_blocked_signals() | bit(SIGSEGV)) & ~bit(SIGKILL) & ~bit(SIGSTOP));
	detour_assert_unharmed(&before, &after);
}

static void system_calls_have_results_and_effects(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	uint64_t process = 0, failure = 0;
	char name[16] = "";

	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, "before"), 0);
	begin(&situation, 3);
	call_chain_add(
		&chain, &(struct call_step){.number = SYS_prctl,
				.arguments = {PR_SET_NAME, call_chain_put(&chain, "detour", 7)}});
	call_chain_add(
		&chain, &(struct call_step){.number = SYS_getpid, .result = address_of(&process)});
	call_chain_add(&chain, &(struct call_step){.number = SYS_close,
				       .arguments = {UINT32_MAX},
				       .result = address_of(&failure)});
	run(&situation);
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_string_equal(name, "detour");
	assert_int_equal(process, getpid());
	assert_int_equal(failure, -EBADF);
	detour_assert_unharmed(&before, &after);
}

/* A result that becomes the argument of a later step. */
static void results_flow_into_later_steps(void **state)
{
	struct call_situation situation = {.original_system_call = -1};

	(void)state;
	begin(&situation, 2);
	call_chain_add(&chain, &(struct call_step){.number = SYS_getpid,
				       .result = call_chain_argument(&chain, 1, 3, false)});
	call_chain_add(&chain, &(struct call_step){.function = address_of(look_around)});
	run(&situation);
	assert_int_equal(seen.arguments[3], getpid());
}

static void an_interrupted_system_call_is_entered_again(void **state)
{
	struct call_situation situation = {.original_system_call = SYS_getppid};

	(void)state;
	detour_enter_system_call(&before, SYS_getppid, -ERESTARTSYS);
	begin(&situation, 1);
	call_chain_add(&chain, &(struct call_step){.number = SYS_getpid});
	run(&situation);
	detour_assert_unharmed(&before, &after);
	assert_int_equal(after.registers.rax, getppid());
}

static void with_another_argument_if_time_has_passed(void **state)
{
	struct call_situation situation = {.original_system_call = SYS_close,
		.time_left = {.replaces = true, .argument = 0, .value = UINT32_MAX}};

	(void)state;
	before.registers.rdi = 0;
	detour_enter_system_call(&before, SYS_close, -ERESTARTSYS);
	begin(&situation, 0);
	run(&situation);
	assert_int_equal(after.registers.rdi, UINT32_MAX);
	assert_int_equal(after.registers.rax, -EBADF);
}

static void or_it_fails_when_the_chain_is_sent_there(void **state)
{
	struct call_situation situation = {.original_system_call = SYS_getppid};

	(void)state;
	detour_enter_system_call(&before, SYS_getppid, -ERESTARTSYS);
	begin(&situation, 1);
	call_chain_add_jump(&chain, call_chain_back_failed(&chain));
	run(&situation);
	detour_assert_unharmed(&before, &after);
	assert_int_equal(after.registers.rax, -EINTR);
}

static void the_alternate_stack_stays(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	static char room[65536];
	stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)}, old, kept;

	(void)state;
	assert_int_equal(sigaltstack(&stack, &old), 0);
	begin(&situation, 1);
	call_chain_add(&chain, &(struct call_step){.number = SYS_getpid});
	run(&situation);
	assert_int_equal(sigaltstack(&old, &kept), 0);
	assert_ptr_equal(kept.ss_sp, room);
	assert_int_equal(kept.ss_size, sizeof(room));
	assert_int_equal(kept.ss_flags, 0);
}

static uint64_t handler_stack;

static void handle(int signal)
{
	(void)signal;
	handler_stack = address_of(__builtin_frame_address(0));
}

/* What is pending when the thread is sent off runs before the first step, and below it. */
static void a_handler_on_the_way_does_no_harm(void **state)
{
	const struct sigaction action = {.sa_handler = handle};
	struct call_situation situation = {.original_system_call = -1};
	uint64_t own = detour_signal_mask();

	(void)state;
	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	detour_set_signal_mask(own | bit(SIGUSR1));
	assert_int_equal(syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1), 0);
	begin(&situation, 2);
	/* The step unblocks it: as if it came right then. */
	call_chain_add(
		&chain, &(struct call_step){.number = SYS_rt_sigprocmask,
				.arguments = {SIG_SETMASK, call_chain_put(&chain, NULL, 8), 0, 8}});
	call_chain_add(&chain, &(struct call_step){.function = address_of(look_around)});
	run(&situation);
	detour_set_signal_mask(own);
	assert_int_equal(seen.calls, 1);
	assert_true(handler_stack && handler_stack < before.registers.rsp - 128);
	detour_assert_unharmed(&before, &after);
}

static void what_is_missing_or_too_large_is_refused(void **state)
{
	static uint8_t extended[DETOUR_EXTENDED_SIZE];
	const struct call_gadgets all = detour_find_gadgets();
	struct call_situation situation = {.original_system_call = -1};
	size_t length = detour_traced_extended(&before, extended);
	struct call_gadgets some = all;

	(void)state;
	situation.found.user = before.registers;
	assert_true(call_chain_begin(
		&chain, &situation, &all, extended, length, CALL_CHAIN_STEPS_MAX, 16));
	assert_false(call_chain_begin(
		&chain, &situation, &all, extended, length, CALL_CHAIN_STEPS_MAX + 1, 16));
	assert_false(call_chain_begin(
		&chain, &situation, &all, extended, length, 1, CALL_CHAIN_BYTES_MAX));
	assert_false(call_chain_begin(&chain, &situation, &all, extended, 575, 1, 16));
	assert_false(
		call_chain_begin(&chain, &situation, &all, extended, CALL_EXTENDED_MAX + 1, 1, 16));
	some.system_call = 0;
	assert_false(call_chain_begin(&chain, &situation, &some, extended, length, 1, 16));
	some = all;
	some.signal_return = 0;
	assert_false(call_chain_begin(&chain, &situation, &some, extended, length, 1, 16));
	assert_true(call_chain_begin(&chain, &situation, &all, extended, length, 1, 16));
	assert_int_not_equal(call_chain_put(&chain, extended, 16), 0);
	assert_int_equal(call_chain_put(&chain, extended, 4096), 0);
}

#define ON_STACK(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STACK(signals_of_faults_and_of_setuid_stay_open),
		ON_STACK(an_empty_chain_goes_straight_back),
		ON_STACK(a_thread_comes_back_unharmed),
		ON_STACK(a_function_finds_what_the_abi_promises),
		ON_STACK(system_calls_have_results_and_effects),
		ON_STACK(results_flow_into_later_steps),
		ON_STACK(an_interrupted_system_call_is_entered_again),
		ON_STACK(with_another_argument_if_time_has_passed),
		ON_STACK(or_it_fails_when_the_chain_is_sent_there),
		ON_STACK(the_alternate_stack_stays),
		ON_STACK(a_handler_on_the_way_does_no_harm),
		ON_STACK(what_is_missing_or_too_large_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
