#include "../base/test_support.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "detour.h"

/* The stub and the plan for it, gone through for real. */

#define ERESTARTSYS           512
#define ERESTARTNOINTR        513
#define ERESTARTNOHAND        514
#define ERESTART_RESTARTBLOCK 516

static uint8_t *area;
static struct call_block *block;
static struct machine before, start, after;

/* What a called function saw of its surroundings. */
static struct {
	uint64_t arguments[6];
	uint64_t stack_pointer;
	uint64_t flags;
	uint64_t signal_mask;
	uint32_t mxcsr;
	uint16_t x87_control, x87_status;
	uint64_t state;
	unsigned calls;
} seen;

static int set_up(void **state)
{
	uint64_t length, entry;
	const void *code = call_stub_code(&length, &entry);

	(void)state;
	assert_true(entry < length && length <= CALL_AREA_BLOCK);
	area = mmap(
		NULL, CALL_AREA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(area, MAP_FAILED);
	memcpy(area + CALL_AREA_CODE, code, length);
	assert_int_equal(mprotect(area, CALL_AREA_BLOCK, PROT_READ | PROT_EXEC), 0);
	block = (struct call_block *)(area + CALL_AREA_BLOCK);
	memset(&seen, 0, sizeof(seen));
	detour_prepare(&before);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return munmap(area, CALL_AREA_SIZE);
}

static uint64_t get_mask(void)
{
	uint64_t mask;

	assert_int_equal(syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof(mask)), 0);
	return mask;
}

static void set_mask(uint64_t mask)
{
	assert_int_equal(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, sizeof(mask)), 0);
}

static uint64_t bit(int signal)
{
	return 1ULL << (signal - 1);
}

static uint64_t address_of(const void *thing)
{
	return (uint64_t)(uintptr_t)thing;
}

/* A thread that has signal_mask when it is found; errno is saved by way of errno_location. */
static void run(struct call_situation *situation, uint64_t errno_location)
{
	struct raw_registers registers;
	uint64_t own_mask = get_mask(), mask;

	situation->found.user = before.registers;
	call_plan_stub(situation, address_of(area), errno_location, block, &registers);
	assert_int_equal(block->state, CALL_STATE_IDLE);
	start = before;
	start.registers = registers.user;
	set_mask(situation->signal_mask);
	detour_run(&start, &after);
	mask = get_mask();
	set_mask(own_mask);
	assert_int_equal(mask, situation->signal_mask);
	assert_int_equal(block->state, CALL_STATE_LEFT);
}

static uint64_t look_around(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
	const uint64_t arguments[6] = {a, b, c, d, e, f};

	seen.stack_pointer = (uint64_t)(uintptr_t)__builtin_frame_address(0);
	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(seen.flags));
	__asm__ volatile("stmxcsr %0" : "=m"(seen.mxcsr));
	__asm__ volatile("fnstcw %0" : "=m"(seen.x87_control));
	__asm__ volatile("fnstsw %0" : "=m"(seen.x87_status));
	memcpy(seen.arguments, arguments, sizeof(arguments));
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &seen.signal_mask, sizeof(uint64_t));
	seen.state = block->state;
	seen.calls++;
	return 0xfeedfacecafebeef;
}

/* Leaves nothing as it was that a function may change. */
static uint64_t change_everything(void)
{
	static uint8_t extended[CALL_AREA_EXTENDED_SIZE] __attribute__((aligned(64)));

	detour_save_extended(extended);
	memset(extended + 160, 0xcc, 256);
	extended[512] |= 2;
	__asm__ volatile("xrstor64 %0" ::"m"(*extended), "a"(-1), "d"(-1)
			 : "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
			 "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	__asm__ volatile("xor %%eax, %%eax\n\tfld1\n\tfldpi" ::
				 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
			 "cc", "st", "st(1)");
	errno = 77;
	return 0;
}

static void a_thread_comes_back_unharmed(void **state)
{
	struct call_situation situation = {
		.original_system_call = -1, .signal_mask = bit(SIGUSR2) | bit(40)};

	(void)state;
	block->count = 2;
	block->items[0] = (struct call_item){.function = address_of(change_everything)};
	block->items[1] = (struct call_item){.function = address_of(change_everything)};
	errno = 1234;
	/* Twice: the area is used again, with the remains of the first time in it. */
	for (int i = 0; i < 2; i++) {
		run(&situation, address_of(__errno_location));
		assert_int_equal(errno, 1234);
		detour_assert_unharmed(&before, &after);
		assert_int_equal(after.registers.rax, before.registers.rax);
	}
}

