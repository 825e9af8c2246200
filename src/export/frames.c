#include "export/frames.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "export/source_file.h"
#include "export/utf8.h"

struct builder {
	struct frames frames;
	struct string_builder text, file;
	char avoided;
	const char *trim_path, *source_path; /* NULL: files' names are whole */
};

static void builder_deinit(struct builder *builder)
{
	frames_deinit(&builder->frames);
	string_builder_deinit(&builder->text);
	string_builder_deinit(&builder->file);
}

void frames_deinit(struct frames *frames)
{
	intern_table_deinit(&frames->texts);
	u32_array_deinit(&frames->order);
	u8_array_deinit(&frames->kinds);
	frame_slots_deinit(&frames->slots);
	frame_locations_deinit(&frames->locations);
	visible_locations_deinit(&frames->visible);
}

/* What stands for a function that has no name. */
static void append_file_name(
	struct string_builder *text, const struct profile *profile, uint32_t mapping)
{
	const char *path = "";

	if (mapping != PROFILE_NONE)
		path = profile_text(profile, profile->mappings.items[mapping].path);
	if (!*path) {
		string_append(text, "<unknown>");
		return;
	}
	const char *name = path_file_name(path);
	string_append_char(text, '[');
	utf8_append_printable(text, name, strlen(name));
	string_append_char(text, ']');
}

static void replace_character(char *text, char from, char to)
{
	for (char *at = from ? strchr(text, from) : NULL; at; at = strchr(at, from))
		*at = to;
}

/* As it is shown, or ""; good until the next one. */
static const char *file_of(struct builder *builder, const struct frame_slot *slot)
{
	const struct profile *profile = builder->frames.profile;

	if (slot->function == PROFILE_NONE)
		return "";
	const char *file = profile_text(profile, profile_function(profile, slot->function)->file);
	if (builder->trim_path)
		file = source_trim(file, builder->trim_path, builder->source_path);
	builder->file.length = 0;
	string_append(&builder->file, file);
	if (builder->file.failed)
		return "";
	path_clean(builder->file.text);
	return builder->file.text;
}

static void append_position(struct builder *builder, const struct frame_slot *slot, bool has_name)
{
	bool with_line = builder->frames.profile->grain == GRAIN_LINES ||
			 builder->frames.profile->grain == GRAIN_ADDRESSES;
	const char *file = file_of(builder, slot);

	if (!*file && !(with_line && slot->line))
		return;
	if (has_name)
		string_append_char(&builder->text, ' ');
	utf8_append_printable(&builder->text, file, strlen(file));
	if (with_line && slot->line)
		string_append_format(&builder->text, ":%" PRIu32, slot->line);
}

static const char *function_name(const struct profile *profile, const struct frame_slot *slot)
{
	if (slot->function == PROFILE_NONE || profile->grain == GRAIN_FILES)
		return "";
	return profile_text(profile, profile_function(profile, slot->function)->name);
}

static void append_name(struct builder *builder, uint32_t location, const struct frame_slot *slot)
{
	const struct profile *profile = builder->frames.profile;
	const struct profile_location *place = &profile->locations.items[location];
	const char *name = function_name(profile, slot);
	struct string_builder *text = &builder->text;

	if (profile->grain == GRAIN_ADDRESSES && place->address)
		string_append_format(text, "%016" PRIx64 " ", place->address);
	if (*name)
		utf8_append_printable(text, name, strlen(name));
	else if (profile->grain != GRAIN_FILES || !*file_of(builder, slot))
		append_file_name(text, profile, place->mapping);
	if (profile->grain != GRAIN_FUNCTIONS && slot->function != PROFILE_NONE)
		append_position(builder, slot, profile->grain != GRAIN_FILES);
}

/* Behind the name's end, where it tells names apart that read the same. */
static void append_hidden(struct builder *builder, const struct frame_slot *slot)
{
	const struct profile *profile = builder->frames.profile;
	uint32_t hidden[2] = {0};

	if (!builder->trim_path || profile->grain != GRAIN_FILES)
		return;
	if (slot->mapping != PROFILE_NONE)
		hidden[0] = profile->mappings.items[slot->mapping].path;
	if (slot->function != PROFILE_NONE)
		hidden[1] = profile_function(profile, slot->function)->start_line;
	string_append_bytes(&builder->text, "", 1);
	string_append_bytes(&builder->text, hidden, sizeof(hidden));
}

static struct error *add_slot(struct builder *builder, uint32_t location, struct frame_slot slot)
{
	const struct profile *profile = builder->frames.profile;
	struct string_builder *text = &builder->text;
	struct error *error;

