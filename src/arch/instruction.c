#include "arch/instruction.h"

#include <string.h>

#define REX_B 1
#define REX_R 4
#define REX_W 8

#define RBP 5
#define RSP 4

enum form {
	FORM_UNKNOWN,
	PLAIN,       /* nothing behind the opcode */
	BYTE,        /* an 8-bit immediate */
	WORD,        /* a 32-bit immediate, 16-bit with the prefix 66 */
	FULL,        /* 64-bit with REX.W */
	ADDRESS,     /* of 64 bits */
	RELATIVE_8,  /* a distance of so many bits */
	RELATIVE_32, /* ... whatever the prefixes */
	MODRM,
	MODRM_BYTE,
	MODRM_WORD,
	MODRM_TEST,   /* an immediate with /0 and /1 alone; a byte if the opcode is even */
	WRITES = 16,  /* a general register in ModRM's reg is written */
	READS = 32,   /* the one in ModRM's rm is not written */
	NARROW = 64,  /* eight bits: without REX, number 4 is %ah */
	VECTOR = 128, /* the registers are no general ones */
};

#define FORM_MASK 15

static const uint8_t one_byte[256] = {
	/* add or adc sbb and sub xor, and cmp, which writes nothing */
	[0x00] = MODRM | NARROW,
	[0x01] = MODRM,
	[0x02] = MODRM | NARROW | READS | WRITES,
	[0x03] = MODRM | READS | WRITES,
	[0x04] = BYTE,
	[0x05] = WORD,
	[0x08] = MODRM | NARROW,
	[0x09] = MODRM,
	[0x0a] = MODRM | NARROW | READS | WRITES,
	[0x0b] = MODRM | READS | WRITES,
	[0x0c] = BYTE,
	[0x0d] = WORD,
	[0x10] = MODRM | NARROW,
	[0x11] = MODRM,
	[0x12] = MODRM | NARROW | READS | WRITES,
	[0x13] = MODRM | READS | WRITES,
	[0x14] = BYTE,
	[0x15] = WORD,
	[0x18] = MODRM | NARROW,
	[0x19] = MODRM,
	[0x1a] = MODRM | NARROW | READS | WRITES,
	[0x1b] = MODRM | READS | WRITES,
	[0x1c] = BYTE,
	[0x1d] = WORD,
	[0x20] = MODRM | NARROW,
	[0x21] = MODRM,
	[0x22] = MODRM | NARROW | READS | WRITES,
	[0x23] = MODRM | READS | WRITES,
	[0x24] = BYTE,
	[0x25] = WORD,
	[0x28] = MODRM | NARROW,
	[0x29] = MODRM,
	[0x2a] = MODRM | NARROW | READS | WRITES,
	[0x2b] = MODRM | READS | WRITES,
	[0x2c] = BYTE,
	[0x2d] = WORD,
	[0x30] = MODRM | NARROW,
	[0x31] = MODRM,
	[0x32] = MODRM | NARROW | READS | WRITES,
	[0x33] = MODRM | READS | WRITES,
	[0x34] = BYTE,
	[0x35] = WORD,
	[0x38 ... 0x3b] = MODRM | READS,
	[0x3c] = BYTE,
	[0x3d] = WORD,
	[0x50 ... 0x5f] = PLAIN,
	[0x63] = MODRM | READS | WRITES,
	[0x68] = WORD,
	[0x69] = MODRM_WORD | READS | WRITES,
	[0x6a] = BYTE,
	[0x6b] = MODRM_BYTE | READS | WRITES,
	[0x70 ... 0x7f] = RELATIVE_8,
	[0x80] = MODRM_BYTE | NARROW,
	[0x81] = MODRM_WORD,
	[0x83] = MODRM_BYTE,
	[0x84 ... 0x85] = MODRM | READS,
	[0x86] = MODRM | NARROW | WRITES,
	[0x87] = MODRM | WRITES,
	[0x88] = MODRM | NARROW,
	[0x89] = MODRM,
	[0x8a] = MODRM | NARROW | READS | WRITES,
	[0x8b] = MODRM | READS | WRITES,
	[0x8d] = MODRM | READS | WRITES,
	[0x90 ... 0x99] = PLAIN,
	[0x9b] = PLAIN,
	[0x9e ... 0x9f] = PLAIN,
	[0xa0 ... 0xa3] = ADDRESS,
	[0xa4 ... 0xa7] = PLAIN,
	[0xa8] = BYTE,
	[0xa9] = WORD,
	[0xaa ... 0xaf] = PLAIN,
	[0xb0 ... 0xb7] = BYTE,
	[0xb8 ... 0xbf] = FULL,
	[0xc0] = MODRM_BYTE | NARROW,
	[0xc1] = MODRM_BYTE,
	[0xc3] = PLAIN,
	[0xc6] = MODRM_BYTE | NARROW,
	[0xc7] = MODRM_WORD,
	[0xc9] = PLAIN,
	[0xcc] = PLAIN,
	[0xd0] = MODRM | NARROW,
	[0xd1] = MODRM,
	[0xd2] = MODRM | NARROW,
	[0xd3] = MODRM,
	[0xd8 ... 0xdf] = MODRM | VECTOR,
	[0xe0 ... 0xe3] = RELATIVE_8,
	[0xe8 ... 0xe9] = RELATIVE_32,
	[0xeb] = RELATIVE_8,
	[0xf4] = PLAIN,
	[0xf5] = PLAIN,
	[0xf6] = MODRM_TEST | NARROW,
	[0xf7] = MODRM_TEST,
	[0xf8 ... 0xf9] = PLAIN,
	[0xfc ... 0xfd] = PLAIN,
	[0xfe] = MODRM | NARROW,
	[0xff] = MODRM,
};

