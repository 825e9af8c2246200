#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "elf/image_internal.h"

#define PART_SIZE_MAX     ((uint64_t)512 << 20)
#define SEGMENT_COUNT_MAX 64

/* Reads behind the offset are reads of an image. */
static struct elf_image whole(int fd, uint64_t length)
{
	return (struct elf_image){.fd = fd, .length = length};
}

static uint64_t end_of(uint64_t start, uint64_t size)
{
	uint64_t end;

	return __builtin_add_overflow(start, size, &end) ? UINT64_MAX : end;
}

/* How much of it the headers mention. */
static uint64_t length_at(const struct elf_image *file, uint64_t offset, const Elf64_Ehdr *header)
{
	uint64_t length = end_of(header->e_shoff, (uint64_t)header->e_shnum * header->e_shentsize);

	for (uint16_t i = 0; i < header->e_phnum && i < SEGMENT_COUNT_MAX; i++) {
		uint64_t place = end_of(offset, end_of(header->e_phoff, i * sizeof(Elf64_Phdr)));
		Elf64_Phdr segment;

		if (elf_image_read_file(file, place, &segment, sizeof(segment)) != sizeof(segment))
			break;
		uint64_t end = end_of(segment.p_offset, segment.p_filesz);
		if (end > length)
			length = end;
	}
	return length;
}

struct error *elf_image_open_within(
	int fd, uint64_t offset, const char *label, struct elf_image **ret)
{
	CLEANUP(cleanup_close) int owned = fd;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct stat status;
	Elf64_Ehdr header;

	if (fstat(owned, &status) < 0 || status.st_size < 0)
		return error_from_errno(errno, "cannot read '%s'", label);
	struct elf_image file = whole(owned, (uint64_t)status.st_size);
	if (elf_image_read_file(&file, offset, &header, sizeof(header)) != sizeof(header) ||
		memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
		header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB)
		return error_create(ERROR_NOT_FOUND,
			"'%s': no 64-bit little-endian ELF file begins at 0x%lx", label, offset);
	uint64_t length = length_at(&file, offset, &header);
	if (length > file.length - offset || length > PART_SIZE_MAX)
		return error_create(ERROR_MALFORMED,
			"'%s': the ELF file at 0x%lx is longer than the file or 512 MiB", label,
			offset);
	struct error *error = u8_array_reserve(&bytes, length);
	if (error)
		return error;
	bytes.count = elf_image_read_file(&file, offset, bytes.items, length);
	return elf_image_from_memory(bytes.items, bytes.count, label, ret);
}