	slot.mapping = profile->locations.items[location].mapping;
	text->length = 0;
	append_name(builder, location, &slot);
	if (text->failed || builder->file.failed)
		return &error_no_memory;
	replace_character(text->text, builder->avoided, ':');
	append_hidden(builder, &slot);
	if (text->failed)
		return &error_no_memory;
	error = intern(&builder->frames.texts, text->text, text->length, &slot.name);
	if (!error && slot.name == builder->frames.kinds.count)
		error = u8_array_append(&builder->frames.kinds,
			(uint8_t)frame_kind_of(profile, location, slot.function));
	return error ? error : frame_slots_append(&builder->frames.slots, slot);
}

static struct error *add_location(struct builder *builder, uint32_t index)
{
	const struct profile *profile = builder->frames.profile;
	const struct profile_location *location = &profile->locations.items[index];
	struct frame_location entry = {.first = (uint32_t)builder->frames.slots.count};
	uint32_t first = builder->frames.visible.items[index].first_line;
	struct error *error = NULL;

	if (!location->line_count)
		error = add_slot(builder, index, (struct frame_slot){.function = PROFILE_NONE});
	for (uint32_t i = first; !error && i < location->line_count; i++) {
		const struct profile_line *line = &profile->lines.items[location->first_line + i];

		error = add_slot(builder, index,
			(struct frame_slot){
				.function = line->function,
				.line = line->line,
				.inlined = i != location->line_count - 1,
			});
	}
	entry.end = (uint32_t)builder->frames.slots.count;
	return error ? error : frame_locations_append(&builder->frames.locations, entry);
}

static int compare_texts(const void *a, const void *b, void *context)
{
	const struct intern_table *texts = context;

	return strcmp(
		intern_text(texts, *(const uint32_t *)a), intern_text(texts, *(const uint32_t *)b));
}

/* Until now names are numbered as they came. */
static struct error *sort_names(struct frames *frames)
{
	size_t count = frames->texts.entries.count;
	CLEANUP(u32_array_deinit) struct u32_array ranks = {0};
	CLEANUP(u8_array_deinit) struct u8_array kinds = frames->kinds;
	struct error *error;

	frames->kinds = (struct u8_array){0};
	error = u32_array_reserve(&frames->order, count);
	if (!error)
		error = u32_array_reserve(&ranks, count);
	if (!error)
		error = u8_array_reserve(&frames->kinds, count);
	if (error || !count)
		return error;
	for (uint32_t i = 0; i < count; i++)
		frames->order.items[i] = i;
	qsort_r(frames->order.items, count, sizeof(uint32_t), compare_texts, &frames->texts);
	for (uint32_t i = 0; i < count; i++) {
		ranks.items[frames->order.items[i]] = i;
		frames->kinds.items[i] = kinds.items[frames->order.items[i]];
	}
	frames->order.count = frames->kinds.count = count;
	ARRAY_FOR_EACH (slot, &frames->slots)
		slot->name = ranks.items[slot->name];
	return NULL;
}

static struct error *build(struct builder *builder, struct frames *ret)
{
	const struct profile *profile = builder->frames.profile;
	struct error *error = visible_locations_find(profile, &builder->frames.visible);

	for (uint32_t i = 0; !error && i < profile->locations.count; i++)
		error = add_location(builder, i);
	if (!error)
		error = sort_names(&builder->frames);
	if (error)
		return error;
	*ret = builder->frames;
	builder->frames = (struct frames){0};
	return NULL;
}

struct error *frames_init(const struct profile *profile, char avoided, struct frames *ret)
{
	CLEANUP(builder_deinit)
	struct builder builder = {.frames.profile = profile, .avoided = avoided};

	return build(&builder, ret);
}

struct error *frames_init_trimmed(const struct profile *profile, const char *trim_path,
	const char *source_path, struct frames *ret)
{
	CLEANUP(builder_deinit)
	struct builder builder = {
		.frames.profile = profile,
		.trim_path = trim_path ? trim_path : "",
		.source_path = source_path ? source_path : "",
	};

	return build(&builder, ret);
}

const char *frame_name(const struct frames *frames, uint32_t name)
{
	return intern_text(&frames->texts, frames->order.items[name]);
}

enum frame_kind frame_kind(const struct frames *frames, uint32_t name)
{
	return frames->kinds.items[name];
}

size_t frame_name_count(const struct frames *frames)
{
	return frames->order.count;
}

struct error *frames_of_stack(const struct frames *frames, uint32_t stack, struct frame_slots *ret)
{
	size_t depth;
	const uint32_t *locations = profile_stack(frames->profile, stack, &depth);
	size_t shown = visible_depth(&frames->visible, locations, depth);

	ret->count = 0;
	for (size_t i = 0; i < shown; i++) {
		const struct frame_location *location =
			&frames->locations.items[locations[depth - 1 - i]];
		struct error *error =
			frame_slots_reserve(ret, ret->count + location->end - location->first);

		if (error)
			return error;
		for (uint32_t slot = location->end; slot-- > location->first;)
			ret->items[ret->count++] = frames->slots.items[slot];
	}
	return NULL;
}
