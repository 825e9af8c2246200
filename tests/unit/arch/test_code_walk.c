#include "../base/test_support.h"

#include "arch/code_walk.h"
#include "arch/instruction.h"

#define BASE 0x401000ULL

/* An instruction whose length is all of the text, whatever follows. */
#define DECODE(text, ret) instruction_decode((const uint8_t *)(text), sizeof(text) - 1, ret)

static const struct {
	const char *code;
	size_t length;
} lengths[] = {
#define ROW(text)                                                                                  \
	{                                                                                          \
		text, sizeof(text) - 1                                                             \
	}
	ROW("\x90"),                                     /* nop */
	ROW("\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00"), /* nopw %cs:0(%rax,%rax) */
	ROW("\x64\x48\x8b\x04\x25\x28\x00\x00\x00"),     /* mov %fs:0x28,%rax */
	ROW("\x48\xb8\x01\x02\x03\x04\x05\x06\x07\x08"), /* movabs */
	ROW("\x66\xb8\x01\x02"),                         /* mov $0x201,%ax */
	ROW("\x66\xc7\x44\x24\x08\x01\x02"),             /* movw $0x201,8(%rsp) */
	ROW("\xf7\xc7\x0f\x00\x00\x00"),
	ROW("\xf7\xd8"), /* test, neg */
	ROW("\xf6\x40\x10\x01"),
	ROW("\xf6\xd0"), /* testb, not */
	ROW("\x8b\x05\x7a\x56\x04\x00"),
	ROW("\x8b\x44\x8d\x10"),                 /* 0x4567a(%rip), SIB */
	ROW("\x48\x8d\x1c\xc5\x00\x00\x00\x00"), /* lea 0(,%rax,8),%rbx */
	ROW("\xf0\x41\x0f\xb1\x76\x04"),         /* lock cmpxchg */
	ROW("\x66\x0f\x6f\x44\x24\x10"),
	ROW("\xf2\x0f\x58\xc1"), /* movdqa, addsd */
	ROW("\x66\x0f\x3a\x0b\xc0\x03"),
	ROW("\x66\x0f\x38\x17\xc0"), /* roundsd, ptest */
	ROW("\xdd\x44\x24\x08"),
	ROW("\xd9\xe8"), /* fldl, fld1 */
	ROW("\x0f\x05"),
	ROW("\xf3\x48\xa5"),
	ROW("\x48\x0f\xa4\xc2\x05"),
	ROW("\x69\xc0\x10\x27\x00\x00"),
	ROW("\x6b\xc0\x0a"),
#undef ROW
};

static void lengths_are_known(void **state)
{
	struct instruction instruction;

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const uint8_t *code = (const uint8_t *)lengths[i].code;

		assert_true(instruction_decode(code, lengths[i].length, &instruction));
		assert_int_equal(instruction.length, lengths[i].length);
		assert_int_equal(instruction.flow, FLOW_NEXT);
		assert_int_equal(instruction.stack, STACK_SAME);
		for (size_t length = 0; length < lengths[i].length; length++)
			assert_false(instruction_decode(code, length, &instruction));
	}
}

