#include "../base/test_support.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "detour.h"

#include "arch/call_direct.h"

/* Calls on the borrowed thread's own stack, gone through for real. */

static struct machine before, after;
static struct call_chain chain;
static uint64_t own_thread;
static bool run_and_forget; /* the test clears what was seen half-way */

#define TOKEN 0x1234567890abcdef

/* What limpet gets to see: results, whatever calls write, and what it may change meanwhile. */
static struct {
	struct call_direct_output output;
	uint64_t words[4];
	uint64_t shared[2];
} seen;

static uint64_t address_of(const void *thing)
{
	return (uint64_t)(uintptr_t)thing;
}

static uint64_t bit(int signal)
{
	return 1ULL << (signal - 1);
}

static int set_up(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	own_thread = (uint64_t)gettid();
	detour_prepare(&before);
	return 0;
}

static bool plan(const struct call_situation *situation, struct call_direct_request *request,
	const struct call_gadgets *gadgets, struct raw_registers *ret)
{
	static uint8_t extended[DETOUR_EXTENDED_SIZE];
	size_t length = detour_traced_extended(&before, extended);

	request->output = address_of(&seen);
	request->output_length = sizeof(seen.words);
	request->token = TOKEN;
	return call_direct_plan(&chain, situation, gadgets, extended, length, request, ret);
}

static void run(struct call_situation *situation, struct call_direct_request *request)
{
	const struct call_gadgets gadgets = detour_find_gadgets();
	uint64_t own_mask = detour_signal_mask(), mask;
	struct raw_registers registers;

	situation->found.user = before.registers;
	situation->thread = own_thread;
	seen.output = (struct call_direct_output){0};
	assert_true(plan(situation, request, &gadgets, &registers));
	detour_set_signal_mask(situation->signal_mask);
	detour_run_chain(&chain, &registers, &before, &after);
	mask = detour_signal_mask();
	detour_set_signal_mask(own_mask);
	assert_int_equal(mask, situation->signal_mask);
	detour_assert_unharmed(&before, &after);
	assert_int_equal(seen.output.started, run_and_forget ? 0 : gettid());
	assert_int_equal(seen.output.token, TOKEN);
}

/* Whether there is no function for it. */
static bool kernel_copies;

static struct call_direct_functions all_functions(void)
{
	return (struct call_direct_functions){
		.errno_location = address_of(__errno_location),
		.copy_words = kernel_copies ? 0 : address_of(wmemcpy),
	};
}

static uint64_t subtract(uint64_t from, uint64_t what)
{
	errno = 77;
	return from - what;
}

static void calls_run_in_order_and_hand_on_results(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	const struct call_item items[] = {
		{.number = SYS_dup, .arguments = {(uint64_t)ends[1]}},
		{.number = SYS_write, .arguments = {0, address_of("through"), 7}, .first_from = 1},
		{.function = address_of(subtract), .arguments = {999, 2}, .first_from = 2},
		{.function = address_of(subtract), .arguments = {0, 1}, .first_from = 3},
		{.number = SYS_close, .first_from = 1},
		{.number = SYS_close, .first_from = 1},
		{.number = SYS_mmap,
			.arguments = {0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, UINT64_MAX,
				1}},
	};
	struct call_direct_request request = {
		.items = items, .count = 7, .functions = all_functions()};
	run(&situation, &request);
	const uint64_t *results = seen.output.results;
	assert_true((int64_t)results[0] > ends[1]);
	assert_int_equal(results[1], 7);
	assert_int_equal(results[2], 5);
	assert_int_equal(results[3], 4);
	assert_int_equal(results[4], 0);
	assert_int_equal(results[5], -EBADF);
	assert_int_equal(results[6], -EINVAL); /* by its sixth argument */
	char text[8] = "";
	assert_int_equal(read(ends[0], text, sizeof(text)), 7);
	assert_string_equal(text, "through");
	close(ends[0]);
	close(ends[1]);
}

static void conditions_decide_on_calls(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	const struct call_item items[] = {
		{.function = address_of(subtract), .arguments = {0x700000005, 1}},
		{.function = address_of(subtract),
			.arguments = {9, 2},
			.only_if_from = 1,
			.only_if_value = 4},
		{.function = address_of(subtract),
			.arguments = {9, 3},
			.only_if_from = 1,
			.only_if_value = 5},
		{.function = address_of(subtract),
			.arguments = {0, 1},
			.first_from = 2,
			.only_if_from = 2,
			.only_if_value = 7},
		{.function = address_of(subtract), .arguments = {9, 4}},
	};
	struct call_direct_request request = {
		.items = items, .count = 5, .functions = all_functions()};

	(void)state;
	run(&situation, &request);
	assert_int_equal(seen.output.results[0], 0x700000004);
	assert_int_equal(seen.output.results[1], 7);
	assert_int_equal(seen.output.results[2], CALL_NOT_MADE);
	assert_int_equal(seen.output.results[3], 6);
	assert_int_equal(seen.output.results[4], 5);
	if (kernel_copies) /* for the same thread */
		return;
	own_thread = 0; /* what cannot be decided is not done */
	run(&situation, &request);
	assert_int_equal(seen.output.results[1], CALL_NOT_MADE);
	assert_int_equal(seen.output.results[4], 5);
}

