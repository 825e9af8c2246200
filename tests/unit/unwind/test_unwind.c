#include "../base/test_support.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "../elf/elf_builder.h"
#include "base/cleanup.h"
#include "capture.h"

void frame_that_stands_still(void);
void frame_with_return_in_register(void);
void frame_of_a_start(void);
void frame_without_frame_pointer(void);
void frame_that_shrinks(void);
void frame_with_stack_pointer_in_register(void);
void frame_with_register_far_above(void);
void frame_with_register_far_below(void);
void frame_that_needs_rbx(void);
void code_without_rules(void);
void through_code(void (*call)(void *), void *argument);
void inner_code(void);
void code_with_word(void);

struct fixture {
	struct module_table *modules;
	struct unwinder *unwinder;
	struct unwind_result result;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->modules = capture_modules();
	assert_success(unwinder_create(fixture->modules, &fixture->unwinder));
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	unwind_result_deinit(&fixture->result);
	unwinder_destroy(fixture->unwinder);
	module_table_destroy(fixture->modules);
	free(fixture);
	return 0;
}

static uint64_t address_of(void (*function)(void))
{
	return (uint64_t)(uintptr_t)function;
}

static void assert_end(const struct unwind_result *result, enum unwind_end end)
{
	assert_string_equal(unwind_end_text(result->end), unwind_end_text(end));
}

/*
 * Compares from the outermost frame on: the sanitizers' backtrace() has a frame of its own. How
 * many of our addresses, less the leaf, are the return addresses themselves goes to *ret.
 */
static void assert_same_frames(
	const struct unwind_result *result, const struct u64_array *returns, size_t *ret)
{
	size_t skipped = returns->count - result->addresses.count;

	assert_true(returns->count >= result->addresses.count);
	assert_true(skipped <= 1);
	*ret = 0;
	for (size_t i = 1; i < result->addresses.count; i++) {
		uint64_t ours = result->addresses.items[i], theirs = returns->items[skipped + i];

		if (ours != theirs)
			assert_int_equal(ours, theirs - 1);
		*ret += ours == theirs;
	}
}

__attribute__((noinline)) static size_t recurse(size_t depth, struct capture *capture)
{
	if (!depth) {
		capture_stack(capture);
		return 0;
	}
	size_t below = recurse(depth - 1, capture);
	__asm__ volatile("" : "+r"(below)); /* no loop instead */
	return below + 1;
}

static void a_recursion_is_unwound_to_the_start(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(capture_deinit) struct capture capture;
	size_t unchanged;

	assert_int_equal(recurse(100, &capture), 100);
	assert_success(unwind_stack(fixture->unwinder, &capture.input, &fixture->result));
	assert_end(&fixture->result, UNWIND_COMPLETE);
	assert_true(fixture->result.addresses.count > 103);
	assert_int_equal(
		fixture->result.addresses.items[0], registers_pc(&capture.input.registers));
	assert_same_frames(&fixture->result, &capture.returns, &unchanged);
	assert_int_equal(unchanged, 0);
}

static void results_are_reused_and_repeatable(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(capture_deinit) struct capture capture;
	CLEANUP(unwind_result_deinit) struct unwind_result again = {0};

	recurse(20, &capture);
	assert_success(unwind_stack(fixture->unwinder, &capture.input, &fixture->result));
	for (size_t i = 0; i < 3; i++) {
		if (i == 2)
			unwinder_modules_changed(fixture->unwinder);
		assert_success(unwind_stack(fixture->unwinder, &capture.input, &again));
		assert_end(&again, UNWIND_COMPLETE);
		assert_int_equal(again.addresses.count, fixture->result.addresses.count);
		assert_memory_equal(again.addresses.items, fixture->result.addresses.items,
			again.addresses.count * sizeof(uint64_t));
	}
}