static const uint8_t two_bytes[256] = {
	[0x05] = PLAIN,
	[0x0b] = PLAIN,
	[0x0d] = MODRM | READS,
	[0x10 ... 0x17] = MODRM | VECTOR,
	[0x18 ... 0x1f] = MODRM | READS,
	[0x28 ... 0x29] = MODRM | VECTOR,
	[0x2a ... 0x2b] = MODRM | VECTOR,
	[0x2c ... 0x2d] = MODRM | READS | WRITES,
	[0x2e ... 0x2f] = MODRM | VECTOR,
	[0x31] = PLAIN,
	[0x40 ... 0x4f] = MODRM | READS | WRITES,
	[0x50] = MODRM | READS | WRITES,
	[0x51 ... 0x6f] = MODRM | VECTOR,
	[0x70 ... 0x73] = MODRM_BYTE | VECTOR,
	[0x74 ... 0x76] = MODRM | VECTOR,
	[0x77] = PLAIN,
	[0x7e] = MODRM,
	[0x7f] = MODRM | VECTOR,
	[0x80 ... 0x8f] = RELATIVE_32,
	[0x90 ... 0x9f] = MODRM | NARROW,
	[0xa2] = PLAIN,
	[0xa3] = MODRM | READS,
	[0xa4] = MODRM_BYTE,
	[0xa5] = MODRM,
	[0xab] = MODRM,
	[0xac] = MODRM_BYTE,
	[0xad] = MODRM,
	[0xae] = MODRM,
	[0xaf] = MODRM | READS | WRITES,
	[0xb0] = MODRM | NARROW,
	[0xb1] = MODRM,
	[0xb3] = MODRM,
	[0xb6 ... 0xb8] = MODRM | READS | WRITES,
	[0xba] = MODRM_BYTE,
	[0xbb] = MODRM,
	[0xbc ... 0xbf] = MODRM | READS | WRITES,
	[0xc0] = MODRM | NARROW | WRITES,
	[0xc1] = MODRM | WRITES,
	[0xc2] = MODRM_BYTE | VECTOR,
	[0xc3] = MODRM,
	[0xc4] = MODRM_BYTE | READS,
	[0xc5] = MODRM_BYTE | READS | WRITES,
	[0xc6] = MODRM_BYTE | VECTOR,
	[0xc7] = MODRM,
	[0xc8 ... 0xcf] = PLAIN,
	[0xd0 ... 0xd6] = MODRM | VECTOR,
	[0xd7] = MODRM | READS | WRITES,
	[0xd8 ... 0xff] = MODRM | VECTOR,
};

struct decoder {
	const uint8_t *code;
	size_t length, at;
	bool failed;
	bool word_prefix; /* 66 */
	uint8_t rex;
	bool two; /* the opcode follows 0f */
	uint8_t opcode;
	uint8_t form;
	/* ModRM */
	uint8_t mod, reg, rm;
	uint8_t base; /* with a memory operand, not relative to the instruction, and not indexed */
	int64_t displacement;
	int64_t immediate;
};

static uint8_t take(struct decoder *decoder)
{
	if (decoder->at < decoder->length)
		return decoder->code[decoder->at++];
	decoder->failed = true;
	return 0;
}

static int64_t take_signed(struct decoder *decoder, size_t bytes)
{
	uint64_t value = 0;

	if (!bytes)
		return 0;
	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)take(decoder) << 8 * i;
	unsigned unused = 64 - 8 * (unsigned)bytes;
	return (int64_t)(value << unused) >> unused;
}

static void take_prefixes(struct decoder *decoder)
{
	static const uint8_t prefixes[] = {
		0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65};

	while (decoder->at < decoder->length &&
		memchr(prefixes, decoder->code[decoder->at], sizeof(prefixes)))
		decoder->word_prefix |= take(decoder) == 0x66;
	if (decoder->at < decoder->length && (decoder->code[decoder->at] & 0xf0) == 0x40)
		decoder->rex = take(decoder);
}

