#include "elf/debug_image.h"

#include <lzma.h>

#include "base/cleanup.h"
#include "elf/image_internal.h"

#define UNPACK_STEP   ((size_t)1 << 20)
#define UNPACKED_MAX  ((size_t)256 << 20)
#define UNPACK_MEMORY ((uint64_t)128 << 20)

static struct error *malformed(const struct elf_image *image, const char *why)
{
	return error_create(ERROR_MALFORMED, "'%s': its .gnu_debugdata %s", image->label, why);
}

/* Appends what is unpacked, up to the end of the stream. */
static struct error *unpack_all(
	const struct elf_image *image, lzma_stream *stream, struct u8_array *ret)
{
	lzma_ret result = LZMA_OK;

	while (result == LZMA_OK) {
		struct error *error = u8_array_reserve(ret, ret->count + UNPACK_STEP);

		if (error)
			return error;
		stream->next_out = ret->items + ret->count;
		stream->avail_out = UNPACK_STEP;
		result = lzma_code(stream, LZMA_FINISH);
		ret->count += UNPACK_STEP - stream->avail_out;
		if (ret->count > UNPACKED_MAX)
			return malformed(image, "is too large unpacked");
	}
	if (result == LZMA_MEM_ERROR)
		return &error_no_memory;
	return result == LZMA_STREAM_END ? NULL : malformed(image, "cannot be unpacked");
}

static struct error *unpack(
	const struct elf_image *image, const struct u8_array *packed, struct u8_array *ret)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	struct error *error;

	if (lzma_stream_decoder(&stream, UNPACK_MEMORY, 0) != LZMA_OK)
		return &error_no_memory;
	stream.next_in = packed->items;
	stream.avail_in = packed->count;
	error = unpack_all(image, &stream, ret);
	lzma_end(&stream);
	return error;
}

struct error *elf_debug_data_open(const struct elf_image *image, struct elf_image **ret)
{
	CLEANUP(u8_array_deinit) struct u8_array packed = {0};
	CLEANUP(u8_array_deinit) struct u8_array file = {0};
	struct elf_section section;
	struct error *error;

	*ret = NULL;
	if (!elf_image_find_section(image, ".gnu_debugdata", &section))
		return NULL;
	error = elf_image_read_table(
		image, ".gnu_debugdata", section.offset, section.size, &packed);
	if (!error)
		error = unpack(image, &packed, &file);
	if (!error)
		error = elf_image_from_memory(file.items, file.count, image->label, ret);
	return error;
}
