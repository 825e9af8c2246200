#include "dwarf/lines.h"

#include <string.h>

#include "dwarf/constants.h"
#include "dwarf/take.h"

#define PROGRAM_SIZE_MAX ((uint64_t)1 << 30)
#define FORMATS_MAX      255

/* Of files and of folders of one unit; what has a byte each would take 32 times the memory. */
#define ENTRIES_MAX ((size_t)1 << 20)

struct entry_format {
	uint64_t content, form;
};

/* One entry of a table of DWARF 5, laid out as the formats say. */
static bool take_entry(struct cursor *cursor, const struct dwarf_unit_header *header,
	const struct entry_format *formats, size_t format_count, struct dwarf_line_file *ret)
{
	*ret = (struct dwarf_line_file){0};
	for (size_t i = 0; i < format_count; i++) {
		struct dwarf_value value;

		if (!dwarf_take_value(cursor, header, formats[i].form, &value))
			return false;
		if (formats[i].content == DW_LNCT_path)
			ret->name = value;
		else if (formats[i].content == DW_LNCT_directory_index)
			ret->folder = value.number;
	}
	return true;
}

static bool take_formats(struct cursor *cursor, struct entry_format *formats, uint8_t *ret_count)
{
	if (!take_byte(cursor, ret_count))
		return false;
	for (int i = 0; i < *ret_count; i++)
		if (!take_uleb(cursor, &formats[i].content) || !take_uleb(cursor, &formats[i].form))
			return false;
	return true;
}

/* files or folders. *ret: whether the table is whole. */
static struct error *take_table(
	struct dwarf_lines *lines, struct cursor *cursor, bool folders, bool *ret)
{
	struct entry_format formats[FORMATS_MAX];
	uint8_t format_count = 0;
	uint64_t count = 0;
	struct error *error = NULL;

	*ret = take_formats(cursor, formats, &format_count) && take_uleb(cursor, &count);
	*ret = *ret && count <= ENTRIES_MAX;
	for (uint64_t i = 0; !error && *ret && i < count; i++) {
		const char *start = cursor->at;
		struct dwarf_line_file entry;

		*ret = take_entry(cursor, &lines->header, formats, format_count, &entry) &&
		       cursor->at > start;
		if (!*ret)
			break;
		error = folders ? dwarf_line_folders_append(&lines->folders, entry.name)
				: dwarf_line_files_append(&lines->files, entry);
	}
	return error;
}

static struct error *take_tables(struct dwarf_lines *lines, struct cursor *cursor)
{
	bool whole;
	struct error *error = take_table(lines, cursor, true, &whole);

	return error || !whole ? error : take_table(lines, cursor, false, &whole);
}

/* false: it is the end of the list, or the bytes are. */
static bool take_old_name(struct cursor *cursor, struct dwarf_value *ret)
{
	*ret = (struct dwarf_value){.form = DW_FORM_string};
	return take_text(cursor, &ret->bytes) && *ret->bytes;
}

/* DWARF 4, 6.2.4: names with an empty one behind them. */
static struct error *take_old_tables(struct dwarf_lines *lines, struct cursor *cursor)
{
	struct dwarf_line_file file;
	struct error *error = NULL;
	uint64_t time, size;

	while (!error && lines->folders.count < ENTRIES_MAX && take_old_name(cursor, &file.name))
		error = dwarf_line_folders_append(&lines->folders, file.name);
	while (!error && lines->files.count < ENTRIES_MAX && take_old_name(cursor, &file.name) &&
		take_uleb(cursor, &file.folder) && take_uleb(cursor, &time) &&
		take_uleb(cursor, &size))
		error = dwarf_line_files_append(&lines->files, file);
	return error;
}

/* After the length: version, sizes, length of the header. *ret_tables: up to the program. */
static bool take_start(struct dwarf_lines *lines, struct cursor *cursor, struct cursor *ret_tables)
{
	struct dwarf_unit_header *header = &lines->header;
	uint64_t version, length;
	uint8_t segment_size;

	if (!take_number(cursor, 2, &version) || version < 2 || version > 5)
		return false;
	header->version = (uint16_t)version;
	if (version == 5 && (!take_byte(cursor, &header->address_size) ||
				    !dwarf_is_address_size(header->address_size) ||
				    !take_byte(cursor, &segment_size)))
		return false;
	if (!take_number(cursor, header->offset_size, &length) || length > cursor_left(cursor))
		return false;
	*ret_tables = (struct cursor){cursor->at, cursor->at + length};
	return take_skip(cursor, length);
}

static bool take_sizes(struct dwarf_lines *lines, struct cursor *cursor)
{
	uint8_t is_statement, line_base;

	lines->operations_max = 1;
	if (!take_byte(cursor, &lines->minimum_length) ||
		(lines->header.version >= 4 && !take_byte(cursor, &lines->operations_max)) ||
		!take_byte(cursor, &is_statement) || !take_byte(cursor, &line_base) ||
		!take_byte(cursor, &lines->line_range) || !take_byte(cursor, &lines->opcode_base))
		return false;
	lines->line_base = (int8_t)line_base;
	if (!lines->opcode_base || !lines->line_range)
		return false;
	if (!lines->operations_max)
		lines->operations_max = 1;
	lines->operand_counts = cursor->at;
	return take_skip(cursor, lines->opcode_base - 1u);
}