/* Whatever part of the stack is missing: what is there is right, and the end is told. */
static void a_short_copy_is_told(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(capture_deinit) struct capture capture;
	CLEANUP(unwind_result_deinit) struct unwind_result whole = {0};
	size_t complete = 0, previous = 0;

	recurse(10, &capture);
	assert_success(unwind_stack(fixture->unwinder, &capture.input, &whole));
	assert_end(&whole, UNWIND_COMPLETE);
	for (size_t length = 0; length <= capture.bytes.count && length < 65536; length++) {
		struct unwind_input input = capture.input;
		const struct u64_array *addresses = &fixture->result.addresses;

		input.stack_length = length;
		assert_success(unwind_stack(fixture->unwinder, &input, &fixture->result));
		assert_true(
			addresses->count >= previous && addresses->count <= whole.addresses.count);
		previous = addresses->count;
		assert_memory_equal(addresses->items, whole.addresses.items,
			addresses->count * sizeof(uint64_t));
		if (addresses->count == whole.addresses.count) {
			assert_end(&fixture->result, UNWIND_COMPLETE);
			complete++;
		} else {
			assert_end(&fixture->result, UNWIND_STACK_TOO_SHORT);
		}
	}
	assert_true(complete > 0);
}

static void an_endless_recursion_is_cut(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(capture_deinit) struct capture capture;

	recurse(UNWIND_DEPTH_MAX + 10, &capture);
	assert_success(unwind_stack(fixture->unwinder, &capture.input, &fixture->result));
	assert_int_equal(fixture->result.addresses.count, UNWIND_DEPTH_MAX);
	assert_end(&fixture->result, UNWIND_TOO_DEEP);
}

static struct capture signal_capture;

static void capture_in_handler(int signal_number)
{
	(void)signal_number;
	capture_stack(&signal_capture);
	__asm__ volatile(""); /* no tail call: the handler has a frame */
}

static void raise_captured(int number, int flags)
{
	struct sigaction action = {.sa_handler = capture_in_handler, .sa_flags = flags}, old;

	assert_int_equal(sigaction(number, &action, &old), 0);
	assert_int_equal(raise(number), 0);
	assert_int_equal(sigaction(number, &old, NULL), 0);
}

/* Neither the trampoline's address nor the interrupted one is a return address. */
static void signal_frames_keep_their_addresses(void **state)
{
	struct fixture *fixture = *state;
	size_t unchanged;

	raise_captured(SIGUSR1, 0);
	assert_success(unwind_stack(fixture->unwinder, &signal_capture.input, &fixture->result));
	assert_end(&fixture->result, UNWIND_COMPLETE);
	assert_same_frames(&fixture->result, &signal_capture.returns, &unchanged);
	assert_int_equal(unchanged, 2);
	/* Twice, as the second time the rules come from the cache. */
	assert_success(unwind_stack(fixture->unwinder, &signal_capture.input, &fixture->result));
	assert_same_frames(&fixture->result, &signal_capture.returns, &unchanged);
	assert_int_equal(unchanged, 2);
	capture_deinit(&signal_capture);
}

static void a_handler_on_its_own_stack_ends_there(void **state)
{
	struct fixture *fixture = *state;
	static char room[256 * 1024];
	stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)}, old;

	assert_int_equal(sigaltstack(&stack, &old), 0);
	raise_captured(SIGUSR2, SA_ONSTACK);
	assert_int_equal(sigaltstack(&old, NULL), 0);
	uint64_t end = (uint64_t)(uintptr_t)room + sizeof(room);
	signal_capture.input.stack_length = end - signal_capture.input.stack_address;
	assert_success(unwind_stack(fixture->unwinder, &signal_capture.input, &fixture->result));
	assert_end(&fixture->result, UNWIND_STACK_TOO_SHORT);
	/* capture_stack, the handler, the trampoline and what was interrupted. */
	assert_int_equal(fixture->result.addresses.count, 4);
	assert_true(signal_capture.returns.count > 5);
	capture_deinit(&signal_capture);
}

static void *capture_in_thread(void *capture)
{
	recurse(5, capture);
	return NULL;
}

