#include "export/pprof.h"

#include "base/cleanup.h"
#include "export/gzip.h"
#include "export/pprof_items.h"
#include "export/wire.h"

/* One message that is unpacked at once: unpacking takes many times its size. */
#define MAX_MESSAGE (16UL * 1024 * 1024)

/* Fields of Profile in proto/profile.proto. */
enum {
	FIELD_SAMPLE_TYPE = 1,
	FIELD_SAMPLE = 2,
	FIELD_MAPPING = 3,
	FIELD_LOCATION = 4,
	FIELD_FUNCTION = 5,
	FIELD_STRING_TABLE = 6,
	FIELD_COMMENT = 13,
};

/* Whether the field is of Profile, as it is in proto/profile.proto. */
static bool is_known_field(const struct wire_field *field)
{
	if (field->number <= FIELD_STRING_TABLE || field->number == 11)
		return field->type == WIRE_BYTES;
	if (field->number == FIELD_COMMENT)
		return field->type == WIRE_BYTES || field->type == WIRE_VARINT;
	return field->number <= 15 && field->type == WIRE_VARINT;
}

/* The first fields tell. Unknown ones have numbers that need a byte that is in no ASCII text. */
static bool recognize_fields(struct cursor bytes)
{
	for (int i = 0; i < 8; i++) {
		struct wire_field field;
		enum wire_outcome outcome = wire_take_field(&bytes, &field);

		if (outcome == WIRE_END || (outcome == WIRE_TRUNCATED && !field.number))
			return i > 0;
		if (outcome == WIRE_INVALID)
			return false;
		if (!is_known_field(&field) && (i == 0 || field.number <= 15))
			return false;
		if (outcome == WIRE_TRUNCATED)
			return i > 0;
	}
	return true;
}

bool pprof_recognize(const void *bytes, size_t length)
{
	return gzip_recognize(bytes, length) || recognize_fields(cursor_over(bytes, length));
}

/* Takes a field of which all bytes are there. False at the end. */
static bool take_field(struct cursor *bytes, struct wire_field *ret)
{
	return wire_take_field(bytes, ret) == WIRE_FIELD;
}

static bool is_table(const struct wire_field *field)
{
	return field->number >= FIELD_SAMPLE && field->number <= FIELD_STRING_TABLE;
}

/* Checks every field's bounds, and copies the few that are in no table. */
static struct error *gather_header(struct cursor bytes, struct u8_array *ret)
{
	struct cursor start = bytes;
	struct wire_field field;
	enum wire_outcome outcome;

	while ((outcome = wire_take_field(&bytes, &field)) == WIRE_FIELD) {
		size_t length = cursor_left(&field.whole);

		if (is_table(&field) && field.type == WIRE_BYTES)
			continue;
		if (!is_known_field(&field))
			continue;
		struct error *error = u8_array_reserve(ret, ret->count + length);
		if (error)
			return error;
		for (size_t i = 0; i < length; i++)
			ret->items[ret->count++] = (uint8_t)field.whole.at[i];
	}
	if (outcome == WIRE_END)
		return NULL;
	return error_create(ERROR_MALFORMED,
		outcome == WIRE_TRUNCATED
			? "truncated: the field at byte %zu goes on behind the end"
			: "damaged: no field begins at byte %zu",
		(size_t)(bytes.at - start.at));
}

static void *allocate(void *arena, size_t size)
{
	return arena_allocate(arena, size);
}

/* arena_reset() frees. */
static void free_nothing(void *arena, void *piece)
{
	(void)arena;
	(void)piece;
}

static struct error *unpack(struct pprof_reader *reader,
	const ProtobufCMessageDescriptor *descriptor, struct cursor content, ProtobufCMessage **ret)
{
	size_t length = cursor_left(&content);

	arena_reset(&reader->arena);
	if (length > MAX_MESSAGE)
		return error_create(ERROR_MALFORMED, "%zu bytes are too many", length);
	*ret = protobuf_c_message_unpack(
		descriptor, &reader->allocator, length, (const uint8_t *)content.at);
	if (*ret)
		return NULL;
	return reader->arena.failed ? &error_no_memory
				    : error_create(ERROR_MALFORMED, "damaged data");
}

