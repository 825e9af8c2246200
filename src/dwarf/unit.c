#include "dwarf/unit.h"

#include "dwarf/constants.h"
#include "dwarf/take.h"

#define UNIT_SIZE_MAX ((uint64_t)1 << 30)
#define FIRST_PIECE   ((uint64_t)512)
#define PIECE_GROWTH  ((uint64_t)128)

/* Of forms of DW_FORM_indirect that name another one. */
#define INDIRECT_MAX 4

uint64_t dwarf_die_number(const struct dwarf_die *die, enum dwarf_slot slot)
{
	const struct dwarf_value *value = dwarf_die_get(die, slot);

	return value ? value->number : 0;
}

static bool take_block(struct cursor *cursor, struct dwarf_form how, struct dwarf_value *ret)
{
	if (how.layout == DWARF_LAYOUT_BLOCK_LEB ? !take_uleb(cursor, &ret->number)
						 : !take_number(cursor, how.size, &ret->number))
		return false;
	return take_skip(cursor, ret->number);
}

/* Not for DWARF_LAYOUT_INDIRECT. */
static inline bool take_laid_out(
	struct cursor *cursor, struct dwarf_form how, int64_t constant, struct dwarf_value *ret)
{
	int64_t number;

	switch (how.layout) {
	case DWARF_LAYOUT_FIXED:
		if (how.size <= 8)
			return take_number(cursor, how.size, &ret->number);
		ret->number = 0;
		return take_skip(cursor, how.size);
	case DWARF_LAYOUT_LEB:
		return take_uleb(cursor, &ret->number);
	case DWARF_LAYOUT_SIGNED_LEB:
		if (!cursor_take_sleb128(cursor, &number))
			return false;
		ret->number = (uint64_t)number;
		return true;
	case DWARF_LAYOUT_TEXT:
		return take_text(cursor, &ret->bytes);
	case DWARF_LAYOUT_BLOCK:
	case DWARF_LAYOUT_BLOCK_LEB:
		return take_block(cursor, how, ret);
	case DWARF_LAYOUT_CONSTANT:
		ret->number = (uint64_t)constant;
		return true;
	default:
		return false;
	}
}

bool dwarf_take_value(struct cursor *cursor, const struct dwarf_unit_header *header, uint64_t form,
	struct dwarf_value *ret)
{
	struct dwarf_form how = dwarf_form_of(form, header);

	for (int i = 0; i < INDIRECT_MAX && how.layout == DWARF_LAYOUT_INDIRECT; i++) {
		if (!take_uleb(cursor, &form))
			return false;
		how = dwarf_form_of(form, header);
	}
	*ret = (struct dwarf_value){.form = (uint16_t)form};
	return take_laid_out(cursor, how, 0, ret);
}

static bool take_attribute(const struct dwarf_unit *unit, struct cursor *cursor,
	const struct dwarf_attribute *attribute, struct dwarf_value *ret)
{
	if (attribute->how.layout == DWARF_LAYOUT_INDIRECT)
		return dwarf_take_value(cursor, &unit->header, attribute->form, ret);
	ret->form = attribute->form;
	return take_laid_out(cursor, attribute->how, attribute->constant, ret);
}

bool dwarf_unit_take_die(const struct dwarf_unit *unit, struct cursor *cursor,
	const struct dwarf_abbreviation *abbreviation, struct dwarf_die *ret)
{
	struct dwarf_value value;

	ret->abbreviation = abbreviation;
	ret->present = 0;
	for (uint32_t i = 0; i < abbreviation->attribute_count; i++) {
		const struct dwarf_attribute *attribute =
			&unit->table.attributes.items[abbreviation->first_attribute + i];

		if (!take_attribute(unit, cursor, attribute, &value))
			return false;
		if (attribute->slot == DWARF_SLOT_NONE || ret->present >> attribute->slot & 1)
			continue;
		ret->values[attribute->slot] = value;
		ret->present |= 1u << attribute->slot;
	}
	return true;
}

/* Where the entries end, also for a unit that is cut off. */
bool dwarf_unit_cursor(const struct dwarf_unit *unit, uint64_t offset, struct cursor *ret)
{
	if (!unit->loaded || offset < unit->header.dies || offset >= unit->header.end)
		return false;
	*ret = unit->bytes;
	return take_skip(ret, offset - unit->header.offset);
}

uint64_t dwarf_unit_offset(const struct dwarf_unit *unit, const struct cursor *cursor)
{
	return unit->header.offset + (uint64_t)(cursor->at - unit->bytes.at);
}

static bool take_coded(const struct dwarf_unit *unit, struct cursor *cursor, struct dwarf_die *ret)
{
	const struct dwarf_abbreviation *abbreviation;
	uint64_t code;

	if (!take_uleb(cursor, &code))
		return false;
	abbreviation = dwarf_abbreviations_find(&unit->table, code);
	return abbreviation && dwarf_unit_take_die(unit, cursor, abbreviation, ret);
}

/* How long an entry is, is known when it has been taken. */
static struct error *read_die(struct dwarf_unit *unit, uint64_t offset, struct u8_array *buffer,
	struct dwarf_die *ret, bool *ret_found)
{
	const struct dwarf_section *info = &unit->file->sections[DWARF_INFO];
	uint64_t left = unit->header.end - offset;

