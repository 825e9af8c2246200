#include "unwind/code_step.h"

#include <stdlib.h>
#include <string.h>

#include "arch/code_walk.h"
#include "arch/instruction.h"
#include "unwind/unwind_internal.h"

#define STEP_COUNT 512 /* a power of two */

static const uint8_t saved_registers[CODE_SAVED_COUNT] = {
	[CODE_SAVED_RBX] = REGISTER_RBX,
	[CODE_SAVED_RBP] = REGISTER_RBP,
	[CODE_SAVED_R12] = REGISTER_R8 + 4,
	[CODE_SAVED_R13] = REGISTER_R8 + 5,
	[CODE_SAVED_R14] = REGISTER_R8 + 6,
	[CODE_SAVED_R15] = REGISTER_R8 + 7,
};

enum kind {
	KIND_UNKNOWN,
	KIND_RETURNS,
	KIND_OUTERMOST,
};

/* All addresses are the file's own. */
struct known_step {
	const struct elf_image *image; /* NULL: free */
	uint64_t pc;
	enum kind kind;
	struct code_return found;
	/* The last call that led here, and what was found out about it. */
	const struct elf_image *caller;
	uint64_t return_address, depth;
	bool is_call;
};

struct code_steps {
	struct known_step items[STEP_COUNT];
};

struct error *code_steps_create(struct code_steps **ret)
{
	struct code_steps *steps = calloc(1, sizeof(*steps));

	if (!steps)
		return &error_no_memory;
	*ret = steps;
	return NULL;
}

void code_steps_destroy(struct code_steps *steps)
{
	free(steps);
}

void code_steps_forget(struct code_steps *steps)
{
	memset(steps, 0, sizeof(*steps));
}

struct file_code {
	struct file_pages *pages;
	const struct elf_image *image;
};

static size_t read_code(void *context, uint64_t address, void *buffer, size_t length)
{
	const struct file_code *code = context;

	/* The end of the code may be nearer. */
	while (length && !file_pages_read(code->pages, code->image, address, buffer, length))
		length--;
	return length;
}

static bool is_function(const struct file_code *code, uint64_t address, const char *name)
{
	const struct elf_symbol *symbol =
		elf_image_symbol_at((struct elf_image *)(uintptr_t)code->image, address);
	const struct elf_symbol *named =
		elf_image_symbol_named((struct elf_image *)(uintptr_t)code->image, name);

	return symbol && named && symbol->address == address && named->address == address;
}

static bool is_outermost(
	const struct file_code *code, const struct memory_reader *reader, uint64_t pc)
{
	uint64_t function;

	return code_hands_result_on(reader, pc, &function) &&
	       (is_function(code, function, "exit") || is_function(code, function, "pthread_exit"));
}

static enum kind find_out(const struct file_code *code, uint64_t pc, struct code_return *ret)
{
	const struct memory_reader reader = {read_code, (void *)(uintptr_t)code};

	if (is_outermost(code, &reader, pc))
		return KIND_OUTERMOST;
	return code_walk(&reader, pc, ret) ? KIND_RETURNS : KIND_UNKNOWN;
}

static struct known_step *known_step(struct unwinder *unwinder, uint64_t pc)
{
	struct file_code code = {unwinder->pages, unwinder->module->image};
	struct known_step *step = &unwinder->steps->items[(pc ^ pc >> 9) % STEP_COUNT];

	if (step->image == code.image && step->pc == pc)
		return step;
	*step = (struct known_step){.image = code.image, .pc = pc};
	step->kind = find_out(&code, pc, &step->found);
	return step;
}

/* The call that ends at the address; several readings of the bytes before it may be one. */
static bool find_call(const struct memory_reader *code, uint64_t end, struct instruction *ret)
{
	for (size_t length = 2; length <= 8; length++) {
		uint8_t bytes[8];

		if (end < length || memory_read(code, end - length, bytes, length) != length ||
			!instruction_decode(bytes, length, ret) || ret->length != length)
			continue;
		if (ret->flow == FLOW_CALL || ret->flow == FLOW_CALL_INDIRECT)
			return true;
	}
	return false;
}

/* depth: how far the return address lies above the stack pointer. */
static void check_call(struct unwinder *unwinder, struct known_step *step,
	const struct module *module, uint64_t return_address, uint64_t depth)
{
	struct file_code code = {unwinder->pages, module->image};
	const struct memory_reader reader = {read_code, &code};
	struct instruction call;
	int64_t found;

	step->caller = module->image;
	step->return_address = return_address;
	step->depth = depth;
	step->is_call = find_call(&reader, return_address, &call);
	if (!step->is_call || call.flow != FLOW_CALL || module->image != step->image)
		return;
	if (code_walk_depth(&reader, return_address + (uint64_t)call.target, step->pc, &found))
		step->is_call = found == (int64_t)depth;
}

static bool is_return_address(
	struct unwinder *unwinder, struct known_step *step, uint64_t address, uint64_t depth)
{
	const struct module *module = module_table_find(unwinder->modules, address - 1);

	if (!module || !module->image)
		return false;
	uint64_t in_file = address - module->bias;
	if (step->caller != module->image || step->return_address != in_file ||
		step->depth != depth)
		check_call(unwinder, step, module, in_file, depth);
	return step->is_call;
}

bool code_is_behind_call(struct unwinder *unwinder, uint64_t address)
{
	const struct module *module = module_table_find(unwinder->modules, address - 1);
	struct instruction call;

	if (!module || !module->image)
		return module != NULL;
	struct file_code code = {unwinder->pages, module->image};
	const struct memory_reader reader = {read_code, &code};
	return find_call(&reader, address - module->bias, &call);
}

static uint64_t place_of(const struct registers *frame, const struct stack_place *place)
{
	return frame->values[place->from_frame ? REGISTER_RBP : REGISTER_RSP] +
	       (uint64_t)place->distance;
}

static enum code_step to_caller(struct unwinder *unwinder, struct known_step *step,
	const struct registers *frame, struct registers *ret)
{
	const struct code_return *found = &step->found;
	uint64_t place = place_of(frame, &found->address), address;
	struct registers caller = *frame;

	if (!unwind_read_stack(unwinder->input, place, &address))
		return CODE_STEP_TOO_SHORT;
	if (!is_return_address(unwinder, step, address, place - registers_sp(frame)))
		return CODE_STEP_NONE;
	for (int i = 0; i < CODE_SAVED_COUNT; i++)
		if (found->on_stack[i] &&
			!unwind_read_stack(unwinder->input, place_of(frame, &found->saved[i]),
				&caller.values[saved_registers[i]]))
			return CODE_STEP_TOO_SHORT;
	caller.values[REGISTER_PC] = address;
	caller.values[REGISTER_RSP] = place + sizeof(address);
	*ret = caller;
	return CODE_STEP_CALLER;
}

enum code_step code_step(
	struct unwinder *unwinder, const struct registers *frame, struct registers *ret)
{
	uint64_t pc = registers_pc(frame) - unwinder->module->bias;
	struct known_step *step = known_step(unwinder, pc);

	switch (step->kind) {
	case KIND_RETURNS:
		return to_caller(unwinder, step, frame, ret);
	case KIND_OUTERMOST:
		return CODE_STEP_OUTERMOST;
	case KIND_UNKNOWN:
		break;
	}
	return CODE_STEP_NONE;
}
