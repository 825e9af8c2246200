#include "unwind/unwind.h"

#include <stdlib.h>
#include <string.h>

#include "arch/call_gadgets.h"
#include "unwind/go_frames.h"
#include "unwind/unwind_internal.h"

/* A goroutine's stack, that of the thread, that for signals: more than a program has. */
#define SWITCHES_MAX 8

/* struct ucontext: flags, link and stack come before the registers (asm/sigcontext.h). */
#define CONTEXT_REGISTERS 40

static const uint8_t context_order[REGISTER_COUNT] = {8, 9, 10, 11, 12, 13, 14, 15, REGISTER_RDI,
	REGISTER_RSI, REGISTER_RBP, REGISTER_RBX, REGISTER_RDX, REGISTER_RAX, REGISTER_RCX,
	REGISTER_RSP, REGISTER_PC};

const char *unwind_end_text(enum unwind_end end)
{
	static const char *const texts[UNWIND_END_COUNT] = {
		[UNWIND_COMPLETE] = "complete",
		[UNWIND_STACK_TOO_SHORT] = "stack larger than the copy",
		[UNWIND_NO_MODULE] = "code outside every known module",
		[UNWIND_NO_RULES] = "code without unwind information",
		[UNWIND_BAD_FRAME] = "broken frame",
		[UNWIND_TOO_DEEP] = "too many frames",
		[UNWIND_OTHER_STACK] = "continues on another stack",
		[UNWIND_UNKNOWN] = "a register that only a stop would show",
	};

	return texts[end];
}

struct error *unwinder_create(struct module_table *modules, struct unwinder **ret)
{
	struct unwinder *unwinder = calloc(1, sizeof(*unwinder));
	struct error *error;

	if (!unwinder)
		return &error_no_memory;
	unwinder->modules = modules;
	error = file_pages_create(&unwinder->pages);
	if (!error)
		error = frame_tables_create(
			unwinder->pages, module_table_search(modules), &unwinder->tables);
	if (!error)
		error = code_steps_create(&unwinder->steps);
	if (error)
		unwinder_destroy(unwinder);
	else
		*ret = unwinder;
	return error;
}

void unwinder_destroy(struct unwinder *unwinder)
{
	if (!unwinder)
		return;
	frame_tables_destroy(unwinder->tables);
	file_pages_destroy(unwinder->pages);
	code_steps_destroy(unwinder->steps);
	rule_cache_deinit(&unwinder->cache);
	free(unwinder);
}

void unwinder_modules_changed(struct unwinder *unwinder)
{
	rule_cache_forget(&unwinder->cache);
	frame_tables_forget(unwinder->tables);
	file_pages_forget(unwinder->pages);
	code_steps_forget(unwinder->steps);
}

struct error *unwinder_update_modules(
	struct unwinder *unwinder, const struct mappings *mappings, bool *ret_changed)
{
	struct error *error = module_table_update(unwinder->modules, mappings, ret_changed);

	if (!error && *ret_changed)
		unwinder_modules_changed(unwinder);
	return error;
}

/* The frame that the kernel makes for a signal handler, at the return from it. */
static void describe_signal_frame(struct frame_row *ret)
{
	*ret = (struct frame_row){0};
	ret->rules.cfa_rule = RULE_CFA_FROM_REGISTER;
	ret->rules.cfa_register = REGISTER_RSP;
	ret->rules.is_signal_frame = true;
	for (size_t i = 0; i < REGISTER_COUNT; i++) {
		ret->rules.changed |= 1U << context_order[i];
		ret->rules.rules[context_order[i]] = RULE_AT_CFA;
		ret->rules.values[context_order[i]] =
			(int32_t)(CONTEXT_REGISTERS + i * sizeof(uint64_t));
	}
}

/* Not every program has told in its tables that this is no ordinary function. */
static bool is_signal_return(
	struct unwinder *unwinder, const struct module *module, const struct frame *frame)
{
	uint8_t bytes[sizeof(CALL_SIGNAL_RETURN) - 1];
	uint64_t pc = registers_pc(&frame->registers) - module->bias;

	return file_pages_read(unwinder->pages, module->image, pc, bytes, sizeof(bytes)) &&
	       memcmp(bytes, CALL_SIGNAL_RETURN, sizeof(bytes)) == 0;
}

/* Go's table first: it says where stacks begin and where they go on elsewhere. */
static struct error *find_row(struct unwinder *unwinder, const struct module *module,
	const struct frame *frame, struct frame_row *ret, bool *ret_found)
{
	uint64_t address = frame_address(frame) - module->bias;

	*ret_found =
		go_frames_find(unwinder->pages, module->image, address, frame->interrupted, ret);
	return *ret_found ? NULL
			  : frame_tables_find(
				    unwinder->tables, module->image, address, ret, ret_found);
}

