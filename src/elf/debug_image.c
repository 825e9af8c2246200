#include "elf/debug_image.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <lzma.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "elf/image_internal.h"

#define UNPACK_STEP   ((size_t)1 << 20)
#define UNPACKED_MAX  ((size_t)256 << 20)
#define UNPACK_MEMORY ((uint64_t)128 << 20)

struct error *elf_debug_file_open(
	const struct elf_image *image, const char *folder, struct elf_image **ret)
{
	char id[ELF_BUILD_ID_TEXT_SIZE], other[ELF_BUILD_ID_TEXT_SIZE], path[PATH_MAX];
	CLEANUP(cleanup_elf_image) struct elf_image *found = NULL;
	struct error *error;

	*ret = NULL;
	elf_image_build_id_text(image, id);
	if (strlen(id) < 4)
		return NULL;
	snprintf(path, sizeof(path), "%s/.build-id/%.2s/%s.debug", folder, id, id + 2);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	if (fd < 0)
		return error_from_errno(errno, "cannot open '%s'", path);
	error = elf_image_open(fd, path, &found);
	if (error)
		return error;
	elf_image_build_id_text(found, other);
	if (strcmp(id, other) != 0)
		return error_create(ERROR_MALFORMED, "'%s' has %s%s", path,
			other[0] ? "the build id " : "no build id", other);
	*ret = TAKE_POINTER(found);
	return NULL;
}

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

static struct error *has_symbols(struct elf_image *image, bool *ret)
{
	const struct elf_symbols *symbols;
	struct error *error = elf_image_symbols(image, &symbols);

	*ret = !error && symbols->count > 0;
	return error_unless(error, ERROR_MALFORMED);
}

static struct error *take_symbols(struct elf_image *image, struct elf_image *other, bool *ret)
{
	struct error *error = has_symbols(other, ret);

	if (!error && *ret)
		elf_image_take_symbols_from(image, other);
	else
		elf_image_close(other);
	return error;
}

struct error *elf_debug_open(
	const struct elf_image *image, enum elf_debug_place place, struct elf_image **ret)
{
	struct error *error = place == ELF_DEBUG_PACKED
				      ? elf_debug_data_open(image, ret)
				      : elf_debug_file_open(image, ELF_DEBUG_FOLDER, ret);

	if (!error || error->kind == ERROR_NO_MEMORY)
		return error;
	error_destroy(error);
	*ret = NULL;
	return NULL;
}

struct error *elf_debug_find_symbols(struct elf_image *image)
{
	bool found = false;
	struct error *error = has_symbols(image, &found);

	for (int place = 0; !error && !found && place < ELF_DEBUG_PLACES; place++) {
		struct elf_image *other;

		error = elf_debug_open(image, place, &other);
		if (!error && other)
			error = take_symbols(image, other, &found);
	}
	return error;
}
