#include "profile/addition.h"

#include <string.h>

#include "base/cleanup.h"
#include "profile/saturating.h"

#define BASE_KEY   "pprof::base"
#define BASE_VALUE "true"

/* pprof's: where a mapping ends differs a little from writer to writer. */
#define MAPPING_SIZE_ROUNDING 0x1000

ARRAY_DEFINE(label_array, struct profile_label)

/*
 * Adds one of the two profiles to the result. The tables are the result's ids by the source's;
 * PROFILE_NONE: not there yet, for only what samples use is added.
 */
struct addition {
	struct profile *result;
	const struct profile *source;
	const struct profile_addition *how;
	struct profile_label base_label;
	struct u32_array
		types; /* the source's, by the parts; PROFILE_NONE: it has none of that name */
	struct u32_array mappings, functions, locations, label_sets;
	/* One item's parts, reused for the next. */
	struct profile_lines lines;
	struct u32_array stack;
	struct label_array labels;
	struct profile_values values;
	struct string_builder name;
};

static void addition_deinit(struct addition *addition)
{
	u32_array_deinit(&addition->types);
	u32_array_deinit(&addition->mappings);
	u32_array_deinit(&addition->functions);
	u32_array_deinit(&addition->locations);
	u32_array_deinit(&addition->label_sets);
	profile_lines_deinit(&addition->lines);
	u32_array_deinit(&addition->stack);
	label_array_deinit(&addition->labels);
	profile_values_deinit(&addition->values);
	string_builder_deinit(&addition->name);
}

bool profile_is_base(const struct profile *profile, uint32_t labels)
{
	size_t count;
	const struct profile_label *items = profile_labels(profile, labels, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(profile_text(profile, items[i].key), BASE_KEY) == 0 &&
			strcmp(profile_text(profile, items[i].text), BASE_VALUE) == 0)
			return true;
	return false;
}

static const struct profile_shape *shape_of(const struct addition *addition)
{
	static const struct profile_shape none;

	return addition->how->shape ? addition->how->shape : &none;
}

static struct error *copy_string(struct addition *addition, uint32_t string, uint32_t *ret)
{
	return profile_string(addition->result, profile_text(addition->source, string), ret);
}

static uint64_t rounded_size(const struct profile_mapping *mapping)
{
	uint64_t size = mapping->limit - mapping->start + MAPPING_SIZE_ROUNDING - 1;

	return size / MAPPING_SIZE_ROUNDING;
}

static bool is_same_mapping(const struct profile_mapping *a, const struct profile_mapping *b)
{
	if (rounded_size(a) != rounded_size(b) || a->offset != b->offset)
		return false;
	if (a->build_id && b->build_id)
		return a->build_id == b->build_id;
	return a->path == b->path && (a->path || a->start == b->start);
}

static struct error *add_mapping(struct addition *addition, const struct profile_mapping *from)
{
	struct profile_mappings *known = &addition->result->mappings;
	struct profile_mapping mapping = *from;
	uint32_t id = 0;
	struct error *error = copy_string(addition, from->path, &mapping.path);

	mapping.has_inline_frames &= !shape_of(addition)->no_inlines;
	if (!error)
		error = copy_string(addition, from->build_id, &mapping.build_id);
	if (!error)
		error = copy_string(addition, from->problem, &mapping.problem);
	if (error)
		return error;
	while (id < known->count && !is_same_mapping(&known->items[id], &mapping))
		id++;
	if (id == known->count)
		error = profile_mappings_append(known, mapping);
	return error ? error : u32_array_append(&addition->mappings, id);
}

static struct error *rename_function(struct addition *addition, const struct profile_function *from,
	struct profile_function *function)
{
	const struct profile_shape *shape = shape_of(addition);
	uint32_t own = function->name;

	if (!shape->name)
		return NULL;
	addition->name.length = 0;
	shape->name(shape->context, addition->source, from, &addition->name);
	if (addition->name.failed)
		return &error_no_memory;
	if (!addition->name.length)
		return NULL;
	struct error *error =
		profile_string(addition->result, addition->name.text, &function->name);
	if (!error && !function->whole && function->name != own)
		function->whole = own;
	return error;
}

static struct error *add_function(struct addition *addition, uint32_t index, uint32_t *ret)
{
	const struct profile_function *from = profile_function(addition->source, index);
	struct profile_function function = {.start_line = from->start_line};
	struct error *error = copy_string(addition, from->name, &function.name);

	if (!error)
		error = copy_string(addition, from->system_name, &function.system_name);
	if (!error)
		error = copy_string(addition, from->file, &function.file);
	if (!error)
		error = copy_string(addition, from->whole, &function.whole);
	if (!error)
		error = rename_function(addition, from, &function);
	return error ? error : profile_add_function(addition->result, &function, ret);
}

