#include "symbolize/source.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "elf/go_functions.h"
#include "symbolize/debug_information.h"
#include "symbolize/demangle.h"

/* The request while it is answered. */
struct answer {
	struct source_request *request;
	bool is_go;
	struct profile_lines lines; /* of the location at hand */
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

/* As Go's linker writes it to its table: "f[go.shape.int]" is "f[...]". Text to be freed. */
static char *shorten_go_name(const char *name)
{
	const char *open = strchr(name, '['), *close = strrchr(name, ']');
	char *text = NULL;

	if (!open || !close || close < open)
		return strdup(name);
	if (asprintf(&text, "%.*s[...]%s", (int)(open - name), name, close + 1) < 0)
		return NULL;
	return text;
}

static struct error *add_line(
	struct answer *answer, const struct dwarf_frame *frame, const char *name)
{
	struct function_place place = {frame->file, frame->start_line};
	struct profile_line line = {.line = frame->line};
	struct error *error =
		function_namer_add(answer->request->namer, name, &place, &line.function);

	return error ? error : profile_lines_append(&answer->lines, line);
}

/* What has no name is passed over: what it was inlined into stands for it. */
static struct error *add_inlined(struct answer *answer, const struct dwarf_frame *frame)
{
	CLEANUP(cleanup_free) char *shortened = NULL;
	const char *name = frame->linkage_name ? frame->linkage_name : frame->name;

	if (!name)
		return NULL;
	if (answer->is_go) {
		shortened = shorten_go_name(name);
		if (!shortened)
			return &error_no_memory;
		name = shortened;
	}
	return add_line(answer, frame, name);
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

static struct error *take_frames(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	struct answer *answer = context;
	const struct source_request *request = answer->request;
	uint64_t address = request->addresses[index] - request->module->bias;
	const char *name = outer_name(answer, &frames[count - 1], address);
	struct error *error = NULL;

	if (!name)
		return NULL;
	if (count > 1 && is_own_part(&frames[count - 2], &frames[count - 1]))
		count--;
	answer->lines.count = 0;
	for (size_t i = 0; !error && i < count - 1; i++)
		error = add_inlined(answer, &frames[i]);
	if (!error)
		error = add_line(answer, &frames[count - 1], name);
	if (!error)
		error = profile_set_lines(request->namer->profile, request->locations[index],
			answer->lines.items, (uint32_t)answer->lines.count);
	if (!error)
		note_what_is_known(answer, request->locations[index]);
	return error;
}

struct error *source_name_locations(struct source_request *request)
{
	struct elf_image *image = request->module->image;
	struct answer answer = {.request = request, .is_go = elf_image_go_functions(image) != NULL};
	CLEANUP(u64_array_deinit) struct u64_array addresses = {0};
	struct dwarf *dwarf;
	struct error *error = debug_information_of(request->search, image, &dwarf);

	if (error || !dwarf)
		return error;
	for (size_t i = 0; !error && i < request->count; i++)
		error = u64_array_append(&addresses, request->addresses[i] - request->module->bias);
	if (!error)
		error = dwarf_find(dwarf, addresses.items, addresses.count,
			(struct dwarf_visitor){take_frames, &answer});
	profile_lines_deinit(&answer.lines);
	return error;
}
