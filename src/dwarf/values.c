#include <string.h>

#include "dwarf/constants.h"
#include "dwarf/take.h"
#include "dwarf/unit.h"

static bool indexed_address(const struct dwarf_unit *unit, uint64_t index, uint64_t *ret)
{
	uint8_t size = unit->header.address_size;
	uint64_t offset;

	if (__builtin_mul_overflow(index, size, &offset) ||
		__builtin_add_overflow(offset, unit->addr_base, &offset))
		return false;
	return dwarf_section_number(&unit->main->sections[DWARF_ADDR], offset, size, ret);
}

bool dwarf_unit_address(
	const struct dwarf_unit *unit, const struct dwarf_value *value, uint64_t *ret)
{
	switch (value->form) {
	case DW_FORM_addr:
		*ret = value->number;
		return true;
	case DW_FORM_addrx:
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
	case DW_FORM_GNU_addr_index:
		return indexed_address(unit, value->number, ret);
	default:
		return false;
	}
}

static bool indexed_offset(const struct dwarf_unit *unit, uint64_t index, uint64_t *ret)
{
	uint8_t size = unit->header.offset_size;
	uint64_t offset;

	if (__builtin_mul_overflow(index, size, &offset) ||
		__builtin_add_overflow(offset, unit->str_offsets_base, &offset))
		return false;
	return dwarf_section_number(&unit->file->sections[DWARF_STR_OFFSETS], offset, size, ret);
}

struct error *dwarf_unit_text(const struct dwarf_unit *unit, const struct dwarf_value *value,
	struct dwarf_texts *texts, const char **ret)
{
	struct dwarf_file *file = unit->file;
	enum dwarf_section_kind kind = DWARF_STR;
	uint64_t offset = value->number;

	*ret = NULL;
	switch (value->form) {
	case DW_FORM_string:
		if (strnlen(value->bytes, DWARF_TEXT_MAX) < DWARF_TEXT_MAX)
			*ret = value->bytes;
		return NULL;
	case DW_FORM_strp:
		break;
	case DW_FORM_line_strp:
		kind = DWARF_LINE_STR;
		file = unit->main;
		break;
	case DW_FORM_strp_sup:
	case DW_FORM_GNU_strp_alt:
		file = file->supplement;
		break;
	case DW_FORM_strx:
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
	case DW_FORM_GNU_str_index:
		if (!indexed_offset(unit, value->number, &offset))
			return NULL;
		break;
	default:
		return NULL;
	}
	if (!file)
		return NULL;
	return dwarf_section_text(&file->sections[kind], offset, texts, ret);
}

/* What ranges are added to. */
struct range_sink {
	const struct dwarf_wanted *wanted;
	struct dwarf_spans *spans;
	uint32_t value;
};

static struct error *add_range(const struct range_sink *sink, uint64_t start, uint64_t end)
{
	if (sink->wanted && !dwarf_wanted_within(sink->wanted, start, end))
		return NULL;
	return dwarf_spans_add(sink->spans, start, end, sink->value);
}

/* Many entries may share a list, but not so many that it would take forever. */
static bool spend(const struct dwarf_unit *unit)
{
	if (!unit->main->range_budget)
		return false;
	unit->main->range_budget--;
	return true;
}

/* DWARF 4, 2.17.3. */
static struct error *add_old_ranges(
	const struct dwarf_unit *unit, uint64_t offset, const struct range_sink *sink)
{
	struct dwarf_section *section = &unit->main->sections[DWARF_RANGES];
	uint8_t size = unit->header.address_size;
	uint64_t base = unit->low_address, start, end;
	struct error *error = NULL;

	for (; !error && spend(unit); offset += 2u * size) {
		if (!dwarf_section_number(section, offset, size, &start) ||
			!dwarf_section_number(section, offset + size, size, &end) ||
			(!start && !end))
			break;
		if (start == UINT64_MAX >> (64 - 8 * size))
			base = end;
		else if (start < end)
			error = add_range(sink, base + start, base + end);
	}
	return error;
}

/* An entry of a list of DWARF 5. */
struct range_entry {
	uint8_t kind;
	uint64_t first, second; /* as they are there; an index is looked up already */
};

static bool take_address(const struct dwarf_unit *unit, struct dwarf_section *section,
	uint64_t *offset, uint64_t *ret)
{
	uint8_t size = unit->header.address_size;

	if (!dwarf_section_number(section, *offset, size, ret))
		return false;
	*offset += size;
	return true;
}

