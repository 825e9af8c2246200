#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "elf/debug_image.h"
#include "elf/debug_internal.h"

struct error *debug_search_create(struct debug_search **ret)
{
	struct debug_search *search = calloc(1, sizeof(*search));
	struct error *error = search ? NULL : &error_no_memory;

	if (!error)
		error = debug_search_set_up(search, &(struct debug_search_options){0});
	if (error)
		debug_search_destroy(search);
	else
		*ret = search;
	return error;
}

static void free_givens(struct debug_givens *givens)
{
	ARRAY_FOR_EACH (given, givens) {
		free(given->path);
		free(given->module);
	}
	debug_givens_deinit(givens);
}

static void free_options(struct debug_search *search)
{
	free(search->folder_texts);
	free(search->sysroot);
	free(search->root);
	free(search->program);
	free(search->alias);
	debug_folders_deinit(&search->folders);
	free_givens(&search->givens);
}

void debug_search_destroy(struct debug_search *search)
{
	if (!search)
		return;
	free_options(search);
	debug_fetcher_destroy(search->fetcher);
	free(search);
}

static struct error *copy_text(const char *text, char **ret)
{
	if (!text || !*text)
		return NULL;
	*ret = strdup(text);
	return *ret ? NULL : &error_no_memory;
}

static struct error *add_folder(struct debug_search *search, const char *root, const char *path)
{
	return debug_folders_append(&search->folders, (struct debug_folder){root, path});
}

static struct error *set_folders(struct debug_search *search)
{
	struct error *error = NULL;
	char *rest = search->folder_texts, *one;

	while (!error && rest && (one = strsep(&rest, ":")))
		if (*one)
			error = add_folder(search, NULL, one);
	if (!error && search->sysroot)
		error = add_folder(search, search->sysroot, ELF_DEBUG_FOLDER);
	/* DIR/.build-id. */
	if (!error && search->sysroot)
		error = add_folder(search, NULL, search->sysroot);
	if (!error && search->root)
		error = add_folder(search, search->root, ELF_DEBUG_FOLDER);
	return error ? error : add_folder(search, NULL, ELF_DEBUG_FOLDER);
}

/* The name of a file may have '=' in it. */
static struct error *split_given(const char *text, struct debug_given *given)
{
	const char *equals = strrchr(text, '=');
	int fd;

	if (equals) {
		CLEANUP(cleanup_error)
		struct error *error = file_open_regular(NULL, text, &fd);

		if (error)
			given->module = strdup(equals + 1);
		else
			cleanup_close(&fd);
		if (error && !given->module)
			return &error_no_memory;
	}
	given->path = given->module ? strndup(text, (size_t)(equals - text)) : strdup(text);
	return given->path ? NULL : &error_no_memory;
}

static struct error *read_given(struct debug_given *given)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	int fd;
	struct error *error = file_open_regular(NULL, given->path, &fd);

	if (!error)
		error = elf_image_open(fd, given->path, &image);
	if (error) {
		if (error->kind != ERROR_NO_MEMORY)
			error->kind = ERROR_USAGE;
		return error;
	}
	if (!debug_look_has_any(image))
		return error_create(ERROR_USAGE,
			"'%s' has neither a symbol table nor debug information", given->path);
	elf_image_build_id_text(image, given->build_id);
	if (given->module || given->build_id[0])
		return NULL;
	return error_set_hint(
		error_create(ERROR_USAGE, "'%s' has no build id that would tell what it is for",
			given->path),
		"say of which program or library it has the symbols: %s=NAME", given->path);
}

static struct error *add_given(struct debug_search *search, const char *text)
{
	struct debug_given given = {0};
	struct error *error = split_given(text, &given);

	if (!error)
		error = read_given(&given);
	if (!error)
		error = debug_givens_append(&search->givens, given);
	if (error) {
		free(given.path);
		free(given.module);
	}
	return error;
}

static struct error *set_givens(struct debug_search *search, const char *symbols)
{
	CLEANUP(cleanup_free) char *copy = NULL;
	struct error *error = copy_text(symbols, &copy);
	char *rest = copy, *one;

	while (!error && rest && (one = strsep(&rest, ":")))
		if (*one)
			error = add_given(search, one);
	return error;
}

struct error *debug_search_set_up(
	struct debug_search *search, const struct debug_search_options *options)
{
	struct debug_search made = *search;
	struct error *error;

	made.folder_texts = made.sysroot = made.root = made.program = made.alias = NULL;
	made.folders = (struct debug_folders){0};
	made.givens = (struct debug_givens){0};
	made.generation++;
	error = copy_text(options->folders, &made.folder_texts);
	if (!error)
		error = copy_text(options->sysroot, &made.sysroot);
	if (!error)
		error = copy_text(options->root, &made.root);
	if (!error)
		error = copy_text(options->program, &made.program);
	if (!error)
		error = copy_text(options->alias, &made.alias);
	if (!error)
		error = set_folders(&made);
	if (!error)
		error = set_givens(&made, options->symbols);
	if (error) {
		free_options(&made);
		return error;
	}
	free_options(search);
	*search = made;
	debug_fetcher_resume(search->fetcher);
	return NULL;
}

void debug_search_set_progress(struct debug_search *search, struct debug_progress progress)
{
	search->progress = progress;
}

void debug_search_resume(struct debug_search *search)
{
	debug_fetcher_resume(search->fetcher);
}

struct error *debug_search_unused(const struct debug_search *search, char **ret)
{
	STRING_BUILDER(text);

	*ret = NULL;
	if (!search)
		return NULL;
	ARRAY_FOR_EACH (given, &search->givens) {
		if (given->used)
			continue;
		string_append_format(&text,
			"%s'%s' is for no module that needed names: ", text.length ? "\n" : "",
			given->path);
		if (given->module)
			string_append_format(&text, "none is called %s", given->module);
		else
			string_append_format(&text, "none has its build id, %s", given->build_id);
	}
	return text.length || text.failed ? string_builder_finish(&text, ret) : NULL;
}

const char *debug_search_sysroot(const struct debug_search *search)
{
	return search ? search->sysroot : NULL;
}
