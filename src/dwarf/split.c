#include "dwarf/split.h"

#include <string.h>

#include "base/cleanup.h"
#include "dwarf/constants.h"
#include "dwarf/take.h"

#define LINK_SIZE_MAX   8192
#define HEADER_SIZE_MAX 40
#define COLUMNS_MAX     64
/* A package's table is at most two thirds full: a unit is found in far fewer. */
#define SLOTS_TRIED_MAX 1024
/* At units of objects: each skeleton's object may have thousands, of types. */
#define LOOKS_MAX 16000000

void dwarf_others_close_object(struct dwarf_others *others)
{
	dwarf_file_destroy(others->object);
	others->object = NULL;
}

void dwarf_others_deinit(struct dwarf_others *others)
{
	dwarf_file_destroy(others->package);
	dwarf_others_close_object(others);
	*others = (struct dwarf_others){0};
}

/* *ret is NULL if there is none. */
static struct error *open_file(
	struct dwarf_others *others, const struct dwarf_file_wish *wish, struct dwarf_file **ret)
{
	struct elf_image *image = NULL;
	struct error *error;

	*ret = NULL;
	if (!others->opener.open)
		return NULL;
	error = others->opener.open(others->opener.context, wish, &image);
	if (error && error->kind == ERROR_NO_MEMORY)
		return error;
	error_destroy(error);
	if (error || !image)
		return NULL;
	return dwarf_file_create(image, wish->kind != DWARF_FILE_SUPPLEMENT, ret);
}

/* GDB's manual, "Debugging Information in Separate Files"; DWARF 5, 7.3.6. */
static bool parse_link(struct cursor bytes, bool standard, struct dwarf_file_wish *wish)
{
	uint64_t version, length;
	uint8_t is_supplement;

	if (standard && (!take_number(&bytes, 2, &version) || !take_byte(&bytes, &is_supplement) ||
				is_supplement))
		return false;
	if (!take_text(&bytes, &wish->name))
		return false;
	length = cursor_left(&bytes);
	if (standard && !take_uleb(&bytes, &length))
		return false;
	if (length > cursor_left(&bytes))
		return false;
	wish->build_id = (const uint8_t *)bytes.at;
	wish->build_id_length = (size_t)length;
	return true;
}

static bool is_wished(const struct dwarf_file_wish *wish, const struct elf_image *image)
{
	size_t length;
	const uint8_t *build_id = elf_image_build_id(image, &length);

	return !wish->build_id_length || (length == wish->build_id_length && build_id &&
						 memcmp(build_id, wish->build_id, length) == 0);
}

/* *ret is NULL if there is none of that build id. */
static struct error *open_wished(
	struct dwarf_others *others, const struct dwarf_file_wish *wish, struct dwarf_file **ret)
{
	struct dwarf_file *other;
	struct error *error = open_file(others, wish, &other);

	*ret = NULL;
	if (error)
		return error;
	if (!other || !is_wished(wish, other->image)) {
		others->lacks_files = true;
		dwarf_file_destroy(other);
		return NULL;
	}
	error = dwarf_file_read_headers(other);
	if (error)
		dwarf_file_destroy(other);
	else
		*ret = other;
	return error;
}

static struct error *open_supplement(struct dwarf_others *others, const char *section_name,
	bool standard, struct dwarf_file *file)
{
	struct dwarf_file_wish wish = {.kind = DWARF_FILE_SUPPLEMENT, .folder = ""};
	CLEANUP(u8_array_deinit) struct u8_array buffer = {0};
	struct dwarf_section section;
	struct cursor bytes;
	struct error *error = dwarf_section_open(&section, file->image, section_name);

	if (error)
		return error;
	error = dwarf_section_bytes(&section, 0, LINK_SIZE_MAX, &buffer, &bytes);
	if (!error && parse_link(bytes, standard, &wish))
		error = open_wished(others, &wish, &file->supplement);
	dwarf_section_close(&section); /* the wish is in its bytes */
	return error;
}

struct error *dwarf_others_open_supplement(struct dwarf_others *others, struct dwarf_file *file)
{
	struct error *error = open_supplement(others, ".gnu_debugaltlink", false, file);

	if (!error && !file->supplement)
		error = open_supplement(others, ".debug_sup", true, file);
	return error;
}

/* The index of a package: a hash table, then a row of offsets for each unit. */
struct package_index {
	struct dwarf_section *section;
	uint64_t columns, slots;
	bool version_5;
};

static bool index_number(const struct package_index *index, uint64_t offset, uint64_t *ret)
{
	return dwarf_section_number(index->section, offset, 4, ret);
}

static bool read_index(struct dwarf_file *package, struct package_index *ret)
{
	uint64_t version;

	*ret = (struct package_index){.section = &package->sections[DWARF_CU_INDEX]};
	if (!index_number(ret, 0, &version) || !index_number(ret, 4, &ret->columns) ||
		!index_number(ret, 12, &ret->slots))
		return false;
	ret->version_5 = (version & 0xffff) == 5;
	return (version == 2 || ret->version_5) && ret->columns <= COLUMNS_MAX && ret->slots &&
	       !(ret->slots & (ret->slots - 1));
}

