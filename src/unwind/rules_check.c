#include "unwind/rules_check.h"

#include <stddef.h>

#define REGISTER_COUNT_X86_64 17
#define RETURN_ADDRESS        16

/* Bytes that one check may read: far more than the longest rules. */
#define READS_MAX 65536

/* Reads on over the ends of things, as libunwind does: what it sees must be what was checked. */
struct rule_reader {
	struct file_pages *pages;
	const struct elf_image *image;
	uint64_t at;
	uint32_t left;
	bool failed;
};

struct cie {
	uint64_t end;
	uint8_t pointer_encoding;
	bool has_augmentation_size;
	bool defines_cfa;
};

static uint64_t take(struct rule_reader *reader, size_t length)
{
	uint64_t value;

	if (reader->failed || reader->left < length ||
		!file_pages_read_word(reader->pages, reader->image, reader->at, &value)) {
		reader->failed = true;
		return 0;
	}
	reader->left -= (uint32_t)length;
	reader->at += length;
	return length == 8 ? value : value & ((1ULL << length * 8) - 1);
}

/* Both kinds of LEB128; the sign does not matter here. */
static uint64_t take_leb128(struct rule_reader *reader)
{
	uint64_t value = 0, byte;
	unsigned int shift = 0;

	do {
		byte = take(reader, 1);
		if (shift < 64)
			value |= (byte & 0x7f) << shift;
		else
			reader->failed = true;
		shift += 7;
	} while (byte & 0x80);
	return value;
}

static void take_pointer(struct rule_reader *reader, uint8_t encoding)
{
	static const uint8_t sizes[16] = {
		[0x00] = 8, [0x02] = 2, [0x03] = 4, [0x04] = 8, [0x0a] = 2, [0x0b] = 4, [0x0c] = 8};
	uint8_t size = sizes[encoding & 0x0f];

	if (!size || (encoding & 0x70) == 0x50)
		reader->failed = true;
	else
		take(reader, size);
}

enum operand { END, ONE = 1, TWO = 2, FOUR = 4, EIGHT = 8, LEB, POINTER, REGISTER, BLOCK };

struct instruction {
	bool known;
	uint8_t operands[2];
};

/* DWARF 4, 7.7.1; without jumps, and without the division, which can trap. */
static const struct instruction expression_operations[256] = {
	[0x03] = {true, {EIGHT}},
	[0x06] = {true, {END}},
	[0x08 ... 0x09] = {true, {ONE}},
	[0x0a ... 0x0b] = {true, {TWO}},
	[0x0c ... 0x0d] = {true, {FOUR}},
	[0x0e ... 0x0f] = {true, {EIGHT}},
	[0x10 ... 0x11] = {true, {LEB}},
	[0x12 ... 0x14] = {true, {END}},
	[0x15] = {true, {ONE}},
	[0x16 ... 0x17] = {true, {END}},
	[0x19 ... 0x1a] = {true, {END}},
	[0x1c ... 0x22] = {true, {END}},
	[0x23] = {true, {LEB}},
	[0x24 ... 0x27] = {true, {END}},
	[0x29 ... 0x2e] = {true, {END}},
	[0x30 ... 0x6f] = {true, {END}},
	[0x70 ... 0x8f] = {true, {LEB}},
	[0x90] = {true, {LEB}},
	[0x92] = {true, {LEB, LEB}},
	[0x94] = {true, {ONE}},
	[0x96] = {true, {END}},
};

/* DWARF 4, 7.23, and GNU's additions; by the low six bits, as the high two are zero. */
static const struct instruction frame_instructions[64] = {
	[0x00] = {true, {END}},
	[0x01] = {true, {POINTER}},
	[0x02] = {true, {ONE}},
	[0x03] = {true, {TWO}},
	[0x04] = {true, {FOUR}},
	[0x05] = {true, {LEB, LEB}},
	[0x06 ... 0x08] = {true, {LEB}},
	[0x09] = {true, {LEB, REGISTER}},
	[0x0a ... 0x0b] = {true, {END}},
	[0x0c] = {true, {LEB, LEB}},
	[0x0d ... 0x0e] = {true, {LEB}},
	[0x0f] = {true, {BLOCK}},
	[0x10] = {true, {LEB, BLOCK}},
	[0x11 ... 0x12] = {true, {LEB, LEB}},
	[0x13] = {true, {LEB}},
	[0x16] = {true, {LEB, BLOCK}},
	[0x2e] = {true, {LEB}},
	[0x2f] = {true, {LEB, LEB}},
};

static void check_expression(struct rule_reader *reader)
{
	uint64_t length = take_leb128(reader), end = reader->at + length;

	if (length > READS_MAX)
		reader->failed = true;
	while (!reader->failed && reader->at < end) {
		const struct instruction *operation = &expression_operations[take(reader, 1)];

		if (!operation->known)
			reader->failed = true;
		for (size_t i = 0; i < 2 && operation->operands[i]; i++) {
			if (operation->operands[i] == LEB)
				take_leb128(reader);
			else
				take(reader, operation->operands[i]);
		}
	}
	/* An operand over the end would make the next rule's bytes part of the expression. */
	if (reader->at != end)
		reader->failed = true;
}

