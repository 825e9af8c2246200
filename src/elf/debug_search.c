#include "elf/debug_search.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "elf/debug_image.h"
#include "elf/debug_internal.h"

/* For whoever has none. It is never set up, so that it knows the usual folder alone. */
static struct debug_folder usual_folder = {NULL, ELF_DEBUG_FOLDER};
static struct debug_search usual_search = {
	.generation = 1, .folders = {.items = &usual_folder, .count = 1}};

struct debug_search *debug_search_or_usual(struct debug_search *search)
{
	return search ? search : &usual_search;
}

void debug_found_destroy(struct debug_found *found)
{
	if (!found)
		return;
	ARRAY_FOR_EACH (image, &found->opened)
		elf_image_close(*image);
	elf_images_deinit(&found->opened);
	string_builder_deinit(&found->trail);
	string_builder_deinit(&found->refusals);
	free(found);
}

static bool is_called(const char *path, const char *name)
{
	return strcmp(path, name) == 0 || strcmp(path_file_name(path), name) == 0;
}

static bool is_module(
	const struct debug_search *search, const struct elf_image *image, const char *name)
{
	return is_called(image->label, name) ||
	       (search->program && search->alias && strcmp(image->label, search->program) == 0 &&
		       is_called(search->alias, name));
}

static bool is_given_for(const struct debug_search *search, const struct debug_given *given,
	const struct elf_image *image)
{
	char id[ELF_BUILD_ID_TEXT_SIZE];

	if (given->module)
		return is_module(search, image, given->module);
	elf_image_build_id_text(image, id);
	return strcmp(id, given->build_id) == 0;
}

bool debug_search_has_given(const struct debug_search *search, const struct elf_image *image)
{
	if (!search)
		return false;
	ARRAY_FOR_EACH (given, &search->givens)
		if (is_given_for(search, given, image))
			return true;
	return false;
}

static struct error *look_at_given(struct debug_look *look, struct debug_given *given)
{
	char id[ELF_BUILD_ID_TEXT_SIZE];
	CLEANUP(cleanup_elf_image) struct elf_image *other = NULL;
	int fd;

	if (!is_given_for(look->search, given, look->image))
		return NULL;
	elf_image_build_id_text(look->image, id);
	given->used = true;
	if (given->build_id[0] && id[0])
		return debug_look_at(look, NULL, given->path, NULL);
	struct error *error = file_open_regular(NULL, given->path, &fd);
	if (!error)
		error = elf_image_open(fd, given->path, &other);
	if (!error) {
		look->unproven = true;
		error = debug_look_keep(look, TAKE_POINTER(other));
		look->unproven = false;
		return error;
	}
	if (error->kind == ERROR_NO_MEMORY)
		return error;
	debug_look_note(look, NULL, given->path, error->message);
	error_destroy(error);
	return NULL;
}

static struct error *look_at_givens(struct debug_look *look)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (given, &look->search->givens)
		if (!error && look->missing)
			error = look_at_given(look, given);
	return error;
}

static struct error *look_at_itself(struct debug_look *look)
{
	debug_look_take(look, look->image);
	return NULL;
}

static struct error *look_by_build_id(struct debug_look *look)
{
	char id[ELF_BUILD_ID_TEXT_SIZE], path[PATH_MAX];
	struct error *error = NULL;

	elf_image_build_id_text(look->image, id);
	if (strlen(id) < 4) {
		debug_look_note(look, NULL, look->image->label, "has no build id");
		return NULL;
	}
	ARRAY_FOR_EACH (folder, &look->search->folders) {
		if (error || !look->missing)
			break;
		snprintf(
			path, sizeof(path), "%s/.build-id/%.2s/%s.debug", folder->path, id, id + 2);
		error = debug_look_at(look, folder->root, path, NULL);
	}
	return error;
}

size_t debug_search_roots(const struct debug_search *search, const char *ret[DEBUG_ROOTS_MAX])
{
	size_t count = 0;

	if (search->sysroot)
		ret[count++] = search->sysroot;
	ret[count++] = search->root;
	return count;
}

/* Beside the file, then below it, from each root. */
static struct error *look_beside(
	struct debug_look *look, const char *folder, const char *name, const uint32_t *checksum)
{
	static const char *const places[] = {"", ".debug/"};
	const char *roots[DEBUG_ROOTS_MAX];
	size_t count = debug_search_roots(look->search, roots);
	struct error *error = NULL;
	char path[PATH_MAX];

	for (size_t i = 0; !error && i < count * ARRAY_SIZE(places) && look->missing; i++) {
		snprintf(path, sizeof(path), "%s/%s%s", folder, places[i % 2], name);
		/* A file whose link names itself. */
		if (strcmp(path, look->image->label) != 0)
			error = debug_look_at(look, roots[i / 2], path, checksum);
	}
	return error;
}

