#include "dwarf/abbreviations.h"

#include <string.h>

#include "dwarf/constants.h"
#include "dwarf/take.h"

#define FIRST_WINDOW   ((uint64_t)8 * 1024)
#define WINDOW_MAX     ((uint64_t)32 << 20)
#define FIXED_SIZE_MAX ((uint32_t)1 << 30)

/* A size of 0 is that of an address or of an offset. */
static const struct dwarf_form forms[] = {
	[DW_FORM_block2] = {DWARF_LAYOUT_BLOCK, 2},
	[DW_FORM_block4] = {DWARF_LAYOUT_BLOCK, 4},
	[DW_FORM_data2] = {DWARF_LAYOUT_FIXED, 2},
	[DW_FORM_data4] = {DWARF_LAYOUT_FIXED, 4},
	[DW_FORM_data8] = {DWARF_LAYOUT_FIXED, 8},
	[DW_FORM_string] = {DWARF_LAYOUT_TEXT, 1},
	[DW_FORM_block] = {DWARF_LAYOUT_BLOCK_LEB, 1},
	[DW_FORM_block1] = {DWARF_LAYOUT_BLOCK, 1},
	[DW_FORM_data1] = {DWARF_LAYOUT_FIXED, 1},
	[DW_FORM_flag] = {DWARF_LAYOUT_FIXED, 1},
	[DW_FORM_sdata] = {DWARF_LAYOUT_SIGNED_LEB, 1},
	[DW_FORM_udata] = {DWARF_LAYOUT_LEB, 1},
	[DW_FORM_ref1] = {DWARF_LAYOUT_FIXED, 1},
	[DW_FORM_ref2] = {DWARF_LAYOUT_FIXED, 2},
	[DW_FORM_ref4] = {DWARF_LAYOUT_FIXED, 4},
	[DW_FORM_ref8] = {DWARF_LAYOUT_FIXED, 8},
	[DW_FORM_ref_udata] = {DWARF_LAYOUT_LEB, 1},
	[DW_FORM_indirect] = {DWARF_LAYOUT_INDIRECT, 1},
	[DW_FORM_exprloc] = {DWARF_LAYOUT_BLOCK_LEB, 1},
	[DW_FORM_flag_present] = {DWARF_LAYOUT_CONSTANT, 1},
	[DW_FORM_strx] = {DWARF_LAYOUT_LEB, 1},
	[DW_FORM_addrx] = {DWARF_LAYOUT_LEB, 1},
	[DW_FORM_ref_sup4] = {DWARF_LAYOUT_FIXED, 4},
	[DW_FORM_data16] = {DWARF_LAYOUT_FIXED, 16},
	[DW_FORM_ref_sig8] = {DWARF_LAYOUT_FIXED, 8},
	[DW_FORM_implicit_const] = {DWARF_LAYOUT_CONSTANT, 1},
	[DW_FORM_loclistx] = {DWARF_LAYOUT_LEB, 1},
	[DW_FORM_rnglistx] = {DWARF_LAYOUT_LEB, 1},
	[DW_FORM_ref_sup8] = {DWARF_LAYOUT_FIXED, 8},
	[DW_FORM_strx1] = {DWARF_LAYOUT_FIXED, 1},
	[DW_FORM_strx2] = {DWARF_LAYOUT_FIXED, 2},
	[DW_FORM_strx3] = {DWARF_LAYOUT_FIXED, 3},
	[DW_FORM_strx4] = {DWARF_LAYOUT_FIXED, 4},
	[DW_FORM_addrx1] = {DWARF_LAYOUT_FIXED, 1},
	[DW_FORM_addrx2] = {DWARF_LAYOUT_FIXED, 2},
	[DW_FORM_addrx3] = {DWARF_LAYOUT_FIXED, 3},
	[DW_FORM_addrx4] = {DWARF_LAYOUT_FIXED, 4},
};

