#include "unwind/unwind.h"

#include <stdlib.h>

#include "unwind/unwind_internal.h"

/*
 * Distinct pcs whose rules libunwind keeps. It replaces them in turn: a program with more of them
 * than this hits almost never.
 */
#define CACHE_SIZE 16384

/* Words that one step may read from files: far more than the longest rules, and an end to loops. */
#define STEP_READS_MAX 65536

const char *unwind_end_text(enum unwind_end end)
{
	static const char *const texts[UNWIND_END_COUNT] = {
		[UNWIND_COMPLETE] = "complete",
		[UNWIND_STACK_TOO_SHORT] = "stack larger than the copy",
		[UNWIND_NO_MODULE] = "code outside every known module",
		[UNWIND_NO_RULES] = "code without unwind information",
		[UNWIND_BAD_FRAME] = "broken frame",
		[UNWIND_TOO_DEEP] = "too many frames",
	};

	return texts[end];
}

static struct error *create_space(struct unwinder *unwinder)
{
	unw_accessors_t accessors = unwind_accessors;

	unwinder->space = unw_create_addr_space(&accessors, 0);
	if (!unwinder->space)
		return &error_no_memory;
	/* The first call of two on a new address space sets the default size of 128. */
	if (unw_set_cache_size(unwinder->space, CACHE_SIZE, 0) < 0 ||
		unw_set_cache_size(unwinder->space, CACHE_SIZE, 0) < 0)
		return &error_no_memory;
	unw_set_caching_policy(unwinder->space, UNW_CACHE_GLOBAL);
	return NULL;
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
		error = code_steps_create(&unwinder->steps);
	if (!error)
		error = create_space(unwinder);
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
	if (unwinder->space) {
		/* unw_destroy_addr_space() keeps the cache's memory; a smaller cache does not. */
		unw_set_cache_size(unwinder->space, 1, 0);
		unw_destroy_addr_space(unwinder->space);
	}
	file_pages_destroy(unwinder->pages);
	code_steps_destroy(unwinder->steps);
	free(unwinder);
}

