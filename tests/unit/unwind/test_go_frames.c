#include "../base/test_support.h"

#include "../elf/elf_builder.h"
#include "../elf/go_table_builder.h"
#include "base/cleanup.h"
#include "unwind/unwind.h"

/* A module whose text is Go's, with functions that save the frame pointer in each known way. */

#define TEXT   BUILT_TEXT_ADDRESS
#define MAPPED 0x10001000ULL

enum function {
	GOEXIT,
	SYSTEMSTACK,
	OLD,    /* as Go up to 1.20 begins a function */
	WORK,   /* as later ones do */
	PUSHES, /* in assembly: what it pushes first is not the frame pointer */
	CGOCALLBACK,
	SWITCH, /* where cgocallback's stack goes on */
	MCALL,
	FRAMELESS, /* changes stacks as up to Go 1.20 */
	SIGTRAMP,
	FUNCTIONS,
};

#define SIZE              0x80
#define START_OF(name)    (0x40 + (name)*SIZE)
#define FUNCTION(name, i) name, TEXT + START_OF(i)

static const struct built_go_function functions[FUNCTIONS] = {
	{FUNCTION("runtime.goexit", GOEXIT), 1, {{0, SIZE}}},
	{FUNCTION("runtime.systemstack", SYSTEMSTACK), 2, {{0, 1}, {8, SIZE}}},
	{FUNCTION("main.old", OLD), 0, {{0, 4}, {0x28, SIZE}}},
	{FUNCTION("main.work", WORK), 0, {{0, 1}, {8, 8}, {0x48, SIZE}}},
	{FUNCTION("main.pushes", PUSHES), 0, {{0, 1}, {8, 2}, {0x10, SIZE}}},
	{FUNCTION("runtime.cgocallback", CGOCALLBACK), 2, {{0, 1}, {8, 8}, {0x20, SIZE}}},
	{FUNCTION("runtime.systemstack_switch", SWITCH), 0, {{0, SIZE}}},
	{FUNCTION("runtime.mcall", MCALL), 2, {{0, 1}, {8, SIZE}}},
	{FUNCTION("runtime.asmcgocall", FRAMELESS), 2, {{0, SIZE}}},
	{FUNCTION("runtime.sigtramp", SIGTRAMP), 1, {{0, 1}, {0x10, SIZE}}},
};

static void put_code(struct u8_array *file, enum function function, size_t at, const char *code)
{
	memcpy(file->items + BUILT_TEXT_OFFSET + START_OF(function) + at, code, strlen(code));
}

static struct u8_array build(void)
{
	static const struct built_go_table plan = {
		BUILT_GO_20, TEXT, false, functions, FUNCTIONS, TEXT + START_OF(FUNCTIONS)};
	CLEANUP(u8_array_deinit) struct u8_array table = build_go_table(&plan);
	struct u8_array file = build_elf(&(struct elf_plan){.extra = {.name = ".gopclntab",
								    .address = 0x500000,
								    .bytes = table.items,
								    .length = table.count}});

	put_code(&file, SYSTEMSTACK, 0, "\x55\x48\x89\xe5");
	put_code(&file, OLD, 0, "\x48\x83\xec\x28\x48\x89\x6c\x24\x20\x48\x8d\x6c\x24\x20");
	put_code(&file, WORK, 0, "\x55\x48\x89\xe5\x48\x83\xec\x40");
	put_code(&file, PUSHES, 0, "\x53\x55");
	put_code(&file, CGOCALLBACK, 0, "\x55\x48\x89\xe5\x48\x83\xec\x18");
	put_code(&file, MCALL, 0, "\x55\x48\x89\xe5");
	return file;
}

static struct error *open_built(void *context, const struct mapping *mapping, int *ret_fd)
{
	(void)mapping;
	*ret_fd = file_of(context);
	return NULL;
}

static void unwind(const struct unwind_input *input, struct unwind_result *ret)
{
	static const char maps[] = "10001000-10001800 r-xp 00001000 08:01 7 /built\n";
	CLEANUP(u8_array_deinit) struct u8_array file = build();
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	struct module_table *modules;
	struct unwinder *unwinder;
	bool changed;

	assert_success(mappings_parse(cursor_over(maps, strlen(maps)), &mappings));
	assert_success(module_table_create(
		(struct module_opener){.open = open_built, .context = &file}, &modules));
	assert_success(module_table_update(modules, &mappings, &changed));
	assert_success(unwinder_create(modules, &unwinder));
	assert_success(unwind_stack(unwinder, input, ret));
	unwinder_destroy(unwinder);
	module_table_destroy(modules);
}

/* A run-time address in a function. */
#define AT(function, offset) (MAPPED + START_OF(function) + (offset))