static const struct {
	const char *code;
	size_t length;
	enum instruction_stack stack;
	int64_t distance;
} stacks[] = {
	{"\x53", 1, STACK_MOVED, -8},                          /* push %rbx */
	{"\x41\x54", 2, STACK_MOVED, -8},                      /* push %r12 */
	{"\x5d", 1, STACK_MOVED, 8},                           /* pop %rbp */
	{"\x6a\x00", 2, STACK_MOVED, -8},                      /* push $0 */
	{"\xff\x74\x24\x30", 4, STACK_MOVED, -8},              /* push 0x30(%rsp) */
	{"\x48\x83\xec\x18", 4, STACK_MOVED, -24},             /* sub $24,%rsp */
	{"\x48\x81\xc4\x08\x01\x00\x00", 7, STACK_MOVED, 264}, /* add $264,%rsp */
	{"\x48\x8d\x64\x24\x10", 5, STACK_MOVED, 16},          /* lea 16(%rsp),%rsp */
	{"\x48\x89\xe5", 3, STACK_SETS_FRAME, 0},              /* mov %rsp,%rbp */
	{"\x48\x89\xec", 3, STACK_AT_FRAME, 0},                /* mov %rbp,%rsp */
	{"\x48\x8d\x65\xd8", 4, STACK_AT_FRAME, -40},          /* lea -40(%rbp),%rsp */
	{"\xc9", 1, STACK_LEFT, 0},                            /* leave */
	{"\x48\x29\xc4", 3, STACK_UNKNOWN, 0},                 /* sub %rax,%rsp */
	{"\x48\x83\xe4\xf0", 4, STACK_UNKNOWN, 0},             /* and $-16,%rsp */
	{"\x48\x8b\x67\x30", 4, STACK_UNKNOWN, 0},             /* mov 0x30(%rdi),%rsp */
	{"\x48\x89\xc4", 3, STACK_UNKNOWN, 0},                 /* mov %rax,%rsp */
	{"\x5c", 1, STACK_UNKNOWN, 8},                         /* pop %rsp */
	{"\x48\x83\xfc\x10", 4, STACK_SAME, 0},                /* cmp $16,%rsp */
	{"\x49\x89\xe4", 3, STACK_SAME, 0},                    /* mov %rsp,%r12 */
	{"\x49\x83\xec\x10", 4, STACK_SAME, 0},                /* sub $16,%r12 */
	{"\x88\xe0", 2, STACK_SAME, 0},                        /* mov %ah,%al */
	{"\x0f\x28\xe0", 3, STACK_SAME, 0},                    /* movaps %xmm0,%xmm4 */
	{"\x83\x3c\x24\x00", 4, STACK_SAME, 0},                /* cmpl $0,(%rsp) */
};

static void what_moves_the_stack_pointer_is_known(void **state)
{
	struct instruction instruction;

	(void)state;
	for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
		assert_true(instruction_decode(
			(const uint8_t *)stacks[i].code, stacks[i].length, &instruction));
		assert_int_equal(instruction.length, stacks[i].length);
		assert_int_equal(instruction.stack, stacks[i].stack);
		assert_int_equal(instruction.stack_distance, stacks[i].distance);
	}
}

static void what_is_not_known_is_refused(void **state)
{
	struct instruction instruction;

	(void)state;
	assert_false(DECODE("\xc5\xf8\x77", &instruction));             /* vzeroupper */
	assert_false(DECODE("\x62\xf1\x7c\x48\x28\xc0", &instruction)); /* EVEX */
	assert_false(DECODE("\xff\x2c\x24", &instruction));             /* far jump */
	assert_false(DECODE("\x48\x94", &instruction));                 /* xchg %rax,%rsp */
	assert_false(DECODE("\x8f\x47\x40", &instruction));             /* pop 0x40(%rdi) */
	assert_false(DECODE("\xc8\x10\x00\x00", &instruction));         /* enter */
	assert_false(DECODE("\x06", &instruction));
}

static void where_it_goes_is_known(void **state)
{
	struct instruction instruction;

	(void)state;
	assert_true(DECODE("\xe8\xfb\xff\xff\xff", &instruction));
	assert_int_equal(instruction.flow, FLOW_CALL);
	assert_int_equal(instruction.target, -5);
	assert_true(DECODE("\x75\xf0", &instruction));
	assert_int_equal(instruction.flow, FLOW_BRANCH);
	assert_int_equal(instruction.target, -16);
	assert_true(DECODE("\x0f\x84\x10\x00\x00\x00", &instruction));
	assert_int_equal(instruction.flow, FLOW_BRANCH);
	assert_true(DECODE("\x41\xff\xd1", &instruction));
	assert_int_equal(instruction.flow, FLOW_CALL_INDIRECT);
	assert_true(DECODE("\xff\xe0", &instruction));
	assert_int_equal(instruction.flow, FLOW_JUMP_INDIRECT);
	assert_true(DECODE("\xf4", &instruction));
	assert_int_equal(instruction.flow, FLOW_TRAP);
	assert_true(DECODE("\xf3\xc3", &instruction));
	assert_int_equal(instruction.flow, FLOW_RETURN);
}

struct text {
	const char *bytes;
	size_t length;
};

static size_t read_text(void *context, uint64_t address, void *buffer, size_t length)
{
	const struct text *text = context;
	uint64_t offset = address - BASE;

	if (offset >= text->length)
		return 0;
	length = length < text->length - offset ? length : text->length - offset;
	memcpy(buffer, text->bytes + offset, length);
	return length;
}