/* The unit's row, from 1 on. DWARF 5, 7.3.5.3. */
static bool find_row(const struct package_index *index, uint64_t id, uint64_t *ret)
{
	uint64_t mask = index->slots - 1;
	uint64_t slot = id & mask, step = (id >> 32 & mask) | 1;

	for (uint64_t tries = 0; tries < index->slots && tries < SLOTS_TRIED_MAX;
		tries++, slot = (slot + step) & mask) {
		uint64_t other;

		if (!dwarf_section_number(index->section, 16 + slot * 8, 8, &other) ||
			!index_number(index, 16 + index->slots * 8 + slot * 4, ret) || !*ret)
			return false;
		if (other == id)
			return true;
	}
	return false;
}

static bool read_row(const struct package_index *index, uint64_t row,
	struct dwarf_contributions *ret, uint64_t *ret_info)
{
	uint64_t ids = 16 + index->slots * 12;
	uint64_t offsets = ids + index->columns * 4 * row;
	bool found = false;

	*ret = (struct dwarf_contributions){0};
	for (uint64_t i = 0; i < index->columns; i++) {
		uint64_t id, offset;

		if (!index_number(index, ids + i * 4, &id) ||
			!index_number(index, offsets + i * 4, &offset))
			return false;
		if (id == DW_SECT_INFO) {
			*ret_info = offset;
			found = true;
		} else if (id == DW_SECT_ABBREV) {
			ret->abbreviations = offset;
		} else if (id == DW_SECT_STR_OFFSETS) {
			ret->str_offsets = offset;
		} else if (id == DW_SECT_RNGLISTS && index->version_5) {
			ret->rnglists = offset;
		}
	}
	return found;
}

static struct error *open_from_package(struct dwarf_others *others,
	const struct dwarf_unit *skeleton, struct dwarf_unit *unit, bool *ret_found)
{
	struct dwarf_file_wish wish = {.kind = DWARF_FILE_PACKAGE, .name = "", .folder = ""};
	CLEANUP(u8_array_deinit) struct u8_array buffer = {0};
	struct dwarf_contributions contributions;
	struct dwarf_unit_header header;
	struct package_index index;
	struct error *error = NULL;
	struct cursor bytes;
	uint64_t row, info;

	if (!others->package_tried)
		error = open_file(others, &wish, &others->package);
	others->package_tried = true;
	if (error || !others->package || !read_index(others->package, &index) ||
		!find_row(&index, skeleton->header.id, &row) ||
		!read_row(&index, row, &contributions, &info))
		return error;
	struct dwarf_section *section = &others->package->sections[DWARF_INFO];
	error = dwarf_section_bytes(section, info, HEADER_SIZE_MAX, &buffer, &bytes);
	if (error || info >= section->size ||
		!dwarf_unit_header_parse(bytes, info, section->size, &header))
		return error;
	*ret_found = true;
	return dwarf_unit_open_split(unit, others->package, &header, &contributions, skeleton);
}

/* Of a .dwo file, which may have other units: of types, or of other objects. */
static struct error *open_from_object(struct dwarf_others *others,
	const struct dwarf_unit *skeleton, struct dwarf_unit *unit, bool *ret_found)
{
	const struct dwarf_contributions whole = {0};
	struct dwarf_file *object = others->object;
	struct error *error = dwarf_file_read_headers(object);

	for (size_t i = 0; !error && !*ret_found && i < object->headers.count; i++) {
		if (++others->looks > LOOKS_MAX)
			break;
		error = dwarf_unit_open_split(
			unit, object, &object->headers.items[i], &whole, skeleton);
		*ret_found = !error && unit->header.id == skeleton->header.id;
	}
	return error;
}

struct error *dwarf_others_open_split(struct dwarf_others *others,
	const struct dwarf_unit *skeleton, struct dwarf_unit *unit, bool *ret_found)
{
	const struct dwarf_value *name = dwarf_die_get(&skeleton->root, DWARF_SLOT_DWO_NAME);
	const struct dwarf_value *folder = dwarf_die_get(&skeleton->root, DWARF_SLOT_COMP_DIR);
	CLEANUP(dwarf_texts_deinit) struct dwarf_texts texts = {0};
	struct dwarf_file_wish wish = {.kind = DWARF_FILE_OBJECT};
	struct error *error;

	*ret_found = false;
	if (!name || !skeleton->header.id)
		return NULL;
	error = open_from_package(others, skeleton, unit, ret_found);
	if (error || *ret_found)
		return error;
	error = dwarf_unit_text(skeleton, name, &texts, &wish.name);
	if (!error && folder)
		error = dwarf_unit_text(skeleton, folder, &texts, &wish.folder);
	if (error || !wish.name)
		return error;
	if (!wish.folder)
		wish.folder = "";
	error = open_file(others, &wish, &others->object);
	if (!error && others->object)
		error = open_from_object(others, skeleton, unit, ret_found);
	if (!*ret_found)
		others->lacks_files = true;
	return error;
}
