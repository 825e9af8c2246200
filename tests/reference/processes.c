#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "reference.h"
#include "target/live.h"
#include "unwind/unwind.h"
#include "unwind_check.h"

#define CHECK_PAGE 4096ULL
#define PAGE_COUNT 1024 /* a power of two */

/* What the process's files hold does not change while it runs; every word is asked for often. */
struct page {
	uint64_t address; /* 0: free */
	uint8_t bytes[CHECK_PAGE];
};

struct process_check {
	struct target *target;
	struct module_table *modules;
	struct unwinder *unwinder;
	struct unwind_result own;
	struct mappings mappings;
	struct page *pages;
	struct reference *reference;
	const struct capture *captured; /* the stack at hand */
	struct tally *tally;
};

/* Memory that a file is behind, page by page. */
static bool read_byte(struct process_check *check, uint64_t address, uint8_t *ret)
{
	uint64_t start = address & -CHECK_PAGE;
	struct page *page = &check->pages[address / CHECK_PAGE % PAGE_COUNT];

	if (page->address != start) {
		const struct mapping *mapping = mappings_find(&check->mappings, address);

		page->address = 0;
		if (!mapping || (*mapping->path != '/' && strcmp(mapping->path, "[vdso]") != 0) ||
			target_read(check->target, start, page->bytes, CHECK_PAGE) != CHECK_PAGE)
			return false;
		page->address = start;
	}
	*ret = page->bytes[address - start];
	return true;
}

static bool read_word(void *context, uint64_t address, uint64_t *ret)
{
	struct process_check *check = context;
	const struct capture *captured = check->captured;
	uint64_t offset = address - captured->stack_address;
	uint8_t bytes[sizeof(*ret)];

	if (captured->stack_length >= sizeof(*ret) &&
		offset <= captured->stack_length - sizeof(*ret)) {
		memcpy(ret, captured->stack + offset, sizeof(*ret));
		return true;
	}
	for (size_t i = 0; i < sizeof(bytes); i++)
		if (!read_byte(check, address + i, &bytes[i]))
			return false;
	memcpy(ret, bytes, sizeof(*ret));
	return true;
}

/* A table of .eh_frame_hdr in the form that all linkers make. */
static bool find_table(void *context, uint64_t address, struct reference_table *ret)
{
	struct process_check *check = context;
	const struct module *module = module_table_find(check->modules, address);
	uint64_t header, size, form, count;

	if (!module || !module->image || !elf_image_eh_frame_header(module->image, &header, &size))
		return false;
	header += module->bias;
	if (!read_word(check, header, &form) || (form & UINT32_MAX) != 0x3b031b01 ||
		!read_word(check, header + 8, &count))
		return false;
	*ret = (struct reference_table){
		module->start, module->end, header, header + 12, count & UINT32_MAX};
	return ret->count > 0;
}

static struct error *open_mapping(void *context, const struct mapping *mapping, int *ret_fd)
{
	return target_open_mapping(context, mapping, ret_fd);
}

/* Code that was loaded meanwhile, and other code where some was. */
static void refresh(struct process_check *check)
{
	bool changed;

	mappings_deinit(&check->mappings);
	must(target_list_mappings(check->target, &check->mappings));
	must(unwinder_update_modules(check->unwinder, &check->mappings, &changed));
	if (changed)
		memset(check->pages, 0, PAGE_COUNT * sizeof(*check->pages));
}

struct walk {
	struct u64_array addresses;
	enum reference_step end;
};

/*
 * libunwind's, in limpet's words: in the call, unless the frame was interrupted, or is the
 * trampoline that leads there.
 */
static struct walk follow(struct process_check *check)
{
	struct walk walk = {.end = REFERENCE_CALLER};
	uint64_t pc, previous = 0;

	reference_start(check->reference, &check->captured->registers);
	while (walk.end == REFERENCE_CALLER && walk.addresses.count < UNWIND_DEPTH_MAX &&
		reference_register(check->reference, REGISTER_PC, &pc)) {
		size_t count = walk.addresses.count;
		bool interrupted = !count || reference_was_interrupted(check->reference);

		if (count && interrupted)
			walk.addresses.items[count - 1] = previous;
		must(u64_array_append(&walk.addresses, pc - !interrupted));
		previous = pc;
		walk.end = reference_step(check->reference);
	}
	return walk;
}