#define THREAD_STACK 0x7000ULL
#define WORDS        32

/* Words from THREAD_STACK on, where the stack pointer is. */
static struct unwind_input input_at(uint64_t pc, const uint64_t stack[static WORDS])
{
	struct unwind_input input = {
		.stack_address = THREAD_STACK,
		.stack = (const uint8_t *)stack,
		.stack_length = WORDS * sizeof(*stack),
	};

	input.registers.values[REGISTER_PC] = pc;
	input.registers.values[REGISTER_RSP] = THREAD_STACK;
	return input;
}

static void assert_stack(const struct unwind_result *result, enum unwind_end end, size_t count,
	const uint64_t *expected)
{
	assert_string_equal(unwind_end_text(result->end), unwind_end_text(end));
	assert_int_equal(result->addresses.count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(result->addresses.items[i], expected[i]);
}

#define ASSERT_STACK(result, end, ...)                                                             \
	assert_stack(result, end, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t),      \
		(const uint64_t[]){__VA_ARGS__})

static void stacks_begin_at_a_top_frame(void **state)
{
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	/* In the first instruction, in the last ones, and between. */
	const uint64_t leaf[WORDS] = {AT(OLD, 0x20), 0, 0, 0, 0, 0, AT(GOEXIT, 1), AT(OLD, 0x20)};
	const uint64_t framed[WORDS] = {[9] = AT(GOEXIT, 1), [10] = AT(OLD, 0x20)};
	struct unwind_input input = input_at(AT(WORK, 0), leaf);

	(void)state;
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_COMPLETE, AT(WORK, 0), AT(OLD, 0x1f), AT(GOEXIT, 0));
	input = input_at(AT(WORK, 0x30), framed);
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_COMPLETE, AT(WORK, 0x30), AT(GOEXIT, 0));
	assert_false(result.by_frame_pointer || result.signal_frame || result.on_other_stack);
}

/* On the thread's stack systemstack has called; the caller is at the pair, on that of a goroutine.
 */
struct two_stacks {
	uint64_t thread[WORDS], goroutine[WORDS];
};

static struct unwind_input input_of_switch(struct two_stacks *stacks, uint64_t goroutine)
{
	struct unwind_input input = input_at(AT(WORK, 0x30), stacks->thread);

	stacks->thread[8] = goroutine + 2 * sizeof(uint64_t);
	stacks->thread[9] = AT(SYSTEMSTACK, 0x20);
	stacks->goroutine[2] = goroutine + 8 * sizeof(uint64_t);
	stacks->goroutine[3] = AT(OLD, 0x40);
	stacks->goroutine[9] = AT(GOEXIT, 1);
	input.others[1] = (struct stack_copy){
		goroutine, (const uint8_t *)stacks->goroutine, sizeof(stacks->goroutine)};
	return input;
}

static void stacks_go_on_on_others(void **state)
{
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	static const uint64_t goroutines[] = {0x3000, 0xc000012340};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(goroutines); i++) {
		struct two_stacks stacks = {0};
		struct unwind_input input = input_of_switch(&stacks, goroutines[i]);

		unwind(&input, &result);
		ASSERT_STACK(&result, UNWIND_COMPLETE, AT(WORK, 0x30), AT(SYSTEMSTACK, 0x1f),
			AT(OLD, 0x3f), AT(GOEXIT, 0));
		assert_true(result.on_other_stack);
		assert_false(result.by_frame_pointer);
		input.others[1].length = 6 * sizeof(uint64_t);
		unwind(&input, &result);
		ASSERT_STACK(&result, UNWIND_STACK_TOO_SHORT, AT(WORK, 0x30), AT(SYSTEMSTACK, 0x1f),
			AT(OLD, 0x3f));
		input.others[1].length = 0;
		unwind(&input, &result);
		ASSERT_STACK(&result, UNWIND_OTHER_STACK, AT(WORK, 0x30), AT(SYSTEMSTACK, 0x1f));
		assert_in_range(result.missing, goroutines[i] + 2 * sizeof(uint64_t),
			goroutines[i] + 3 * sizeof(uint64_t));
	}
}

static void without_the_frame_pointer_they_do_not(void **state)
{
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	struct two_stacks stacks = {0};
	struct unwind_input input = input_of_switch(&stacks, 0x3000);

	(void)state;
	input.registers.values[REGISTER_PC] = AT(SYSTEMSTACK, 0x20);
	input.unknown = 1U << REGISTER_RBP;
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_UNKNOWN, AT(SYSTEMSTACK, 0x20));
}