static void errno_stays(void **state)
{
	const struct call_item item = {.function = address_of(subtract), .arguments = {3, 1}};
	struct call_direct_request request = {
		.items = &item, .count = 1, .functions = all_functions()};
	struct call_situation situation = {.original_system_call = -1};

	(void)state;
	errno = 1234;
	run(&situation, &request);
	assert_int_equal(errno, 1234);
	assert_int_equal(seen.output.results[0], 2);
	request.functions.errno_location = 0;
	run(&situation, &request);
	assert_int_equal(errno, 77);
}

/* Two inputs, one of which is a pointer to the other, and an output. */
static uint64_t dereference(const uint64_t *const *pointer, uint64_t *ret)
{
	*ret = **pointer;
	return 0;
}

static void inputs_and_outputs_get_their_addresses(void **state)
{
	const uint64_t inputs[] = {CALL_INPUT_BASE + 16, 0, 0xabcdef};
	const size_t pointers[] = {0};
	const struct call_item item = {.function = address_of(dereference),
		.arguments = {CALL_INPUT_BASE, CALL_OUTPUT_BASE + 8}};
	struct call_direct_request request = {.items = &item,
		.count = 1,
		.inputs = inputs,
		.input_length = sizeof(inputs),
		.pointers = pointers,
		.pointer_count = 1,
		.functions = all_functions()};
	struct call_situation situation = {.original_system_call = -1};

	(void)state;
	run(&situation, &request);
	assert_int_equal(seen.words[0], 0);
	assert_int_equal(seen.words[1], 0xabcdef);
}

static void forget_all(void)
{
	memset(&seen, 0, sizeof(seen));
}

static uint64_t write_word(uint64_t *ret, uint64_t word)
{
	*ret = word;
	return word;
}

/* A limpet that comes after the death of another one. */
static void nothing_depends_on_memory_that_another_may_use(void **state)
{
	const struct call_item items[] = {
		{.function = address_of(subtract), .arguments = {9, 2}},
		{.function = address_of(write_word), .arguments = {CALL_OUTPUT_BASE + 8, 77}},
		{.function = address_of(forget_all)},
		{.function = address_of(subtract), .arguments = {0, 2}, .first_from = 1},
		{.function = address_of(subtract),
			.arguments = {9, 3},
			.only_if_from = 1,
			.only_if_value = 7},
	};
	struct call_direct_request request = {
		.items = items, .count = 5, .functions = all_functions()};
	struct call_situation situation = {.original_system_call = -1};

	(void)state;
	run_and_forget = true;
	run(&situation, &request);
	run_and_forget = false;
	assert_int_equal(seen.output.results[0], 7);
	assert_int_equal(seen.output.results[3], 5);
	assert_int_equal(seen.output.results[4], 6);
	assert_int_equal(seen.words[1], 77);
}

static uint64_t read_word(const uint64_t *word)
{
	return *word;
}

static void what_is_shared_can_be_changed_meanwhile(void **state)
{
	const struct call_item items[] = {
		{.function = address_of(read_word), .arguments = {CALL_SHARED_BASE + 8}},
		{.function = address_of(write_word), .arguments = {address_of(&seen.shared[1]), 6}},
		{.function = address_of(read_word), .arguments = {CALL_SHARED_BASE + 8}},
	};
	struct call_direct_request request = {
		.items = items, .count = 3, .functions = all_functions()};
	struct call_situation situation = {.original_system_call = -1};

	(void)state;
	seen.shared[1] = 5;
	run(&situation, &request);
	assert_int_equal(seen.output.results[0], 5);
	assert_int_equal(seen.output.results[2], 6);
	assert_int_equal(seen.shared[1], 6);
}

static void the_time_comes_last(void **state)
{
	struct call_direct_request request = {.functions = all_functions()};
	struct call_situation situation = {.original_system_call = -1};
	struct timespec first, last;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &first);
	run(&situation, &request);
	clock_gettime(CLOCK_MONOTONIC, &last);
	const uint64_t *time = seen.output.returned_at;
	assert_true((uint64_t)first.tv_sec * 1000000000 + (uint64_t)first.tv_nsec <=
		    time[0] * 1000000000 + time[1]);
	assert_true(time[0] * 1000000000 + time[1] <=
		    (uint64_t)last.tv_sec * 1000000000 + (uint64_t)last.tv_nsec);
}

