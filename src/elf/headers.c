#include <gelf.h>
#include <libelf.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "elf/image_internal.h"

/* libelf reads the headers, through pread. */

#define NOTE_SIZE_MAX (64 * 1024)
/* The kernel executes no file with more (load_elf_phdrs: 64 KiB of them). */
#define SEGMENT_COUNT_MAX (65536 / sizeof(Elf64_Phdr))

static struct error *libelf_error(const struct elf_image *image)
{
	return error_create(ERROR_MALFORMED, "'%s': broken ELF file: %s", image->label,
		elf_errmsg(elf_errno()));
}

static bool has_known_class(Elf *elf)
{
	const char *identity = elf_getident(elf, NULL);

	return identity && identity[EI_CLASS] == ELFCLASS64 && identity[EI_DATA] == ELFDATA2LSB;
}

/* Takes the build id from notes: gABI "Note Section", NT_GNU_BUILD_ID of binutils. */
static struct error *take_build_id(struct elf_image *image, struct cursor notes, uint64_t alignment)
{
	size_t mask = alignment == 8 ? 7 : 3;
	uint32_t name_size, size, type;
	const char *name, *bytes;

	while (cursor_take_u32(&notes, &name_size) && cursor_take_u32(&notes, &size) &&
		cursor_take_u32(&notes, &type)) {
		if (!cursor_take(&notes, ((size_t)name_size + mask) & ~mask, &name) ||
			!cursor_take(&notes, size, &bytes))
			break;
		if (type == NT_GNU_BUILD_ID && name_size == 4 && memcmp(name, "GNU", 4) == 0 &&
			size > 0 && size <= ELF_BUILD_ID_SIZE_MAX) {
			struct error *error = u8_array_reserve(&image->build_id, size);

			if (error)
				return error;
			memcpy(image->build_id.items, bytes, size);
			image->build_id.count = size;
			return NULL;
		}
		size_t padding = -(size_t)size & mask;
		if (!cursor_take(&notes, padding, &bytes))
			break;
	}
	return NULL;
}

static struct error *read_notes(
	struct elf_image *image, uint64_t offset, uint64_t size, uint64_t alignment)
{
	CLEANUP(u8_array_deinit) struct u8_array notes = {0};
	struct error *error;

	if (image->build_id.count || !size)
		return NULL;
	if (size > NOTE_SIZE_MAX)
		size = NOTE_SIZE_MAX;
	error = u8_array_reserve(&notes, (size_t)size);
	if (error)
		return error;
	size_t got = elf_image_read_file(image, offset, notes.items, (size_t)size);
	return take_build_id(image, cursor_over(notes.items, got), alignment);
}

static struct error *take_program_header(struct elf_image *image, const GElf_Phdr *header)
{
	switch (header->p_type) {
	case PT_LOAD:
		return elf_segments_append(
			&image->segments, (struct elf_segment){
						  .address = header->p_vaddr,
						  .offset = header->p_offset,
						  .file_size = header->p_filesz,
						  .memory_size = header->p_memsz,
						  .executable = header->p_flags & PF_X,
					  });
	case PT_GNU_EH_FRAME:
		image->has_eh_frame_header = true;
		image->eh_frame_header_address = header->p_vaddr;
		image->eh_frame_header_size = header->p_memsz;
		return NULL;
	case PT_NOTE:
		return read_notes(image, header->p_offset, header->p_filesz, header->p_align);
	default:
		return NULL;
	}
}

static struct error *read_program_headers(struct elf_image *image, Elf *elf)
{
	size_t count;

	if (elf_getphdrnum(elf, &count) < 0)
		return libelf_error(image);
	if (count > SEGMENT_COUNT_MAX)
		return error_create(ERROR_MALFORMED, "'%s': broken ELF file: %zu program headers",
			image->label, count);
	for (size_t i = 0; i < count; i++) {
		GElf_Phdr header;
		struct error *error;

		if (!gelf_getphdr(elf, (int)i, &header))
			return libelf_error(image);
		error = take_program_header(image, &header);
		if (error)
			return error;
	}
	return NULL;
}

static struct error *take_section_header(struct elf_image *image, const GElf_Shdr *header)
{
	struct error *error = elf_headers_append(&image->headers,
		(struct elf_header){
			.name = header->sh_name,
			.type = header->sh_type,
			.link = header->sh_link,
			.flags = header->sh_flags,
			.entry_size = header->sh_entsize,
			.section = {header->sh_addr, header->sh_offset, header->sh_size,
				header->sh_flags & SHF_COMPRESSED},
		});

	if (!error && header->sh_type == SHT_NOTE)
		error = read_notes(image, header->sh_offset, header->sh_size, header->sh_addralign);
	return error;
}

static struct error *read_section_headers(struct elf_image *image, Elf *elf)
{
	size_t count, names;

	if (elf_getshdrnum(elf, &count) < 0 || elf_getshdrstrndx(elf, &names) < 0)
		return libelf_error(image);
	for (size_t i = 0; i < count; i++) {
		GElf_Shdr header;
		struct error *error;

		if (!gelf_getshdr(elf_getscn(elf, i), &header))
			return libelf_error(image);
		error = take_section_header(image, &header);
		if (error)
			return error;
	}
	if (names == SHN_UNDEF || names >= count)
		return NULL;
	const struct elf_header *header = &image->headers.items[names];
	return elf_image_read_table(image, "table of section names", header->section.offset,
		header->section.size, &image->section_names);
}

static struct error *read_all_headers(struct elf_image *image, Elf *elf)
{
	GElf_Ehdr header;
	struct error *error;

	if (!elf || elf_kind(elf) != ELF_K_ELF)
		return error_create(ERROR_MALFORMED, "'%s' is no ELF file", image->label);
	if (!has_known_class(elf))
		return error_create(
			ERROR_MALFORMED, "'%s' is no 64-bit little-endian ELF file", image->label);
	if (!gelf_getehdr(elf, &header))
		return libelf_error(image);
	image->machine = header.e_machine;
	error = read_program_headers(image, elf);
	return error ? error : read_section_headers(image, elf);
}

struct error *elf_image_read_headers(struct elf_image *image)
{
	struct error *error;
	Elf *elf;

	elf_version(EV_CURRENT);
	if (image->bytes)
		elf = elf_memory((char *)image->bytes, (size_t)image->length);
	else
		elf = elf_begin(image->fd, ELF_C_READ, NULL);
	error = read_all_headers(image, elf);
	elf_end(elf);
	return error;
}
