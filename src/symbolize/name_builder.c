#include "symbolize/name_builder.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/intern.h"

#define RECENT_TEXTS 4096 /* a power of two */

/* A text that was there, and perhaps still is. */
struct recent_text {
	const char *text;
	uint32_t number;
};

/* A frame as it is in a table, without its caller. */
struct built_frame {
	struct name_table_function function;
	uint32_t file;
	uint32_t line;
};

struct built_node {
	struct built_frame frame;
	uint32_t node;
};
ARRAY_DEFINE(built_nodes, struct built_node)

struct name_builder {
	size_t size_max;
	bool full;
	struct name_table_ranges ranges;
	struct intern_table texts; /* numbers from 0; 0 is "" */
	struct u32_array offsets;  /* of each text */
	uint32_t string_size;
	struct intern_table functions; /* struct name_table_function */
	struct intern_table nodes;     /* struct name_table_node */
	struct recent_text recent[RECENT_TEXTS];
	struct built_nodes last; /* of the last range, outermost first: the next one shares most */
};

struct error *name_builder_create(size_t size_max, struct name_builder **ret)
{
	struct name_builder *builder = calloc(1, sizeof(*builder));

	if (!builder)
		return &error_no_memory;
	builder->size_max = size_max < UINT32_MAX ? size_max : UINT32_MAX;
	*ret = builder;
	return NULL;
}

void name_builder_destroy(struct name_builder *builder)
{
	if (!builder)
		return;
	name_table_ranges_deinit(&builder->ranges);
	intern_table_deinit(&builder->texts);
	u32_array_deinit(&builder->offsets);
	intern_table_deinit(&builder->functions);
	intern_table_deinit(&builder->nodes);
	built_nodes_deinit(&builder->last);
	free(builder);
}

void cleanup_name_builder(struct name_builder **builder)
{
	name_builder_destroy(*builder);
}

static size_t size_of(const struct name_builder *builder)
{
	return sizeof(struct name_table_header) +
	       builder->ranges.count * sizeof(struct name_table_range) +
	       builder->nodes.entries.count * sizeof(struct name_table_node) +
	       builder->functions.entries.count * sizeof(struct name_table_function) +
	       builder->string_size;
}

static struct error *intern_text_number(
	struct name_builder *builder, const char *text, uint32_t *ret)
{
	size_t length = strlen(text);
	uint32_t number;
	struct error *error = intern(&builder->texts, text, length, &number);

	if (!error && number == builder->offsets.count) {
		error = u32_array_append(&builder->offsets, builder->string_size);
		if (!error)
			builder->string_size += (uint32_t)length + 1;
	}
	if (!error)
		*ret = number;
	return error;
}

/* The same text is mostly at the same place, where a comparison is faster than hashing. */
static struct error *add_text(struct name_builder *builder, const char *text, uint32_t *ret)
{
	text = text ? text : "";
	struct recent_text *recent =
		&builder->recent[((uintptr_t)text ^ (uintptr_t)text >> 12) % RECENT_TEXTS];
	struct error *error = NULL;

	if (recent->text != text || strcmp(intern_text(&builder->texts, recent->number), text) != 0)
		error = intern_text_number(builder, text, &recent->number);
	if (error)
		return error;
	recent->text = text;
	*ret = builder->offsets.items[recent->number];
	return NULL;
}

static struct error *build_frame(
	struct name_builder *builder, const struct dwarf_frame *frame, struct built_frame *ret)
{
	struct built_frame built = {.function.start_line = frame->start_line, .line = frame->line};
	struct error *error = add_text(builder, frame->name, &built.function.name);

	if (!error)
		error = add_text(builder, frame->linkage_name, &built.function.linkage_name);
	if (!error)
		error = add_text(builder, frame->file, &built.file);
	if (!error)
		*ret = built;
	return error;
}

static struct error *add_node(struct name_builder *builder, const struct built_frame *frame,
	uint32_t caller, uint32_t *ret)
{
	struct name_table_node node = {.file = frame->file, .line = frame->line, .caller = caller};
	struct error *error = intern(
		&builder->functions, &frame->function, sizeof(frame->function), &node.function);
	uint32_t number;

	if (!error)
		error = intern(&builder->nodes, &node, sizeof(node), &number);
	if (!error)
		*ret = number + 1;
	return error;
}