static void without_a_way_to_errno_it_is_left_as_it_becomes(void **state)
{
	struct call_situation situation = {.original_system_call = -1};

	(void)state;
	block->count = 1;
	block->items[0] = (struct call_item){.function = address_of(change_everything)};
	errno = 1234;
	run(&situation, 0);
	assert_int_equal(errno, 77);
}

static void a_function_finds_what_the_abi_promises(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	const uint64_t arguments[6] = {1, UINT64_MAX, 3, 4, 5, 0x8000000000000006};

	(void)state;
	block->count = 1;
	block->items[0] = (struct call_item){.function = address_of(look_around)};
	memcpy(block->items[0].arguments, arguments, sizeof(arguments));
	run(&situation, address_of(__errno_location));
	assert_int_equal(seen.calls, 1);
	assert_int_equal(block->items[0].result, 0xfeedfacecafebeef);
	assert_memory_equal(seen.arguments, arguments, sizeof(arguments));
	assert_true(seen.stack_pointer > address_of(area) + CALL_AREA_ARGUMENTS &&
		    seen.stack_pointer < address_of(area) + CALL_AREA_STACK_TOP);
	assert_int_equal(seen.stack_pointer % 16, 0);
	assert_int_equal(seen.flags & 0x400, 0);
	assert_int_equal(seen.mxcsr, 0x1f80);
	assert_int_equal(seen.x87_control, 0x37f);
	assert_int_equal(seen.x87_status, 0);
	assert_int_equal(seen.signal_mask, call_blocked_signals() & ~bit(SIGKILL) & ~bit(SIGSTOP));
	assert_int_equal(seen.state, CALL_STATE_RUNNING);
}

static uint64_t monotonic(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint64_t subtract(uint64_t from, uint64_t what)
{
	return from - what;
}

static void calls_run_in_order_and_hand_on_results(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	uint64_t first = monotonic();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	block->items[0] = (struct call_item){.number = SYS_dup, .arguments = {(uint64_t)ends[1]}};
	block->items[1] = (struct call_item){
		.number = SYS_write, .arguments = {0, address_of("through"), 7}, .first_from = 1};
	block->items[2] = (struct call_item){
		.function = address_of(subtract), .arguments = {999, 2}, .first_from = 2};
	block->items[3] = (struct call_item){
		.function = address_of(subtract), .arguments = {0, 1}, .first_from = 3};
	block->items[4] = (struct call_item){.number = SYS_close, .first_from = 1};
	block->items[5] = (struct call_item){.number = SYS_close, .first_from = 1};
	block->items[6] = (struct call_item){.number = SYS_mmap,
		.arguments = {0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, UINT64_MAX, 1}};
	block->count = 7;
	run(&situation, 0);
	assert_true((int64_t)block->items[0].result > ends[1]);
	assert_int_equal(block->items[1].result, 7);
	assert_int_equal(block->items[2].result, 5);
	assert_int_equal(block->items[3].result, 4);
	assert_int_equal(block->items[4].result, 0);
	assert_int_equal(block->items[5].result, -EBADF);
	assert_int_equal(block->items[6].result, -EINVAL); /* by its sixth argument */
	uint64_t returned = block->returned_at[0] * 1000000000 + block->returned_at[1];
	assert_true(first <= returned && returned <= monotonic());
	char text[8] = "";
	assert_int_equal(read(ends[0], text, sizeof(text)), 7);
	assert_string_equal(text, "through");
	close(ends[0]);
	close(ends[1]);
}

static void as_many_calls_as_there_is_room_for(void **state)
{
	struct call_situation situation = {.original_system_call = -1};

	(void)state;
	for (size_t i = 0; i < CALL_COUNT_MAX; i++)
		block->items[i] = (struct call_item){
			.function = address_of(subtract), .arguments = {100, 1}, .first_from = i};
	block->count = CALL_COUNT_MAX;
	run(&situation, 0);
	assert_int_equal(block->items[CALL_COUNT_MAX - 1].result, 100 - CALL_COUNT_MAX);
	block->count = 0;
	run(&situation, 0);
	detour_assert_unharmed(&before, &after);
}

static volatile sig_atomic_t handled[65];

static void handle(int signal)
{
	handled[signal]++;
}

static uint64_t raise_for_own_thread(uint64_t signal)
{
	return (uint64_t)syscall(SYS_tgkill, getpid(), gettid(), (int)signal);
}

/* An interrupted system call, the signals that come meanwhile, and what it returns then. */
struct interruption {
	int64_t found; /* rax */
	int signals[2];
	uint64_t blocked; /* by the program */
	bool fails;
};

static const int restarting = SIGUSR1, failing = SIGUSR2, ignored = SIGCHLD;

static void install(int signal, int flags)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = flags};

	assert_int_equal(sigaction(signal, &action, NULL), 0);
}

