#include "unwind/go_frames.h"

#include <string.h>

#include "elf/go_functions.h"

#define WORD 8

/* What there is to a function beyond its deltas. */
enum kind {
	KIND_ORDINARY,
	KIND_OUTERMOST,     /* it has no caller */
	KIND_STARTS_CALLEE, /* nor has it one when it has called: it does so on an emptied stack */
	KIND_POSES,         /* on the stack it goes over to it makes a frame of its own size */
	KIND_SWITCHES,      /* its callees may be on another stack than its caller */
};

/*
 * Those for which the flags in the table do not tell, be it that there are none: Go 1.16. Numbers
 * of special functions are in the table too, but differ from version to version.
 */
static const struct {
	const char *name;
	enum kind kind;
} special_functions[] = {
	/* It is entered by a signal, whose frame is found by the code that it returns to. */
	{"runtime.sigtramp", KIND_ORDINARY},
	{"runtime.cgocallback", KIND_POSES},
	{"runtime.goexit", KIND_OUTERMOST},
	{"runtime.mstart", KIND_OUTERMOST},
	{"runtime.rt0_go", KIND_OUTERMOST},
	{"_rt0_amd64", KIND_OUTERMOST},
	{"_rt0_amd64_linux", KIND_OUTERMOST},
	{"runtime.gogo", KIND_OUTERMOST},
	{"gogo", KIND_OUTERMOST},
	{"runtime.clone", KIND_STARTS_CALLEE},
	{"runtime.mcall", KIND_STARTS_CALLEE},
	{"runtime.morestack", KIND_STARTS_CALLEE},
	{"runtime.systemstack", KIND_SWITCHES},
	{"runtime.asmcgocall", KIND_SWITCHES},
	{"runtime.nanotime1", KIND_SWITCHES},
	{"runtime.walltime", KIND_SWITCHES},
	{"runtime.walltime1", KIND_SWITCHES},
	{"time.now", KIND_SWITCHES},
};

/* Where in a function the caller's frame pointer is saved, and where its own is set. */
struct frame_pointer {
	bool used;
	uint64_t saved, set; /* from these addresses on */
};

static enum kind kind_of(const struct go_function *function)
{
	for (size_t i = 0; i < ARRAY_SIZE(special_functions); i++)
		if (strcmp(function->name, special_functions[i].name) == 0)
			return special_functions[i].kind;
	if (function->top_frame)
		return KIND_OUTERMOST;
	return function->writes_stack_pointer ? KIND_SWITCHES : KIND_ORDINARY;
}

/*
 * Functions with a frame begin with push rbp; mov rbp, rsp or, up to Go 1.20, sub rsp, N; mov
 * [rsp+N-8], rbp; lea rbp, [rsp+N-8] (cmd/internal/obj/x86/obj6.go). Others, in assembly, save it
 * elsewhere or not at all.
 */
static struct frame_pointer find_frame_pointer(
	struct file_pages *pages, const struct elf_image *image, uint64_t pushed, int32_t delta)
{
	static const uint8_t push_and_move[] = {0x55, 0x48, 0x89, 0xe5};
	static const uint8_t move_near[] = {0x48, 0x89, 0x6c, 0x24};
	static const uint8_t move_far[] = {0x48, 0x89, 0xac, 0x24};
	uint8_t code[6];

	if (!file_pages_read(pages, image, pushed - 1, code, sizeof(code)))
		return (struct frame_pointer){0};
	if (delta == WORD && memcmp(code, push_and_move, sizeof(push_and_move)) == 0)
		return (struct frame_pointer){true, pushed, pushed + 3};
	if (memcmp(code + 1, move_near, sizeof(move_near)) == 0 && code[5] == delta - WORD)
		return (struct frame_pointer){true, pushed + 5, pushed + 10};
	if (memcmp(code + 1, move_far, sizeof(move_far)) == 0)
		return (struct frame_pointer){true, pushed + 8, pushed + 16};
	return (struct frame_pointer){0};
}

static void set_rule(struct frame_row *row, int number, enum frame_rule rule, int32_t value)
{
	row->rules.changed |= 1U << number;
	row->rules.rules[number] = rule;
	row->rules.values[number] = value;
}

static void describe(struct frame_row *ret, uint8_t cfa_register, int32_t cfa_value)
{
	*ret = (struct frame_row){0};
	ret->rules.cfa_rule = RULE_CFA_FROM_REGISTER;
	ret->rules.cfa_register = cfa_register;
	ret->rules.cfa_value = cfa_value;
	set_rule(ret, REGISTER_PC, RULE_AT_CFA, -WORD);
}

static void describe_outermost(struct frame_row *ret)
{
	describe(ret, REGISTER_RSP, WORD);
	set_rule(ret, REGISTER_PC, RULE_UNDEFINED, 0);
}

/* By the pair that the frame pointer leads to, whatever stack it is on. */
static void describe_switch(struct frame_row *ret)
{
	describe(ret, REGISTER_RBP, 2 * WORD);
	set_rule(ret, REGISTER_RBP, RULE_AT_CFA, -2 * WORD);
	ret->rules.switches_stack = true;
}

bool go_frames_find(struct file_pages *pages, struct elf_image *image, uint64_t address,
	bool interrupted, struct frame_row *ret)
{
	const struct go_functions *functions = elf_image_go_functions(image);
	struct frame_pointer pointer = {0};
	struct go_function function;
	int32_t delta, first;
	uint64_t pushed;

	if (!functions || !go_functions_find(functions, address, &function))
		return false;
	enum kind kind = kind_of(&function);
	if (kind == KIND_OUTERMOST || (kind == KIND_STARTS_CALLEE && !interrupted)) {
		describe_outermost(ret);
		return true;
	}
	if (!go_function_stack_delta(functions, &function, address, &delta))
		return false;
	if (go_function_first_push(functions, &function, &pushed, &first) && delta >= WORD)
		pointer = find_frame_pointer(pages, image, pushed, first);
	if (kind != KIND_ORDINARY && kind != KIND_POSES && pointer.used && address >= pointer.set) {
		describe_switch(ret);
		return true;
	}
	/* Up to Go 1.20 these have no frame: the pair is that of the caller, which is left out. */
	if (kind == KIND_SWITCHES && !interrupted && delta < WORD) {
		describe_switch(ret);
		ret->rules.skips_caller = true;
		return true;
	}
	describe(ret, REGISTER_RSP, delta + WORD);
	ret->rules.caller_goes_on = kind == KIND_POSES;
	if (pointer.used && address >= pointer.saved)
		set_rule(ret, REGISTER_RBP, RULE_AT_CFA, -2 * WORD);
	return true;
}
