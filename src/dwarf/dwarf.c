#include "dwarf/dwarf.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "dwarf/functions.h"
#include "dwarf/lines.h"
#include "dwarf/names.h"
#include "dwarf/split.h"

#define FRAMES_MAX 256

/* Each function's entries are looked through once, or twice where it has two parts. */
#define LOOKS_AT_ENTRIES 4

ARRAY_DEFINE(dwarf_frames, struct dwarf_frame)
ARRAY_DEFINE(dwarf_rows, struct dwarf_row)

struct dwarf {
	struct dwarf_file file;
	struct dwarf_others others;
	struct dwarf_spans units; /* values: indexes of headers */
	struct dwarf_references references;

	/* Of the unit at hand; kept as memory for the next one. */
	struct dwarf_unit unit, split;
	struct dwarf_lines lines;
	struct dwarf_functions functions;
	struct dwarf_inlines inlines;
	struct dwarf_rows rows;
	uint64_t entries_budget; /* in bytes */

	/* Of the address at hand. */
	struct dwarf_texts texts;
	struct dwarf_frames frames;
};

/* One of those that are asked for. */
struct question {
	uint32_t unit;
	size_t index;
};
ARRAY_DEFINE(question_array, struct question)

static struct error *find_units(struct dwarf *dwarf)
{
	struct error *error = dwarf_file_read_headers(&dwarf->file);

	dwarf_file_renew_budget(&dwarf->file);
	for (size_t i = 0; !error && i < dwarf->file.headers.count; i++) {
		error = dwarf_unit_open(&dwarf->unit, &dwarf->file, &dwarf->file.headers.items[i]);
		if (!error)
			error = dwarf_unit_add_ranges(
				&dwarf->unit, &dwarf->unit.root, NULL, &dwarf->units, (uint32_t)i);
	}
	return error ? error : dwarf_spans_seal(&dwarf->units);
}

struct error *dwarf_open(
	const struct elf_image *image, struct dwarf_opener opener, struct dwarf **ret)
{
	struct elf_section section;
	struct dwarf *dwarf;
	struct error *error;

	*ret = NULL;
	if (!elf_image_find_section(image, ".debug_info", &section))
		return NULL;
	dwarf = calloc(1, sizeof(*dwarf));
	if (!dwarf)
		return &error_no_memory;
	dwarf->others.opener = opener;
	error = dwarf_file_open(&dwarf->file, image, false);
	if (!error)
		error = dwarf_others_open_supplement(&dwarf->others, &dwarf->file);
	if (!error)
		error = find_units(dwarf);
	if (!error && dwarf->units.count)
		*ret = TAKE_POINTER(dwarf);
	dwarf_close(dwarf);
	return error;
}

/* Gives up what only those need who ask for addresses. */
static void rest(struct dwarf *dwarf)
{
	dwarf_unit_deinit(&dwarf->unit);
	dwarf_unit_deinit(&dwarf->split);
	dwarf_lines_deinit(&dwarf->lines);
	dwarf_functions_deinit(&dwarf->functions);
	dwarf_inlines_deinit(&dwarf->inlines);
	dwarf_rows_deinit(&dwarf->rows);
	dwarf_texts_deinit(&dwarf->texts);
	dwarf_frames_deinit(&dwarf->frames);
	dwarf_references_deinit(&dwarf->references);
}

void dwarf_close(struct dwarf *dwarf)
{
	if (!dwarf)
		return;
	rest(dwarf);
	dwarf_spans_deinit(&dwarf->units);
	dwarf_others_deinit(&dwarf->others);
	dwarf_file_close(&dwarf->file);
	free(dwarf);
}

void cleanup_dwarf(struct dwarf **dwarf)
{
	dwarf_close(*dwarf);
}

bool dwarf_lacks_files(const struct dwarf *dwarf)
{
	return dwarf->others.lacks_files;
}

/* The place that a frame has in the source. */
struct place {
	uint64_t file, line;
};

