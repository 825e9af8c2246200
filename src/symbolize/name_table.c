#include "symbolize/name_table.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/cleanup.h"

#define CHECKED_FROM (offsetof(struct name_table_header, checksum) + sizeof(uint32_t))

struct name_table {
	struct u8_array bytes;
	struct name_table_parts parts; /* into the bytes */
};

uint32_t name_table_checksum(const void *bytes, size_t length)
{
	return (uint32_t)crc32_z(0, (const uint8_t *)bytes + CHECKED_FROM, length - CHECKED_FROM);
}

static uint64_t size_by_header(const struct name_table_header *header)
{
	return sizeof(*header) + (uint64_t)header->range_count * sizeof(struct name_table_range) +
	       (uint64_t)header->node_count * sizeof(struct name_table_node) +
	       (uint64_t)header->function_count * sizeof(struct name_table_function) +
	       header->string_size;
}

static bool is_for(const struct name_table_header *header, const uint8_t *build_id, size_t length)
{
	return length && length <= sizeof(header->build_id) && header->build_id_length == length &&
	       memcmp(header->build_id, build_id, length) == 0;
}

static struct error *check(const struct u8_array *bytes, const uint8_t *build_id, size_t length)
{
	const struct name_table_header *header = (const void *)bytes->items;

	if (bytes->count < sizeof(*header) ||
		memcmp(header->magic, NAME_TABLE_MAGIC, sizeof(header->magic)) != 0)
		return error_create(ERROR_MALFORMED, "it is no table of names");
	if (header->version != NAME_TABLE_VERSION)
		return error_create(ERROR_MALFORMED, "it has the format of another version, %u",
			header->version);
	if (!is_for(header, build_id, length))
		return error_create(ERROR_MALFORMED, "it is for another build id");
	if (size_by_header(header) != bytes->count)
		return error_create(ERROR_MALFORMED, "it is not as long as it says");
	if (!header->string_size || bytes->items[bytes->count - 1])
		return error_create(ERROR_MALFORMED, "its last text has no end");
	if (header->checksum != name_table_checksum(bytes->items, bytes->count))
		return error_create(ERROR_MALFORMED, "its checksum is not that of its bytes");
	return NULL;
}

static struct name_table_parts parts_of(const struct u8_array *bytes)
{
	const struct name_table_header *header = (const void *)bytes->items;
	struct name_table_parts parts = {.ranges = (const void *)(header + 1),
		.range_count = header->range_count,
		.node_count = header->node_count,
		.function_count = header->function_count,
		.string_size = header->string_size};

	parts.nodes = (const void *)(parts.ranges + parts.range_count);
	parts.functions = (const void *)(parts.nodes + parts.node_count);
	parts.strings = (const void *)(parts.functions + parts.function_count);
	return parts;
}

struct error *name_table_open(
	struct u8_array *bytes, const uint8_t *build_id, size_t length, struct name_table **ret)
{
	struct name_table *table;
	struct error *error = check(bytes, build_id, length);

	if (error)
		return error;
	table = malloc(sizeof(*table));
	if (!table)
		return &error_no_memory;
	table->bytes = *bytes;
	*bytes = (struct u8_array){0};
	table->parts = parts_of(&table->bytes);
	*ret = table;
	return NULL;
}

void name_table_close(struct name_table *table)
{
	if (!table)
		return;
	u8_array_deinit(&table->bytes);
	free(table);
}

void cleanup_name_table(struct name_table **table)
{
	name_table_close(*table);
}

struct name_table_parts name_table_parts(const struct name_table *table)
{
	return table->parts;
}

static const struct name_table_range *range_at(
	const struct name_table_parts *parts, uint64_t address)
{
	size_t count = SORTED_COUNT(parts->ranges, parts->range_count, start, <=, address);

	return count && address < parts->ranges[count - 1].end ? &parts->ranges[count - 1] : NULL;
}

/* "" is not known; each table that was added has one of its own. */
static const char *text_at(const struct name_table_parts *parts, uint32_t offset)
{
	return offset < parts->string_size && parts->strings[offset] ? parts->strings + offset
								     : NULL;
}

/* false: the node does not hold what a table must. */
static bool read_node(const struct name_table_parts *parts, uint32_t number,
	struct dwarf_frame *ret, uint32_t *next)
{
	const struct name_table_node *node;
	const struct name_table_function *function;

	if (number > parts->node_count)
		return false;
	node = &parts->nodes[number - 1];
	if (node->function >= parts->function_count || node->caller >= number)
		return false;
	function = &parts->functions[node->function];
	*ret = (struct dwarf_frame){
		.name = text_at(parts, function->name),
		.linkage_name = text_at(parts, function->linkage_name),
		.file = text_at(parts, node->file),
		.line = node->line,
		.start_line = function->start_line,
	};
	*next = node->caller;
	return true;
}

struct error *name_table_find(
	const struct name_table *table, uint64_t address, struct name_frames *ret, bool *ret_known)
{
	const struct name_table_parts *parts = &table->parts;
	const struct name_table_range *range = range_at(parts, address);
	struct dwarf_frame frame;
	uint32_t next = range ? range->node : 0;
	bool known = range;

	ret->count = 0;
	while (known && next) {
		known = ret->count < NAME_TABLE_FRAMES_MAX && read_node(parts, next, &frame, &next);
		struct error *error = known ? name_frames_append(ret, frame) : NULL;
		if (error)
			return error;
	}
	if (!known)
		ret->count = 0;
	*ret_known = known;
	return NULL;
}
