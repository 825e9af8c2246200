#include "../base/test_support.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "detour.h"

/* The frame of call_plan_system_call(), gone through for real. */

#define ERESTARTSYS 512

static struct machine before, start, after;
static struct call_frame frame;

static void set_mask(uint64_t mask, uint64_t *ret_old)
{
	assert_int_equal(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, ret_old, sizeof(mask)), 0);
}

static struct call_gadgets find_gadgets(void)
{
	size_t length = (size_t)(detour_gadgets_end - detour_gadgets), offset;
	struct call_gadgets gadgets;

	assert_true(call_find_system_call(detour_gadgets, length, &offset));
	gadgets.system_call = (uint64_t)(uintptr_t)detour_gadgets + offset;
	assert_true(call_find_signal_return(detour_gadgets, length, &offset));
	gadgets.signal_return = (uint64_t)(uintptr_t)detour_gadgets + offset;
	return gadgets;
}

/* As PTRACE_GETREGSET gives it: software's bytes have the enabled features. */
static size_t as_a_tracer_sees_it(uint8_t *extended)
{
	uint64_t features = detour_features();

	memcpy(extended + 464, &features, sizeof(features));
	return detour_extended_size();
}

/* The system call is prctl(PR_SET_NAME), whose effect can be seen. */
static void run(struct call_situation *situation)
{
	static uint8_t extended[CALL_AREA_EXTENDED_SIZE];
	const struct call_gadgets gadgets = find_gadgets();
	const uint64_t arguments[6] = {PR_SET_NAME, (uint64_t)(uintptr_t) "detour"};
	struct raw_registers registers;
	char name[16] = "";

	assert_int_equal(prctl(PR_SET_NAME, "before"), 0);
	memcpy(extended, before.extended, sizeof(extended));
	situation->found.user = before.registers;
	call_plan_system_call(situation, &gadgets, SYS_prctl, arguments, extended,
		as_a_tracer_sees_it(extended), &frame, &registers);
	memcpy((void *)frame.address, frame.bytes, sizeof(frame.bytes));
	memcpy((void *)frame.extended_address, frame.extended, frame.extended_length);
	start = before;
	start.registers = registers.user;
	detour_run(&start, &after);
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_string_equal(name, "detour");
}

static void a_thread_comes_back_unharmed(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	uint64_t mask = 1ULL << (SIGUSR2 - 1) | 1ULL << 40, old, back;

	(void)state;
	situation.signal_mask = mask;
	detour_prepare(&before);
	set_mask(call_blocked_signals(), &old);
	run(&situation);
	set_mask(old, &back);
	detour_assert_unharmed(&before, &after);
	assert_int_equal(after.registers.rax, before.registers.rax);
	assert_int_equal(back, mask);
}

static void an_interrupted_system_call_is_entered_again(void **state)
{
	struct call_situation situation = {.original_system_call = SYS_getppid};

	(void)state;
	detour_prepare(&before);
	detour_enter_system_call(&before, SYS_getppid, -ERESTARTSYS);
	run(&situation);
	detour_assert_unharmed(&before, &after);
	assert_int_equal(after.registers.rax, getppid());
}

static void the_alternate_stack_stays(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	static char room[65536];
	stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)}, old, kept;

	(void)state;
	assert_int_equal(sigaltstack(&stack, &old), 0);
	detour_prepare(&before);
	run(&situation);
	assert_int_equal(sigaltstack(&old, &kept), 0);
	detour_assert_unharmed(&before, &after);
	assert_ptr_equal(kept.ss_sp, room);
	assert_int_equal(kept.ss_size, sizeof(room));
	assert_int_equal(kept.ss_flags, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_comes_back_unharmed),
		cmocka_unit_test(an_interrupted_system_call_is_entered_again),
		cmocka_unit_test(the_alternate_stack_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