/* die: of the function; NULL if none is known. */
static struct error *add_frame(struct dwarf *dwarf, const struct dwarf_unit *unit,
	const struct dwarf_die *die, const struct place *place)
{
	struct dwarf_frame frame = {.line = (uint32_t)place->line};
	struct dwarf_name name = {0};
	struct error *error = dwarf_lines_path(
		&dwarf->lines, &dwarf->unit, place->file, &dwarf->texts, &frame.file);

	if (!error && die)
		error = dwarf_name_of(&dwarf->references, unit, die, &dwarf->texts, &name);
	if (error)
		return error;
	frame.linkage_name = name.linkage_name;
	frame.name = name.name;
	frame.start_line = name.start_line;
	return dwarf_frames_append(&dwarf->frames, frame);
}

/* Has what is inlined into a function ready. */
static struct error *read_inlines(struct dwarf *dwarf, const struct dwarf_unit *unit,
	uint64_t function, const struct dwarf_wanted *wanted)
{
	uint64_t looked_at = 0;
	struct error *error;

	dwarf->inlines.items.count = dwarf->inlines.spans.count = 0;
	if (!dwarf->entries_budget)
		return NULL;
	error = dwarf_inlines_read(&dwarf->inlines, unit, function, wanted, &looked_at);
	dwarf->entries_budget -=
		looked_at < dwarf->entries_budget ? looked_at : dwarf->entries_budget;
	return error;
}

/* From the innermost one outwards; what follows is called at *place. */
static struct error *add_inlined(
	struct dwarf *dwarf, const struct dwarf_unit *unit, uint64_t address, struct place *place)
{
	const struct dwarf_span *span = dwarf_spans_find(&dwarf->inlines.spans, address);
	uint32_t index = span ? span->value : DWARF_NO_PARENT;
	struct error *error = NULL;

	while (!error && index != DWARF_NO_PARENT && dwarf->frames.count < FRAMES_MAX) {
		const struct dwarf_inline *item = &dwarf->inlines.items.items[index];
		struct dwarf_die die;

		if (!dwarf_unit_loaded_die(unit, item->die, &die))
			break;
		error = add_frame(dwarf, unit, &die, place);
		place->file = dwarf_die_number(&die, DWARF_SLOT_CALL_FILE);
		place->line = dwarf_die_number(&die, DWARF_SLOT_CALL_LINE);
		index = item->parent;
	}
	return error;
}

/* *function: whose inlines are ready, or UINT32_MAX. */
static struct error *add_frames(struct dwarf *dwarf, const struct dwarf_unit *unit,
	const struct dwarf_wanted *wanted, size_t index, uint32_t *function)
{
	const struct dwarf_row *row = &dwarf->rows.items[index];
	uint64_t address = wanted->addresses[index];
	const struct dwarf_span *span = dwarf_spans_find(&dwarf->functions.spans, address);
	struct place place = {row->file, row->line};
	struct error *error = NULL;
	struct dwarf_die die;
	uint64_t entry;

	dwarf_texts_clear(&dwarf->texts);
	dwarf->frames.count = 0;
	if (!span)
		return row->found ? add_frame(dwarf, unit, NULL, &place) : NULL;
	entry = dwarf->functions.dies.items[span->value];
	if (*function != span->value)
		error = read_inlines(dwarf, unit, entry, wanted);
	*function = span->value;
	if (!error)
		error = add_inlined(dwarf, unit, address, &place);
	if (!error && dwarf_unit_loaded_die(unit, entry, &die))
		error = add_frame(dwarf, unit, &die, &place);
	return error;
}

static struct error *visit_addresses(struct dwarf *dwarf, const struct dwarf_unit *unit,
	const struct dwarf_wanted *wanted, const struct question *questions,
	struct dwarf_visitor visitor)
{
	uint32_t function = UINT32_MAX;
	struct error *error = NULL;

