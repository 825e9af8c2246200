#include "dwarf/constants.h"
#include "dwarf/lines.h"
#include "dwarf/take.h"

/* Sequences hold each address once; those of a hostile program may hold all of them, always. */
#define ROWS_GIVEN_MAX ((uint64_t)1 << 26)

struct machine {
	const struct dwarf_lines *lines;
	const struct dwarf_wanted *wanted;
	struct dwarf_row *rows;
	struct cursor cursor;
	uint64_t address, operation;
	uint64_t file, line;
	bool in_sequence;     /* there is a row before: */
	uint64_t row_address; /* its address, ... */
	uint32_t row_file, row_line;
	bool removed; /* the sequence is of code that the linker has left out */
	size_t next;  /* the first one wanted that is not below the row */
	uint64_t given;
};

/* The row before holds all addresses up to this one. */
static void give_row(struct machine *machine)
{
	for (; machine->next < machine->wanted->count &&
		machine->wanted->addresses[machine->next] < machine->address &&
		machine->given < ROWS_GIVEN_MAX;
		machine->next++, machine->given++) {
		struct dwarf_row *row = &machine->rows[machine->next];

		if (!row->found && !machine->removed)
			*row = (struct dwarf_row){true, machine->row_file, machine->row_line};
	}
}

/* To where linkers move what they leave out, lld to the last address. */
static bool is_removed(uint64_t address)
{
	return !address || address == UINT64_MAX;
}

static inline void add_row(struct machine *machine)
{
	if (!machine->in_sequence || machine->address < machine->row_address) {
		machine->removed =
			machine->in_sequence ? machine->removed : is_removed(machine->address);
		machine->in_sequence = true;
		machine->next = dwarf_wanted_below(machine->wanted, machine->address);
	} else if (machine->next < machine->wanted->count &&
		   machine->wanted->addresses[machine->next] < machine->address) {
		give_row(machine);
	}
	machine->row_address = machine->address;
	machine->row_file = (uint32_t)machine->file;
	machine->row_line = (uint32_t)machine->line;
}

static void start_sequence(struct machine *machine)
{
	machine->address = machine->operation = 0;
	machine->file = machine->line = 1;
	machine->in_sequence = false;
}

static inline void advance(struct machine *machine, uint64_t operations)
{
	const struct dwarf_lines *lines = machine->lines;

	if (lines->operations_max == 1) {
		machine->address += operations * lines->minimum_length;
		return;
	}
	machine->operation += operations;
	machine->address += machine->operation / lines->operations_max * lines->minimum_length;
	machine->operation %= lines->operations_max;
}

static bool run_extended(struct machine *machine)
{
	struct cursor body;
	uint64_t length;
	uint8_t opcode;

	if (!take_uleb(&machine->cursor, &length) || length > cursor_left(&machine->cursor))
		return false;
	body = (struct cursor){machine->cursor.at, machine->cursor.at + length};
	machine->cursor.at += length;
	if (!take_byte(&body, &opcode))
		return true;
	if (opcode == DW_LNE_end_sequence) {
		if (machine->in_sequence)
			give_row(machine);
		start_sequence(machine);
	} else if (opcode == DW_LNE_set_address) {
		machine->operation = 0;
		return cursor_left(&body) <= 8 && cursor_left(&body) &&
		       take_number(&body, cursor_left(&body), &machine->address);
	}
	return true;
}

static bool skip_operands(struct machine *machine, uint8_t opcode)
{
	uint8_t count = (uint8_t)machine->lines->operand_counts[opcode - 1];

	for (; count; count--)
		if (!take_skip_leb(&machine->cursor))
			return false;
	return true;
}

static bool run_standard(struct machine *machine, uint8_t opcode)
{
	const struct dwarf_lines *lines = machine->lines;
	uint64_t number;
	int64_t change;

	switch (opcode) {
	case 0:
		return run_extended(machine);
	case DW_LNS_copy:
		add_row(machine);
		return true;
	case DW_LNS_advance_pc:
		if (!take_uleb(&machine->cursor, &number))
			return false;
		advance(machine, number);
		return true;
	case DW_LNS_advance_line:
		if (!cursor_take_sleb128(&machine->cursor, &change))
			return false;
		machine->line += (uint64_t)change;
		return true;
	case DW_LNS_set_file:
		return take_uleb(&machine->cursor, &machine->file);
	case DW_LNS_const_add_pc:
		advance(machine, (255u - lines->opcode_base) / lines->line_range);
		return true;
	case DW_LNS_fixed_advance_pc:
		if (!take_number(&machine->cursor, 2, &number))
			return false;
		machine->address += number;
		machine->operation = 0;
		return true;
	default:
		return skip_operands(machine, opcode);
	}
}

void dwarf_lines_run(
	const struct dwarf_lines *lines, const struct dwarf_wanted *wanted, struct dwarf_row *rows)
{
	struct machine machine = {
		.lines = lines, .wanted = wanted, .rows = rows, .cursor = lines->program};
	uint8_t opcode;

	if (!lines->ready)
		return;
	start_sequence(&machine);
	while (take_byte(&machine.cursor, &opcode)) {
		if (opcode < lines->opcode_base) {
			if (!run_standard(&machine, opcode))
				return;
			continue;
		}
		opcode = (uint8_t)(opcode - lines->opcode_base);
		advance(&machine, opcode / lines->line_range);
		machine.line += (uint64_t)(int64_t)(lines->line_base + opcode % lines->line_range);
		add_row(&machine);
	}
}
