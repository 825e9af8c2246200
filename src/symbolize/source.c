#include "symbolize/source.h"

#include <string.h>

#include "base/cleanup.h"
#include "elf/go_functions.h"
#include "symbolize/cached_names.h"
#include "symbolize/debug_information.h"

/* The request while it is answered. */
struct answer {
	struct source_request *request;
	struct profile_lines lines; /* of the location at hand */

	/* What the debug information finds, on its way into the cache and to the profile. */
	bool is_go;
	const uint64_t *addresses; /* of the file */
	struct dwarf_visitor visitor;
	struct name_frames frames; /* of the address at hand */
};

static const char *go_name(struct elf_image *image, uint64_t address)
{
	const struct go_functions *functions = elf_image_go_functions(image);
	struct go_function function;

	if (functions && go_functions_find(functions, address, &function) && *function.name)
		return function.name;
	return NULL;
}

const char *source_symbol_name(struct elf_image *image, uint64_t address)
{
	const char *name = go_name(image, address);
	const struct elf_symbol *symbol = name ? NULL : elf_image_symbol_at(image, address);

	return symbol ? symbol->name : name;
}

static bool is_mangled(const char *name)
{
	return strncmp(name, "_Z", 2) == 0 || strncmp(name, "_R", 2) == 0;
}

/*
 * Of the function that has code of its own: the name that others call it by, which for the C
 * library is "write" where the source has "__libc_write". A plain name of the source may lack
 * parameters and class, which a mangled symbol has. Other symbols only add how the compiler split
 * the function.
 */
static const char *outer_name(
	const struct answer *answer, const struct dwarf_frame *frame, uint64_t address)
{
	struct elf_image *image = answer->request->module->image;
	const char *name = frame->linkage_name ? frame->linkage_name : frame->name;
	const char *of_go = answer->is_go ? go_name(image, address) : NULL;
	const struct elf_symbol *symbol = of_go ? NULL : elf_image_symbol_at(image, address);

	if (!symbol)
		return of_go ? of_go : name;
	if (!name || symbol->global || (!frame->linkage_name && is_mangled(symbol->name)))
		return symbol->name;
	return name;
}

static struct error *add_line(struct answer *answer, const struct dwarf_frame *frame)
{
	const char *name = frame->linkage_name ? frame->linkage_name : frame->name;
	struct function_place place = {frame->file, frame->start_line};
	struct profile_line line = {.line = frame->line};
	struct error *error =
		function_namer_add(answer->request->namer, name, &place, &line.function);

	return error ? error : profile_lines_append(&answer->lines, line);
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/*
 * GCC splits a function and may inline the one part into the other, as if it called itself where it
 * is declared. The two frames are one.
 */
static bool is_own_part(const struct dwarf_frame *inlined, const struct dwarf_frame *outer)
{
	return outer->line && outer->line == outer->start_line &&
	       inlined->start_line == outer->start_line &&
	       is_same_text(inlined->linkage_name, outer->linkage_name) &&
	       is_same_text(inlined->name, outer->name);
}

static void note_what_is_known(struct answer *answer, uint32_t location)
{
	struct profile *profile = answer->request->namer->profile;
	struct profile_mapping *mapping =
		&profile->mappings.items[profile->locations.items[location].mapping];

	mapping->has_functions = mapping->has_inline_frames = true;
	ARRAY_FOR_EACH (line, &answer->lines) {
		mapping->has_line_numbers |= line->line != 0;
		mapping->has_filenames |= profile_function(profile, line->function)->file != 0;
	}
	answer->request->found = true;
}

/* What has no name is passed over: what it was inlined into stands for it. */
static struct error *take_frames(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	struct answer *answer = context;
	const struct source_request *request = answer->request;
	struct error *error = NULL;

	answer->lines.count = 0;
	for (size_t i = 0; !error && i < count; i++)
		if (frames[i].linkage_name || frames[i].name)
			error = add_line(answer, &frames[i]);
	if (!error)
		error = profile_set_lines(request->namer->profile, request->locations[index],
			answer->lines.items, (uint32_t)answer->lines.count);
	if (!error)
		note_what_is_known(answer, request->locations[index]);
	return error;
}

/* With the names that the functions are shown by, which need no other file from then on. */
static struct error *visit_completed(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	struct answer *answer = context;
	const char *name = outer_name(answer, &frames[count - 1], answer->addresses[index]);
	struct dwarf_frame outer = frames[count - 1];
	struct error *error = NULL;

	if (!name)
		return NULL;
	outer.linkage_name = name;
	if (count > 1 && is_own_part(&frames[count - 2], &frames[count - 1])) {
		count--;
		outer.file = frames[count - 1].file;
		outer.line = frames[count - 1].line;
	}
	answer->frames.count = 0;
	for (size_t i = 0; !error && i < count - 1; i++)
		error = name_frames_append(&answer->frames, frames[i]);
	if (!error)
		error = name_frames_append(&answer->frames, outer);
	return error ? error
		     : answer->visitor.visit(
			       answer->visitor.context, index, answer->frames.items, count);
}

static struct error *find_in_debug_information(void *context, const uint64_t *addresses,
	size_t count, struct dwarf_visitor visitor, bool *ret_complete)
{
	struct answer *answer = context;
	struct elf_image *image = answer->request->module->image;
	struct debug_information *information;
	struct error *error = debug_information_of(answer->request->search, image, &information);

	if (error || !information)
		return error;
	answer->is_go = elf_image_go_functions(image) != NULL;
	answer->addresses = addresses;
	answer->visitor = visitor;
	error = dwarf_find(debug_information_dwarf(information), addresses, count,
		(struct dwarf_visitor){visit_completed, answer});
	*ret_complete = debug_information_is_whole(information);
	return error;
}

struct error *source_name_locations(struct source_request *request)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = NULL;
	struct elf_image *image = request->module->image;
	struct answer answer = {.request = request};
	CLEANUP(u64_array_deinit) struct u64_array addresses = {0};
	size_t length;
	const uint8_t *build_id = elf_image_build_id(image, &length);
	struct error *error = NULL;

	/* What is known already may be worse, and what the user's file says is not for others. */
	if (elf_image_is_trusted(image) && !debug_search_has_given(request->search, image))
		error = name_cache_of_user(&cache);
	for (size_t i = 0; !error && i < request->count; i++)
		error = u64_array_append(&addresses, request->addresses[i] - request->module->bias);
	if (!error)
		error = cached_names_find(cache, build_id, length, addresses.items, addresses.count,
			(struct name_finder){find_in_debug_information, &answer},
			(struct dwarf_visitor){take_frames, &answer});
	profile_lines_deinit(&answer.lines);
	name_frames_deinit(&answer.frames);
	return error;
}
