#include "dwarf/functions.h"

#include "dwarf/constants.h"
#include "dwarf/take.h"

static bool skip_field(struct cursor *cursor, const struct dwarf_unit *unit,
	const struct dwarf_skip *skip, uint64_t *ret_sibling)
{
	struct dwarf_value value;
	const char *text;
	uint64_t number;

	switch (skip->layout) {
	case DWARF_LAYOUT_FIXED:
		return take_skip(cursor, skip->size);
	case DWARF_LAYOUT_LEB:
	case DWARF_LAYOUT_SIGNED_LEB:
		return take_skip_leb(cursor);
	case DWARF_LAYOUT_TEXT:
		return take_text(cursor, &text);
	case DWARF_LAYOUT_BLOCK:
		return take_number(cursor, skip->size, &number) && take_skip(cursor, number);
	case DWARF_LAYOUT_BLOCK_LEB:
		return take_uleb(cursor, &number) && take_skip(cursor, number);
	case DWARF_LAYOUT_SIBLING:
		if (!take_number(cursor, skip->size, &number))
			return false;
		*ret_sibling = unit->header.offset + number;
		return true;
	case DWARF_LAYOUT_INDIRECT:
		return dwarf_take_value(cursor, &unit->header, DW_FORM_indirect, &value);
	default:
		return false;
	}
}

bool dwarf_unit_skip(const struct dwarf_unit *unit, struct cursor *cursor,
	const struct dwarf_abbreviation *abbreviation, uint64_t *ret_sibling)
{
	uint32_t at = abbreviation->first_skip, end = at + abbreviation->skip_count;

	*ret_sibling = 0;
	for (; at < end; at++)
		if (!skip_field(cursor, unit, &unit->table.skips.items[at], ret_sibling))
			return false;
	return true;
}

bool dwarf_unit_skip_to(const struct dwarf_unit *unit, struct cursor *cursor, uint64_t sibling)
{
	uint64_t here = dwarf_unit_offset(unit, cursor);

	return sibling >= here && take_skip(cursor, sibling - here);
}

/* Entries that may have functions with code among their children. */
static bool may_hold_functions(uint16_t tag)
{
	switch (tag) {
	case DW_TAG_compile_unit:
	case DW_TAG_partial_unit:
	case DW_TAG_skeleton_unit:
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_interface_type:
		return true;
	default:
		return false;
	}
}

/* Adds the function if it holds what is wanted. false: broken. */
static bool take_function(struct dwarf_functions *functions, const struct dwarf_unit *unit,
	const struct dwarf_wanted *wanted, struct cursor *cursor,
	const struct dwarf_abbreviation *abbreviation, uint64_t offset, uint64_t *ret_sibling,
	struct error **ret_error)
{
	size_t before = functions->spans.count;
	const struct dwarf_value *sibling;
	struct dwarf_die die;

	if (!dwarf_unit_take_die(unit, cursor, abbreviation, &die))
		return false;
	sibling = abbreviation->has_sibling ? dwarf_die_get(&die, DWARF_SLOT_SIBLING) : NULL;
	*ret_sibling = sibling ? unit->header.offset + sibling->number : 0;
	if (functions->dies.count < UINT32_MAX)
		*ret_error = dwarf_unit_add_ranges(
			unit, &die, wanted, &functions->spans, (uint32_t)functions->dies.count);
	if (!*ret_error && functions->spans.count > before)
		*ret_error = u64_array_append(&functions->dies, offset);
	return !*ret_error;
}

/* deep: looks into functions, too, for those that are defined within. */
static struct error *walk(struct dwarf_functions *functions, const struct dwarf_unit *unit,
	const struct dwarf_wanted *wanted, bool deep)
{
	struct error *error = NULL;
	struct cursor cursor;

	if (!dwarf_unit_cursor(unit, unit->header.dies, &cursor))
		return NULL;
	for (;;) {
		const struct dwarf_abbreviation *abbreviation;
		uint64_t code, sibling, offset = dwarf_unit_offset(unit, &cursor);

		if (!take_uleb(&cursor, &code))
			return NULL;
		if (!code)
			continue;
		abbreviation = dwarf_abbreviations_find(&unit->table, code);
		if (!abbreviation)
			return NULL;
		if (abbreviation->tag == DW_TAG_subprogram && abbreviation->has_code) {
			if (!take_function(functions, unit, wanted, &cursor, abbreviation, offset,
				    &sibling, &error))
				return error;
		} else if (!dwarf_unit_skip(unit, &cursor, abbreviation, &sibling)) {
			return NULL;
		}
		if (sibling && !deep && !may_hold_functions(abbreviation->tag) &&
			!dwarf_unit_skip_to(unit, &cursor, sibling))
			return NULL;
	}
}

static bool all_found(const struct dwarf_functions *functions, const struct dwarf_wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (!dwarf_spans_find(&functions->spans, wanted->addresses[i]))
			return false;
	return true;
}

static struct error *read_functions(struct dwarf_functions *functions,
	const struct dwarf_unit *unit, const struct dwarf_wanted *wanted, bool deep)
{
	struct error *error;

	functions->dies.count = functions->spans.count = 0;
	error = walk(functions, unit, wanted, deep);
	return error ? error : dwarf_spans_seal(&functions->spans);
}

/* Functions within functions are rare: they are looked for when an address has none. */
struct error *dwarf_functions_read(struct dwarf_functions *functions, const struct dwarf_unit *unit,
	const struct dwarf_wanted *wanted)
{
	struct error *error = read_functions(functions, unit, wanted, false);

	if (error || all_found(functions, wanted))
		return error;
	return read_functions(functions, unit, wanted, true);
}

void dwarf_functions_deinit(struct dwarf_functions *functions)
{
	u64_array_deinit(&functions->dies);
	dwarf_spans_deinit(&functions->spans);
}