/* Of a string constant, at BASE. */
#define READER(code)          (&(struct memory_reader){read_text, &(struct text){(code), sizeof(code) - 1}})
#define WALK(code, from, ret) code_walk(READER(code), BASE + (from), ret)
#define DEPTH(code, to, ret)  code_walk_depth(READER(code), BASE, BASE + (to), ret)

static void assert_address(const struct code_return *found, bool from_frame, int64_t distance)
{
	assert_int_equal(found->address.from_frame, from_frame);
	assert_int_equal(found->address.distance, distance);
}

/* push %r12; push %rbx; sub $8,%rsp; syscall; add $8,%rsp; pop %rbx; pop %r12; ret */
#define ORDINARY "\x41\x54\x53\x48\x83\xec\x08\x0f\x05\x48\x83\xc4\x08\x5b\x41\x5c\xc3"

static void the_return_address_is_found_from_everywhere(void **state)
{
	static const struct {
		uint64_t from;
		int64_t distance;
	} cases[] = {{0, 0}, {2, 8}, {3, 16}, {7, 24}, {9, 24}, {13, 16}, {14, 8}, {16, 0}};
	struct code_return found;
	int64_t depth;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(WALK(ORDINARY, cases[i].from, &found));
		assert_address(&found, false, cases[i].distance);
		assert_true(DEPTH(ORDINARY, cases[i].from, &depth));
		assert_int_equal(depth, cases[i].distance);
	}
}

static void saved_registers_are_found(void **state)
{
	struct code_return found;

	(void)state;
	assert_true(WALK(ORDINARY, 9, &found));
	assert_true(found.on_stack[CODE_SAVED_RBX] && found.on_stack[CODE_SAVED_R12]);
	assert_int_equal(found.saved[CODE_SAVED_RBX].distance, 8);
	assert_int_equal(found.saved[CODE_SAVED_R12].distance, 16);
	assert_false(found.on_stack[CODE_SAVED_RBP] || found.on_stack[CODE_SAVED_R13]);
	/* What is pushed on the way comes back as it was. */
	assert_true(WALK(ORDINARY, 2, &found));
	assert_false(found.on_stack[CODE_SAVED_RBX]);
	assert_true(found.on_stack[CODE_SAVED_R12]);
	/* mov 8(%rsp),%rbx; mov 16(%rsp),%rbp; add $24,%rsp; ret */
	assert_true(
		WALK("\x48\x8b\x5c\x24\x08\x48\x8b\x6c\x24\x10\x48\x83\xc4\x18\xc3", 0, &found));
	assert_address(&found, false, 24);
	assert_int_equal(found.saved[CODE_SAVED_RBX].distance, 8);
	assert_int_equal(found.saved[CODE_SAVED_RBP].distance, 16);
}

/* push %rbp; mov %rsp,%rbp; push %rbx; sub %rax,%rsp; syscall; mov -8(%rbp),%rbx; leave; ret */
#define FRAMED "\x55\x48\x89\xe5\x53\x48\x29\xc4\x0f\x05\x48\x8b\x5d\xf8\xc9\xc3"

static void a_frame_pointer_tells_where_the_stack_pointer_cannot(void **state)
{
	struct code_return found;
	int64_t depth;

	(void)state;
	assert_true(WALK(FRAMED, 8, &found));
	assert_address(&found, true, 8);
	assert_true(found.on_stack[CODE_SAVED_RBP] && found.saved[CODE_SAVED_RBP].from_frame);
	assert_int_equal(found.saved[CODE_SAVED_RBP].distance, 0);
	assert_true(WALK(FRAMED, 0, &found));
	assert_address(&found, false, 0);
	assert_false(DEPTH(FRAMED, 8, &depth));
	/* Without it nothing tells: sub %rax,%rsp; ret */
	assert_false(WALK("\x48\x29\xc4\xc3", 0, &found));
	/* xor %ebp,%ebp; leave; ret */
	assert_false(WALK("\x31\xed\xc9\xc3", 0, &found));
}

static void all_ways_must_agree(void **state)
{
	struct code_return found;

	(void)state;
	/* je +2; pop %rbx; ret; pop %rbx; ret */
	assert_true(WALK("\x74\x02\x5b\xc3\x5b\xc3", 0, &found));
	assert_address(&found, false, 8);
	/* je +2; pop %rbx; ret; ret */
	assert_false(WALK("\x74\x02\x5b\xc3\xc3", 0, &found));
	/* A loop: syscall; jne -4; add $8,%rsp; ret */
	assert_true(WALK("\x0f\x05\x75\xfc\x48\x83\xc4\x08\xc3", 0, &found));
	assert_address(&found, false, 8);
	/* One that never ends: jmp -2 */
	assert_false(WALK("\xeb\xfe", 0, &found));
	/* The end of what can be read: nop */
	assert_false(WALK("\x90", 0, &found));
}