/* Two pairs that lead to each other, on two stacks. */
static void stacks_that_go_round_end(void **state)
{
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	struct two_stacks stacks = {0};
	struct unwind_input input = input_of_switch(&stacks, 0x3000);

	(void)state;
	stacks.goroutine[2] = 0x3000 + 8 * sizeof(uint64_t);
	stacks.goroutine[3] = AT(SYSTEMSTACK, 0x20);
	stacks.goroutine[8] = 0x3000 + 2 * sizeof(uint64_t);
	stacks.goroutine[9] = AT(SYSTEMSTACK, 0x20);
	unwind(&input, &result);
	assert_int_equal(result.end, UNWIND_BAD_FRAME);
	assert_in_range(result.addresses.count, 3, 16);
	/* And one that leads to itself. */
	stacks.goroutine[2] = 0x3000 + 2 * sizeof(uint64_t);
	unwind(&input, &result);
	assert_int_equal(result.end, UNWIND_BAD_FRAME);
	assert_in_range(result.addresses.count, 3, 16);
}

static void what_is_pushed_first_may_be_no_frame_pointer(void **state)
{
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	struct two_stacks stacks = {0};
	struct unwind_input input = input_of_switch(&stacks, 0x3000);

	(void)state;
	input.registers.values[REGISTER_PC] = AT(PUSHES, 0x20);
	input.registers.values[REGISTER_RBP] = 0x3000 + 2 * sizeof(uint64_t);
	stacks.thread[1] = 0x1234;
	stacks.thread[2] = AT(SYSTEMSTACK, 0x20);
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_COMPLETE, AT(PUSHES, 0x20), AT(SYSTEMSTACK, 0x1f),
		AT(OLD, 0x3f), AT(GOEXIT, 0));
}

static void mcall_has_left_its_caller(void **state)
{
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	const uint64_t called[WORDS] = {[8] = 0, [9] = AT(MCALL, 0x20)};
	const uint64_t leaf[WORDS] = {AT(GOEXIT, 1)};
	struct unwind_input input = input_at(AT(WORK, 0x30), called);

	(void)state;
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_COMPLETE, AT(WORK, 0x30), AT(MCALL, 0x1f));
	input = input_at(AT(MCALL, 0), leaf);
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_COMPLETE, AT(MCALL, 0), AT(GOEXIT, 0));
	/* Once it has, before it calls. */
	input = input_at(AT(MCALL, 0x20), leaf);
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_COMPLETE, AT(MCALL, 0x20));
	input.registers.values[REGISTER_RBP] = 0x10;
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_OTHER_STACK, AT(MCALL, 0x20));
}

/* It returns to the start of a function. */
static void a_callback_resumes_what_called_c(void **state)
{
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	const uint64_t stack[WORDS] = {[9] = AT(CGOCALLBACK, 0x20),
		[14] = AT(SWITCH, 0),
		[15] = AT(OLD, 0x20),
		[21] = AT(GOEXIT, 1)};
	struct unwind_input input = input_at(AT(WORK, 0x30), stack);

	(void)state;
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_COMPLETE, AT(WORK, 0x30), AT(CGOCALLBACK, 0x1f), AT(SWITCH, 0),
		AT(OLD, 0x1f), AT(GOEXIT, 0));
	assert_false(result.signal_frame);
}

static void what_had_no_frame_leaves_its_caller_out(void **state)
{
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	struct two_stacks stacks = {0};
	struct unwind_input input = input_of_switch(&stacks, 0x3000);

	(void)state;
	stacks.thread[9] = AT(FRAMELESS, 0x20);
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_COMPLETE, AT(WORK, 0x30), AT(FRAMELESS, 0x1f), AT(OLD, 0x3f),
		AT(GOEXIT, 0));
	assert_true(result.by_frame_pointer);
}

/* Its flag says that there is no caller, but a signal's frame is. */
static void sigtramp_has_a_caller(void **state)
{
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	const uint64_t stack[WORDS] = {0, 0, AT(GOEXIT, 1)};
	struct unwind_input input = input_at(AT(SIGTRAMP, 0x20), stack);

	(void)state;
	unwind(&input, &result);
	ASSERT_STACK(&result, UNWIND_COMPLETE, AT(SIGTRAMP, 0x20), AT(GOEXIT, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stacks_begin_at_a_top_frame),
		cmocka_unit_test(stacks_go_on_on_others),
		cmocka_unit_test(without_the_frame_pointer_they_do_not),
		cmocka_unit_test(stacks_that_go_round_end),
		cmocka_unit_test(what_is_pushed_first_may_be_no_frame_pointer),
		cmocka_unit_test(mcall_has_left_its_caller),
		cmocka_unit_test(a_callback_resumes_what_called_c),
		cmocka_unit_test(what_had_no_frame_leaves_its_caller_out),
		cmocka_unit_test(sigtramp_has_a_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
