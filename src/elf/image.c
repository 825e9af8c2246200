#include "elf/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "elf/debug_internal.h"
#include "elf/go_functions.h"

#define TABLE_SIZE_MAX (512ULL << 20)

static size_t read_descriptor(int fd, uint64_t offset, void *buffer, size_t length)
{
	size_t done = 0;

	while (done < length && offset + done <= INT64_MAX) {
		ssize_t got =
			pread(fd, (char *)buffer + done, length - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return done;
}

uint64_t elf_image_size(const struct elf_image *image)
{
	return image->length;
}

size_t elf_image_read_file(
	const struct elf_image *image, uint64_t offset, void *buffer, size_t length)
{
	if (offset >= image->length)
		return 0;
	if (length > image->length - offset)
		length = (size_t)(image->length - offset);
	if (!image->bytes)
		return read_descriptor(image->fd, offset, buffer, length);
	memcpy(buffer, image->bytes + offset, length);
	return length;
}

struct error *elf_image_read_table(const struct elf_image *image, const char *what, uint64_t offset,
	uint64_t size, struct u8_array *ret)
{
	struct u8_array table = {0};
	struct error *error;

	if (offset > image->length || size > image->length - offset)
		return error_create(ERROR_MALFORMED, "'%s': its %s lies beyond the end of the file",
			image->label, what);
	if (size > TABLE_SIZE_MAX)
		return error_create(ERROR_MALFORMED, "'%s': its %s has more than %llu bytes",
			image->label, what, TABLE_SIZE_MAX);
	error = u8_array_reserve(&table, (size_t)size + 1);
	if (error)
		return error;
	table.count = elf_image_read_file(image, offset, table.items, (size_t)size);
	if (table.count < size) {
		u8_array_deinit(&table);
		return error_create(ERROR_MALFORMED, "'%s': its %s was cut off while being read",
			image->label, what);
	}
	table.items[table.count] = '\0';
	*ret = table;
	return NULL;
}

/* Takes over the image, also on failure. */
static struct error *finish_open(struct elf_image *image, struct elf_image **ret)
{
	struct error *error = elf_image_read_headers(image);

	if (error)
		elf_image_close(image);
	else
		*ret = image;
	return error;
}

/* Takes over the descriptor. */
static struct elf_image *image_create(int fd, const char *label)
{
	struct elf_image *image = calloc(1, sizeof(*image));

	if (!image) {
		cleanup_close(&fd);
		return NULL;
	}
	image->fd = fd;
	image->label = strdup(label);
	if (image->label)
		return image;
	elf_image_close(image);
	return NULL;
}

struct error *elf_image_open(int fd, const char *label, struct elf_image **ret)
{
	struct elf_image *image = image_create(fd, label);
	struct stat status;

	if (!image)
		return &error_no_memory;
	if (fstat(fd, &status) < 0 || status.st_size < 0) {
		struct error *error = error_from_errno(errno, "cannot read '%s'", label);

		elf_image_close(image);
		return error;
	}
	image->length = (uint64_t)status.st_size;
	return finish_open(image, ret);
}

struct error *elf_image_from_memory(
	const void *bytes, size_t length, const char *label, struct elf_image **ret)
{
	struct elf_image *image = image_create(-1, label);

	if (!image)
		return &error_no_memory;
	image->bytes = malloc(length + 1);
	if (!image->bytes) {
		elf_image_close(image);
		return &error_no_memory;
	}
	if (length)
		memcpy(image->bytes, bytes, length);
	image->length = length;
	return finish_open(image, ret);
}

void elf_image_close(struct elf_image *image)
{
	if (!image)
		return;
	elf_image_forget_kept(image);
	cleanup_close(&image->fd);
	free(image->bytes);
	free(image->label);
	elf_segments_deinit(&image->segments);
	elf_headers_deinit(&image->headers);
	u8_array_deinit(&image->section_names);
	u8_array_deinit(&image->build_id);
	u8_array_deinit(&image->names.symtab);
	u8_array_deinit(&image->names.dynsym);
	elf_symbols_deinit(&image->symbols);
	elf_spans_deinit(&image->spans);
	debug_found_destroy(image->debug);
	go_functions_destroy(image->go_functions);
	free(image);
}

void cleanup_elf_image(struct elf_image **image)
{
	elf_image_close(*image);
}

const char *elf_image_label(const struct elf_image *image)
{
	return image->label;
}

bool elf_image_is_trusted(const struct elf_image *image)
{
	struct stat status;

	return image->fd >= 0 && fstat(image->fd, &status) == 0 && !(status.st_mode & S_IWOTH) &&
	       (status.st_uid == 0 || status.st_uid == geteuid());
}

void elf_image_keep(struct elf_image *image, void *kept, void (*destroy)(void *kept))
{
	image->kept = kept;
	image->destroy_kept = destroy;
}

void elf_image_forget_kept(struct elf_image *image)
{
	if (image->kept)
		image->destroy_kept(image->kept);
	image->kept = NULL;
}

void *elf_image_kept(const struct elf_image *image)
{
	return image->kept;
}

uint16_t elf_image_machine(const struct elf_image *image)
{
	return image->machine;
}

const uint8_t *elf_image_build_id(const struct elf_image *image, size_t *length)
{
	*length = image->build_id.count;
	return image->build_id.count ? image->build_id.items : NULL;
}

void elf_image_build_id_text(const struct elf_image *image, char ret[static ELF_BUILD_ID_TEXT_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	ARRAY_FOR_EACH (byte, &image->build_id) {
		*ret++ = digits[*byte >> 4];
		*ret++ = digits[*byte & 15];
	}
	*ret = '\0';
}

const struct elf_segment *elf_image_segments(const struct elf_image *image, size_t *count)
{
	*count = image->segments.count;
	return image->segments.items;
}

bool elf_image_offset_to_address(const struct elf_image *image, uint64_t offset, uint64_t *ret)
{
	ARRAY_FOR_EACH (segment, &image->segments) {
		if (offset < segment->offset || offset - segment->offset >= segment->file_size)
			continue;
		*ret = segment->address + (offset - segment->offset);
		return true;
	}
	return false;
}

static size_t read_segment(const struct elf_image *image, const struct elf_segment *segment,
	uint64_t from, void *buffer, size_t length)
{
	uint64_t in_file = from < segment->file_size ? segment->file_size - from : 0;

	if (!in_file) {
		memset(buffer, 0, length);
		return length;
	}
	if (length > in_file)
		length = (size_t)in_file;
	if (__builtin_add_overflow(segment->offset, from, &from))
		return 0;
	return elf_image_read_file(image, from, buffer, length);
}

/* Reads up to the next change: from file to .bss, from one segment to the next. */
static size_t read_piece(
	const struct elf_image *image, uint64_t address, void *buffer, size_t length)
{
	ARRAY_FOR_EACH (segment, &image->segments) {
		uint64_t from = address - segment->address;

		if (address < segment->address || from >= segment->memory_size)
			continue;
		if (length > segment->memory_size - from)
			length = (size_t)(segment->memory_size - from);
		return read_segment(image, segment, from, buffer, length);
	}
	return 0;
}

size_t elf_image_read(const struct elf_image *image, uint64_t address, void *buffer, size_t length)
{
	size_t done = 0;

	while (done < length) {
		size_t got =
			read_piece(image, address + done, (char *)buffer + done, length - done);

		if (!got)
			break;
		done += got;
	}
	return done;
}

bool elf_image_eh_frame_header(const struct elf_image *image, uint64_t *address, uint64_t *size)
{
	if (!image->has_eh_frame_header)
		return false;
	*address = image->eh_frame_header_address;
	*size = image->eh_frame_header_size;
	return true;
}
