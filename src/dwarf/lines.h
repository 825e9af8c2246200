#pragma once

#include "dwarf/spans.h"
#include "dwarf/unit.h"

/* What a line program tells of an address. */
struct dwarf_row {
	bool found;
	uint32_t file; /* into the table of files, as numbered by the version */
	uint32_t line;
};

struct dwarf_line_file {
	struct dwarf_value name;
	uint64_t folder;
};
ARRAY_DEFINE(dwarf_line_files, struct dwarf_line_file)
ARRAY_DEFINE(dwarf_line_folders, struct dwarf_value)

/* The line program of one unit (DWARF 5, 6.2). A zeroed struct is empty. */
struct dwarf_lines {
	bool ready;
	struct dwarf_unit_header header; /* its sizes */
	uint8_t minimum_length, operations_max, line_range, opcode_base;
	int8_t line_base;
	const char *operand_counts; /* of opcode_base - 1 opcodes */
	struct cursor program;
	struct dwarf_line_folders folders;
	struct dwarf_line_files files;
	struct u8_array buffer;
};

/* Reads the header and tables of the unit's program. If it is broken, .ready stays false. */
struct error *dwarf_lines_open(struct dwarf_lines *lines, const struct dwarf_unit *unit) MUST_CHECK;
void dwarf_lines_deinit(struct dwarf_lines *lines);

/*
 * Runs the program once. rows are those of the addresses, one for each; those that are not found
 * are left as they are.
 */
void dwarf_lines_run(
	const struct dwarf_lines *lines, const struct dwarf_wanted *wanted, struct dwarf_row *rows);

/*
 * The path of a file: folder of compilation, folder and name, as far as the one before the other is
 * not absolute. NULL if there is none of that number. unit: as at dwarf_lines_open().
 */
struct error *dwarf_lines_path(const struct dwarf_lines *lines, const struct dwarf_unit *unit,
	uint64_t file, struct dwarf_texts *texts, const char **ret) MUST_CHECK;
