#include "export/pprof_items.h"

#include <inttypes.h>

#include "export/utf8.h"

void pprof_reader_deinit(struct pprof_reader *reader)
{
	profile_destroy(reader->profile);
	u32_array_deinit(&reader->strings);
	id_map_deinit(&reader->mappings);
	id_map_deinit(&reader->functions);
	id_map_deinit(&reader->locations);
	arena_deinit(&reader->arena);
	string_builder_deinit(&reader->text);
	profile_lines_deinit(&reader->lines);
	u32_array_deinit(&reader->stack);
	label_list_deinit(&reader->labels);
}

static struct error *find_string(const struct pprof_reader *reader, int64_t index, uint32_t *ret)
{
	if (index < 0 || (uint64_t)index >= reader->strings.count)
		return error_create(ERROR_MALFORMED, "there is no string %" PRId64, index);
	*ret = reader->strings.items[index];
	return NULL;
}

static struct error *find_id(const struct id_map *map, uint64_t id, const char *what, uint32_t *ret)
{
	if (id_map_find(map, id, ret))
		return NULL;
	return error_create(ERROR_MALFORMED, "there is no %s %" PRIu64, what, id);
}

/* Line numbers outside the range are as good as none. */
static uint32_t line_number(int64_t line)
{
	return line < 0 || line > UINT32_MAX ? 0 : (uint32_t)line;
}

struct error *pprof_read_string(struct pprof_reader *reader, struct cursor content)
{
	size_t length = cursor_left(&content);
	struct error *error;
	uint32_t string = 0;

	reader->text.length = 0;
	utf8_append(&reader->text, content.at, length);
	if (reader->text.failed)
		return &error_no_memory;
	if (reader->strings.count == 0 && length)
		return error_create(ERROR_MALFORMED, "the first is not empty");
	error = profile_string(reader->profile, reader->text.text, &string);
	return error ? error : u32_array_append(&reader->strings, string);
}

struct error *pprof_read_mapping(struct pprof_reader *reader, const ProtobufCMessage *message)
{
	const Perftools__Profiles__Mapping *from = (const void *)message;
	struct profile_mapping mapping = {
		.start = from->memory_start,
		.limit = from->memory_limit,
		.offset = from->file_offset,
		.has_functions = from->has_functions,
		.has_filenames = from->has_filenames,
		.has_line_numbers = from->has_line_numbers,
		.has_inline_frames = from->has_inline_frames,
	};
	size_t index = reader->profile->mappings.count;
	struct error *error = find_string(reader, from->filename, &mapping.path);

	if (!error)
		error = find_string(reader, from->build_id, &mapping.build_id);
	if (!error)
		error = id_map_add(&reader->mappings, from->id, (uint32_t)index);
	return error ? error : profile_mappings_append(&reader->profile->mappings, mapping);
}

struct error *pprof_read_function(struct pprof_reader *reader, const ProtobufCMessage *message)
{
	const Perftools__Profiles__Function *from = (const void *)message;
	struct profile_function function = {.start_line = line_number(from->start_line)};
	struct error *error = find_string(reader, from->name, &function.name);
	uint32_t id;

	if (!error)
		error = find_string(reader, from->system_name, &function.system_name);
	if (!error)
		error = find_string(reader, from->filename, &function.file);
	if (!error)
		error = profile_add_function(reader->profile, &function, &id);
	return error ? error : id_map_add(&reader->functions, from->id, id);
}

static struct error *read_lines(
	struct pprof_reader *reader, const Perftools__Profiles__Location *from)
{
	struct error *error = NULL;

	reader->lines.count = 0;
	for (size_t i = 0; !error && i < from->n_line; i++) {
		struct profile_line line = {.line = line_number(from->line[i]->line)};

		error = find_id(
			&reader->functions, from->line[i]->function_id, "function", &line.function);
		if (!error)
			error = profile_lines_append(&reader->lines, line);
	}
	return error;
}

struct error *pprof_read_location(struct pprof_reader *reader, const ProtobufCMessage *message)
{
	const Perftools__Profiles__Location *from = (const void *)message;
	uint32_t mapping = PROFILE_NONE, id;
	struct error *error = read_lines(reader, from);