/* 0f 38 and 0f 3a lead to tables of vector instructions alone, but for movbe and crc32. */
static void take_opcode(struct decoder *decoder)
{
	decoder->opcode = take(decoder);
	decoder->form = one_byte[decoder->opcode];
	if (decoder->opcode != 0x0f)
		return;
	decoder->two = true;
	decoder->opcode = take(decoder);
	decoder->form = two_bytes[decoder->opcode];
	if (decoder->opcode == 0x38)
		decoder->form = take(decoder) < 0xf0 ? MODRM | VECTOR : FORM_UNKNOWN;
	else if (decoder->opcode == 0x3a)
		decoder->form = (take(decoder), MODRM_BYTE | VECTOR);
}

static void take_memory_operand(struct decoder *decoder)
{
	uint8_t low = decoder->rm & 7;
	bool indexed = false;

	decoder->base = decoder->rm;
	if (low == 4) {
		uint8_t sib = take(decoder);

		low = sib & 7;
		decoder->base = low | (decoder->rex & REX_B) << 3;
		indexed = (sib & 0x38) != 0x20 || (decoder->rex & 2);
	}
	if (decoder->mod == 0 && low == 5)
		decoder->displacement = take_signed(decoder, 4);
	else if (decoder->mod)
		decoder->displacement = take_signed(decoder, decoder->mod == 1 ? 1 : 4);
	if (indexed || (decoder->mod == 0 && low == 5))
		decoder->base = INSTRUCTION_NO_REGISTER;
}

static void take_modrm(struct decoder *decoder)
{
	uint8_t modrm = take(decoder);

	decoder->mod = modrm >> 6;
	decoder->reg = (modrm >> 3 & 7) | (decoder->rex & REX_R) << 1;
	decoder->rm = (modrm & 7) | (decoder->rex & REX_B) << 3;
	if (decoder->mod != 3)
		take_memory_operand(decoder);
}

static size_t word_size(const struct decoder *decoder)
{
	return decoder->word_prefix && !(decoder->rex & REX_W) ? 2 : 4;
}

static size_t test_size(const struct decoder *decoder)
{
	if ((decoder->reg & 7) > 1)
		return 0;
	return decoder->opcode & 1 ? word_size(decoder) : 1;
}

static size_t immediate_size(const struct decoder *decoder)
{
	switch (decoder->form & FORM_MASK) {
	case BYTE:
	case RELATIVE_8:
	case MODRM_BYTE:
		return 1;
	case WORD:
	case MODRM_WORD:
		return word_size(decoder);
	case FULL:
		return decoder->rex & REX_W ? 8 : word_size(decoder);
	case ADDRESS:
		return 8;
	case RELATIVE_32:
		return 4;
	case MODRM_TEST:
		return test_size(decoder);
	default:
		return 0;
	}
}

static bool has_modrm(const struct decoder *decoder)
{
	return (decoder->form & FORM_MASK) >= MODRM;
}

static bool is(const struct decoder *decoder, uint8_t opcode)
{
	return !decoder->two && decoder->opcode == opcode;
}

/* An instruction of the group of opcode ff: /2 to /6. */
static bool is_group(const struct decoder *decoder, uint8_t extension)
{
	return is(decoder, 0xff) && (decoder->reg & 7) == extension;
}

static enum instruction_flow flow_of(const struct decoder *decoder)
{
	uint8_t opcode = decoder->opcode;

	if (decoder->two)
		return opcode == 0x0b                    ? FLOW_TRAP
		       : opcode >= 0x80 && opcode < 0x90 ? FLOW_BRANCH
							 : FLOW_NEXT;
	if (is_group(decoder, 2))
		return FLOW_CALL_INDIRECT;
	if (is_group(decoder, 4))
		return FLOW_JUMP_INDIRECT;
	switch (opcode) {
	case 0x70 ... 0x7f:
	case 0xe0 ... 0xe3:
		return FLOW_BRANCH;
	case 0xc3:
		return FLOW_RETURN;
	case 0xcc:
	case 0xf4:
		return FLOW_TRAP;
	case 0xe8:
		return FLOW_CALL;
	case 0xe9:
	case 0xeb:
		return FLOW_JUMP;
	default:
		return FLOW_NEXT;
	}
}

static void set_stack(struct instruction *ret, enum instruction_stack stack, int64_t distance)
{
	ret->stack = stack;
	ret->stack_distance = distance;
}

static void describe_pop(const struct decoder *decoder, struct instruction *ret)
{
	uint8_t number = (decoder->opcode & 7) | (decoder->rex & REX_B) << 3;

	set_stack(ret, number == RSP ? STACK_UNKNOWN : STACK_MOVED, 8);
	ret->loaded = number;
	ret->load_distance = 0;
}