static void a_call_that_never_returns_is_an_end(void **state)
{
	struct code_return found;

	(void)state;
	/* je +4; pop %rbx; pop %rbx; ret; nop; call +1; ret; hlt: __stack_chk_fail() is like that
	 */
	assert_true(WALK("\x74\x04\x5b\x5b\xc3\x90\xe8\x01\x00\x00\x00\xc3\xf4", 0, &found));
	assert_address(&found, false, 16);
	/* The same, but it may return: je +4; ...; call +1; ret; ret */
	assert_false(WALK("\x74\x04\x5b\x5b\xc3\x90\xe8\x01\x00\x00\x00\xc3\xc3", 0, &found));
	/* It calls one that does not: call +2; hlt; nop; call +1; ret; jmp -2 */
	assert_false(
		WALK("\xe8\x02\x00\x00\x00\xf4\x90\xe8\x01\x00\x00\x00\xc3\xeb\xfe", 0, &found));
}

static void a_jump_at_the_end_is_a_call(void **state)
{
	struct code_return found;
	int64_t depth;

	(void)state;
	/* pop %rbx; jmp +1; hlt; push %rbx; pop %rbx; ret */
	assert_true(WALK("\x5b\xeb\x01\xf4\x53\x5b\xc3", 0, &found));
	assert_address(&found, false, 8);
	assert_int_equal(found.saved[CODE_SAVED_RBX].distance, 0);
	/* Into another file: pop %rbx; jmp +1; hlt; jmp *0(%rip) */
	assert_true(WALK("\x5b\xeb\x01\xf4\xff\x25\x00\x00\x00\x00", 0, &found));
	assert_address(&found, false, 8);
	/* A table of cases is none: pop %rbx; jmp *%rax */
	assert_false(WALK("\x5b\xff\xe0", 0, &found));
	/* push %rbx; jmp +1; hlt; nop; nop */
	assert_true(DEPTH("\x53\xeb\x01\xf4\x90\x90", 5, &depth));
	assert_int_equal(depth, 8);
}

#define HANDS_ON(code, ret) code_hands_result_on(READER(code), BASE, ret)

static void a_result_handed_on_is_seen(void **state)
{
	uint64_t function;

	(void)state;
	/* mov %eax, %edi; mov %rax, %rdi; movslq %eax, %rdi, each with a call */
	assert_true(HANDS_ON("\x89\xc7\xe8\x10\x00\x00\x00", &function));
	assert_int_equal(function, BASE + 7 + 16);
	assert_true(HANDS_ON("\x48\x89\xc7\xe8\xf0\xff\xff\xff", &function));
	assert_int_equal(function, BASE + 8 - 16);
	assert_true(HANDS_ON("\x48\x63\xf8\xe8\x00\x00\x00\x00\x90", &function));
	assert_int_equal(function, BASE + 8);
	/* Ends early; mov %eax, %esi; a jump; a call of what a register says */
	assert_false(HANDS_ON("\x89\xc7\xe8\x10\x00\x00", &function));
	assert_false(HANDS_ON("\x89", &function));
	assert_false(HANDS_ON("\x89\xc6\xe8\x10\x00\x00\x00", &function));
	assert_false(HANDS_ON("\x89\xc7\xe9\x10\x00\x00\x00", &function));
	assert_false(HANDS_ON("\x89\xc7\xff\xd3", &function));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_are_known),
		cmocka_unit_test(what_moves_the_stack_pointer_is_known),
		cmocka_unit_test(what_is_not_known_is_refused),
		cmocka_unit_test(where_it_goes_is_known),
		cmocka_unit_test(the_return_address_is_found_from_everywhere),
		cmocka_unit_test(saved_registers_are_found),
		cmocka_unit_test(a_frame_pointer_tells_where_the_stack_pointer_cannot),
		cmocka_unit_test(all_ways_must_agree),
		cmocka_unit_test(a_call_that_never_returns_is_an_end),
		cmocka_unit_test(a_jump_at_the_end_is_a_call),
		cmocka_unit_test(a_result_handed_on_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
