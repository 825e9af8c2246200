#include "symbolize/debug_information.h"

#include <stdlib.h>

/* Kept by the image that has it: that, and the one that it is about, outlive it. */
struct debug_information {
	struct debug_search *search;
	struct elf_image *image;
	const struct elf_image *dwarf_image;
	struct dwarf *dwarf; /* NULL: there is nothing in it */
	bool proven;
};

static void destroy(void *kept)
{
	struct debug_information *information = kept;

	dwarf_close(information->dwarf);
	free(information);
}

static struct error *open_other(
	void *context, const struct dwarf_file_wish *wish, struct elf_image **ret)
{
	struct debug_information *information = context;

	*ret = NULL;
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
	return NULL;
}

static struct error *open_information(struct debug_search *search, struct elf_image *image,
	const struct debug_files *files, struct debug_information **ret)
{
	struct debug_information *information = calloc(1, sizeof(*information));
	struct error *error;

	if (!information)
		return &error_no_memory;
	*information = (struct debug_information){.search = search,
		.image = image,
		.dwarf_image = files->dwarf,
		.proven = files->proven};
	error = dwarf_open(
		files->dwarf, (struct dwarf_opener){open_other, information}, &information->dwarf);
	if (error) {
		destroy(information);
		return error;
	}
	elf_image_keep(files->dwarf, information, destroy);
	*ret = information;
	return NULL;
}

struct error *debug_information_of(
	struct debug_search *search, struct elf_image *image, struct debug_information **ret)
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
		error = open_information(search, image, &files, &information);
	/* A section of that name may tell of no address at all. */
	if (!error && information->dwarf)
		*ret = information;
	return error;
}

struct dwarf *debug_information_dwarf(const struct debug_information *information)
{
	return information->dwarf;
}

bool debug_information_is_whole(const struct debug_information *information)
{
	return information->proven && !dwarf_lacks_files(information->dwarf);
}
