#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/file.h"
#include "elf/debug_internal.h"

#define CHECKSUM_STEP ((size_t)64 * 1024)

/* A file with holes may say that it is as large as it likes. */
#define CHECKSUM_MAX ((uint64_t)4 << 30)

void debug_look_note(struct debug_look *look, const char *root, const char *path, const char *why)
{
	string_append_format(&look->found->trail, "%s%s: %s\n", root ? root : "", path, why);
}

static bool has_bytes(const struct elf_header *header)
{
	return header->type != SHT_NOBITS && header->section.size > 0;
}

static bool has_symbol_table(const struct elf_image *image)
{
	ARRAY_FOR_EACH (header, &image->headers)
		if (header->type == SHT_SYMTAB && header->section.size > sizeof(Elf64_Sym))
			return true;
	return false;
}

static bool has_section(const struct elf_image *image, const char *name)
{
	ARRAY_FOR_EACH (header, &image->headers)
		if (has_bytes(header) && header->name < image->section_names.count &&
			strcmp((const char *)image->section_names.items + header->name, name) == 0)
			return true;
	return false;
}

bool debug_look_has_any(const struct elf_image *image)
{
	return has_symbol_table(image) || has_section(image, ".debug_info") ||
	       has_section(image, ".debug_frame");
}

/* Takes what is missing of an image that is kept elsewhere. */
static unsigned take(struct debug_look *look, struct elf_image *other)
{
	unsigned taken = 0;

	if ((look->missing & DEBUG_SYMBOLS) && has_symbol_table(other)) {
		look->found->files.symbols = other;
		look->found->files.proven = !look->unproven;
		look->image->symbols_of = other == look->image ? NULL : other;
		look->image->symbols_proven = !look->unproven;
		taken |= DEBUG_SYMBOLS;
	}
	if ((look->missing & DEBUG_DWARF) && has_section(other, ".debug_info")) {
		look->found->files.dwarf = other;
		taken |= DEBUG_DWARF;
	}
	if ((look->missing & DEBUG_FRAMES) && has_section(other, ".debug_frame")) {
		look->found->files.frames = other;
		taken |= DEBUG_FRAMES;
	}
	look->missing &= ~taken;
	return taken;
}

void debug_look_take(struct debug_look *look, struct elf_image *other)
{
	take(look, other);
}

struct error *debug_look_keep(struct debug_look *look, struct elf_image *other)
{
	struct error *error = elf_images_append(&look->found->opened, other);

	if (error) {
		elf_image_close(other);
		return error;
	}
	if (take(look, other))
		return NULL;
	look->found->opened.count--;
	debug_look_note(look, NULL, other->label,
		look->missing & DEBUG_SYMBOLS ? "has no symbols" : "has no debug information");
	elf_image_close(other);
	return NULL;
}

static struct error *checksum_of(const struct elf_image *image, uint32_t *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array buffer = {0};
	struct error *error = u8_array_reserve(&buffer, CHECKSUM_STEP);
	uLong checksum = crc32(0, NULL, 0);
	size_t got = 1;

	for (uint64_t at = 0; !error && got; at += got) {
		got = elf_image_read_file(image, at, buffer.items, CHECKSUM_STEP);
		checksum = crc32(checksum, buffer.items, (uInt)got);
	}
	*ret = (uint32_t)checksum;
	return error;
}

static void refuse(struct debug_look *look, const char *label, const char *what, const char *has,
	const char *wanted)
{
	struct string_builder *texts[] = {&look->found->trail, &look->found->refusals};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		string_append_format(texts[i],
			"%s: not the debug file of '%s': its %s is %s, not %s\n", label,
			look->image->label, what, *has ? has : "missing", wanted);
}

/* Equal build ids are enough: the checksum of a large file takes long. */
static struct error *is_right(
	struct debug_look *look, const struct elf_image *other, const uint32_t *wanted, bool *ret)
{
	char id[ELF_BUILD_ID_TEXT_SIZE], other_id[ELF_BUILD_ID_TEXT_SIZE], sums[2][9];
	uint32_t checksum;

	elf_image_build_id_text(look->image, id);
	elf_image_build_id_text(other, other_id);
	*ret = *id && strcmp(id, other_id) == 0;
	if (*ret)
		return NULL;
	if (!wanted || (*id && *other_id)) {
		refuse(look, other->label, "build id", other_id, *id ? id : "missing");
		return NULL;
	}
	if (other->length > CHECKSUM_MAX) {
		debug_look_note(look, NULL, other->label,
			"is larger than 4 GiB, which is too much for its checksum");
		return NULL;
	}
	struct error *error = checksum_of(other, &checksum);
	if (error)
		return error;
	*ret = checksum == *wanted;
	snprintf(sums[0], sizeof(sums[0]), "%08x", checksum);
	snprintf(sums[1], sizeof(sums[1]), "%08x", *wanted);
	if (!*ret)
		refuse(look, other->label, "checksum", sums[0], sums[1]);
	return NULL;
}

static struct error *note_error(struct debug_look *look, struct error *error)
{
	if (!error || error->kind == ERROR_NO_MEMORY)
		return error;
	string_append_format(&look->found->trail, "%s\n", error->message);
	error_destroy(error);
	return NULL;
}

struct error *debug_look_consider(struct debug_look *look, int fd, const char *root,
	const char *path, const uint32_t *checksum)
{
	CLEANUP(cleanup_elf_image) struct elf_image *other = NULL;
	CLEANUP(cleanup_free) char *label = NULL;
	bool right = false;

	if (asprintf(&label, "%s%s", root ? root : "", path) < 0) {
		label = NULL;
		close(fd);
		return &error_no_memory;
	}
	struct error *error = elf_image_open(fd, label, &other);
	if (error)
		return note_error(look, error);
	error = is_right(look, other, checksum, &right);
	return error || !right ? error : debug_look_keep(look, TAKE_POINTER(other));
}

static const char *reason(const struct error *error)
{
	const char *colon = strrchr(error->message, ':');

	return error->kind == ERROR_NOT_FOUND ? "no such file" : colon ? colon + 2 : error->message;
}

struct error *debug_look_at(
	struct debug_look *look, const char *root, const char *path, const uint32_t *checksum)
{
	int fd;
	struct error *error = file_open_regular(root, path, &fd);

	if (!error)
		return debug_look_consider(look, fd, root, path, checksum);
	if (error->kind == ERROR_NO_MEMORY)
		return error;
	debug_look_note(look, root, path, reason(error));
	error_destroy(error);
	return NULL;
}

bool debug_link_parse(const struct u8_array *section, const char **ret_name, uint32_t *ret_checksum)
{
	struct cursor cursor = cursor_over(section->items, section->count);
	const char *name = cursor.at, *skipped;
	size_t length = section->count ? strnlen(name, section->count) : 0;

	if (!length || length == section->count || memchr(name, '/', length))
		return false;
	if (!cursor_take(&cursor, (length + 4) & ~(size_t)3, &skipped) ||
		!cursor_take_u32(&cursor, ret_checksum))
		return false;
	*ret_name = name;
	return true;
}