static void check_interruption(const struct interruption *interruption)
{
	struct call_situation situation = {
		.original_system_call = SYS_getppid,
		.caught_signals = bit(restarting) | bit(failing),
		.signal_mask = interruption->blocked,
	};
	int former[2] = {0};

	detour_prepare(&before);
	detour_enter_system_call(&before, SYS_getppid, interruption->found);
	block->count = 0;
	for (int i = 0; i < 2 && interruption->signals[i]; i++) {
		former[i] = handled[interruption->signals[i]];
		block->items[block->count++] =
			(struct call_item){.function = address_of(raise_for_own_thread),
				.arguments = {(uint64_t)interruption->signals[i]}};
	}
	run(&situation, address_of(__errno_location));
	detour_assert_unharmed(&before, &after);
	assert_int_equal(after.registers.rax, interruption->fails ? -EINTR : getppid());
	for (int i = 0; i < 2 && interruption->signals[i]; i++)
		assert_int_equal(handled[interruption->signals[i]] - former[i],
			interruption->signals[i] != ignored);
}

static void a_signal_meanwhile_has_the_effect_it_would_have_had(void **state)
{
	static const struct interruption interruptions[] = {
		{.found = -ERESTARTSYS},
		{.found = -ERESTARTSYS, .signals = {restarting}},
		{.found = -ERESTARTSYS, .signals = {failing}, .fails = true},
		{.found = -ERESTARTSYS, .signals = {restarting, failing}, .fails = true},
		{.found = -ERESTARTSYS, .signals = {ignored}},
		/* Blocked by the program: pending for it, too, until the test unblocks it. */
		{.found = -ERESTARTSYS, .signals = {failing}, .blocked = 1ULL << (SIGUSR2 - 1)},
		{.found = -ERESTARTNOINTR},
		{.found = -ERESTARTNOINTR, .signals = {restarting}},
		{.found = -ERESTARTNOINTR, .signals = {failing}},
		{.found = -ERESTARTNOHAND},
		{.found = -ERESTARTNOHAND, .signals = {ignored}},
		{.found = -ERESTARTNOHAND, .signals = {restarting}, .fails = true},
		{.found = -ERESTARTNOHAND, .signals = {failing}, .fails = true},
		{.found = -ERESTART_RESTARTBLOCK, .signals = {restarting}, .fails = true},
		{.found = -EINTR},
		{.found = -EINTR, .signals = {ignored}},
		{.found = -EINTR, .signals = {restarting}, .fails = true},
		{.found = -EINTR, .signals = {failing}, .fails = true},
	};

	(void)state;
	install(restarting, SA_RESTART);
	install(failing, 0);
	for (size_t i = 0; i < sizeof(interruptions) / sizeof(interruptions[0]); i++)
		check_interruption(&interruptions[i]);
}

/* Nothing was interrupted, so nothing can fail: the handler runs, and that is all. */
static void a_signal_outside_of_system_calls_changes_no_register(void **state)
{
	struct call_situation situation = {
		.original_system_call = -1, .caught_signals = bit(failing)};
	int former = handled[failing];

	(void)state;
	install(failing, 0);
	block->items[0] = (struct call_item){
		.function = address_of(raise_for_own_thread), .arguments = {(uint64_t)failing}};
	block->count = 1;
	run(&situation, 0);
	assert_int_equal(handled[failing] - former, 1);
	detour_assert_unharmed(&before, &after);
	assert_int_equal(after.registers.rax, before.registers.rax);
}

/* The kernel's note of the time left is asked for by number 219; here it has none, and says so. */
static void a_restart_block_is_asked_for(void **state)
{
	struct call_situation situation = {.original_system_call = SYS_getppid};

	(void)state;
	detour_enter_system_call(&before, SYS_getppid, -ERESTART_RESTARTBLOCK);
	block->count = 0;
	run(&situation, 0);
	detour_assert_unharmed(&before, &after);
	assert_int_equal(after.registers.rax, -EINTR);
	assert_int_equal(block->rax, SYS_restart_syscall);
}

#define IN_AREA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_AREA(a_thread_comes_back_unharmed),
		IN_AREA(without_a_way_to_errno_it_is_left_as_it_becomes),
		IN_AREA(a_function_finds_what_the_abi_promises),
		IN_AREA(calls_run_in_order_and_hand_on_results),
		IN_AREA(as_many_calls_as_there_is_room_for),
		IN_AREA(a_signal_meanwhile_has_the_effect_it_would_have_had),
		IN_AREA(a_signal_outside_of_system_calls_changes_no_register),
		IN_AREA(a_restart_block_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
