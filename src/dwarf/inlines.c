#include "dwarf/constants.h"
#include "dwarf/functions.h"
#include "dwarf/take.h"

/* One more would be no program: compilers stop much earlier. */
#define DEPTH_MAX 4096

struct inline_walk {
	struct dwarf_inlines *inlines;
	const struct dwarf_unit *unit;
	const struct dwarf_wanted *wanted;
	struct cursor cursor;
	uint32_t depth;              /* how many entries are open, the function among them */
	uint32_t foreign;            /* at which a function within the function began; 0: none */
	uint32_t parents[DEPTH_MAX]; /* of what is inlined at each depth */
};

static bool has_ranges(const struct dwarf_die *die)
{
	return dwarf_die_get(die, DWARF_SLOT_RANGES) || dwarf_die_get(die, DWARF_SLOT_HIGH_PC);
}

/* *ret: whether the entry, known to have a range, holds nothing that is wanted. */
static struct error *add_ranges(
	struct inline_walk *walk, const struct dwarf_die *die, uint32_t value, bool *ret_misses)
{
	struct dwarf_spans *spans = &walk->inlines->spans;
	size_t before = spans->count;
	struct error *error = dwarf_unit_add_ranges(walk->unit, die, walk->wanted, spans, value);

	*ret_misses = has_ranges(die) && spans->count == before;
	return error;
}

static struct error *add_inline(
	struct inline_walk *walk, const struct dwarf_die *die, uint64_t offset, bool *ret_misses)
{
	struct dwarf_inline_array *items = &walk->inlines->items;
	struct dwarf_inline item = {offset, walk->parents[walk->depth]};

	if (items->count >= UINT32_MAX - 1)
		return NULL;
	struct error *error = add_ranges(walk, die, (uint32_t)items->count, ret_misses);
	return error ? error : dwarf_inline_array_append(items, item);
}

/* A block that misses is of interest only if its children can be passed over. */
static struct error *miss_block(
	struct inline_walk *walk, const struct dwarf_die *die, bool *ret_misses)
{
	size_t before = walk->inlines->spans.count;
	struct error *error = add_ranges(walk, die, 0, ret_misses);

	walk->inlines->spans.count = before;
	return error;
}

static bool is_examined(
	const struct inline_walk *walk, const struct dwarf_abbreviation *abbreviation)
{
	if (walk->foreign)
		return false;
	return abbreviation->tag == DW_TAG_inlined_subroutine ||
	       (abbreviation->tag == DW_TAG_lexical_block && abbreviation->has_sibling);
}

/* *ret_sibling: where to go on, if the children are of no interest; 0: with them. */
static bool examine(struct inline_walk *walk, const struct dwarf_abbreviation *abbreviation,
	uint64_t offset, uint64_t *ret_sibling, struct error **ret_error)
{
	struct dwarf_die die;
	bool misses = false;

	if (!dwarf_unit_take_die(walk->unit, &walk->cursor, abbreviation, &die))
		return false;
	if (abbreviation->tag == DW_TAG_inlined_subroutine)
		*ret_error = add_inline(walk, &die, offset, &misses);
	else
		*ret_error = miss_block(walk, &die, &misses);
	*ret_sibling = 0;
	if (misses && abbreviation->has_sibling)
		*ret_sibling =
			walk->unit->header.offset + dwarf_die_number(&die, DWARF_SLOT_SIBLING);
	return !*ret_error;
}

/* false: the walk ends here, for such a reason. */
static bool enter_children(struct inline_walk *walk, const struct dwarf_abbreviation *abbreviation)
{
	uint32_t parent = walk->parents[walk->depth];

	if (++walk->depth == DEPTH_MAX)
		return false;
	if (!walk->foreign && abbreviation->tag == DW_TAG_subprogram)
		walk->foreign = walk->depth;
	if (!walk->foreign && abbreviation->tag == DW_TAG_inlined_subroutine)
		parent = (uint32_t)walk->inlines->items.count - 1;
	walk->parents[walk->depth] = parent;
	return true;
}

static void leave_children(struct inline_walk *walk)
{
	if (walk->foreign == walk->depth)
		walk->foreign = 0;
	walk->depth--;
}

static bool take_entry(struct inline_walk *walk, struct error **ret_error)
{
	uint64_t code, sibling, offset = dwarf_unit_offset(walk->unit, &walk->cursor);
	const struct dwarf_abbreviation *abbreviation;

	if (!take_uleb(&walk->cursor, &code))
		return false;
	if (!code) {
		leave_children(walk);
		return true;
	}
	abbreviation = dwarf_abbreviations_find(&walk->unit->table, code);
	if (!abbreviation)
		return false;
	if (is_examined(walk, abbreviation)) {
		if (!examine(walk, abbreviation, offset, &sibling, ret_error))
			return false;
	} else {
		if (!dwarf_unit_skip(walk->unit, &walk->cursor, abbreviation, &sibling))
			return false;
		if (abbreviation->tag == DW_TAG_lexical_block ||
			abbreviation->tag == DW_TAG_inlined_subroutine)
			sibling = 0;
	}
	if (!abbreviation->has_children)
		return true;
	if (sibling)
		return dwarf_unit_skip_to(walk->unit, &walk->cursor, sibling);
	return enter_children(walk, abbreviation);
}

/* The function's own entry. */
static bool take_function(struct inline_walk *walk, uint64_t function)
{
	const struct dwarf_abbreviation *abbreviation;
	uint64_t code, sibling;

	if (!dwarf_unit_cursor(walk->unit, function, &walk->cursor) ||
		!take_uleb(&walk->cursor, &code))
		return false;
	abbreviation = dwarf_abbreviations_find(&walk->unit->table, code);
	return abbreviation && abbreviation->has_children &&
	       dwarf_unit_skip(walk->unit, &walk->cursor, abbreviation, &sibling);
}

struct error *dwarf_inlines_read(struct dwarf_inlines *inlines, const struct dwarf_unit *unit,
	uint64_t function, const struct dwarf_wanted *wanted, uint64_t *ret_length)
{
	struct inline_walk walk = {.inlines = inlines, .unit = unit, .wanted = wanted, .depth = 1};
	struct error *error = NULL;

	inlines->items.count = inlines->spans.count = 0;
	walk.parents[1] = DWARF_NO_PARENT;
	*ret_length = 0;
	if (!take_function(&walk, function))
		return NULL;
	while (walk.depth && take_entry(&walk, &error))
		continue;
	*ret_length = dwarf_unit_offset(unit, &walk.cursor) - function;
	return error ? error : dwarf_spans_seal(&inlines->spans);
}

void dwarf_inlines_deinit(struct dwarf_inlines *inlines)
{
	dwarf_inline_array_deinit(&inlines->items);
	dwarf_spans_deinit(&inlines->spans);
}