static void a_thread_ends_where_it_began(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(capture_deinit) struct capture capture;
	pthread_t thread;
	size_t unchanged;

	assert_int_equal(pthread_create(&thread, NULL, capture_in_thread, &capture), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_success(unwind_stack(fixture->unwinder, &capture.input, &fixture->result));
	assert_end(&fixture->result, UNWIND_COMPLETE);
	assert_same_frames(&fixture->result, &capture.returns, &unchanged);
	assert_int_equal(unchanged, 0);
}

/* A stack of words at 0x7000000000, with a pc. */
#define MADE_STACK 0x7000000000ULL

static void unwind_made(struct fixture *fixture, uint64_t pc, const uint64_t *words, size_t count)
{
	struct unwind_input input = {
		.stack_address = MADE_STACK,
		.stack = (const uint8_t *)words,
		.stack_length = count * sizeof(*words),
	};

	input.registers.values[REGISTER_PC] = pc;
	input.registers.values[REGISTER_RSP] = MADE_STACK;
	input.registers.values[REGISTER_RDI] = address_of(frame_of_a_start) + 1;
	assert_success(unwind_stack(fixture->unwinder, &input, &fixture->result));
}

static void assert_addresses(const struct fixture *fixture, const uint64_t *expected, size_t count)
{
	assert_int_equal(fixture->result.addresses.count, count);
	assert_memory_equal(fixture->result.addresses.items, expected, count * sizeof(*expected));
}

static void a_pc_outside_every_module_ends_the_stack(void **state)
{
	struct fixture *fixture = *state;
	uint64_t start = address_of(frame_of_a_start);

	unwind_made(fixture, 0x1234, (uint64_t[]){start + 1, 0, 0}, 3);
	assert_end(&fixture->result, UNWIND_NO_MODULE);
	assert_addresses(fixture, (uint64_t[]){0x1234}, 1);
	unwind_made(fixture, 0, (uint64_t[]){start + 1, 0, 0}, 3);
	assert_end(&fixture->result, UNWIND_NO_MODULE);
	assert_addresses(fixture, (uint64_t[]){0}, 1);
}

static void an_undefined_return_address_is_the_end(void **state)
{
	struct fixture *fixture = *state;
	uint64_t start = address_of(frame_of_a_start);

	unwind_made(fixture, start, NULL, 0);
	assert_end(&fixture->result, UNWIND_COMPLETE);
	assert_addresses(fixture, (uint64_t[]){start}, 1);
}

static void a_return_address_may_be_in_a_register_of_the_leaf(void **state)
{
	struct fixture *fixture = *state;
	uint64_t leaf = address_of(frame_with_return_in_register);

	unwind_made(fixture, leaf, NULL, 0);
	assert_end(&fixture->result, UNWIND_COMPLETE);
	assert_addresses(fixture, (uint64_t[]){leaf, address_of(frame_of_a_start)}, 2);
}

static void a_frame_that_does_not_grow_is_broken(void **state)
{
	struct fixture *fixture = *state;
	uint64_t still = address_of(frame_that_stands_still);

	unwind_made(fixture, still, (uint64_t[]){still + 1, still + 1, still + 1}, 3);
	assert_end(&fixture->result, UNWIND_BAD_FRAME);
	assert_addresses(fixture, (uint64_t[]){still, still}, 2);
}

/* What it was is not needed to find the caller's caller. */
static void a_lost_frame_pointer_does_no_harm(void **state)
{
	struct fixture *fixture = *state;
	uint64_t leaf = address_of(frame_without_frame_pointer);

	unwind_made(fixture, leaf, (uint64_t[]){address_of(frame_of_a_start) + 1, 0}, 2);
	assert_end(&fixture->result, UNWIND_COMPLETE);
	assert_addresses(fixture, (uint64_t[]){leaf, address_of(frame_of_a_start)}, 2);
}

static void a_return_address_of_zero_is_the_end(void **state)
{
	struct fixture *fixture = *state;

	unwind_made(fixture, address_of(frame_that_stands_still), (uint64_t[]){0, 0}, 2);
	assert_end(&fixture->result, UNWIND_COMPLETE);
	assert_addresses(fixture, (uint64_t[]){address_of(frame_that_stands_still)}, 1);
	/* ... if it is the caller's. */
	unwind_made(fixture, address_of(frame_that_shrinks), (uint64_t[]){0, 0}, 2);
	assert_end(&fixture->result, UNWIND_BAD_FRAME);
}

/* It ends the stack only where it is needed, with the reason why it could not be read. */
static void a_register_saved_out_of_reach_is_lost(void **state)
{
	struct fixture *fixture = *state;
	uint64_t above = address_of(frame_with_register_far_above);
	uint64_t below = address_of(frame_with_register_far_below);
	uint64_t start = address_of(frame_of_a_start), needs = address_of(frame_that_needs_rbx);

	unwind_made(fixture, above, (uint64_t[]){start + 1, 0}, 2);
	assert_end(&fixture->result, UNWIND_COMPLETE);
	assert_addresses(fixture, (uint64_t[]){above, start}, 2);
	unwind_made(fixture, above, (uint64_t[]){needs + 1, 0}, 2);
	assert_end(&fixture->result, UNWIND_STACK_TOO_SHORT);
	assert_addresses(fixture, (uint64_t[]){above, needs}, 2);
	unwind_made(fixture, below, (uint64_t[]){needs + 1, 0}, 2);
	assert_end(&fixture->result, UNWIND_BAD_FRAME);
	assert_addresses(fixture, (uint64_t[]){below, needs}, 2);
}

static void code_without_rules_is_told(void **state)
{
	struct fixture *fixture = *state;
	uint64_t code = address_of(code_without_rules);

	/* Neither the frame pointer nor the word at the stack pointer is guessed from. */
	unwind_made(fixture, code, (uint64_t[]){address_of(frame_of_a_start) + 1, 0}, 2);
	assert_end(&fixture->result, UNWIND_NO_RULES);
	assert_addresses(fixture, (uint64_t[]){code}, 1);
}

static void capture_below(void *capture)
{
	capture_stack(capture);
}

__attribute__((noinline)) static uint64_t call_through(struct capture *capture)
{
	through_code(capture_below, capture);
	__asm__ volatile("" : : : "memory");
	return (uint64_t)(uintptr_t)__builtin_return_address(0) - 1;
}

static size_t find_in(const struct fixture *fixture, size_t from, uint64_t function, size_t length)
{
	const struct u64_array *addresses = &fixture->result.addresses;

	while (from < addresses->count && addresses->items[from] - function >= length)
		from++;
	return from;
}

static void code_without_rules_is_followed_to_its_return(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(capture_deinit) struct capture capture;
	CLEANUP(capture_deinit) struct capture ordinary;
	const struct u64_array *addresses = &fixture->result.addresses;
	uint64_t caller = call_through(&capture);

	for (int i = 0; i < 2; i++) {
		assert_success(unwind_stack(fixture->unwinder, &capture.input, &fixture->result));
		assert_end(&fixture->result, UNWIND_COMPLETE);
		assert_true(fixture->result.by_code);
		size_t inner = find_in(fixture, 0, address_of(inner_code), 16);
		assert_true(inner + 3 < addresses->count);
		assert_true(addresses->items[inner + 1] - (uint64_t)(uintptr_t)through_code < 40);
		assert_int_equal(addresses->items[inner + 3], caller);
	}
	recurse(2, &ordinary);
	assert_success(unwind_stack(fixture->unwinder, &ordinary.input, &fixture->result));
	assert_false(fixture->result.by_code);
}

/* Whatever lies where the return address should be: it is behind a call, or there is no answer. */
static void a_word_that_is_no_return_address_is_not_followed(void **state)
{
	struct fixture *fixture = *state;
	uint64_t code = address_of(code_with_word), start = address_of(frame_of_a_start);

	unwind_made(fixture, code, (uint64_t[]){0, start + 1}, 2);
	assert_end(&fixture->result, UNWIND_NO_RULES);
	assert_addresses(fixture, (uint64_t[]){code}, 1);
	unwind_made(fixture, code, (uint64_t[]){0, 0x1000}, 2);
	assert_end(&fixture->result, UNWIND_NO_RULES);
	/* Behind a call, but that of another function. */
	unwind_made(fixture, address_of(inner_code) + 1,
		(uint64_t[]){0, 0, (uint64_t)(uintptr_t)through_code + 31}, 3);
	assert_end(&fixture->result, UNWIND_NO_RULES);
}

/* As of a thread that sleeps: what a system call preserves and nobody has saved stays unknown. */
static void registers_that_are_not_known_end_the_stack_where_they_are_needed(void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(capture_deinit) struct capture capture;
	CLEANUP(unwind_result_deinit) struct unwind_result whole = {0};
	size_t complete = 0, cut = 0;

	recurse(10, &capture);
	assert_success(unwind_stack(fixture->unwinder, &capture.input, &whole));
	assert_end(&whole, UNWIND_COMPLETE);
	for (int number = 0; number < REGISTER_COUNT; number++) {
		const struct u64_array *addresses = &fixture->result.addresses;
		struct unwind_input input = capture.input;

		if (number == REGISTER_RSP || number == REGISTER_PC)
			continue;
		input.unknown = 1U << number;
		input.registers.values[number] = 0x5555555555555555;
		assert_success(unwind_stack(fixture->unwinder, &input, &fixture->result));
		assert_true(addresses->count <= whole.addresses.count);
		assert_memory_equal(addresses->items, whole.addresses.items,
			addresses->count * sizeof(uint64_t));
		complete += fixture->result.end == UNWIND_COMPLETE;
		cut += fixture->result.end == UNWIND_UNKNOWN;
	}
	assert_int_equal(complete + cut, REGISTER_COUNT - 2);
	assert_true(complete >= 9);
	uint64_t leaf = address_of(frame_with_return_in_register);
	struct unwind_input input = {.unknown = 1U << REGISTER_RDI};
	input.registers.values[REGISTER_PC] = leaf;
	assert_success(unwind_stack(fixture->unwinder, &input, &fixture->result));
	assert_end(&fixture->result, UNWIND_UNKNOWN);
	const uint64_t words[] = {address_of(frame_of_a_start) + 1};
	input.stack_address = input.registers.values[REGISTER_RSP] = MADE_STACK;
	input.stack = (const uint8_t *)words;
	input.stack_length = sizeof(words);
	input.registers.values[REGISTER_PC] = address_of(frame_with_stack_pointer_in_register);
	assert_success(unwind_stack(fixture->unwinder, &input, &fixture->result));
	assert_end(&fixture->result, UNWIND_UNKNOWN);
}

static void the_vdso_has_rules(void **state)
{
	struct fixture *fixture = *state;
	struct module *vdso = module_table_find(fixture->modules, getauxval(AT_SYSINFO_EHDR));
	uint64_t function =
		elf_image_symbol_named(vdso->image, "__vdso_clock_gettime")->address + vdso->bias;

	unwind_made(fixture, function, (uint64_t[]){address_of(frame_of_a_start) + 1, 0}, 2);
	assert_end(&fixture->result, UNWIND_COMPLETE);
	assert_addresses(fixture, (uint64_t[]){function, address_of(frame_of_a_start)}, 2);
}

/* Modules from text: "/built" is the built file, the others cannot be opened. */
static struct error *open_built(void *context, const struct mapping *mapping, int *ret_fd)
{
	if (strcmp(mapping->path, "/built") != 0)
		return error_create(ERROR_NOT_FOUND, "not there");
	*ret_fd = file_of(context);
	return NULL;
}

static enum unwind_end end_in_modules(
	struct u8_array *file, const char *maps, uint64_t pc, size_t *ret_count)
{
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	CLEANUP(unwind_result_deinit) struct unwind_result result = {0};
	struct unwind_input input = {.stack_address = MADE_STACK};
	struct module_table *modules;
	struct unwinder *unwinder;
	bool changed;

	assert_success(mappings_parse(cursor_over(maps, strlen(maps)), &mappings));
	assert_success(module_table_create(
		(struct module_opener){.open = open_built, .context = file}, &modules));
	assert_success(module_table_update(modules, &mappings, &changed));
	assert_success(unwinder_create(modules, &unwinder));
	input.registers.values[REGISTER_PC] = pc;
	input.registers.values[REGISTER_RSP] = MADE_STACK;
	assert_success(unwind_stack(unwinder, &input, &result));
	*ret_count = result.addresses.count;
	unwinder_destroy(unwinder);
	module_table_destroy(modules);
	return result.end;
}

static void modules_without_unwind_information_are_told(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build_elf(&(struct elf_plan){0});
	static const char maps[] = "10001000-10002000 r-xp 00001000 08:01 7 /built\n"
				   "20001000-20002000 r-xp 00001000 08:01 8 /gone\n"
				   "30001000-30002000 r-xp 00000000 00:00 0 \n";
	size_t count;

	(void)state;
	assert_int_equal(end_in_modules(&file, maps, 0x10001100, &count), UNWIND_NO_RULES);
	assert_int_equal(count, 1);
	assert_int_equal(end_in_modules(&file, maps, 0x20001100, &count), UNWIND_NO_RULES);
	assert_int_equal(end_in_modules(&file, maps, 0x30001100, &count), UNWIND_NO_RULES);
	assert_int_equal(end_in_modules(&file, maps, 0x40001100, &count), UNWIND_NO_MODULE);
	assert_int_equal(count, 1);
}

/* A header that claims a table of 2^32 - 1 entries in the text, whatever that holds. */
static void a_broken_table_does_no_harm(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build_elf(&(struct elf_plan){0});
	uint8_t *header = file.items + BUILT_TEXT_OFFSET + 0x400;
	size_t count;

	(void)state;
	*built_segment(&file, 2) = (Elf64_Phdr){.p_type = PT_GNU_EH_FRAME,
		.p_vaddr = BUILT_TEXT_ADDRESS + 0x400,
		.p_memsz = UINT64_MAX};
	memcpy(header, "\x01\x1b\x03\x3b\0\0\0\0\xff\xff\xff\xff", 12);
	for (uint64_t pc = 0x10001000; pc < 0x10001800; pc += 17) {
		enum unwind_end end = end_in_modules(
			&file, "10001000-10002000 r-xp 00001000 08:01 7 /built\n", pc, &count);

		/* Some of what it holds may be code that returns. */
		assert_true(end == UNWIND_NO_RULES || end == UNWIND_STACK_TOO_SHORT);
		assert_int_equal(count, 1);
	}
}

static void every_end_has_a_text(void **state)
{
	(void)state;
	for (enum unwind_end end = 0; end < UNWIND_END_COUNT; end++)
		assert_non_null(unwind_end_text(end));
	assert_string_equal(unwind_end_text(UNWIND_STACK_TOO_SHORT), "stack larger than the copy");
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(a_recursion_is_unwound_to_the_start),
		WITH_FIXTURE(results_are_reused_and_repeatable),
		WITH_FIXTURE(a_short_copy_is_told),
		WITH_FIXTURE(an_endless_recursion_is_cut),
		WITH_FIXTURE(signal_frames_keep_their_addresses),
		WITH_FIXTURE(a_handler_on_its_own_stack_ends_there),
		WITH_FIXTURE(a_thread_ends_where_it_began),
		WITH_FIXTURE(a_pc_outside_every_module_ends_the_stack),
		WITH_FIXTURE(an_undefined_return_address_is_the_end),
		WITH_FIXTURE(a_return_address_may_be_in_a_register_of_the_leaf),
		WITH_FIXTURE(a_frame_that_does_not_grow_is_broken),
		WITH_FIXTURE(a_lost_frame_pointer_does_no_harm),
		WITH_FIXTURE(a_return_address_of_zero_is_the_end),
		WITH_FIXTURE(a_register_saved_out_of_reach_is_lost),
		WITH_FIXTURE(code_without_rules_is_told),
		WITH_FIXTURE(code_without_rules_is_followed_to_its_return),
		WITH_FIXTURE(a_word_that_is_no_return_address_is_not_followed),
		WITH_FIXTURE(registers_that_are_not_known_end_the_stack_where_they_are_needed),
		WITH_FIXTURE(the_vdso_has_rules),
		cmocka_unit_test(modules_without_unwind_information_are_told),
		cmocka_unit_test(a_broken_table_does_no_harm),
		cmocka_unit_test(every_end_has_a_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
