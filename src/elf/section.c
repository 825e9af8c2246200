#include <elf.h>
#include <string.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "elf/image_internal.h"

/* No deflated byte stands for more (zlib Technical Details, "Maximum Compression Factor"). */
#define PACKED_RATIO_MAX 1032
#define UNPACKED_MAX     ((uint64_t)512 << 20)

static const struct elf_header *find_header(const struct elf_image *image, const char *name)
{
	ARRAY_FOR_EACH (header, &image->headers) {
		if (header->name < image->section_names.count &&
			strcmp((const char *)image->section_names.items + header->name, name) == 0)
			return header;
	}
	return NULL;
}

bool elf_image_find_section(
	const struct elf_image *image, const char *name, struct elf_section *ret)
{
	const struct elf_header *header = find_header(image, name);

	if (header)
		*ret = header->section;
	return header != NULL;
}

static struct error *malformed(const struct elf_image *image, const char *name, const char *why)
{
	return error_create(ERROR_MALFORMED, "'%s': its %s %s", image->label, name, why);
}

/* Elf64_Chdr: type, padding, size and alignment, then the packed bytes. */
static struct error *unpack(const struct elf_image *image, const char *name,
	const struct u8_array *packed, struct u8_array *ret)
{
	struct cursor cursor = cursor_over(packed->items, packed->count);
	uint64_t size, alignment;
	uint32_t type, padding;

	if (!cursor_take_u32(&cursor, &type) || !cursor_take_u32(&cursor, &padding) ||
		!cursor_take_u64(&cursor, &size) || !cursor_take_u64(&cursor, &alignment))
		return malformed(image, name, "has no header although it is packed");
	if (type != ELFCOMPRESS_ZLIB)
		return malformed(image, name, "is packed otherwise than with zlib");
	if (size > UNPACKED_MAX || size / PACKED_RATIO_MAX > cursor_left(&cursor))
		return malformed(image, name, "has a size that cannot be");
	struct error *error = u8_array_reserve(ret, size + 1);
	if (error)
		return error;
	uLongf unpacked = size;
	if (uncompress(ret->items, &unpacked, (const Bytef *)cursor.at, cursor_left(&cursor)) !=
			Z_OK ||
		unpacked != size)
		return malformed(image, name, "cannot be unpacked");
	ret->items[size] = '\0';
	ret->count = size;
	return NULL;
}

struct error *elf_image_read_section(
	const struct elf_image *image, const char *name, struct u8_array *ret)
{
	const struct elf_header *header = find_header(image, name);
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct u8_array unpacked = {0};
	struct error *error;

	if (!header || header->type == SHT_NOBITS)
		return error_create(ERROR_NOT_FOUND, "'%s' has no %s", image->label, name);
	error = elf_image_read_table(
		image, name, header->section.offset, header->section.size, &bytes);
	if (error)
		return error;
	if (!(header->flags & SHF_COMPRESSED)) {
		*ret = bytes;
		bytes = (struct u8_array){0};
		return NULL;
	}
	error = unpack(image, name, &bytes, &unpacked);
	if (error)
		u8_array_deinit(&unpacked);
	else
		*ret = unpacked;
	return error;
}