static const struct {
	uint16_t name;
	uint8_t slot;
} slots[] = {
	{DW_AT_sibling, DWARF_SLOT_SIBLING},
	{DW_AT_name, DWARF_SLOT_NAME},
	{DW_AT_stmt_list, DWARF_SLOT_STMT_LIST},
	{DW_AT_low_pc, DWARF_SLOT_LOW_PC},
	{DW_AT_high_pc, DWARF_SLOT_HIGH_PC},
	{DW_AT_comp_dir, DWARF_SLOT_COMP_DIR},
	{DW_AT_abstract_origin, DWARF_SLOT_ORIGIN},
	{DW_AT_decl_line, DWARF_SLOT_DECL_LINE},
	{DW_AT_specification, DWARF_SLOT_SPECIFICATION},
	{DW_AT_ranges, DWARF_SLOT_RANGES},
	{DW_AT_call_file, DWARF_SLOT_CALL_FILE},
	{DW_AT_call_line, DWARF_SLOT_CALL_LINE},
	{DW_AT_linkage_name, DWARF_SLOT_LINKAGE_NAME},
	{DW_AT_str_offsets_base, DWARF_SLOT_STR_OFFSETS_BASE},
	{DW_AT_addr_base, DWARF_SLOT_ADDR_BASE},
	{DW_AT_rnglists_base, DWARF_SLOT_RNGLISTS_BASE},
	{DW_AT_dwo_name, DWARF_SLOT_DWO_NAME},
	{DW_AT_MIPS_linkage_name, DWARF_SLOT_LINKAGE_NAME},
	{DW_AT_GNU_dwo_name, DWARF_SLOT_DWO_NAME},
	{DW_AT_GNU_dwo_id, DWARF_SLOT_DWO_ID},
	{DW_AT_GNU_ranges_base, DWARF_SLOT_RANGES_BASE},
	{DW_AT_GNU_addr_base, DWARF_SLOT_ADDR_BASE},
};

struct dwarf_form dwarf_form_of(uint64_t form, const struct dwarf_unit_header *header)
{
	struct dwarf_form unknown = {DWARF_LAYOUT_UNKNOWN, 0};
	uint8_t offset_size = header->offset_size, address_size = header->address_size;

	switch (form) {
	case DW_FORM_addr:
		return (struct dwarf_form){DWARF_LAYOUT_FIXED, address_size};
	case DW_FORM_ref_addr:
		if (header->version == 2)
			offset_size = address_size;
		return (struct dwarf_form){DWARF_LAYOUT_FIXED, offset_size};
	case DW_FORM_strp:
	case DW_FORM_sec_offset:
	case DW_FORM_strp_sup:
	case DW_FORM_line_strp:
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_GNU_strp_alt:
		return (struct dwarf_form){DWARF_LAYOUT_FIXED, offset_size};
	case DW_FORM_GNU_addr_index:
	case DW_FORM_GNU_str_index:
		return (struct dwarf_form){DWARF_LAYOUT_LEB, 1};
	default:
		return form < ARRAY_SIZE(forms) && forms[form].size ? forms[form] : unknown;
	}
}

static uint8_t slot_of(uint64_t name)
{
	for (size_t i = 0; i < ARRAY_SIZE(slots); i++)
		if (slots[i].name == name)
			return slots[i].slot;
	return DWARF_SLOT_NONE;
}

static struct error *add_skip(struct dwarf_abbreviations *table, struct dwarf_abbreviation *item,
	const struct dwarf_attribute *attribute)
{
	struct dwarf_skip skip = {attribute->how.layout, attribute->how.size};
	struct dwarf_skip *last;
	struct error *error;

	if (skip.layout == DWARF_LAYOUT_CONSTANT)
		return NULL;
	if (attribute->slot == DWARF_SLOT_SIBLING && item->has_children && !item->has_sibling &&
		skip.layout == DWARF_LAYOUT_FIXED && skip.size <= sizeof(uint64_t) &&
		attribute->form != DW_FORM_ref_addr) {
		skip.layout = DWARF_LAYOUT_SIBLING;
		item->has_sibling = true;
	}
	last = item->skip_count ? &table->skips.items[table->skips.count - 1] : NULL;
	if (last && skip.layout == DWARF_LAYOUT_FIXED && last->layout == DWARF_LAYOUT_FIXED &&
		last->size < FIXED_SIZE_MAX) {
		last->size += skip.size;
		return NULL;
	}
	error = dwarf_skips_append(&table->skips, skip);
	if (!error)
		item->skip_count++;
	return error;
}

static struct error *add_attribute(struct dwarf_abbreviations *table,
	struct dwarf_abbreviation *item, uint64_t name, struct dwarf_attribute attribute)
{
	struct error *error = dwarf_attributes_append(&table->attributes, attribute);

	if (error)
		return error;
	item->attribute_count++;
	if (name == DW_AT_low_pc || name == DW_AT_ranges)
		item->has_code = true;
	return add_skip(table, item, &attribute);
}

/* Name and form of an attribute, up to a pair of zeros. */
static bool take_attribute(struct cursor *cursor, const struct dwarf_unit_header *header,
	uint64_t *ret_name, struct dwarf_attribute *ret)
{
	uint64_t form;

	if (!take_uleb(cursor, ret_name) || !take_uleb(cursor, &form))
		return false;
	*ret = (struct dwarf_attribute){.form = (uint16_t)form, .slot = slot_of(*ret_name)};
	ret->how = dwarf_form_of(form, header);
	return form != DW_FORM_implicit_const || cursor_take_sleb128(cursor, &ret->constant);
}