/* add, sub, and lea and mov between the two pointers: all with REX.W. */
static bool describe_arithmetic(const struct decoder *decoder, struct instruction *ret)
{
	bool immediate = is(decoder, 0x81) || is(decoder, 0x83);

	if (!(decoder->rex & REX_W))
		return false;
	if (immediate && decoder->mod == 3 && decoder->rm == RSP &&
		(decoder->reg == 0 || decoder->reg == 5))
		set_stack(ret, STACK_MOVED,
			decoder->reg == 0 ? decoder->immediate : -decoder->immediate);
	else if (is(decoder, 0x8d) && decoder->mod != 3 && decoder->reg == RSP &&
		 (decoder->base == RSP || decoder->base == RBP))
		set_stack(ret, decoder->base == RSP ? STACK_MOVED : STACK_AT_FRAME,
			decoder->displacement);
	else if (is(decoder, 0x89) && decoder->mod == 3 && decoder->rm == RSP &&
		 decoder->reg == RBP)
		set_stack(ret, STACK_AT_FRAME, 0);
	else if (is(decoder, 0x89) && decoder->mod == 3 && decoder->rm == RBP &&
		 decoder->reg == RSP)
		set_stack(ret, STACK_SETS_FRAME, 0);
	else
		return false;
	return true;
}

/* As an operand. */
static bool writes_register(const struct decoder *decoder, uint8_t number)
{
	bool compares = (is(decoder, 0x80) || is(decoder, 0x81) || is(decoder, 0x83)) &&
			(decoder->reg & 7) == 7;

	if (!has_modrm(decoder) || (decoder->form & VECTOR))
		return false;
	if ((decoder->form & NARROW) && !decoder->rex)
		return false;
	if ((decoder->form & WRITES) && decoder->reg == number)
		return true;
	return decoder->mod == 3 && decoder->rm == number && !(decoder->form & READS) && !compares;
}

static void describe_stack(const struct decoder *decoder, struct instruction *ret)
{
	uint8_t opcode = decoder->opcode;

	if (!decoder->two && opcode >= 0x50 && opcode < 0x58)
		set_stack(ret, STACK_MOVED, -8);
	else if (!decoder->two && opcode >= 0x58 && opcode < 0x60)
		describe_pop(decoder, ret);
	else if (is(decoder, 0x68) || is(decoder, 0x6a) || is_group(decoder, 6))
		set_stack(ret, STACK_MOVED, -8);
	else if (is(decoder, 0xc9))
		set_stack(ret, STACK_LEFT, 0);
	else if (!describe_arithmetic(decoder, ret) && !is_group(decoder, 2) &&
		 !is_group(decoder, 4)) {
		if (writes_register(decoder, RSP))
			set_stack(ret, STACK_UNKNOWN, 0);
		ret->loses_frame = writes_register(decoder, RBP);
	}
}

/* mov distance(%rsp), register */
static void describe_load(const struct decoder *decoder, struct instruction *ret)
{
	if (!is(decoder, 0x8b) || !(decoder->rex & REX_W) || decoder->mod == 3 ||
		decoder->base != RSP)
		return;
	ret->loaded = decoder->reg;
	ret->load_distance = decoder->displacement;
}

static bool is_known(const struct decoder *decoder)
{
	bool far = is_group(decoder, 3) || is_group(decoder, 5) || is_group(decoder, 7);
	bool exchanges = !decoder->two && decoder->opcode > 0x90 && decoder->opcode < 0x98;
	bool small_push = decoder->word_prefix && !decoder->two && decoder->opcode >= 0x50 &&
			  decoder->opcode < 0x60;

	/* xchg %rsp, %rax */
	if (exchanges && (decoder->opcode & 7) == RSP && !(decoder->rex & REX_B))
		return false;
	return !decoder->failed && decoder->form != FORM_UNKNOWN && !far && !small_push;
}

bool instruction_decode(const uint8_t *code, size_t length, struct instruction *ret)
{
	struct decoder decoder = {.code = code,
		.length = length < INSTRUCTION_LENGTH_MAX ? length : INSTRUCTION_LENGTH_MAX};

	take_prefixes(&decoder);
	take_opcode(&decoder);
	if (has_modrm(&decoder))
		take_modrm(&decoder);
	decoder.immediate = take_signed(&decoder, immediate_size(&decoder));
	if (!is_known(&decoder))
		return false;
	*ret = (struct instruction){
		.length = decoder.at,
		.flow = flow_of(&decoder),
		.target = decoder.immediate,
		.loaded = INSTRUCTION_NO_REGISTER,
	};
	describe_stack(&decoder, ret);
	describe_load(&decoder, ret);
	return true;
}