	if (!error && from->mapping_id)
		error = find_id(&reader->mappings, from->mapping_id, "mapping", &mapping);
	if (!error)
		error = profile_add_complete_location(reader->profile, mapping, from->address,
			reader->lines.items, (uint32_t)reader->lines.count, &id);
	return error ? error : id_map_add(&reader->locations, from->id, id);
}

static struct error *read_stack(
	struct pprof_reader *reader, const Perftools__Profiles__Sample *from, uint32_t *ret)
{
	struct error *error = u32_array_reserve(&reader->stack, from->n_location_id);

	for (size_t i = 0; !error && i < from->n_location_id; i++)
		error = find_id(&reader->locations, from->location_id[i], "location",
			&reader->stack.items[i]);
	if (error)
		return error;
	return profile_add_stack(reader->profile, reader->stack.items, from->n_location_id, ret);
}

static struct error *read_label(struct pprof_reader *reader, const Perftools__Profiles__Label *from)
{
	struct profile_label label = {.number = from->str ? 0 : from->num};
	struct error *error = find_string(reader, from->key, &label.key);

	if (!error)
		error = find_string(reader, from->str, &label.text);
	if (!error && !from->str)
		error = find_string(reader, from->num_unit, &label.unit);
	if (!error && !label.key)
		error = error_create(ERROR_MALFORMED, "a label without a key");
	return error ? error : label_list_append(&reader->labels, label);
}

static struct error *read_labels(
	struct pprof_reader *reader, const Perftools__Profiles__Sample *from, uint32_t *ret)
{
	struct error *error = NULL;

	reader->labels.count = 0;
	for (size_t i = 0; !error && i < from->n_label; i++)
		error = read_label(reader, from->label[i]);
	return error ? error
		     : profile_add_labels(
			       reader->profile, reader->labels.items, reader->labels.count, ret);
}

struct error *pprof_read_sample(struct pprof_reader *reader, const ProtobufCMessage *message)
{
	const Perftools__Profiles__Sample *from = (const void *)message;
	size_t width = reader->profile->value_types.count;
	uint32_t stack, labels;
	struct error *error;

	if (from->n_value != width)
		return error_create(ERROR_MALFORMED, "%zu values where there are %zu value types",
			from->n_value, width);
	error = read_stack(reader, from, &stack);
	if (!error)
		error = read_labels(reader, from, &labels);
	return error ? error : profile_add_sample(reader->profile, stack, labels, from->value);
}

static struct error *read_value_type(struct pprof_reader *reader,
	const Perftools__Profiles__ValueType *from, struct profile_value_type *ret)
{
	struct error *error = find_string(reader, from->type, &ret->type);

	return error ? error : find_string(reader, from->unit, &ret->unit);
}

static struct error *read_value_types(
	struct pprof_reader *reader, const Perftools__Profiles__Profile *header)
{
	struct profile *profile = reader->profile;
	struct error *error = NULL;

	for (size_t i = 0; !error && i < header->n_sample_type; i++) {
		struct profile_value_type type = {0};

		error = read_value_type(reader, header->sample_type[i], &type);
		if (!error)
			error = profile_value_types_append(&profile->value_types, type);
	}
	if (!error && !profile->value_types.count)
		error = error_create(ERROR_MALFORMED, "it has no value types");
	if (!error && header->period_type)
		error = read_value_type(reader, header->period_type, &profile->period_type);
	return error;
}

static struct error *read_comments(
	struct pprof_reader *reader, const Perftools__Profiles__Profile *header)
{
	struct error *error = NULL;

	for (size_t i = 0; !error && i < header->n_comment; i++) {
		uint32_t string = 0;

		error = find_string(reader, header->comment[i], &string);
		if (!error)
			error = u32_array_append(&reader->profile->comments, string);
	}
	return error;
}

struct error *pprof_read_header(struct pprof_reader *reader, const ProtobufCMessage *message)
{
	const Perftools__Profiles__Profile *header = (const void *)message;
	struct profile *profile = reader->profile;
	struct error *error = read_value_types(reader, header);

	profile->period = header->period;
	profile->time = header->time_nanos;
	profile->duration = header->duration_nanos;
	if (!error)
		error = find_string(reader, header->drop_frames, &profile->drop_frames);
	if (!error)
		error = find_string(reader, header->keep_frames, &profile->keep_frames);
	if (!error)
		error = find_string(
			reader, header->default_sample_type, &profile->default_sample_type);
	return error ? error : read_comments(reader, header);
}