/* false: the bytes end, or they are broken. */
static bool take_abbreviation(struct dwarf_abbreviations *table, struct cursor *cursor,
	const struct dwarf_unit_header *header, struct dwarf_abbreviation *item,
	struct error **ret_error)
{
	uint64_t tag, name;
	uint8_t children;

	if (!take_uleb(cursor, &tag) || !take_byte(cursor, &children))
		return false;
	item->tag = tag <= UINT16_MAX ? (uint16_t)tag : 0;
	item->has_children = children != 0;
	item->first_attribute = (uint32_t)table->attributes.count;
	item->first_skip = (uint32_t)table->skips.count;
	for (;;) {
		struct dwarf_attribute attribute;

		if (!take_attribute(cursor, header, &name, &attribute))
			return false;
		if (!name && !attribute.form)
			return true;
		*ret_error = add_attribute(table, item, name, attribute);
		if (*ret_error)
			return false;
	}
}

static void empty(struct dwarf_abbreviations *table)
{
	table->items.count = table->attributes.count = table->skips.count = 0;
}

/* *ret: the table's end was reached. */
static struct error *take_table(struct dwarf_abbreviations *table, struct cursor *cursor,
	const struct dwarf_unit_header *header, bool *ret)
{
	struct error *error = NULL;

	empty(table);
	*ret = false;
	for (;;) {
		struct dwarf_abbreviation item = {0};

		if (!take_uleb(cursor, &item.code))
			return NULL;
		if (!item.code) {
			*ret = true;
			return NULL;
		}
		if (!take_abbreviation(table, cursor, header, &item, &error))
			return error;
		error = dwarf_abbreviation_array_append(&table->items, item);
		if (error)
			return error;
	}
}

static int compare_codes(const void *a, const void *b)
{
	const struct dwarf_abbreviation *first = a, *second = b;

	return (first->code > second->code) - (first->code < second->code);
}

static void sort_by_code(struct dwarf_abbreviation_array *items)
{
	for (size_t i = 1; i < items->count; i++) {
		if (items->items[i - 1].code <= items->items[i].code)
			continue;
		qsort(items->items, items->count, sizeof(items->items[0]), compare_codes);
		return;
	}
}

/* How long a table is, is known when its end is there. */
static struct error *read_table(struct dwarf_abbreviations *table,
	const struct dwarf_section *section, const struct dwarf_unit_header *header,
	uint64_t *budget)
{
	struct error *error = NULL;
	bool whole = false;

	for (uint64_t window = FIRST_WINDOW; !error && !whole; window *= 8) {
		struct cursor cursor;
		size_t length, taken;

		error = dwarf_section_bytes(
			section, header->abbreviations, window, &table->buffer, &cursor);
		if (error)
			return error;
		length = cursor_left(&cursor);
		error = take_table(table, &cursor, header, &whole);
		taken = length - cursor_left(&cursor);
		*budget -= taken < *budget ? taken : *budget;
		if (window >= WINDOW_MAX || length < window)
			break;
	}
	return error;
}

struct error *dwarf_abbreviations_load(struct dwarf_abbreviations *table,
	const struct dwarf_section *section, const struct dwarf_unit_header *header,
	uint64_t *budget)
{
	struct error *error;

	if (table->section == section && table->offset == header->abbreviations &&
		table->offset_size == header->offset_size &&
		table->address_size == header->address_size &&
		table->version_2 == (header->version == 2))
		return NULL;
	table->section = NULL;
	if (!*budget) {
		empty(table);
		return NULL;
	}
	error = read_table(table, section, header, budget);
	if (error)
		return error;
	sort_by_code(&table->items);
	table->section = section;
	table->offset = header->abbreviations;
	table->offset_size = header->offset_size;
	table->address_size = header->address_size;
	table->version_2 = header->version == 2;
	return NULL;
}

void dwarf_abbreviations_deinit(struct dwarf_abbreviations *table)
{
	dwarf_abbreviation_array_deinit(&table->items);
	dwarf_attributes_deinit(&table->attributes);
	dwarf_skips_deinit(&table->skips);
	u8_array_deinit(&table->buffer);
	table->section = NULL;
}

const struct dwarf_abbreviation *dwarf_abbreviations_search(
	const struct dwarf_abbreviations *table, uint64_t code)
{
	const struct dwarf_abbreviation *items = table->items.items;
	size_t at = SORTED_COUNT(items, table->items.count, code, <, code);

	return at < table->items.count && items[at].code == code ? &items[at] : NULL;
}