/* depth: of the frame, from 0, the outermost. caller: the node of the one around it, or 0. */
static struct error *add_frame(struct name_builder *builder, const struct dwarf_frame *frame,
	size_t depth, uint32_t caller, uint32_t *ret)
{
	struct built_nodes *last = &builder->last;
	struct built_node built;
	struct error *error = build_frame(builder, frame, &built.frame);

	if (error)
		return error;
	if (depth < last->count &&
		memcmp(&built.frame, &last->items[depth].frame, sizeof(built.frame)) == 0) {
		*ret = last->items[depth].node;
		return NULL;
	}
	last->count = depth;
	error = add_node(builder, &built.frame, caller, &built.node);
	if (!error)
		error = built_nodes_append(last, built);
	if (!error)
		*ret = built.node;
	return error;
}

/* From the outermost frame to the innermost, whose node is *ret; 0 for no frames. */
static struct error *add_frames(
	struct name_builder *builder, const struct dwarf_frame *frames, size_t count, uint32_t *ret)
{
	struct error *error = NULL;
	uint32_t node = 0;

	for (size_t i = 0; !error && i < count; i++)
		error = add_frame(builder, &frames[count - 1 - i], i, node, &node);
	if (!error)
		*ret = node;
	return error;
}

static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

/* What a range with such frames takes if nothing of it is there yet. */
static size_t size_of_range(const struct dwarf_frame *frames, size_t count)
{
	size_t size = sizeof(struct name_table_range);

	for (size_t i = 0; i < count; i++)
		size += sizeof(struct name_table_node) + sizeof(struct name_table_function) +
			text_size(frames[i].name) + text_size(frames[i].linkage_name) +
			text_size(frames[i].file);
	return size;
}

struct error *name_builder_add(struct name_builder *builder, uint64_t start, uint64_t end,
	const struct dwarf_frame *frames, size_t count)
{
	struct name_table_range range = {.start = (uint32_t)start, .end = (uint32_t)end};
	struct name_table_range *last;
	struct error *error = NULL;
	uint32_t empty;

	if (builder->full || end > UINT32_MAX || start >= end || count > NAME_TABLE_FRAMES_MAX)
		return NULL;
	if (!builder->string_size)
		error = add_text(builder, "", &empty);
	/* A table that were too large by its last range would not be read again. */
	builder->full = size_of(builder) + size_of_range(frames, count) > builder->size_max;
	if (error || builder->full)
		return error;
	error = add_frames(builder, frames, count, &range.node);
	if (error)
		return error;
	last = builder->ranges.count ? &builder->ranges.items[builder->ranges.count - 1] : NULL;
	if (last && last->end == range.start && last->node == range.node)
		last->end = range.end;
	else
		error = name_table_ranges_append(&builder->ranges, range);
	return error;
}

size_t name_builder_count(const struct name_builder *builder)
{
	return builder->ranges.count;
}

static int compare_ranges(const void *a, const void *b)
{
	const struct name_table_range *first = a, *second = b;

	return (first->start > second->start) - (first->start < second->start);
}

struct merge {
	struct name_table_parts old; /* zeroed: none */
	uint32_t next;               /* of the old ranges */
	uint32_t new_nodes;          /* which stand before the old ones */
	struct name_table_ranges ranges;
};

static struct error *merge_old_ranges(struct merge *merge, uint64_t from, uint64_t until)
{
	struct error *error = NULL;

	while (!error && merge->next < merge->old.range_count) {
		struct name_table_range range = merge->old.ranges[merge->next];

		if (range.start >= until)
			break;
		if (range.node)
			range.node += merge->new_nodes;
		if (range.start < from)
			range.start = (uint32_t)from;
		bool reaches_further = range.end > until;
		if (reaches_further)
			range.end = (uint32_t)until;
		if (range.start < range.end)
			error = name_table_ranges_append(&merge->ranges, range);
		if (reaches_further)
			break;
		merge->next++;
	}
	return error;
}

/* Of ranges that overlap the first one counts, of those added rather than of the old ones. */
static struct error *merge_ranges(struct name_builder *builder, struct merge *merge)
{
	uint64_t position = 0;
	struct error *error = NULL;

	if (builder->ranges.count)
		qsort(builder->ranges.items, builder->ranges.count,
			sizeof(builder->ranges.items[0]), compare_ranges);
	for (size_t i = 0; !error && i < builder->ranges.count; i++) {
		struct name_table_range range = builder->ranges.items[i];

		if (range.start < position)
			range.start = (uint32_t)position;
		if (range.start >= range.end)
			continue;
		error = merge_old_ranges(merge, position, range.start);
		if (!error)
			error = name_table_ranges_append(&merge->ranges, range);
		position = range.end;
	}
	return error ? error : merge_old_ranges(merge, position, UINT64_MAX);
}