/* Of a frame whose rules are not known yet. */
static struct error *look_up(
	struct unwinder *unwinder, const struct frame *frame, uint64_t key, uint32_t *ret)
{
	const struct module *module = module_table_find(unwinder->modules, frame_address(frame));
	struct error *error = NULL;
	struct frame_row row;
	bool found = false;

	*ret = RULES_NONE;
	/* Nor will they be, but code may come there. */
	if (!module || !module->image)
		return NULL;
	found = is_signal_return(unwinder, module, frame);
	if (found)
		describe_signal_frame(&row);
	else
		error = find_row(unwinder, module, frame, &row, &found);
	return error ? error : rule_cache_add(&unwinder->cache, key, found ? &row : NULL, ret);
}

static struct error *find_rules(struct unwinder *unwinder, const struct frame *frame, uint32_t *ret)
{
	uint64_t key = rule_key(frame_address(frame), frame->interrupted);

	if (rule_cache_find(&unwinder->cache, key, ret))
		return NULL;
	return look_up(unwinder, frame, key, ret);
}

/*
 * A caller's stack pointer lies above: a return address was popped. It can stay in a leaf that
 * has put its return address elsewhere, and a signal handler may have a stack of its own.
 */
static bool is_caller(const struct frame *caller, const struct frame *callee)
{
	uint64_t pc = registers_pc(&caller->registers), sp = registers_sp(&caller->registers);
	uint64_t below = registers_sp(&callee->registers);

	if (caller->interrupted)
		return pc != registers_pc(&callee->registers) || sp != below;
	return sp > below || (callee->interrupted && sp == below);
}

/* Whether a function that may switch stacks has done so, as far as is seen. */
static bool leaves_copy(const struct unwinder *unwinder, const struct frame *frame)
{
	const struct unwind_input *input = unwinder->input;

	return frame->registers.values[REGISTER_RBP] - input->stack_address >= input->stack_length;
}

/* Go's mcall marks the deepest frame by a frame pointer of 0 (psABI 3.4.1) before it calls. */
static bool has_emptied_stack(const struct frame_rules *rules, const struct frame *frame)
{
	return rules->switches_stack && !(frame->unknown & 1U << REGISTER_RBP) &&
	       !frame->registers.values[REGISTER_RBP];
}

/* Another stack may lie anywhere, but there are not many. */
static bool is_caller_elsewhere(
	const struct unwinder *unwinder, const struct frame *caller, const struct frame *callee)
{
	return unwinder->switches <= SWITCHES_MAX &&
	       registers_sp(&caller->registers) != registers_sp(&callee->registers);
}

/*
 * Execution goes on at a signal trampoline's own pc, the address that the kernel pushed: it is no
 * call, and may be a function's first byte.
 */
static void correct_trampoline(struct unwind_result *result, const struct frame *frame)
{
	result->addresses.items[result->addresses.count - 1] = registers_pc(&frame->registers);
}

/* Whether there is a caller; if not, why, is in result->end. */
static bool go_up_by_rules(struct unwinder *unwinder, uint32_t number, struct frame *frame,
	struct unwind_result *result)
{
	const struct frame_rules *rules = rule_cache_rules(&unwinder->cache, number);
	struct frame caller = {.interrupted = rules->is_signal_frame || rules->caller_goes_on};

	if (rules->is_signal_frame)
		correct_trampoline(result, frame);
	/* The rules say that there is no caller. */
	result->end = UNWIND_COMPLETE;
	if (rules->rules[REGISTER_PC] == RULE_UNDEFINED || has_emptied_stack(rules, frame))
		return false;
	caller.unknown = frame->unknown;
	bool elsewhere = rules->switches_stack && leaves_copy(unwinder, frame);
	unwinder->switches += elsewhere;
	result->by_frame_pointer |= rules->skips_caller;
	result->end =
		frame_step(unwinder, rules, &frame->registers, &caller.registers, &caller.unknown);
	if (result->end != UNWIND_COMPLETE)
		return false;
	/* Where the rules lead astray, a zero is found as easily as anything else. */
	if (!is_caller(&caller, frame) &&
		!(elsewhere && is_caller_elsewhere(unwinder, &caller, frame))) {
		result->end = UNWIND_BAD_FRAME;
		return false;
	}
	unwinder->passed_signal |= rules->is_signal_frame;
	*frame = caller;
	return registers_pc(&caller.registers) != 0;
}