static void as_many_calls_as_there_is_room_for(void **state)
{
	struct call_item items[CALL_COUNT_MAX];
	struct call_direct_request request = {
		.items = items, .count = CALL_COUNT_MAX, .functions = all_functions()};
	struct call_situation situation = {.original_system_call = -1};

	(void)state;
	for (size_t i = 0; i < CALL_COUNT_MAX; i++)
		items[i] = (struct call_item){
			.function = address_of(subtract), .arguments = {100, 1}, .first_from = i};
	run(&situation, &request);
	assert_int_equal(seen.output.results[CALL_COUNT_MAX - 1], 100 - CALL_COUNT_MAX);
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
	struct call_item items[2];
	struct call_direct_request request = {.items = items, .functions = all_functions()};
	struct call_situation situation = {
		.original_system_call = SYS_getppid,
		.caught_signals = bit(restarting) | bit(failing),
		.signal_mask = interruption->blocked,
	};
	int former[2] = {0};

	detour_prepare(&before);
	detour_enter_system_call(&before, SYS_getppid, interruption->found);
	for (size_t i = 0; i < 2 && interruption->signals[i]; i++) {
		former[i] = handled[interruption->signals[i]];
		items[request.count++] =
			(struct call_item){.function = address_of(raise_for_own_thread),
				.arguments = {(uint64_t)interruption->signals[i]}};
	}
	run(&situation, &request);
	assert_int_equal(after.registers.rax, interruption->fails ? -EINTR : getppid());
	for (int i = 0; i < 2 && interruption->signals[i]; i++)
		assert_int_equal(handled[interruption->signals[i]] - former[i],
			interruption->signals[i] != ignored);
}

/* Whether a handler has SA_RESTART cannot be asked for: what depends on it goes on. */
static void a_signal_meanwhile_has_the_effect_it_would_have_had(void **state)
{
	static const struct interruption interruptions[] = {
		{.found = -ERESTARTSYS},
		{.found = -ERESTARTSYS, .signals = {restarting}},
		{.found = -ERESTARTSYS, .signals = {failing}},
		{.found = -ERESTARTSYS, .signals = {ignored}},
		/* Blocked by the program: pending for it, too, until the test unblocks it. */
		{.found = -EINTR, .signals = {failing}, .blocked = 1ULL << (SIGUSR2 - 1)},
		{.found = -ERESTARTNOINTR},
		{.found = -ERESTARTNOINTR, .signals = {failing}},
		{.found = -ERESTARTNOHAND},
		{.found = -ERESTARTNOHAND, .signals = {ignored}},
		{.found = -ERESTARTNOHAND, .signals = {restarting}, .fails = true},
		{.found = -ERESTARTNOHAND, .signals = {failing}, .fails = true},
		{.found = -ERESTARTNOHAND, .signals = {restarting, failing}, .fails = true},
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

static void what_is_missing_is_refused(void **state)
{
	const struct call_gadgets all = detour_find_gadgets();
	struct call_item items[2] = {
		{.number = SYS_getpid}, {.number = SYS_close, .first_from = 1}};
	struct call_direct_request request = {
		.items = items, .count = 2, .functions = all_functions()};
	struct call_situation situation = {.original_system_call = -1};
	struct call_gadgets some = all;
	struct raw_registers registers;

	(void)state;
	situation.found.user = before.registers;
	assert_true(plan(&situation, &request, &all, &registers));
	some.store = 0;
	assert_false(plan(&situation, &request, &some, &registers));
}

#define ON_STACK(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STACK(calls_run_in_order_and_hand_on_results),
		ON_STACK(conditions_decide_on_calls),
		ON_STACK(errno_stays),
		ON_STACK(inputs_and_outputs_get_their_addresses),
		ON_STACK(nothing_depends_on_memory_that_another_may_use),
		ON_STACK(what_is_shared_can_be_changed_meanwhile),
		ON_STACK(the_time_comes_last),
		ON_STACK(as_many_calls_as_there_is_room_for),
		ON_STACK(a_signal_meanwhile_has_the_effect_it_would_have_had),
		ON_STACK(what_is_missing_is_refused),
	};

	int failed = cmocka_run_group_tests_name("wmemcpy copies", tests, NULL, NULL);

	kernel_copies = true;
	return failed + cmocka_run_group_tests_name("the kernel copies", tests, NULL, NULL);
}
