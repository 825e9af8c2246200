#include "export/pprof.h"

#include <string.h>

#include "base/cleanup.h"
#include "export/gzip.h"
#include "export/utf8.h"
#include "profile.pb-c.h"

ARRAY_DEFINE(line_messages, Perftools__Profiles__Line)
ARRAY_DEFINE(label_messages, Perftools__Profiles__Label)
ARRAY_DEFINE(pointers, void *)

/*
 * A message may be written in parts: readers join the repeated fields of what follows one another
 * (https://protobuf.dev/programming-guides/encoding, "Last One Wins"). So each table item is packed
 * on its own, and no second copy of the profile is needed.
 */
struct writer {
	const struct profile *profile;
	struct u8_array bytes;
	/* One item's parts, reused for the next. */
	struct line_messages lines;
	struct label_messages labels;
	struct pointers pointers;
	struct u64_array ids;
	struct string_builder text;
};

static void writer_deinit(struct writer *writer)
{
	u8_array_deinit(&writer->bytes);
	line_messages_deinit(&writer->lines);
	label_messages_deinit(&writer->labels);
	pointers_deinit(&writer->pointers);
	u64_array_deinit(&writer->ids);
	string_builder_deinit(&writer->text);
}

static struct error *append(struct writer *writer, const Perftools__Profiles__Profile *part)
{
	size_t size = perftools__profiles__profile__get_packed_size(part);
	struct error *error = u8_array_reserve(&writer->bytes, writer->bytes.count + size);

	if (error)
		return error;
	writer->bytes.count +=
		perftools__profiles__profile__pack(part, writer->bytes.items + writer->bytes.count);
	return NULL;
}

static Perftools__Profiles__ValueType value_type_message(struct profile_value_type type)
{
	Perftools__Profiles__ValueType message = PERFTOOLS__PROFILES__VALUE_TYPE__INIT;

	message.type = type.type;
	message.unit = type.unit;
	return message;
}

static struct error *write_value_types(struct writer *writer)
{
	struct error *error = NULL;

	for (size_t i = 0; !error && i < writer->profile->value_types.count; i++) {
		Perftools__Profiles__Profile part = PERFTOOLS__PROFILES__PROFILE__INIT;
		Perftools__Profiles__ValueType message =
			value_type_message(writer->profile->value_types.items[i]);

		part.n_sample_type = 1;
		part.sample_type = (Perftools__Profiles__ValueType *[]){&message};
		error = append(writer, &part);
	}
	return error;
}

/* Everything that is no table. pprof takes a second time_nanos for a second profile. */
static struct error *write_header(struct writer *writer)
{
	const struct profile *profile = writer->profile;
	Perftools__Profiles__Profile part = PERFTOOLS__PROFILES__PROFILE__INIT;
	Perftools__Profiles__ValueType period_type = value_type_message(profile->period_type);
	CLEANUP(profile_values_deinit) struct profile_values comments = {0};
	struct error *error = NULL;

	for (size_t i = 0; !error && i < profile->comments.count; i++)
		error = profile_values_append(&comments, profile->comments.items[i]);
	if (error)
		return error;
	part.n_comment = comments.count;
	part.comment = comments.items;
	part.drop_frames = profile->drop_frames;
	part.keep_frames = profile->keep_frames;
	part.time_nanos = profile->time;
	part.duration_nanos = profile->duration;
	if (profile->period_type.type)
		part.period_type = &period_type;
	part.period = profile->period;
	part.default_sample_type = profile->default_sample_type;
	return append(writer, &part);
}

static struct error *write_mapping(struct writer *writer, size_t index)
{
	const struct profile_mapping *mapping = &writer->profile->mappings.items[index];
	Perftools__Profiles__Profile part = PERFTOOLS__PROFILES__PROFILE__INIT;
	Perftools__Profiles__Mapping message = PERFTOOLS__PROFILES__MAPPING__INIT;

	message.id = index + 1;
	message.memory_start = mapping->start;
	message.memory_limit = mapping->limit;
	message.file_offset = mapping->offset;
	message.filename = mapping->path;
	message.build_id = mapping->build_id;
	message.has_functions = mapping->has_functions;
	message.has_filenames = mapping->has_filenames;
	message.has_line_numbers = mapping->has_line_numbers;
	message.has_inline_frames = mapping->has_inline_frames;
	part.n_mapping = 1;
	part.mapping = (Perftools__Profiles__Mapping *[]){&message};
	return append(writer, &part);
}

static struct error *write_function(struct writer *writer, size_t index)
{
	const struct profile_function *function =
		profile_function(writer->profile, (uint32_t)index);
	Perftools__Profiles__Profile part = PERFTOOLS__PROFILES__PROFILE__INIT;
	Perftools__Profiles__Function message = PERFTOOLS__PROFILES__FUNCTION__INIT;

	message.id = index + 1;
	message.name = function->name;
	message.system_name = function->system_name;
	message.filename = function->file;
	message.start_line = function->start_line;
	part.n_function = 1;
	part.function = (Perftools__Profiles__Function *[]){&message};
	return append(writer, &part);
}

static struct error *fill_lines(struct writer *writer, const struct profile_location *location)
{
	struct error *error = line_messages_reserve(&writer->lines, location->line_count);