/* What was not known is not known of the caller either, although it may have been restored. */
static bool take_caller(
	struct frame *frame, const struct registers *registers, struct unwind_result *result)
{
	struct frame caller = {.registers = *registers, .unknown = frame->unknown};

	result->end = is_caller(&caller, frame) ? UNWIND_COMPLETE : UNWIND_BAD_FRAME;
	*frame = caller;
	return result->end == UNWIND_COMPLETE;
}

static bool go_up_by_frame_pointer(
	struct unwinder *unwinder, struct frame *frame, struct unwind_result *result)
{
	struct registers caller;
	bool outermost;

	if (frame->unknown & 1U << REGISTER_RBP) {
		result->end = UNWIND_UNKNOWN;
		return false;
	}
	result->end = frame_pointer_step(unwinder, &frame->registers, &caller, &outermost);
	/* No frame pointer at all marks nothing, unless others have led here. */
	if (outermost && !result->by_frame_pointer)
		result->end = UNWIND_NO_RULES;
	if (result->end != UNWIND_COMPLETE || outermost)
		return false;
	result->by_frame_pointer = true;
	return take_caller(frame, &caller, result);
}

/* Where the code has no unwind information. */
static bool go_up_by_code(
	struct unwinder *unwinder, struct frame *frame, struct unwind_result *result)
{
	struct registers caller;

	/* Where it looks is not said. */
	if (frame->unknown) {
		result->end = UNWIND_UNKNOWN;
		return false;
	}
	switch (code_step(unwinder, &frame->registers, &caller)) {
	case CODE_STEP_CALLER:
		result->by_code = true;
		return take_caller(frame, &caller, result);
	case CODE_STEP_OUTERMOST:
		result->by_code = true;
		result->end = UNWIND_COMPLETE;
		return false;
	case CODE_STEP_TOO_SHORT:
		result->by_code = true;
		result->end = UNWIND_STACK_TOO_SHORT;
		return false;
	case CODE_STEP_NONE:
		break;
	}
	return go_up_by_frame_pointer(unwinder, frame, result);
}

static bool go_up_without_rules(
	struct unwinder *unwinder, struct frame *frame, struct unwind_result *result)
{
	const struct module *module = module_table_find(unwinder->modules, frame_address(frame));

	unwinder->module = module && module->image ? module : NULL;
	if (unwinder->module)
		return go_up_by_code(unwinder, frame, result);
	/* Code that the program has made has no file, and mostly frame pointers. */
	if (module)
		return go_up_by_frame_pointer(unwinder, frame, result);
	result->end = UNWIND_NO_MODULE;
	return false;
}

/* Goes to the caller. *ret: there is one; if not, why, is in result->end. */
static struct error *go_up(
	struct unwinder *unwinder, struct frame *frame, struct unwind_result *result, bool *ret)
{
	uint32_t number;
	struct error *error = find_rules(unwinder, frame, &number);

	if (error)
		return error;
	*ret = number == RULES_NONE ? go_up_without_rules(unwinder, frame, result)
				    : go_up_by_rules(unwinder, number, frame, result);
	return NULL;
}

static struct error *walk(
	struct unwinder *unwinder, struct frame *frame, struct unwind_result *result)
{
	bool found;

	for (;;) {
		struct error *error = u64_array_append(&result->addresses, frame_address(frame));

		if (!error)
			error = go_up(unwinder, frame, result, &found);
		if (error || !found)
			return error;
		if (result->addresses.count == UNWIND_DEPTH_MAX) {
			result->end = UNWIND_TOO_DEEP;
			return NULL;
		}
	}
}

struct error *unwind_stack(
	struct unwinder *unwinder, const struct unwind_input *input, struct unwind_result *result)
{
	struct frame frame = {
		.registers = input->registers, .unknown = input->unknown, .interrupted = true};
	struct error *error;

	result->addresses.count = 0;
	result->end = UNWIND_BAD_FRAME;
	result->by_code = false;
	result->by_frame_pointer = false;
	unwinder->input = input;
	unwinder->passed_signal = false;
	unwinder->lost = UNWIND_BAD_FRAME;
	unwinder->switches = 0;
	unwinder->missing = 0;
	error = walk(unwinder, &frame, result);
	/* No stop would show what was lost on the way. */
	if (result->end == UNWIND_UNKNOWN && !input->unknown)
		result->end = unwinder->lost;
	unwinder->input = NULL;
	result->signal_frame = unwinder->passed_signal;
	result->on_other_stack = unwinder->switches > 0;
	result->missing = unwinder->missing;
	result->reached = frame.registers.values[REGISTER_RSP];
	return error;
}

void unwind_result_deinit(struct unwind_result *result)
{
	u64_array_deinit(&result->addresses);
}
