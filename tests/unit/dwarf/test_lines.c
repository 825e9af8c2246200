#include "../base/test_support.h"

#include "dwarf/lines.h"

/* Sequences of a program; each opcode below is a standard one, as of DWARF 5. */

#define SET_ADDRESS(low, high)                                                                     \
	"\0\x09\x02" low high high high high high high /* eight bytes, little endian */
#define COPY            "\x01"
#define ADVANCE_ADDRESS "\x02" /* LEB128 */
#define ADVANCE_LINE    "\x03" /* LEB128 */
#define END_SEQUENCE    "\0\x01\x01"
#define PROGRAM(text)   cursor_over(text, sizeof(text) - 1)

static struct dwarf_row row_of(struct cursor program, uint64_t address)
{
	const struct dwarf_lines lines = {
		.ready = true,
		.minimum_length = 1,
		.operations_max = 1,
		.line_range = 14,
		.line_base = -5,
		.opcode_base = 13,
		.operand_counts = "\0\1\1\1\1\0\0\0\1\0\0\1",
		.program = program,
	};
	struct dwarf_row row = {0};

	dwarf_lines_run(&lines, &(struct dwarf_wanted){&address, 1}, &row);
	return row;
}

static void a_row_holds_the_addresses_up_to_the_next_one(void **state)
{
	const struct cursor program = PROGRAM(SET_ADDRESS("\x00\x10", "\0") ADVANCE_LINE
		"\x09" COPY ADVANCE_ADDRESS "\x10" ADVANCE_LINE "\x01" COPY ADVANCE_ADDRESS
		"\x10" END_SEQUENCE);

	(void)state;
	assert_false(row_of(program, 0xfff).found);
	assert_int_equal(row_of(program, 0x1000).line, 10);
	assert_int_equal(row_of(program, 0x100f).line, 10);
	assert_int_equal(row_of(program, 0x1010).line, 11);
	assert_int_equal(row_of(program, 0x101f).line, 11);
	assert_false(row_of(program, 0x1020).found);
}

/* Linkers move it to 0 or, lld, to the last address, from where its rows go on at 0. */
#define REMOVED_AT(byte)                                                                           \
	SET_ADDRESS(byte byte, byte)                                                               \
	ADVANCE_LINE "\x09" COPY ADVANCE_ADDRESS "\x04" COPY ADVANCE_ADDRESS                       \
		     "\x80\x80\x01" COPY END_SEQUENCE
#define KEPT                                                                                       \
	SET_ADDRESS("\x00\x10", "\0")                                                              \
	ADVANCE_LINE "\x13" COPY ADVANCE_ADDRESS "\x10" END_SEQUENCE

static void code_that_the_linker_removed_has_no_lines(void **state)
{
	const struct cursor programs[] = {
		PROGRAM(REMOVED_AT("\0") KEPT), PROGRAM(REMOVED_AT("\xff") KEPT)};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		assert_int_equal(row_of(programs[i], 0x1008).line, 20);
		assert_false(row_of(programs[i], 0x2000).found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_holds_the_addresses_up_to_the_next_one),
		cmocka_unit_test(code_that_the_linker_removed_has_no_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