static struct error *look_in_folders(
	struct debug_look *look, const char *folder, const char *name, const uint32_t *checksum)
{
	struct error *error = NULL;
	char path[PATH_MAX];

	ARRAY_FOR_EACH (place, &look->search->folders) {
		if (error || !look->missing)
			break;
		/* Below a sysroot beside the file was looked already; it may be flat. */
		snprintf(path, sizeof(path), "%s%s/%s", place->path,
			place->path == look->search->sysroot ? "" : folder, name);
		error = debug_look_at(look, place->root, path, checksum);
	}
	return error;
}

static struct error *look_by_link(struct debug_look *look)
{
	CLEANUP(u8_array_deinit) struct u8_array section = {0};
	CLEANUP(cleanup_free) char *folder = NULL;
	const char *name, *label = look->image->label;
	uint32_t checksum;
	struct error *error = elf_image_read_section(look->image, ".gnu_debuglink", &section);

	if (error && error->kind == ERROR_NO_MEMORY)
		return error;
	if (error || !debug_link_parse(&section, &name, &checksum)) {
		debug_look_note(look, NULL, label,
			error ? "has no .gnu_debuglink" : "has a broken .gnu_debuglink");
		error_destroy(error);
		return NULL;
	}
	if (label[0] != '/')
		return NULL;
	folder = strndup(label, (size_t)(strrchr(label, '/') - label));
	if (!folder)
		return &error_no_memory;
	error = look_beside(look, folder, name, &checksum);
	if (!error && look->missing)
		error = look_in_folders(look, folder, name, &checksum);
	return error;
}

static struct error *look_at_packed(struct debug_look *look)
{
	struct elf_image *other;
	struct error *error;

	if (!(look->missing & DEBUG_SYMBOLS))
		return NULL;
	error = elf_debug_data_open(look->image, &other);
	if (!error && other)
		return debug_look_keep(look, other);
	if (error && error->kind != ERROR_NO_MEMORY) {
		debug_look_note(look, NULL, look->image->label, error->message);
		error_destroy(error);
		error = NULL;
	}
	return error;
}

static struct error *(*const places[])(struct debug_look *look) = {
	look_at_givens, look_at_itself, look_by_build_id, look_by_link, look_at_packed};

static struct error *look_everywhere(
	struct debug_look *look, struct debug_search *search, enum debug_reach reach)
{
	struct debug_found *found = look->found;
	struct error *error = NULL;

	if (found->reach < DEBUG_LOCAL || look->missing & ~found->needs)
		for (size_t i = 0; !error && look->missing && i < ARRAY_SIZE(places); i++)
			error = places[i](look);
	if (!error && look->missing && reach == DEBUG_REMOTE)
		error = debug_fetch(look, search);
	return error;
}

static unsigned missing(const struct debug_found *found, unsigned needs)
{
	return needs & ~(unsigned)((found->files.symbols ? DEBUG_SYMBOLS : 0) |
				   (found->files.dwarf ? DEBUG_DWARF : 0) |
				   (found->files.frames ? DEBUG_FRAMES : 0));
}

/* What an earlier set-up has found is of no use any more. */
static struct error *found_of(
	struct debug_search *search, struct elf_image *image, struct debug_found **ret)
{
	if (image->debug && image->debug->generation != search->generation) {
		elf_image_forget_kept(image);
		debug_found_destroy(image->debug);
		image->debug = NULL;
		image->symbols_of = NULL;
	}
	if (!image->debug)
		image->debug = calloc(1, sizeof(*image->debug));
	if (!image->debug)
		return &error_no_memory;
	image->debug->generation = search->generation;
	*ret = image->debug;
	return NULL;
}

struct error *debug_search_find(struct debug_search *search, struct elf_image *image,
	unsigned needs, enum debug_reach reach, struct debug_files *ret)
{
	struct debug_found *found;
	struct error *error;

	search = debug_search_or_usual(search);
	error = found_of(search, image, &found);
	if (error)
		return error;
	struct debug_look look = {
		.search = search, .image = image, .found = found, .missing = missing(found, needs)};
	if (look.missing && (found->reach < reach || (needs & ~found->needs)))
		error = look_everywhere(&look, search, reach);
	if (!error && (found->trail.failed || found->refusals.failed))
		error = &error_no_memory;
	if (error)
		return error;
	found->needs |= needs;
	/* What was given up is tried again another time. */
	if (found->reach < reach)
		found->reach = look.given_up ? DEBUG_LOCAL : reach;
	*ret = found->files;
	return NULL;
}

bool debug_search_has_symbols(const struct elf_image *image)
{
	return image->symbols_of != NULL;
}

const char *debug_search_trail(const struct elf_image *image)
{
	return image->debug && image->debug->trail.text ? image->debug->trail.text : "";
}

const char *debug_search_refusals(const struct elf_image *image)
{
	return image->debug && image->debug->refusals.text ? image->debug->refusals.text : "";
}