static void check_operand(struct rule_reader *reader, enum operand operand, const struct cie *cie)
{
	switch (operand) {
	case LEB:
		take_leb128(reader);
		break;
	case REGISTER:
		if (take_leb128(reader) >= REGISTER_COUNT_X86_64)
			reader->failed = true;
		break;
	case POINTER:
		take_pointer(reader, cie->pointer_encoding);
		break;
	case BLOCK:
		check_expression(reader);
		break;
	default:
		take(reader, operand);
	}
}

static void check_instruction(struct rule_reader *reader, uint8_t code, const struct cie *cie)
{
	switch (code >> 6) {
	case 1: /* DW_CFA_advance_loc */
	case 3: /* DW_CFA_restore */
		return;
	case 2: /* DW_CFA_offset */
		take_leb128(reader);
		return;
	}
	if (!frame_instructions[code].known)
		reader->failed = true;
	for (size_t i = 0; i < 2 && frame_instructions[code].operands[i]; i++)
		check_operand(reader, frame_instructions[code].operands[i], cie);
}

static void check_instructions(struct rule_reader *reader, uint64_t end, const struct cie *cie)
{
	while (!reader->failed && reader->at < end)
		check_instruction(reader, (uint8_t)take(reader, 1), cie);
}

/*
 * Every state must have a rule for the CFA, those that are remembered too: the first instruction
 * of the CIE or of the FDE has to give one.
 */
static bool starts_with_cfa(struct rule_reader *reader, uint64_t end)
{
	uint64_t start = reader->at;
	uint8_t code = reader->at < end ? (uint8_t)take(reader, 1) : 0;

	reader->at = start;
	return code == 0x0c || code == 0x0f || code == 0x12;
}

/* The contents that the letters announce must be all there is: libunwind goes by the letters. */
static void check_augmentation(struct rule_reader *reader, uint32_t letters, struct cie *cie)
{
	uint64_t size, end;

	if (!letters)
		return;
	if ((letters & 0xff) != 'z') {
		reader->failed = true;
		return;
	}
	cie->has_augmentation_size = true;
	size = take_leb128(reader);
	end = reader->at + size;
	while (letters >>= 8) {
		switch (letters & 0xff) {
		case 'L':
			take(reader, 1);
			break;
		case 'R':
			cie->pointer_encoding = (uint8_t)take(reader, 1);
			break;
		case 'P':
			take_pointer(reader, (uint8_t)take(reader, 1));
			break;
		case 'S':
			break;
		default:
			reader->failed = true;
		}
	}
	if (reader->at != end)
		reader->failed = true;
}

/* At most four letters: libunwind knows no more of them. */
static uint32_t take_letters(struct rule_reader *reader)
{
	uint32_t letters = 0, letter;

	for (unsigned int i = 0; (letter = (uint32_t)take(reader, 1)); i++) {
		if (i < 4)
			letters |= letter << i * 8;
		else
			reader->failed = true;
	}
	return letters;
}

/* False at a length of 0, which ends the table, and at a 64-bit one. */
static bool take_length(struct rule_reader *reader, uint64_t *ret_end)
{
	uint64_t length = take(reader, 4);

	*ret_end = reader->at + length;
	return !reader->failed && length && length < 0xfffffff0;
}

static bool check_cie(struct rule_reader *reader, struct cie *cie)
{
	if (!take_length(reader, &cie->end) || take(reader, 4) != 0)
		return false;
	uint8_t version = (uint8_t)take(reader, 1);
	if (version != 1 && version != 3)
		return false;
	uint32_t letters = take_letters(reader);
	take_leb128(reader); /* code alignment */
	take_leb128(reader); /* data alignment */
	if ((version == 1 ? take(reader, 1) : take_leb128(reader)) != RETURN_ADDRESS)
		return false;
	check_augmentation(reader, letters, cie);
	cie->defines_cfa = starts_with_cfa(reader, cie->end);
	check_instructions(reader, cie->end, cie);
	return !reader->failed;
}

bool rules_are_safe(struct file_pages *pages, const struct elf_image *image, uint64_t fde)
{
	struct rule_reader reader = {pages, image, fde, READS_MAX, false};
	struct cie cie = {0};
	uint64_t end;

	if (!take_length(&reader, &end))
		return false;
	uint64_t offset = take(&reader, 4), after = reader.at;
	if (!offset || offset > INT32_MAX)
		return false;
	reader.at = after - 4 - offset;
	if (!check_cie(&reader, &cie))
		return false;
	reader.at = after;
	take_pointer(&reader, cie.pointer_encoding);
	take_pointer(&reader, cie.pointer_encoding & 0x0f);
	if (cie.has_augmentation_size) {
		uint64_t size = take_leb128(&reader);

		reader.at += size;
	}
	if (!cie.defines_cfa && !starts_with_cfa(&reader, end))
		return false;
	check_instructions(&reader, end, &cie);
	return !reader.failed;
}