	dwarf->entries_budget = LOOKS_AT_ENTRIES * (unit->header.end - unit->header.offset);
	for (size_t i = 0; !error && i < wanted->count; i++) {
		error = add_frames(dwarf, unit, wanted, i, &function);
		if (!error && dwarf->frames.count)
			error = visitor.visit(visitor.context, questions[i].index,
				dwarf->frames.items, dwarf->frames.count);
	}
	return error;
}

static struct error *run_lines(struct dwarf *dwarf, const struct dwarf_wanted *wanted)
{
	struct error *error = dwarf_lines_open(&dwarf->lines, &dwarf->unit);

	if (!error)
		error = dwarf_rows_reserve(&dwarf->rows, wanted->count);
	if (error)
		return error;
	for (size_t i = 0; i < wanted->count; i++)
		dwarf->rows.items[i] = (struct dwarf_row){0};
	dwarf_lines_run(&dwarf->lines, wanted, dwarf->rows.items);
	return NULL;
}

/*
 * The file of the split unit before is closed now, and the next one may get its address: whatever
 * is known by that must go.
 */
static void forget_object(struct dwarf *dwarf)
{
	if (!dwarf->others.object)
		return;
	dwarf_unit_deinit(&dwarf->split);
	dwarf_references_deinit(&dwarf->references);
	dwarf_others_close_object(&dwarf->others);
}

/* The questions are those of one unit. */
static struct error *answer_unit(struct dwarf *dwarf, const struct dwarf_wanted *wanted,
	const struct question *questions, struct dwarf_visitor visitor)
{
	struct dwarf_unit *unit = &dwarf->unit;
	bool split = false;
	struct error *error =
		dwarf_unit_open(unit, &dwarf->file, &dwarf->file.headers.items[questions[0].unit]);

	if (!error)
		error = run_lines(dwarf, wanted);
	forget_object(dwarf);
	if (!error)
		error = dwarf_others_open_split(&dwarf->others, unit, &dwarf->split, &split);
	if (split)
		unit = &dwarf->split;
	if (!error)
		error = dwarf_unit_load(unit);
	if (!error)
		error = dwarf_functions_read(&dwarf->functions, unit, wanted);
	return error ? error : visit_addresses(dwarf, unit, wanted, questions, visitor);
}

static int compare_questions(const void *a, const void *b)
{
	const struct question *first = a, *second = b;

	if (first->unit != second->unit)
		return first->unit < second->unit ? -1 : 1;
	return (first->index > second->index) - (first->index < second->index);
}

static struct error *sort_by_unit(const struct dwarf *dwarf, const uint64_t *addresses,
	size_t count, struct question_array *ret)
{
	struct error *error = NULL;

	for (size_t i = 0; !error && i < count; i++) {
		const struct dwarf_span *span = dwarf_spans_find(&dwarf->units, addresses[i]);

		if (span)
			error = question_array_append(ret, (struct question){span->value, i});
	}
	if (ret->count)
		qsort(ret->items, ret->count, sizeof(ret->items[0]), compare_questions);
	return error;
}

struct error *dwarf_find(
	struct dwarf *dwarf, const uint64_t *addresses, size_t count, struct dwarf_visitor visitor)
{
	CLEANUP(question_array_deinit) struct question_array questions = {0};
	CLEANUP(u64_array_deinit) struct u64_array wanted = {0};
	struct error *error = sort_by_unit(dwarf, addresses, count, &questions);

	dwarf_file_renew_budget(&dwarf->file);
	dwarf->others.looks = 0;
	for (size_t first = 0, end; !error && first < questions.count; first = end) {
		wanted.count = 0;
		for (end = first; !error && end < questions.count &&
				  questions.items[end].unit == questions.items[first].unit;
			end++)
			error = u64_array_append(&wanted, addresses[questions.items[end].index]);
		if (!error)
			error = answer_unit(dwarf,
				&(struct dwarf_wanted){wanted.items, wanted.count},
				questions.items + first, visitor);
	}
	rest(dwarf);
	return error;
}
