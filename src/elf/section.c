#include <elf.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "elf/image_internal.h"

/* No deflated byte stands for more (zlib Technical Details, "Maximum Compression Factor"). */
#define PACKED_RATIO_MAX 1032
#define UNPACKED_MAX     ((uint64_t)512 << 20)

/* elf.h of Debian 12 has no name for it. */
#define COMPRESSED_WITH_ZSTD 2

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

/* Whether the bytes give exactly what there is room for. */
static bool unpack_zlib(struct cursor packed, uint8_t *bytes, uint64_t size)
{
	uLongf unpacked = size;

	return uncompress(bytes, &unpacked, (const Bytef *)packed.at, cursor_left(&packed)) ==
		       Z_OK &&
	       unpacked == size;
}

static bool unpack_zstd(struct cursor packed, uint8_t *bytes, uint64_t size)
{
	return ZSTD_decompress(bytes, size, packed.at, cursor_left(&packed)) == size;
}

/* Before memory is taken for it. */
static bool is_possible(uint32_t type, struct cursor packed, uint64_t size)
{
	if (size > UNPACKED_MAX)
		return false;
	if (type == ELFCOMPRESS_ZLIB)
		return size / PACKED_RATIO_MAX <= cursor_left(&packed);
	unsigned long long told = ZSTD_getFrameContentSize(packed.at, cursor_left(&packed));
	return told != ZSTD_CONTENTSIZE_ERROR && (told == ZSTD_CONTENTSIZE_UNKNOWN || told <= size);
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
	if (type != ELFCOMPRESS_ZLIB && type != COMPRESSED_WITH_ZSTD)
		return malformed(image, name, "is packed otherwise than with zlib or zstd");
	if (!is_possible(type, cursor, size))
		return malformed(image, name, "has a size that cannot be");
	struct error *error = u8_array_reserve(ret, size + 1);
	if (error)
		return error;
	if (type == ELFCOMPRESS_ZLIB ? !unpack_zlib(cursor, ret->items, size)
				     : !unpack_zstd(cursor, ret->items, size))
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
