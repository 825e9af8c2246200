#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "checked_file.h"
#include "reference.h"
#include "rows.h"
#include "unwind/unwind_internal.h"
#include "unwind_check.h"

/* Every register points into the middle of the stack, and so does every word of it. */
#define STACK_ADDRESS 0x600000000000ULL
#define STACK_SIZE    (16ULL << 20)
#define SPREAD        (64ULL << 10)
#define NUMBER_MAX    64

/* The table of one function that libunwind is shown. */
#define TABLE_ADDRESS 0x500000000000ULL

struct files_check {
	struct reference *reference;
	uint8_t *stack;
	struct checked_file file;
	struct unwinder *unwinder; /* of the file */
	const struct checked_function *function;
	struct unwind_input input;
	struct u64_array rows;
	bool vector; /* the function has rules of vector registers */
	struct tally *tally;
};

static uint64_t scatter(uint64_t value)
{
	value += 0x9e3779b97f4a7c15;
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
	value = (value ^ value >> 27) * 0x94d049bb133111eb;
	return value ^ value >> 31;
}

static uint64_t invent(uint64_t seed)
{
	return STACK_ADDRESS + STACK_SIZE / 2 + scatter(seed) % SPREAD / 8 * 8;
}

static bool read_word(void *context, uint64_t address, uint64_t *ret)
{
	const struct files_check *check = context;

	if (unwind_read_stack(&check->input, address, ret))
		return true;
	if (address == TABLE_ADDRESS) {
		uint32_t start = (uint32_t)(check->function->entry.start - check->function->place);

		*ret = start;
		return true;
	}
	return checked_file_read(&check->file, address, ret);
}

/* The function alone, relative to its FDE. */
static bool find_table(void *context, uint64_t address, struct reference_table *ret)
{
	const struct files_check *check = context;
	const struct function_entry *entry = &check->function->entry;

	*ret = (struct reference_table){
		entry->start, entry->end, check->function->place, TABLE_ADDRESS, 1};
	return address >= entry->start && address < entry->end;
}

struct files_check *files_check_create(void)
{
	struct files_check *check = calloc(1, sizeof(*check));

	if (!check || !(check->stack = malloc(STACK_SIZE)))
		must(&error_no_memory);
	for (uint64_t at = 0; at < STACK_SIZE; at += sizeof(uint64_t)) {
		uint64_t word = invent(~at);

		memcpy(check->stack + at, &word, sizeof(word));
	}
	check->input.stack = check->stack;
	check->input.stack_address = STACK_ADDRESS;
	check->input.stack_length = STACK_SIZE;
	check->reference =
		reference_create(&(struct reference_source){read_word, find_table, check});
	return check;
}

void files_check_destroy(struct files_check *check)
{
	reference_destroy(check->reference);
	u64_array_deinit(&check->rows);
	free(check->stack);
	free(check);
}

/* How limpet leaves the frame. */
struct own_step {
	enum reference_step outcome;
	struct registers caller;
	uint32_t unknown, undefined;
	bool has_stack_pointer; /* by a rule of its own */
};

static struct own_step step(struct files_check *check, const struct registers *leaf)
{
	struct unwinder *unwinder = check->unwinder;
	struct own_step own = {.outcome = REFERENCE_NONE};
	struct frame_row row;
	uint32_t number;
	bool found;

	must(frame_tables_find(
		unwinder->tables, check->file.image, registers_pc(leaf), &row, &found));
	if (!found)
		return own;
	own.has_stack_pointer = row.rules.rules[REGISTER_RSP] != RULE_SAME;
	for (int i = 0; i < REGISTER_COUNT; i++)
		own.undefined |= (uint32_t)(row.rules.rules[i] == RULE_UNDEFINED) << i;
	if (own.undefined & 1U << REGISTER_PC) {
		own.outcome = REFERENCE_OUTERMOST;
		return own;
	}
	must(rule_cache_add(&unwinder->cache, rule_key(registers_pc(leaf), true), &row, &number));
	unwinder->input = &check->input;
	if (frame_step(unwinder, rule_cache_rules(&unwinder->cache, number), leaf, &own.caller,
		    &own.unknown) == UNWIND_COMPLETE)
		own.outcome = REFERENCE_CALLER;
	return own;
}

static void report(const struct files_check *check, uint64_t address, const char *what,
	uint64_t ours, uint64_t theirs)
{
	report_difference(check->tally,
		"%s: %#" PRIx64 ": %s: %#" PRIx64 ", with libunwind %#" PRIx64, check->file.path,
		address, what, ours, theirs);
}

