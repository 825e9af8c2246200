#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/path.h"
#include "elf/debug_internal.h"

/* Files of DWARF that belongs to that of an image. */

static struct error *open_image(const char *root, const char *path, struct elf_image **ret)
{
	CLEANUP(cleanup_free) char *label = NULL;
	int fd;
	struct error *error = file_open_regular(root, path, &fd);

	*ret = NULL;
	if (!error && asprintf(&label, "%s%s", root ? root : "", path) < 0) {
		label = NULL;
		cleanup_close(&fd);
		return &error_no_memory;
	}
	if (!error)
		error = elf_image_open(fd, label, ret);
	if (!error || error->kind == ERROR_NO_MEMORY)
		return error;
	error_destroy(error);
	return NULL;
}

/* "DIR" of "DIR/FILE"; of what has none, ".". To be freed. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? strndup(path, (size_t)(slash - path)) : strdup(".");
}

/* By the name beside the file, from each root, then in FOLDER + the file's folder. */
static struct error *open_near(const struct debug_search *search, const char *folder,
	const char *name, struct elf_image **ret)
{
	const char *roots[DEBUG_ROOTS_MAX];
	size_t count = debug_search_roots(search, roots);
	struct error *error = NULL;
	char path[PATH_MAX];

	*ret = NULL;
	for (size_t i = 0; !error && !*ret && i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, name);
		error = open_image(roots[i], path, ret);
	}
	ARRAY_FOR_EACH (place, &search->folders) {
		if (error || *ret)
			break;
		snprintf(path, sizeof(path), "%s%s/%s", place->path, folder, name);
		error = open_image(place->root, path, ret);
	}
	return error;
}

/* FOLDER/.build-id/ab/cdefSUFFIX */
static struct error *open_by_id(const struct debug_search *search, const char *id,
	const char *suffix, struct elf_image **ret)
{
	struct error *error = NULL;
	char path[PATH_MAX];

	*ret = NULL;
	ARRAY_FOR_EACH (place, &search->folders) {
		if (error || *ret || strlen(id) < 4)
			break;
		snprintf(path, sizeof(path), "%s/.build-id/%.2s/%s%s", place->path, id, id + 2,
			suffix);
		error = open_image(place->root, path, ret);
	}
	return error;
}

struct error *debug_search_package(struct debug_search *search, const struct elf_image *image,
	const struct elf_image *dwarf, struct elf_image **ret)
{
	CLEANUP(cleanup_free) char *folder = folder_of(image->label);
	char name[PATH_MAX], id[ELF_BUILD_ID_TEXT_SIZE];
	struct error *error;

	if (!folder)
		return &error_no_memory;
	search = debug_search_or_usual(search);
	snprintf(name, sizeof(name), "%s.dwp", path_file_name(image->label));
	error = open_near(search, folder, name, ret);
	if (!error && !*ret && dwarf != image) {
		snprintf(name, sizeof(name), "%s.dwp", dwarf->label);
		error = open_image(NULL, name, ret);
	}
	elf_image_build_id_text(image, id);
	return error || *ret ? error : open_by_id(search, id, ".dwp", ret);
}

struct error *debug_search_split_unit(struct debug_search *search, const struct elf_image *image,
	const char *name, const char *folder, struct elf_image **ret)
{
	CLEANUP(cleanup_free) char *beside = folder_of(image->label);
	const char *roots[DEBUG_ROOTS_MAX];
	struct error *error = NULL;
	char path[PATH_MAX];

	if (!beside)
		return &error_no_memory;
	*ret = NULL;
	search = debug_search_or_usual(search);
	size_t count = debug_search_roots(search, roots);
	snprintf(path, sizeof(path), "%s%s%s", name[0] == '/' ? "" : folder,
		name[0] == '/' ? "" : "/", name);
	for (size_t i = 0; !error && !*ret && i < count && path[0] == '/'; i++)
		error = open_image(roots[i], path, ret);
	/* The build's folder is not here: as it is, then by its last part. */
	if (!error && !*ret && name[0] != '/')
		error = open_near(search, beside, name, ret);
	return error || *ret ? error : open_near(search, beside, path_file_name(name), ret);
}

bool debug_alternative_parse(const struct u8_array *section, const char **ret_path,
	char ret_id[static ELF_BUILD_ID_TEXT_SIZE])
{
	struct cursor cursor = cursor_over(section->items, section->count);
	size_t length = section->count ? strnlen(cursor.at, section->count) : 0;
	size_t left = section->count - length;

	if (!length || left < 2 || left - 1 > ELF_BUILD_ID_SIZE_MAX ||
		!cursor_take(&cursor, length + 1, ret_path))
		return false;
	for (uint8_t byte; cursor_take_u8(&cursor, &byte); ret_id += 2)
		snprintf(ret_id, 3, "%02x", byte);
	return true;
}

/* Closes what is of another build. */
static void check_id(struct debug_found *found, const char *wanted, struct elf_image **image)
{
	char id[ELF_BUILD_ID_TEXT_SIZE];

	if (!*image)
		return;
	elf_image_build_id_text(*image, id);
	if (strcmp(id, wanted) == 0)
		return;
	string_append_format(&found->refusals,
		"%s: not the supplementary file of dwz: its build id is %s, not %s\n",
		(*image)->label, *id ? id : "missing", wanted);
	elf_image_close(TAKE_POINTER(*image));
}

/* The label of the DWARF has the root in it already, and its own folder may be a link's. */
static struct error *open_named(
	const struct elf_image *dwarf, const char *name, struct elf_image **ret)
{
	CLEANUP(cleanup_free) char *real = realpath(dwarf->label, NULL);
	CLEANUP(cleanup_free) char *folder = folder_of(real ? real : dwarf->label);
	char path[PATH_MAX];

	if (!folder)
		return &error_no_memory;
	snprintf(path, sizeof(path), "%s%s%s", name[0] == '/' ? "" : folder,
		name[0] == '/' ? "" : "/", name);
	return open_image(NULL, path, ret);
}

static struct error *find_supplement(const struct debug_search *search, struct debug_found *found,
	const struct elf_image *dwarf, struct elf_image **ret)
{
	CLEANUP(u8_array_deinit) struct u8_array section = {0};
	char id[ELF_BUILD_ID_TEXT_SIZE], path[PATH_MAX];
	const char *name;
	struct error *error = elf_image_read_section(dwarf, ".gnu_debugaltlink", &section);

	*ret = NULL;
	if (error && error->kind != ERROR_NO_MEMORY) {
		error_destroy(error);
		return NULL;
	}
	if (error || !debug_alternative_parse(&section, &name, id))
		return error;
	error = open_named(dwarf, name, ret);
	check_id(found, id, ret);
	if (!error && !*ret)
		error = open_by_id(search, id, ".debug", ret);
	check_id(found, id, ret);
	ARRAY_FOR_EACH (place, &search->folders) {
		if (error || *ret)
			break;
		snprintf(path, sizeof(path), "%s/.dwz/%s", place->path, path_file_name(name));
		error = open_image(place->root, path, ret);
		check_id(found, id, ret);
	}
	return error;
}

struct error *debug_search_supplement(struct debug_search *search, const struct elf_image *image,
	const struct elf_image *dwarf, struct elf_image **ret)
{
	struct debug_found *found = image->debug;

	*ret = NULL;
	search = debug_search_or_usual(search);
	return found && found->generation == search->generation
		       ? find_supplement(search, found, dwarf, ret)
		       : NULL;
}