void unwinder_modules_changed(struct unwinder *unwinder)
{
	unw_flush_cache(unwinder->space, 0, 0);
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

/* A frame on the way. */
struct frame {
	uint64_t pc, sp;
	/* The frame was interrupted, or is the leaf: pc is not a return address. */
	bool interrupted;
};

/* An address inside the instruction that is executing or calling. */
static uint64_t frame_address(const struct frame *frame)
{
	return frame->interrupted ? frame->pc : frame->pc - 1;
}

static int step(struct unwinder *unwinder, unw_cursor_t *cursor)
{
	unwinder->failed = false;
	unwinder->reads_left = STEP_READS_MAX;
	return unw_step(cursor);
}

/* The rules say that the return address is undefined: there is no caller. */
static bool is_outermost(unw_cursor_t *cursor)
{
	unw_save_loc_t saved;

	return unw_get_save_loc(cursor, UNW_X86_64_RIP, &saved) == 0 && saved.type == UNW_SLT_NONE;
}

/*
 * A caller's stack pointer lies above: a return address was popped. It can stay in a leaf that
 * has put its return address elsewhere, and a signal handler may have a stack of its own.
 */
static bool is_caller(const struct frame *caller, const struct frame *callee)
{
	if (caller->interrupted)
		return caller->pc != callee->pc || caller->sp != callee->sp;
	return caller->sp > callee->sp || (callee->interrupted && caller->sp == callee->sp);
}

static enum unwind_end enter_frame(struct unwinder *unwinder, const struct frame *frame)
{
	struct module *module = module_table_find(unwinder->modules, frame_address(frame));

	unwinder->module = module && module->image ? module : NULL;
	if (!module)
		return UNWIND_NO_MODULE;
	return module->image ? UNWIND_COMPLETE : UNWIND_NO_RULES;
}

/*
 * Execution goes on at a signal trampoline's own pc, the address that the kernel pushed: it is no
 * call, and may be a function's first byte.
 */
static void correct_trampoline(struct unwind_result *result, const struct frame *frame)
{
	result->addresses.items[result->addresses.count - 1] = frame->pc;
}

static bool get_registers(unw_cursor_t *cursor, const struct frame *frame, struct registers *ret)
{
	for (int i = 0; i < REGISTER_COUNT; i++)
		if (unw_get_reg(cursor, i, &ret->values[i]) < 0)
			ret->values[i] = 0;
	ret->values[REGISTER_PC] = frame->pc;
	return registers_sp(ret) == frame->sp;
}

/* libunwind goes on from there: in the call, as it looks for the rules of a return address. */
static bool begin_at(struct unwinder *unwinder, unw_cursor_t *cursor, const struct frame *frame,
	const struct registers *registers)
{
	unwinder->registers = *registers;
	unwinder->registers.values[REGISTER_PC] = frame_address(frame);
	return unw_init_remote(cursor, unwinder->space, unwinder) >= 0;
}

/* The same where the code has no unwind information. */
static bool go_up_by_code(struct unwinder *unwinder, unw_cursor_t *cursor, struct frame *frame,
	struct unwind_result *result)
{
	struct registers registers, caller;

	result->end = UNWIND_NO_RULES;
	if (!get_registers(cursor, frame, &registers))
		return false;
	enum code_step step = code_step(unwinder, &registers, &caller);
	if (step == CODE_STEP_TOO_SHORT)
		result->end = UNWIND_STACK_TOO_SHORT;
	result->by_code |= step != CODE_STEP_NONE;
	if (step == CODE_STEP_OUTERMOST)
		result->end = UNWIND_COMPLETE;
	if (step == CODE_STEP_INTERRUPTED)
		correct_trampoline(result, frame);
	if (step != CODE_STEP_CALLER && step != CODE_STEP_INTERRUPTED)
		return false;
	struct frame next = {
		registers_pc(&caller), registers_sp(&caller), step == CODE_STEP_INTERRUPTED};
	result->end = UNWIND_BAD_FRAME;
	if (!is_caller(&next, frame) || !begin_at(unwinder, cursor, &next, &caller))
		return false;
	*frame = next;
	return true;
}

/* Goes to the caller. False if there is none, for the reason in result->end. */
static bool go_up(struct unwinder *unwinder, unw_cursor_t *cursor, struct frame *frame,
	struct unwind_result *result)
{
	struct frame caller;

	result->end = enter_frame(unwinder, frame);
	if (result->end != UNWIND_COMPLETE)
		return false;
	int status = step(unwinder, cursor);
	/* After a step this tells of the frame that was left. */
	if (unwinder->failed && unwinder->failure == UNWIND_NO_RULES)
		return go_up_by_code(unwinder, cursor, frame, result);
	caller.interrupted = unw_is_signal_frame(cursor) > 0;
	if (caller.interrupted)
		correct_trampoline(result, frame);
	result->end = unwinder->failed ? unwinder->failure : UNWIND_BAD_FRAME;
	if (status < 0 || unwinder->failed)
		return false;
	if (unw_get_reg(cursor, UNW_REG_IP, &caller.pc) < 0 ||
		unw_get_reg(cursor, UNW_REG_SP, &caller.sp) < 0 || !is_caller(&caller, frame))
		return false;
	if (status == 0 ? is_outermost(cursor) : !caller.pc)
		result->end = UNWIND_COMPLETE;
	*frame = caller;
	return status > 0 && caller.pc;
}

static struct error *walk(
	struct unwinder *unwinder, unw_cursor_t *cursor, struct unwind_result *result)
{
	struct frame frame = {
		.pc = registers_pc(&unwinder->input->registers),
		.sp = registers_sp(&unwinder->input->registers),
		.interrupted = true,
	};
	struct error *error = u64_array_append(&result->addresses, frame.pc);

	while (!error && go_up(unwinder, cursor, &frame, result)) {
		if (result->addresses.count == UNWIND_DEPTH_MAX) {
			result->end = UNWIND_TOO_DEEP;
			break;
		}
		if (frame.interrupted)
			unwinder->passed_signal = true;
		error = u64_array_append(&result->addresses, frame_address(&frame));
	}
	return error;
}

struct error *unwind_stack(
	struct unwinder *unwinder, const struct unwind_input *input, struct unwind_result *result)
{
	unw_cursor_t cursor;
	struct error *error = NULL;

	result->addresses.count = 0;
	result->end = UNWIND_BAD_FRAME;
	result->by_code = false;
	unwinder->input = input;
	unwinder->registers = input->registers;
	unwinder->passed_signal = false;
	unwinder->module = NULL;
	if (unw_init_remote(&cursor, unwinder->space, unwinder) >= 0)
		error = walk(unwinder, &cursor, result);
	unwinder->input = NULL;
	result->signal_frame = unwinder->passed_signal;
	return error;
}

void unwind_result_deinit(struct unwind_result *result)
{
	u64_array_deinit(&result->addresses);
}