	if (!error)
		error = pointers_reserve(&writer->pointers, location->line_count);
	for (uint32_t i = 0; !error && i < location->line_count; i++) {
		const struct profile_line *line =
			&writer->profile->lines.items[location->first_line + i];
		Perftools__Profiles__Line message = PERFTOOLS__PROFILES__LINE__INIT;

		message.function_id = (uint64_t)line->function + 1;
		message.line = line->line;
		writer->lines.items[i] = message;
		writer->pointers.items[i] = &writer->lines.items[i];
	}
	return error;
}

static struct error *write_location(struct writer *writer, size_t index)
{
	const struct profile_location *location = &writer->profile->locations.items[index];
	Perftools__Profiles__Profile part = PERFTOOLS__PROFILES__PROFILE__INIT;
	Perftools__Profiles__Location message = PERFTOOLS__PROFILES__LOCATION__INIT;
	struct error *error = fill_lines(writer, location);

	if (error)
		return error;
	message.id = index + 1;
	if (location->mapping != PROFILE_NONE)
		message.mapping_id = (uint64_t)location->mapping + 1;
	message.address = location->address;
	message.n_line = location->line_count;
	message.line = (Perftools__Profiles__Line **)writer->pointers.items;
	part.n_location = 1;
	part.location = (Perftools__Profiles__Location *[]){&message};
	return append(writer, &part);
}

static struct error *write_string(struct writer *writer, size_t index)
{
	Perftools__Profiles__Profile part = PERFTOOLS__PROFILES__PROFILE__INIT;
	char *text;

	writer->text.length = 0;
	const char *original = profile_text(writer->profile, (uint32_t)index);
	utf8_append(&writer->text, original, strlen(original));
	if (writer->text.failed)
		return &error_no_memory;
	text = writer->text.text;
	part.n_string_table = 1;
	part.string_table = &text;
	return append(writer, &part);
}

static struct error *fill_labels(struct writer *writer, uint32_t set, size_t *ret_count)
{
	const struct profile_label *labels = profile_labels(writer->profile, set, ret_count);
	struct error *error = label_messages_reserve(&writer->labels, *ret_count);

	if (!error)
		error = pointers_reserve(&writer->pointers, *ret_count);
	for (size_t i = 0; !error && i < *ret_count; i++) {
		Perftools__Profiles__Label message = PERFTOOLS__PROFILES__LABEL__INIT;

		message.key = labels[i].key;
		message.str = labels[i].text;
		message.num = labels[i].text ? 0 : labels[i].number;
		message.num_unit = labels[i].text ? 0 : labels[i].unit;
		writer->labels.items[i] = message;
		writer->pointers.items[i] = &writer->labels.items[i];
	}
	return error;
}

static struct error *fill_ids(struct writer *writer, uint32_t stack, size_t *ret_count)
{
	const uint32_t *locations = profile_stack(writer->profile, stack, ret_count);
	struct error *error = u64_array_reserve(&writer->ids, *ret_count);

	for (size_t i = 0; !error && i < *ret_count; i++)
		writer->ids.items[i] = (uint64_t)locations[i] + 1;
	return error;
}

static struct error *write_sample(struct writer *writer, size_t index)
{
	const struct profile *profile = writer->profile;
	const struct profile_sample *sample = &profile->samples.items[index];
	Perftools__Profiles__Profile part = PERFTOOLS__PROFILES__PROFILE__INIT;
	Perftools__Profiles__Sample message = PERFTOOLS__PROFILES__SAMPLE__INIT;
	struct error *error = fill_ids(writer, sample->stack, &message.n_location_id);

	if (!error)
		error = fill_labels(writer, sample->labels, &message.n_label);
	if (error)
		return error;
	message.location_id = writer->ids.items;
	message.n_value = profile->value_types.count;
	message.value = message.n_value ? &profile->values.items[index * message.n_value] : NULL;
	message.label = (Perftools__Profiles__Label **)writer->pointers.items;
	part.n_sample = 1;
	part.sample = (Perftools__Profiles__Sample *[]){&message};
	return append(writer, &part);
}

static struct error *write_tables(struct writer *writer)
{
	const struct profile *profile = writer->profile;
	const struct {
		size_t count;
		struct error *(*write)(struct writer *writer, size_t index);
	} tables[] = {
		{profile->samples.count, write_sample},
		{profile->mappings.count, write_mapping},
		{profile->locations.count, write_location},
		{profile->functions.entries.count, write_function},
		{profile->strings.entries.count, write_string},
	};
	struct error *error = NULL;

	for (size_t i = 0; !error && i < ARRAY_SIZE(tables); i++)
		for (size_t j = 0; !error && j < tables[i].count; j++)
			error = tables[i].write(writer, j);
	return error;
}

struct error *pprof_write_uncompressed(const struct profile *profile, struct u8_array *ret)
{
	CLEANUP(writer_deinit) struct writer writer = {.profile = profile};
	struct error *error = write_value_types(&writer);

	if (!error)
		error = write_tables(&writer);
	if (!error)
		error = write_header(&writer);
	if (error)
		return error;
	*ret = writer.bytes;
	writer.bytes = (struct u8_array){0};
	return NULL;
}

struct error *pprof_write(const struct profile *profile, struct u8_array *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct error *error = pprof_write_uncompressed(profile, &bytes);

	return error ? error : gzip_compress(bytes.items, bytes.count, ret);
}