/* Whether libunwind has the same; if not, that is told. */
static bool compare_register(
	struct files_check *check, const struct own_step *own, uint64_t address, int number)
{
	static const char *const names[REGISTER_COUNT] = {"rax", "rdx", "rcx", "rbx", "rsi", "rdi",
		"rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip"};
	bool undefined = own->undefined >> number & 1, lost = own->unknown >> number & 1;
	uint64_t ours = own->caller.values[number], theirs = 0;
	bool known = reference_register(check->reference, number, &theirs);

	if (number == REGISTER_RSP && own->has_stack_pointer) {
		check->tally->stack_pointers++;
		return true;
	}
	check->tally->undefined += undefined && !known;
	check->tally->lost += lost && !known;
	if (known ? !undefined && !lost && ours == theirs : undefined || lost)
		return true;
	report(check, address, names[number], ours, theirs);
	return false;
}

static void compare(struct files_check *check, const struct own_step *own,
	enum reference_step theirs, uint64_t address)
{
	struct tally *tally = check->tally;

	if (own->outcome == REFERENCE_CALLER && own->undefined & 1U << REGISTER_RBP &&
		theirs == REFERENCE_OUTERMOST) {
		tally->outcomes[OUTCOME_FRAME_POINTER]++;
		return;
	}
	if (own->outcome == REFERENCE_CALLER && check->vector && theirs == REFERENCE_NONE) {
		tally->outcomes[OUTCOME_VECTOR]++;
		return;
	}
	if (own->outcome != theirs) {
		report(check, address, "whether there is a caller", own->outcome, theirs);
		return;
	}
	if (theirs != REFERENCE_CALLER) {
		tally->outcomes[theirs == REFERENCE_NONE ? OUTCOME_NONE : OUTCOME_OUTERMOST]++;
		return;
	}
	for (int i = 0; i < REGISTER_COUNT; i++)
		if (!compare_register(check, own, address, i))
			return;
	tally->outcomes[OUTCOME_SAME]++;
}

/* An expression may take one for the index of a saved word: then they are numbers, but for two. */
static void invent_registers(uint64_t address, bool numbers, struct registers *ret)
{
	for (int i = 0; i < REGISTER_COUNT; i++) {
		uint64_t seed = address * REGISTER_COUNT + (uint64_t)i;
		bool number = numbers && i != REGISTER_RSP && i != REGISTER_RBP;

		ret->values[i] = number ? scatter(seed) % NUMBER_MAX : invent(seed);
	}
	ret->values[REGISTER_PC] = address;
}

static void check_frame(struct files_check *check, uint64_t address)
{
	enum reference_step theirs = REFERENCE_NONE;
	struct own_step own = {.outcome = REFERENCE_NONE};
	struct registers leaf;

	for (int i = 0; i < 2 && own.outcome == REFERENCE_NONE && theirs == REFERENCE_NONE; i++) {
		invent_registers(address, i == 1, &leaf);
		own = step(check, &leaf);
		reference_start(check->reference, &leaf);
		theirs = reference_step(check->reference);
	}
	check->tally->frames++;
	compare(check, &own, theirs, address);
}

static int compare_rows(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return *left < *right ? -1 : *left > *right;
}

static void check_function(struct files_check *check, const struct checked_function *function)
{
	const struct function_entry *entry = &function->entry;
	struct u64_array *rows = &check->rows;

	if (function->shadowed) {
		check->tally->shadowed++;
		return;
	}
	if (!checked_file_has_code(&check->file, entry->start, entry->end)) {
		check->tally->outside++;
		return;
	}
	check->function = function;
	check->tally->functions++;
	rows->count = 0;
	must(list_rows(&function->common, entry, rows, &check->vector));
	qsort(rows->items, rows->count, sizeof(*rows->items), compare_rows);
	for (size_t i = 0; i < rows->count; i++) {
		uint64_t end = i + 1 < rows->count ? rows->items[i + 1] : entry->end;

		if (end > rows->items[i])
			check_frame(check, rows->items[i]);
		if (end > rows->items[i] + 1)
			check_frame(check, end - 1);
	}
}

void files_check_run(
	struct files_check *check, const char *path, size_t function_limit, struct tally *tally)
{
	struct checked_file *file = &check->file;

	check->tally = tally;
	if (checked_file_init(file, path)) {
		size_t count = file->functions.count;
		size_t wanted = function_limit && function_limit < count ? function_limit : count;

		must(unwinder_create(file->modules, &check->unwinder));
		tally->files++;
		if (file->broken)
			report_difference(
				tally, "%s: %zu entries are not understood", path, file->broken);
		for (size_t i = 0; i < wanted; i++)
			check_function(check, &file->functions.items[i * count / wanted]);
		unwinder_destroy(check->unwinder);
	}
	checked_file_deinit(file);
}
