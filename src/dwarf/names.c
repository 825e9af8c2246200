#include "dwarf/names.h"

#include <stdlib.h>
#include <string.h>

#include "dwarf/constants.h"

/* Longer chains, and circles, are not followed to their end. */
#define REFERENCE_STEPS 8

void dwarf_references_deinit(struct dwarf_references *references)
{
	for (size_t i = 0; references->units && i < DWARF_REFERENCES; i++)
		dwarf_unit_deinit(&references->units[i]);
	free(references->units);
	references->units = NULL;
}

/* The unit that is open for reading entries at an offset, or NULL. */
static struct error *referred_unit(struct dwarf_references *references, struct dwarf_file *file,
	uint64_t offset, struct dwarf_unit **ret)
{
	const struct dwarf_unit_header *header = dwarf_file_unit_at(file, offset);
	struct dwarf_unit *unit;

	*ret = NULL;
	if (!header)
		return NULL;
	if (!references->units)
		references->units = calloc(DWARF_REFERENCES, sizeof(*references->units));
	if (!references->units)
		return &error_no_memory;
	unit = &references->units[(size_t)(header - file->headers.items) % DWARF_REFERENCES];
	*ret = unit;
	if (unit->file == file && unit->header.offset == header->offset)
		return NULL;
	return dwarf_unit_open(unit, file, header);
}

struct reference {
	struct dwarf_file *file; /* NULL: there is none */
	uint64_t offset;
};

static struct reference reference_of(const struct dwarf_unit *unit, const struct dwarf_die *die)
{
	const struct dwarf_value *value = dwarf_die_get(die, DWARF_SLOT_ORIGIN);

	if (!value)
		value = dwarf_die_get(die, DWARF_SLOT_SPECIFICATION);
	if (!value)
		return (struct reference){NULL, 0};
	switch (value->form) {
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
	case DW_FORM_ref_udata:
		return (struct reference){unit->file, unit->header.offset + value->number};
	case DW_FORM_ref_addr:
		return (struct reference){unit->file, value->number};
	case DW_FORM_GNU_ref_alt:
	case DW_FORM_ref_sup4:
	case DW_FORM_ref_sup8:
		return (struct reference){unit->file->supplement, value->number};
	default:
		return (struct reference){NULL, 0};
	}
}

static struct error *take_text(const struct dwarf_unit *unit, const struct dwarf_die *die,
	enum dwarf_slot slot, struct dwarf_texts *texts, const char **ret)
{
	const struct dwarf_value *value = dwarf_die_get(die, slot);
	const char *text;
	struct error *error;
	char *copy;

	if (*ret || !value)
		return NULL;
	error = dwarf_unit_text(unit, value, texts, &text);
	if (error || !text || value->form != DW_FORM_string) {
		if (!error)
			*ret = text;
		return error;
	}
	if (!dwarf_texts_hold(texts, strlen(text) + 1))
		return NULL;
	/* What is in the entry goes with it. */
	copy = dwarf_texts_take(texts, strlen(text) + 1);
	if (!copy)
		return &error_no_memory;
	*ret = strcpy(copy, text);
	return NULL;
}

static struct error *take_name(const struct dwarf_unit *unit, const struct dwarf_die *die,
	struct dwarf_texts *texts, struct dwarf_name *name)
{
	struct error *error =
		take_text(unit, die, DWARF_SLOT_LINKAGE_NAME, texts, &name->linkage_name);

	if (!error && !name->linkage_name)
		error = take_text(unit, die, DWARF_SLOT_NAME, texts, &name->name);
	if (!name->start_line)
		name->start_line = (uint32_t)dwarf_die_number(die, DWARF_SLOT_DECL_LINE);
	return error;
}

/* The next entry; *ret_unit is NULL if there is none. */
static struct error *follow(struct dwarf_references *references, const struct dwarf_unit *unit,
	struct dwarf_die *die, const struct dwarf_unit **ret_unit)
{
	struct reference reference = reference_of(unit, die);
	struct dwarf_unit *other = NULL;
	struct error *error = NULL;
	bool found;

	*ret_unit = NULL;
	if (!reference.file)
		return NULL;
	if (unit->loaded && reference.file == unit->file && reference.offset >= unit->header.dies &&
		reference.offset < unit->header.end) {
		if (dwarf_unit_loaded_die(unit, reference.offset, die))
			*ret_unit = unit;
		return NULL;
	}
	error = referred_unit(references, reference.file, reference.offset, &other);
	if (error || !other)
		return error;
	error = dwarf_unit_die_at(other, reference.offset, die, &found);
	if (!error && found)
		*ret_unit = other;
	return error;
}

struct error *dwarf_name_of(struct dwarf_references *references, const struct dwarf_unit *unit,
	const struct dwarf_die *die, struct dwarf_texts *texts, struct dwarf_name *ret)
{
	struct dwarf_name name = {0};
	struct dwarf_die current = *die;
	struct error *error = NULL;

	for (int step = 0; !error && unit && step < REFERENCE_STEPS; step++) {
		error = take_name(unit, &current, texts, &name);
		if (error || (name.linkage_name && name.start_line))
			break;
		error = follow(references, unit, &current, &unit);
	}
	if (!error)
		*ret = name;
	return error;
}