static struct error *append_bytes(struct u8_array *bytes, const void *from, size_t length)
{
	struct error *error = u8_array_reserve(bytes, bytes->count + length);

	if (!error && length)
		memcpy(bytes->items + bytes->count, from, length);
	if (!error)
		bytes->count += length;
	return error;
}

static struct error *append_interned(
	struct u8_array *bytes, const struct intern_table *table, size_t more)
{
	struct error *error = NULL;

	for (uint32_t i = 0; !error && i < table->entries.count; i++) {
		size_t length;
		const void *item = intern_bytes(table, i, &length);

		error = append_bytes(bytes, item, length + more);
	}
	return error;
}

static struct error *append_old_nodes(
	struct u8_array *bytes, const struct merge *merge, const struct name_builder *builder)
{
	struct error *error = NULL;

	for (uint32_t i = 0; !error && i < merge->old.node_count; i++) {
		struct name_table_node node = merge->old.nodes[i];

		node.function += (uint32_t)builder->functions.entries.count;
		node.file += builder->string_size;
		if (node.caller)
			node.caller += merge->new_nodes;
		error = append_bytes(bytes, &node, sizeof(node));
	}
	return error;
}

static struct error *append_old_functions(
	struct u8_array *bytes, const struct merge *merge, const struct name_builder *builder)
{
	struct error *error = NULL;

	for (uint32_t i = 0; !error && i < merge->old.function_count; i++) {
		struct name_table_function function = merge->old.functions[i];

		function.name += builder->string_size;
		function.linkage_name += builder->string_size;
		error = append_bytes(bytes, &function, sizeof(function));
	}
	return error;
}

static struct error *append_parts(
	struct u8_array *bytes, const struct merge *merge, const struct name_builder *builder)
{
	struct error *error = append_bytes(
		bytes, merge->ranges.items, merge->ranges.count * sizeof(struct name_table_range));

	if (!error)
		error = append_interned(bytes, &builder->nodes, 0);
	if (!error)
		error = append_old_nodes(bytes, merge, builder);
	if (!error)
		error = append_interned(bytes, &builder->functions, 0);
	if (!error)
		error = append_old_functions(bytes, merge, builder);
	if (!error)
		error = append_interned(bytes, &builder->texts, 1);
	if (!error)
		error = append_bytes(bytes, merge->old.strings, merge->old.string_size);
	return error;
}

static void write_header(struct u8_array *bytes, const struct merge *merge,
	const struct name_builder *builder, const uint8_t *build_id, size_t length)
{
	struct name_table_header *header = (void *)bytes->items;

	*header = (struct name_table_header){
		.magic = NAME_TABLE_MAGIC,
		.version = NAME_TABLE_VERSION,
		.range_count = (uint32_t)merge->ranges.count,
		.node_count = merge->new_nodes + merge->old.node_count,
		.function_count =
			(uint32_t)builder->functions.entries.count + merge->old.function_count,
		.string_size = builder->string_size + merge->old.string_size,
		.build_id_length = (uint32_t)length,
	};
	memcpy(header->build_id, build_id, length);
	header->checksum = name_table_checksum(bytes->items, bytes->count);
}

static size_t size_of_parts(const struct name_table_parts *parts)
{
	return parts->range_count * sizeof(struct name_table_range) +
	       parts->node_count * sizeof(struct name_table_node) +
	       parts->function_count * sizeof(struct name_table_function) + parts->string_size;
}

struct error *name_builder_finish(struct name_builder *builder, const struct name_table *old,
	const uint8_t *build_id, size_t length, struct u8_array *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct merge merge = {.new_nodes = (uint32_t)builder->nodes.entries.count};
	size_t size = size_of(builder);
	struct error *error;
	uint32_t empty;

	if (length > NAME_TABLE_BUILD_ID)
		return error_create(ERROR_UNSUPPORTED, "a build id of %zu bytes", length);
	error = add_text(builder, "", &empty);
	if (error)
		return error;
	if (old)
		merge.old = name_table_parts(old);
	if (size + size_of_parts(&merge.old) <= builder->size_max)
		size += size_of_parts(&merge.old);
	else
		merge.old = (struct name_table_parts){0};
	error = merge_ranges(builder, &merge);
	if (!error)
		error = u8_array_reserve(&bytes, size);
	if (!error) {
		bytes.count = sizeof(struct name_table_header);
		error = append_parts(&bytes, &merge, builder);
	}
	if (!error) {
		write_header(&bytes, &merge, builder, build_id, length);
		*ret = bytes;
		bytes = (struct u8_array){0};
	}
	name_table_ranges_deinit(&merge.ranges);
	return error;
}