static const struct table {
	uint32_t field;
	const char *what;
	const ProtobufCMessageDescriptor *descriptor;
	struct error *(*read)(struct pprof_reader *reader, const ProtobufCMessage *message);
} tables[] = {
	/* In this order, as each names items of those before it. */
	{FIELD_MAPPING, "mapping", &perftools__profiles__mapping__descriptor, pprof_read_mapping},
	{FIELD_FUNCTION, "function", &perftools__profiles__function__descriptor,
		pprof_read_function},
	{FIELD_LOCATION, "location", &perftools__profiles__location__descriptor,
		pprof_read_location},
	{FIELD_SAMPLE, "sample", &perftools__profiles__sample__descriptor, pprof_read_sample},
};

static struct error *read_strings(struct pprof_reader *reader)
{
	struct cursor rest = reader->bytes;
	struct wire_field field;
	struct error *error = NULL;

	while (!error && take_field(&rest, &field))
		if (field.number == FIELD_STRING_TABLE && field.type == WIRE_BYTES)
			error = pprof_read_string(reader, field.content);
	if (!error && !reader->strings.count)
		error = u32_array_append(&reader->strings, 0);
	return error ? error_add_context(error, "string %zu", reader->strings.count) : NULL;
}

static struct error *read_table(struct pprof_reader *reader, const struct table *table)
{
	struct cursor rest = reader->bytes;
	struct wire_field field;
	size_t index = 0;

	while (take_field(&rest, &field)) {
		ProtobufCMessage *message;
		struct error *error;

		if (field.number != table->field || field.type != WIRE_BYTES)
			continue;
		error = unpack(reader, table->descriptor, field.content, &message);
		if (!error)
			error = table->read(reader, message);
		if (error)
			return error_add_context(error, "%s %zu", table->what, index);
		index++;
	}
	return NULL;
}

static struct error *read_all(struct pprof_reader *reader)
{
	CLEANUP(u8_array_deinit) struct u8_array header = {0};
	ProtobufCMessage *message;
	struct error *error = gather_header(reader->bytes, &header);

	if (!error)
		error = read_strings(reader);
	if (!error)
		error = unpack(reader, &perftools__profiles__profile__descriptor,
			cursor_over(header.items, header.count), &message);
	if (!error)
		error = pprof_read_header(reader, message);
	for (size_t i = 0; !error && i < ARRAY_SIZE(tables); i++)
		error = read_table(reader, &tables[i]);
	return error;
}

static struct error *read_uncompressed(struct cursor bytes, struct profile **ret)
{
	CLEANUP(pprof_reader_deinit) struct pprof_reader reader = {.bytes = bytes};
	struct error *error;

	if (!cursor_left(&bytes))
		return error_create(ERROR_MALFORMED, "empty");
	if (!recognize_fields(bytes))
		return error_create(ERROR_MALFORMED, "not a pprof profile");
	reader.allocator = (ProtobufCAllocator){allocate, free_nothing, &reader.arena};
	error = profile_create(&reader.profile);
	if (!error)
		error = read_all(&reader);
	if (error)
		return error;
	*ret = TAKE_POINTER(reader.profile);
	return NULL;
}

struct error *pprof_read(const void *bytes, size_t length, struct profile **ret)
{
	CLEANUP(u8_array_deinit) struct u8_array inflated = {0};
	struct error *error;

	if (!gzip_recognize(bytes, length))
		return read_uncompressed(cursor_over(bytes, length), ret);
	error = gzip_decompress(bytes, length, PPROF_MAX_SIZE, &inflated);
	return error ? error : read_uncompressed(cursor_over(inflated.items, inflated.count), ret);
}
