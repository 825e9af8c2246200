#include <stdlib.h>
#include <string.h>

#include "symbolize/name_builder.h"
#include "symbolize/name_table.h"

#define BUILD_ID_SIZE 4
#define LOOKUPS_MAX   200

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void require_success(struct error *error)
{
	if (error)
		abort();
}

static const uint8_t build_id[BUILD_ID_SIZE] = {1, 2, 3, 4};

static struct error *open_copy(const uint8_t *bytes, size_t length, struct name_table **ret)
{
	struct u8_array copy = {0};
	struct error *error;

	require_success(u8_array_reserve(&copy, length + 1));
	if (length)
		memcpy(copy.items, bytes, length);
	copy.count = length;
	error = name_table_open(&copy, build_id, sizeof(build_id), ret);
	u8_array_deinit(&copy);
	return error;
}

/* The same bytes with what is checked at once put right, so that the rest is reached. */
static struct error *open_repaired(const uint8_t *bytes, size_t length, struct name_table **ret)
{
	struct name_table_header *header;
	uint8_t *copy = malloc(length);
	struct error *error;
	size_t left = length - sizeof(*header) - 1; /* the last text has an end */

	require(copy);
	memcpy(copy, bytes, length);
	header = (void *)copy;
	memcpy(header->magic, NAME_TABLE_MAGIC, sizeof(header->magic));
	header->version = NAME_TABLE_VERSION;
	header->build_id_length = BUILD_ID_SIZE;
	memcpy(header->build_id, build_id, sizeof(build_id));
	header->range_count %= left / sizeof(struct name_table_range) + 1;
	left -= header->range_count * sizeof(struct name_table_range);
	header->node_count %= left / sizeof(struct name_table_node) + 1;
	left -= header->node_count * sizeof(struct name_table_node);
	header->function_count %= left / sizeof(struct name_table_function) + 1;
	left -= header->function_count * sizeof(struct name_table_function);
	header->string_size = (uint32_t)left + 1;
	copy[length - 1] = 0;
	header->checksum = name_table_checksum(copy, length);
	error = open_copy(copy, length, ret);
	free(copy);
	return error;
}

static size_t length_of(const char *text)
{
	return text ? strlen(text) : 0;
}

static void look_up(const struct name_table *table, uint64_t address)
{
	struct name_frames frames = {0};
	size_t texts = 0;
	bool known;

	require_success(name_table_find(table, address, &frames, &known));
	require(known || !frames.count);
	require(frames.count <= NAME_TABLE_FRAMES_MAX);
	ARRAY_FOR_EACH (frame, &frames)
		texts += length_of(frame->name) + length_of(frame->linkage_name) +
			 length_of(frame->file);
	require(texts < (size_t)3 * UINT32_MAX);
	name_frames_deinit(&frames);
}

static void look_around(const struct name_table *table)
{
	struct name_table_parts parts = name_table_parts(table);

	look_up(table, 0);
	look_up(table, UINT64_MAX);
	for (uint32_t i = 0; i < parts.range_count && i < LOOKUPS_MAX; i++) {
		look_up(table, (uint64_t)parts.ranges[i].start - 1);
		look_up(table, parts.ranges[i].start);
		look_up(table, parts.ranges[i].end);
	}
}

/* Whatever an old table says, what is made of it is one again. */
static void add_to(const struct name_table *table)
{
	static const struct dwarf_frame frame = {"name", "name", "file", 1, 1};
	struct name_builder *builder;
	struct name_table *made;
	struct u8_array bytes = {0};

	require_success(name_builder_create(1 << 20, &builder));
	require_success(name_builder_add(builder, 0x100, 0x200, &frame, 1));
	require_success(name_builder_finish(builder, table, build_id, sizeof(build_id), &bytes));
	require_success(name_table_open(&bytes, build_id, sizeof(build_id), &made));
	look_around(made);
	name_table_close(made);
	name_builder_destroy(builder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct name_table *table = NULL;
	struct error *error = open_copy(bytes, length, &table);

	if (!error)
		look_around(table);
	error_destroy(error);
	name_table_close(table);
	if (length <= sizeof(struct name_table_header))
		return 0;
	require_success(open_repaired(bytes, length, &table));
	look_around(table);
	add_to(table);
	name_table_close(table);
	return 0;
}