static size_t common_length(const struct u64_array *a, const struct u64_array *b)
{
	size_t length = 0;

	while (length < a->count && length < b->count && a->items[length] == b->items[length])
		length++;
	return length;
}

/* Which of the outcomes it is; the frames are those of both. */
static enum outcome judge(const struct unwind_result *own, const struct walk *theirs, size_t common)
{
	bool same = common == own->addresses.count && common == theirs->addresses.count;

	if (theirs->end == REFERENCE_GUESSED && common == theirs->addresses.count)
		return OUTCOME_NO_TABLE;
	if (!same)
		return OUTCOME_DIFFERENT;
	if (own->end == UNWIND_COMPLETE && theirs->end == REFERENCE_OUTERMOST)
		return OUTCOME_SAME;
	if (own->end == UNWIND_TOO_DEEP)
		return OUTCOME_SAME;
	if (theirs->end != REFERENCE_NONE)
		return OUTCOME_DIFFERENT;
	return own->end == UNWIND_STACK_TOO_SHORT ? OUTCOME_CUT : OUTCOME_NONE;
}

static void compare(struct process_check *check)
{
	const struct unwind_result *own = &check->own;
	struct walk theirs = follow(check);
	size_t common = common_length(&own->addresses, &theirs.addresses);
	enum outcome outcome = judge(own, &theirs, common);

	check->tally->threads++;
	check->tally->frames += common;
	if (outcome != OUTCOME_DIFFERENT)
		check->tally->outcomes[outcome]++;
	else
		report_difference(check->tally,
			"%s, thread %d: %zu frames (%s), with libunwind %zu (%d); the same are %zu"
			", then %#" PRIx64 " and %#" PRIx64,
			check->target->identity.name, check->captured->thread, own->addresses.count,
			unwind_end_text(own->end), theirs.addresses.count, theirs.end, common,
			common < own->addresses.count ? own->addresses.items[common] : 0,
			common < theirs.addresses.count ? theirs.addresses.items[common] : 0);
	u64_array_deinit(&theirs.addresses);
}

static void check_thread(struct process_check *check, pid_t thread)
{
	struct capture captured = {.thread = thread, .wish.own = CAPTURE_STACK_MAX, .memory = -1};

	must(target_capture(check->target, 0, &captured, 1));
	if (captured.outcome != CAPTURE_DONE)
		return;
	/* What it executes may have been loaded since. */
	refresh(check);
	const struct unwind_input input = {
		.registers = captured.registers,
		.stack_address = captured.stack_address,
		.stack = captured.stack,
		.stack_length = captured.stack_length,
	};
	must(unwind_stack(check->unwinder, &input, &check->own));
	check->captured = &captured;
	compare(check);
	check->captured = NULL;
}

void process_check_run(int pid, unsigned rounds, struct tally *tally)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct process_check check = {.tally = tally};

	check.pages = calloc(PAGE_COUNT, sizeof(*check.pages));
	if (!check.pages)
		must(&error_no_memory);
	must(live_target_open(pid, &check.target));
	must(module_table_create(
		(struct module_opener){.open = open_mapping, .context = check.target}, &check.modules));
	must(unwinder_create(check.modules, &check.unwinder));
	check.reference =
		reference_create(&(struct reference_source){read_word, find_table, &check});
	for (unsigned round = 0; round < rounds; round++) {
		threads.count = 0;
		must(target_list_threads(check.target, &threads));
		ARRAY_FOR_EACH (thread, &threads)
			check_thread(&check, thread->id);
	}
	reference_destroy(check.reference);
	unwind_result_deinit(&check.own);
	unwinder_destroy(check.unwinder);
	module_table_destroy(check.modules);
	mappings_deinit(&check.mappings);
	target_destroy(check.target);
	free(check.pages);
}