static bool read_length(struct dwarf_section *section, uint64_t offset, uint8_t *ret_offset_size,
	uint64_t *ret_start, uint64_t *ret_length)
{
	if (!dwarf_section_number(section, offset, 4, ret_length))
		return false;
	*ret_offset_size = *ret_length == 0xffffffff ? 8 : 4;
	*ret_start = offset + 4;
	if (*ret_offset_size == 8) {
		*ret_start = offset + 12;
		if (!dwarf_section_number(section, offset + 4, 8, ret_length))
			return false;
	}
	return *ret_length <= PROGRAM_SIZE_MAX;
}

/* Many units may share a program, but not so many that it would take forever. */
static bool spend(struct dwarf_file *file, size_t length)
{
	if (length > file->line_budget)
		return false;
	file->line_budget -= length;
	return true;
}

struct error *dwarf_lines_open(struct dwarf_lines *lines, const struct dwarf_unit *unit)
{
	const struct dwarf_value *list = dwarf_die_get(&unit->root, DWARF_SLOT_STMT_LIST);
	struct dwarf_section *section = &unit->main->sections[DWARF_LINE];
	struct cursor cursor, tables;
	uint64_t start, length;
	struct error *error;

	lines->ready = false;
	lines->files.count = lines->folders.count = 0;
	lines->header = unit->header;
	if (!list ||
		!read_length(section, list->number, &lines->header.offset_size, &start, &length))
		return NULL;
	if (lines->buffer.capacity > 2 * length)
		u8_array_deinit(&lines->buffer);
	error = dwarf_section_bytes(section, start, length, &lines->buffer, &cursor);
	if (error || !spend(unit->main, cursor_left(&cursor)) ||
		!take_start(lines, &cursor, &tables) || !take_sizes(lines, &tables))
		return error;
	error = lines->header.version >= 5 ? take_tables(lines, &tables)
					   : take_old_tables(lines, &tables);
	lines->program = cursor;
	lines->ready = !error;
	return error;
}

void dwarf_lines_deinit(struct dwarf_lines *lines)
{
	dwarf_line_folders_deinit(&lines->folders);
	dwarf_line_files_deinit(&lines->files);
	u8_array_deinit(&lines->buffer);
	*lines = (struct dwarf_lines){0};
}

/* What the compiler was called in, unless the folder says all. */
static struct error *add_compilation_folder(const struct dwarf_unit *unit,
	struct dwarf_texts *texts, const char *folder, const char **ret)
{
	const struct dwarf_value *value = dwarf_die_get(&unit->root, DWARF_SLOT_COMP_DIR);

	*ret = NULL;
	if ((folder && folder[0] == '/') || !value)
		return NULL;
	return dwarf_unit_text(unit, value, texts, ret);
}

static struct error *join(const char *const parts[3], struct dwarf_texts *texts, const char **ret)
{
	size_t size = 1, at = 0;
	char *text;

	for (int i = 0; i < 3; i++)
		size += parts[i] ? strlen(parts[i]) + 1 : 0;
	if (!dwarf_texts_hold(texts, size)) {
		*ret = NULL;
		return NULL;
	}
	text = dwarf_texts_take(texts, size);
	if (!text)
		return &error_no_memory;
	for (int i = 0; i < 3; i++) {
		if (!parts[i] || !*parts[i])
			continue;
		if (at && text[at - 1] != '/')
			text[at++] = '/';
		memcpy(text + at, parts[i], strlen(parts[i]));
		at += strlen(parts[i]);
	}
	text[at] = '\0';
	*ret = text;
	return NULL;
}

static const struct dwarf_value *folder_of(
	const struct dwarf_lines *lines, const struct dwarf_line_file *file)
{
	uint64_t index = file->folder;

	/* Until DWARF 4, 0 is the folder of compilation, which is not in the table. */
	if (lines->header.version < 5)
		index--;
	return index < lines->folders.count ? &lines->folders.items[index] : NULL;
}

struct error *dwarf_lines_path(const struct dwarf_lines *lines, const struct dwarf_unit *unit,
	uint64_t file, struct dwarf_texts *texts, const char **ret)
{
	uint64_t index = lines->header.version < 5 ? file - 1 : file;
	const char *parts[3] = {NULL};
	const struct dwarf_value *folder;
	struct error *error;

	*ret = NULL;
	if (!lines->ready || index >= lines->files.count)
		return NULL;
	error = dwarf_unit_text(unit, &lines->files.items[index].name, texts, &parts[2]);
	if (error || !parts[2])
		return error;
	if (parts[2][0] != '/') {
		folder = folder_of(lines, &lines->files.items[index]);
		if (folder)
			error = dwarf_unit_text(unit, folder, texts, &parts[1]);
		if (!error)
			error = add_compilation_folder(unit, texts, parts[1], &parts[0]);
	}
	return error ? error : join(parts, texts, ret);
}