static bool take_indexed(const struct dwarf_unit *unit, struct dwarf_section *section,
	uint64_t *offset, uint64_t *ret)
{
	uint64_t index;

	return dwarf_section_uleb(section, offset, &index) && indexed_address(unit, index, ret);
}

/* DWARF 5, 7.25. */
static bool take_range(const struct dwarf_unit *unit, struct dwarf_section *section,
	uint64_t *offset, struct range_entry *ret)
{
	uint64_t kind;

	if (!dwarf_section_number(section, *offset, 1, &kind))
		return false;
	++*offset;
	ret->kind = (uint8_t)kind;
	switch (kind) {
	case DW_RLE_base_addressx:
		return take_indexed(unit, section, offset, &ret->first);
	case DW_RLE_startx_endx:
		return take_indexed(unit, section, offset, &ret->first) &&
		       take_indexed(unit, section, offset, &ret->second);
	case DW_RLE_startx_length:
		return take_indexed(unit, section, offset, &ret->first) &&
		       dwarf_section_uleb(section, offset, &ret->second);
	case DW_RLE_offset_pair:
		return dwarf_section_uleb(section, offset, &ret->first) &&
		       dwarf_section_uleb(section, offset, &ret->second);
	case DW_RLE_base_address:
		return take_address(unit, section, offset, &ret->first);
	case DW_RLE_start_end:
		return take_address(unit, section, offset, &ret->first) &&
		       take_address(unit, section, offset, &ret->second);
	case DW_RLE_start_length:
		return take_address(unit, section, offset, &ret->first) &&
		       dwarf_section_uleb(section, offset, &ret->second);
	default:
		return false; /* among them DW_RLE_end_of_list */
	}
}

static struct error *add_range_list(
	const struct dwarf_unit *unit, uint64_t offset, const struct range_sink *sink)
{
	struct dwarf_section *section = &unit->file->sections[DWARF_RNGLISTS];
	uint64_t base = unit->low_address;
	struct range_entry entry;
	struct error *error = NULL;

	while (!error && spend(unit) && take_range(unit, section, &offset, &entry)) {
		switch (entry.kind) {
		case DW_RLE_base_addressx:
		case DW_RLE_base_address:
			base = entry.first;
			continue;
		case DW_RLE_offset_pair:
			entry.first += base;
			entry.second += base;
			break;
		case DW_RLE_startx_length:
		case DW_RLE_start_length:
			entry.second += entry.first;
			break;
		default:
			break;
		}
		error = add_range(sink, entry.first, entry.second);
	}
	return error;
}

/* Where the list of an index begins. */
static bool list_offset(const struct dwarf_unit *unit, uint64_t index, uint64_t *ret)
{
	uint8_t size = unit->header.offset_size;
	uint64_t offset;

	if (__builtin_mul_overflow(index, size, &offset) ||
		__builtin_add_overflow(offset, unit->rnglists_base, &offset) ||
		!dwarf_section_number(&unit->file->sections[DWARF_RNGLISTS], offset, size, ret))
		return false;
	return !__builtin_add_overflow(*ret, unit->rnglists_base, ret);
}

static struct error *add_list(const struct dwarf_unit *unit, const struct dwarf_value *ranges,
	const struct range_sink *sink)
{
	uint64_t offset = ranges->number;

	if (unit->header.version < 5) {
		/* The skeleton has the base, which is for its split unit's lists. */
		if (unit->file != unit->main)
			offset += unit->ranges_base;
		return add_old_ranges(unit, offset, sink);
	}
	if (ranges->form == DW_FORM_rnglistx && !list_offset(unit, ranges->number, &offset))
		return NULL;
	return add_range_list(unit, offset, sink);
}

struct error *dwarf_unit_add_ranges(const struct dwarf_unit *unit, const struct dwarf_die *die,
	const struct dwarf_wanted *wanted, struct dwarf_spans *spans, uint32_t value)
{
	struct range_sink sink = {wanted, spans, value};
	const struct dwarf_value *ranges = dwarf_die_get(die, DWARF_SLOT_RANGES);
	const struct dwarf_value *low = dwarf_die_get(die, DWARF_SLOT_LOW_PC);
	const struct dwarf_value *high = dwarf_die_get(die, DWARF_SLOT_HIGH_PC);
	uint64_t start, end;

	if (ranges)
		return add_list(unit, ranges, &sink);
	if (!low || !high || !dwarf_unit_address(unit, low, &start))
		return NULL;
	if (!dwarf_unit_address(unit, high, &end))
		end = start + high->number;
	return add_range(&sink, start, end);
}
