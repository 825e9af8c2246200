#include "symbolize/debug_information.h"

#include <stdlib.h>

/* Kept by the image that has it: that, and the one that it is about, outlive it. */
struct debug_information {
	struct debug_search *search;
	struct elf_image *image;
	const struct elf_image *dwarf_image;
	struct dwarf *dwarf;
};

static void destroy(void *kept)
{
	struct debug_information *information = kept;

	dwarf_close(information->dwarf);
	free(information);
}

/* Also by the path that the file gives, which the search takes for one of the process's. */
static struct error *open_other(
	void *context, const struct dwarf_file_wish *wish, struct elf_image **ret)
{
	struct debug_information *information = context;

	switch (wish->kind) {
	case DWARF_FILE_OBJECT:
		return debug_search_split_unit(
			information->search, information->image, wish->name, wish->folder, ret);
	case DWARF_FILE_PACKAGE:
		return debug_search_package(
			information->search, information->image, information->dwarf_image, ret);
	case DWARF_FILE_SUPPLEMENT:
		return debug_search_supplement(
			information->search, information->image, information->dwarf_image, ret);
	}
	*ret = NULL;
	return NULL;
}

static struct error *open_information(struct debug_search *search, struct elf_image *image,
	struct elf_image *dwarf_image, struct debug_information **ret)
{
	struct debug_information *information = calloc(1, sizeof(*information));
	struct error *error;

	if (!information)
		return &error_no_memory;
	*information = (struct debug_information){
		.search = search, .image = image, .dwarf_image = dwarf_image};
	error = dwarf_open(
		dwarf_image, (struct dwarf_opener){open_other, information}, &information->dwarf);
	if (error) {
		destroy(information);
		return error;
	}
	elf_image_keep(dwarf_image, information, destroy);
	*ret = information;
	return NULL;
}

struct error *debug_information_of(
	struct debug_search *search, struct elf_image *image, struct dwarf **ret)
{
	struct debug_information *information;
	struct debug_files files;
	struct error *error =
		debug_search_find(search, image, DEBUG_SYMBOLS | DEBUG_DWARF, DEBUG_REMOTE, &files);

	*ret = NULL;
	if (error || !files.dwarf)
		return error;
	information = elf_image_kept(files.dwarf);
	if (!information)
		error = open_information(search, image, files.dwarf, &information);
	if (!error)
		*ret = information->dwarf;
	return error;
}