/* The result's id of an item, which is added if it is not there yet. */
static struct error *find(struct addition *addition, struct u32_array *table, uint32_t index,
	struct error *(*add)(struct addition *addition, uint32_t index, uint32_t *ret),
	uint32_t *ret)
{
	uint32_t id = table->items[index];
	struct error *error = id == PROFILE_NONE ? add(addition, index, &id) : NULL;

	if (!error)
		*ret = table->items[index] = id;
	return error;
}

/* Those of the location that are left of its first ones. */
static struct error *copy_lines(
	struct addition *addition, const struct profile_location *location, uint32_t count)
{
	bool last_only = shape_of(addition)->no_inlines && count;
	struct error *error = profile_lines_reserve(&addition->lines, count);

	addition->lines.count = 0;
	for (uint32_t i = last_only ? count - 1 : 0; !error && i < count; i++) {
		struct profile_line line = addition->source->lines.items[location->first_line + i];

		error = find(addition, &addition->functions, line.function, add_function,
			&line.function);
		addition->lines.items[addition->lines.count++] = line;
	}
	return error;
}

/* With its first lines only; 0: with all. */
static struct error *add_location_lines(
	struct addition *addition, uint32_t index, uint32_t lines, uint32_t *ret)
{
	const struct profile_location *from = &addition->source->locations.items[index];
	uint32_t mapping = from->mapping;
	uint64_t address = from->address;
	struct error *error = copy_lines(addition, from, lines ? lines : from->line_count);

	if (mapping != PROFILE_NONE) {
		mapping = addition->mappings.items[from->mapping];
		address += addition->result->mappings.items[mapping].start -
			   addition->source->mappings.items[from->mapping].start;
	}
	return error ? error
		     : profile_add_complete_location(addition->result, mapping, address,
			       addition->lines.items, (uint32_t)addition->lines.count, ret);
}

static struct error *add_location(struct addition *addition, uint32_t index, uint32_t *ret)
{
	return add_location_lines(addition, index, 0, ret);
}

static struct profile_depth depth_of(
	const struct addition *addition, const uint32_t *locations, size_t count)
{
	const struct profile_shape *shape = shape_of(addition);

	if (!shape->depth || !count)
		return (struct profile_depth){.locations = count};
	return shape->depth(shape->context, addition->source, locations, count);
}

/* root: a location of the result, or PROFILE_NONE. */
static struct error *add_stack(
	struct addition *addition, uint32_t index, uint32_t root, uint32_t *ret)
{
	size_t count;
	const uint32_t *from = profile_stack(addition->source, index, &count);
	struct profile_depth depth = depth_of(addition, from, count);
	struct error *error = u32_array_reserve(&addition->stack, count + 1);

	count = depth.locations;
	for (size_t i = 0; !error && i < count; i++)
		error = i == count - 1 && depth.lines
				? add_location_lines(
					  addition, from[i], depth.lines, &addition->stack.items[i])
				: find(addition, &addition->locations, from[i], add_location,
					  &addition->stack.items[i]);
	if (error)
		return error;
	if (root != PROFILE_NONE)
		addition->stack.items[count++] = root;
	return profile_add_stack(addition->result, addition->stack.items, count, ret);
}

static struct error *copy_label(struct addition *addition, const struct profile_label *from)
{
	struct profile_label label = {.number = from->number};
	struct error *error = copy_string(addition, from->key, &label.key);

	if (!error)
		error = copy_string(addition, from->text, &label.text);
	if (!error)
		error = copy_string(addition, from->unit, &label.unit);
	return error ? error : label_array_append(&addition->labels, label);
}

static bool has_label(const struct addition *addition, uint32_t key)
{
	ARRAY_FOR_EACH (label, &addition->labels)
		if (label->key == key)
			return true;
	return false;
}

static struct error *add_given_labels(struct addition *addition)
{
	const struct profile_addition *how = addition->how;
	struct error *error = NULL;

	for (size_t i = 0; !error && i < how->label_count; i++)
		if (!has_label(addition, how->labels[i].key))
			error = label_array_append(&addition->labels, how->labels[i]);
	return error;
}

static struct error *add_label_set(struct addition *addition, uint32_t index, uint32_t *ret)
{
	size_t count;
	const struct profile_label *from = profile_labels(addition->source, index, &count);
	struct error *error = NULL;

	*ret = 0;
	if (addition->how->bare)
		return NULL;
	addition->labels.count = 0;
	for (size_t i = 0; !error && i < count; i++)
		error = copy_label(addition, &from[i]);
	if (!error)
		error = add_given_labels(addition);
	if (!error && addition->how->is_base && !profile_is_base(addition->source, index))
		error = label_array_append(&addition->labels, addition->base_label);
	return error ? error
		     : profile_add_labels(addition->result, addition->labels.items,
			       addition->labels.count, ret);
}

static const char *source_type(const struct addition *addition, size_t part)
{
	const struct profile *result = addition->result;

	return addition->how->parts ? addition->how->parts[part].type
				    : profile_text(result, result->value_types.items[part].type);
}