	*ret_found = false;
	for (int try = 0; !*ret_found && try < 2; try++) {
		uint64_t piece = try ? FIRST_PIECE * PIECE_GROWTH : FIRST_PIECE;
		uint64_t length = piece < left ? piece : left;
		struct cursor cursor;
		struct error *error = dwarf_section_bytes(info, offset, length, buffer, &cursor);

		if (error)
			return error;
		*ret_found = take_coded(unit, &cursor, ret);
		if (piece >= left)
			break;
	}
	return NULL;
}

bool dwarf_unit_loaded_die(const struct dwarf_unit *unit, uint64_t offset, struct dwarf_die *ret)
{
	struct cursor cursor;

	return dwarf_unit_cursor(unit, offset, &cursor) && take_coded(unit, &cursor, ret);
}

struct error *dwarf_unit_die_at(
	struct dwarf_unit *unit, uint64_t offset, struct dwarf_die *ret, bool *ret_found)
{
	*ret_found = false;
	if (offset < unit->header.dies || offset >= unit->header.end)
		return NULL;
	return read_die(unit, offset, &unit->die_buffer, ret, ret_found);
}

static void take_bases(struct dwarf_unit *unit)
{
	const struct dwarf_value *value = dwarf_die_get(&unit->root, DWARF_SLOT_STR_OFFSETS_BASE);

	if (value)
		unit->str_offsets_base = value->number;
	value = dwarf_die_get(&unit->root, DWARF_SLOT_ADDR_BASE);
	if (value)
		unit->addr_base = value->number;
	value = dwarf_die_get(&unit->root, DWARF_SLOT_RNGLISTS_BASE);
	if (value)
		unit->rnglists_base = value->number;
	value = dwarf_die_get(&unit->root, DWARF_SLOT_RANGES_BASE);
	if (value)
		unit->ranges_base = value->number;
	value = dwarf_die_get(&unit->root, DWARF_SLOT_DWO_ID);
	if (value)
		unit->header.id = value->number;
	value = dwarf_die_get(&unit->root, DWARF_SLOT_LOW_PC);
	if (value && !dwarf_unit_address(unit, value, &unit->low_address))
		unit->low_address = 0;
}

static struct error *open_unit(struct dwarf_unit *unit)
{
	struct error *error = dwarf_abbreviations_load(&unit->table,
		&unit->file->sections[DWARF_ABBREV], &unit->header, &unit->main->table_budget);
	bool found = false;

	unit->loaded = false;
	if (!error)
		error = read_die(unit, unit->header.dies, &unit->root_buffer, &unit->root, &found);
	if (error) {
		unit->file = NULL;
		return error;
	}
	if (!found)
		unit->root.present = 0;
	take_bases(unit);
	return NULL;
}

struct error *dwarf_unit_open(
	struct dwarf_unit *unit, struct dwarf_file *file, const struct dwarf_unit_header *header)
{
	unit->file = unit->main = file;
	unit->header = *header;
	unit->low_address = unit->str_offsets_base = unit->addr_base = 0;
	unit->rnglists_base = unit->ranges_base = 0;
	return open_unit(unit);
}

/* A part of a section of DWARF 5 has a header; its own, or that of all of the section's. */
static uint64_t behind_header(const struct dwarf_unit *unit, uint64_t size_32, uint64_t size_64)
{
	if (unit->header.version < 5)
		return 0;
	return unit->header.offset_size == 8 ? size_64 : size_32;
}

struct error *dwarf_unit_open_split(struct dwarf_unit *unit, struct dwarf_file *file,
	const struct dwarf_unit_header *header, const struct dwarf_contributions *contributions,
	const struct dwarf_unit *skeleton)
{
	struct error *error;

	unit->file = file;
	unit->main = skeleton->main;
	unit->header = *header;
	unit->header.abbreviations += contributions->abbreviations;
	unit->low_address = 0;
	unit->addr_base = skeleton->addr_base;
	unit->ranges_base = skeleton->ranges_base;
	unit->str_offsets_base = contributions->str_offsets + behind_header(unit, 8, 16);
	unit->rnglists_base = contributions->rnglists + behind_header(unit, 12, 20);
	error = open_unit(unit);
	unit->low_address = skeleton->low_address;
	return error;
}

void dwarf_unit_deinit(struct dwarf_unit *unit)
{
	dwarf_abbreviations_deinit(&unit->table);
	u8_array_deinit(&unit->buffer);
	u8_array_deinit(&unit->root_buffer);
	u8_array_deinit(&unit->die_buffer);
	*unit = (struct dwarf_unit){0};
}

struct error *dwarf_unit_load(struct dwarf_unit *unit)
{
	uint64_t length = unit->header.end - unit->header.offset;
	struct error *error;

	if (unit->loaded || length > UNIT_SIZE_MAX)
		return NULL;
	/* Larger by chance than by need, and only as large as the last one. */
	if (unit->buffer.capacity > 2 * length)
		u8_array_deinit(&unit->buffer);
	error = dwarf_section_bytes(&unit->file->sections[DWARF_INFO], unit->header.offset, length,
		&unit->buffer, &unit->bytes);
	unit->loaded = !error;
	return error;
}