static size_t result_type(const struct addition *addition, size_t part)
{
	return addition->how->parts ? addition->how->parts[part].to : part;
}

/* Whether there are any. */
static bool copy_values(struct addition *addition, uint32_t index)
{
	const struct profile *source = addition->source;
	const int64_t *values = &source->values.items[index * source->value_types.count];
	bool some = false;

	for (size_t i = 0; i < addition->types.count; i++) {
		uint32_t type = addition->types.items[i];
		int64_t value = type == PROFILE_NONE ? 0 : values[type];

		addition->values.items[result_type(addition, i)] =
			addition->how->is_base ? negate_saturating(value) : value;
		some |= value != 0;
	}
	return some;
}

static struct error *add_sample(struct addition *addition, uint32_t index)
{
	const struct profile_sample *from = &addition->source->samples.items[index];
	const struct profile_choice *choices = addition->how->choices;
	struct error *error;
	uint32_t stack, labels;

	if ((choices && !choices[index].wanted) || !copy_values(addition, index))
		return NULL;
	error = add_stack(
		addition, from->stack, choices ? choices[index].root : PROFILE_NONE, &stack);
	if (!error)
		error = find(addition, &addition->label_sets, from->labels, add_label_set, &labels);
	return error ? error
		     : profile_add_sample(addition->result, stack, labels, addition->values.items);
}

static struct error *find_types(struct addition *addition)
{
	size_t values = addition->result->value_types.count;
	size_t parts = addition->how->parts ? addition->how->part_count : values;
	struct error *error = profile_values_reserve(&addition->values, values + 1);

	if (!error)
		memset(addition->values.items, 0, values * sizeof(*addition->values.items));
	for (size_t i = 0; !error && i < parts; i++) {
		size_t index;

		if (!profile_find_value_type(addition->source, source_type(addition, i), &index))
			index = PROFILE_NONE;
		error = u32_array_append(&addition->types, (uint32_t)index);
	}
	return error;
}

static struct error *fill(struct u32_array *table, size_t count)
{
	struct error *error = u32_array_reserve(table, count);

	for (size_t i = 0; !error && i < count; i++)
		table->items[table->count++] = PROFILE_NONE;
	return error;
}

static struct error *add_samples(struct addition *addition)
{
	const struct profile *source = addition->source;
	struct error *error = fill(&addition->functions, source->functions.entries.count);

	if (!error)
		error = fill(&addition->locations, source->locations.count);
	if (!error)
		error = fill(&addition->label_sets, source->label_sets.entries.count);
	for (size_t i = 0; !error && i < source->mappings.count; i++)
		error = add_mapping(addition, &source->mappings.items[i]);
	for (uint32_t i = 0; !error && i < source->samples.count; i++)
		error = add_sample(addition, i);
	return error;
}

static bool has_comment(const struct profile *profile, const char *text)
{
	ARRAY_FOR_EACH (comment, &profile->comments)
		if (strcmp(profile_text(profile, *comment), text) == 0)
			return true;
	return false;
}

static struct error *add_comments(struct addition *addition)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (comment, &addition->source->comments) {
		const char *text = profile_text(addition->source, *comment);

		if (!error && !has_comment(addition->result, text))
			error = profile_add_comment(addition->result, "%s%s",
				addition->how->is_base ? "base: " : "", text);
	}
	return error;
}

/* As pprof's combineHeaders() does. */
static void add_header(struct addition *addition)
{
	struct profile *result = addition->result;
	const struct profile *source = addition->source;

	if (source->time && (!result->time || source->time < result->time))
		result->time = source->time;
	result->duration = add_saturating(result->duration, source->duration);
	if (source->period > result->period)
		result->period = source->period;
}

struct error *profile_add(
	struct profile *result, const struct profile *source, const struct profile_addition *how)
{
	CLEANUP(addition_deinit)
	struct addition addition = {.result = result, .source = source, .how = how};
	struct error *error = find_types(&addition);

	if (!error && how->is_base)
		error = profile_string(result, BASE_KEY, &addition.base_label.key);
	if (!error && how->is_base)
		error = profile_string(result, BASE_VALUE, &addition.base_label.text);
	if (!error)
		error = add_samples(&addition);
	if (!error && !how->bare && !how->no_remarks)
		error = add_comments(&addition);
	add_header(&addition);
	return error;
}

struct error *profile_copy_texts(struct profile *result, const struct profile *profile)
{
	const struct {
		uint32_t from, *to;
	} texts[] = {
		{profile->period_type.type, &result->period_type.type},
		{profile->period_type.unit, &result->period_type.unit},
		{profile->drop_frames, &result->drop_frames},
		{profile->keep_frames, &result->keep_frames},
		{profile->default_sample_type, &result->default_sample_type},
	};
	struct error *error = NULL;

	for (size_t i = 0; !error && i < ARRAY_SIZE(texts); i++)
		error = profile_string(result, profile_text(profile, texts[i].from), texts[i].to);
	return error;
}
