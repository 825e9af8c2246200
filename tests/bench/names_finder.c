/*
 * names_finder --random COUNT SEED FILE: prints so many addresses of the file's code, the same each
 * time.
 *
 * names_finder FILE [FOLDER]: reads addresses of the file, one a line, in hexadecimal, and prints
 * for each its function and line, and those that it is inlined into, as addr2line -a -f -i does,
 * each two lines. What is found is kept in a cache in the folder, and taken from it.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/file.h"
#include "base/random.h"
#include "base/string_builder.h"
#include "elf/image.h"
#include "symbolize/cached_names.h"

#define CACHE_SIZE ((uint64_t)256 << 20)
#define INPUT_MAX  ((size_t)64 << 20)

/* In the order in which it was asked for, and what is to be printed for it. */
struct asked {
	uint64_t address;
	uint32_t place;
	uint32_t length;
	size_t text;
};
ARRAY_DEFINE(asked_array, struct asked)

struct finding {
	const char *path;
	struct elf_image *image;
	struct asked_array asked; /* sorted by address */
	struct string_builder text;
};

static struct error *read_addresses(struct asked_array *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct error *error = file_read_fd(STDIN_FILENO, INPUT_MAX, &bytes);
	struct cursor rest = cursor_over(bytes.items, bytes.count), line;

	while (!error && cursor_take_line(&rest, &line)) {
		struct asked asked = {.place = (uint32_t)ret->count};

		if (cursor_take_hexadecimal(&line, &asked.address))
			error = asked_array_append(ret, asked);
	}
	return error;
}

static int compare_addresses(const void *a, const void *b)
{
	const struct asked *first = a, *second = b;

	return (first->address > second->address) - (first->address < second->address);
}

static int compare_places(const void *a, const void *b)
{
	const struct asked *first = a, *second = b;

	return (first->place > second->place) - (first->place < second->place);
}

static void append_frame(struct string_builder *text, const struct dwarf_frame *frame)
{
	const char *name = frame->linkage_name ? frame->linkage_name : frame->name;

	string_append(text, name ? name : "??");
	string_append_char(text, '\n');
	string_append(text, frame->file ? frame->file : "??");
	string_append_format(text, ":%" PRIu32 "\n", frame->line);
}

static struct error *visit(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	struct finding *finding = context;
	struct asked *asked = &finding->asked.items[index];

	asked->text = finding->text.length;
	for (size_t i = 0; i < count; i++)
		append_frame(&finding->text, &frames[i]);
	asked->length = (uint32_t)(finding->text.length - asked->text);
	return NULL;
}

/* What the reader finds, on its way into the cache. */
struct reading {
	struct elf_image *image;
	const uint64_t *addresses;
	struct dwarf_visitor visitor;
	struct name_frames frames;
};

/* A function that is seen in its own unit only has its whole name in the symbol table. */
static struct error *complete(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	struct reading *reading = context;
	struct name_frames *completed = &reading->frames;
	struct error *error = name_frames_reserve(completed, count);

	if (error)
		return error;
	for (completed->count = 0; completed->count < count; completed->count++)
		completed->items[completed->count] = frames[completed->count];
	if (!frames[count - 1].linkage_name) {
		const struct elf_symbol *symbol =
			elf_image_symbol_at(reading->image, reading->addresses[index]);

		completed->items[count - 1].linkage_name = symbol ? symbol->name : NULL;
	}
	return reading->visitor.visit(reading->visitor.context, index, completed->items, count);
}

static struct error *find_in_file(void *context, const uint64_t *addresses, size_t count,
	struct dwarf_visitor visitor, bool *ret_complete)
{
	struct finding *finding = context;
	CLEANUP(cleanup_dwarf) struct dwarf *dwarf = NULL;
	CLEANUP(cleanup_free) char *path = strdup(finding->path);
	struct reading reading = {finding->image, addresses, visitor, {0}};
	struct error *error = path ? NULL : &error_no_memory;

	if (!error)
		error = dwarf_open(
			finding->image, (struct dwarf_opener){dwarf_open_as_named, path}, &dwarf);
	*ret_complete = true;
	if (!error && dwarf)
		error = dwarf_find(
			dwarf, addresses, count, (struct dwarf_visitor){complete, &reading});
	name_frames_deinit(&reading.frames);
	return error;
}

static struct error *find(struct finding *finding, struct name_cache *cache)
{
	CLEANUP(u64_array_deinit) struct u64_array addresses = {0};
	struct error *error = NULL;
	const uint8_t *build_id;
	size_t length;

	ARRAY_FOR_EACH (asked, &finding->asked)
		if (!error)
			error = u64_array_append(&addresses, asked->address);
	if (error)
		return error;
	build_id = elf_image_build_id(finding->image, &length);
	return cached_names_find(cache, build_id, length, addresses.items, addresses.count,
		(struct name_finder){find_in_file, finding},
		(struct dwarf_visitor){visit, finding});
}

static void print(const struct finding *finding)
{
	ARRAY_FOR_EACH (asked, &finding->asked) {
		printf("0x%" PRIx64 "\n", asked->address);
		if (asked->length)
			fwrite(finding->text.text + asked->text, 1, asked->length, stdout);
		else
			fputs("\?\?\n\?\?:0\n", stdout);
	}
}

static struct error *print_random(const char *path, unsigned long count, uint64_t seed)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	struct elf_section text;
	uint64_t state = 0x9e3779b97f4a7c15 ^ seed;
	struct error *error = elf_image_open(open(path, O_RDONLY | O_CLOEXEC), path, &image);

	if (error)
		return error;
	if (!elf_image_find_section(image, ".text", &text) || !text.size)
		return error_create(ERROR_NOT_FOUND, "'%s' has no code", path);
	for (; count > 0; count--)
		printf("0x%" PRIx64 "\n", text.address + random_next(&state) % text.size);
	return NULL;
}

static struct error *run(struct finding *finding, const char *folder)
{
	CLEANUP(cleanup_name_cache) struct name_cache *cache = NULL;
	struct error *error = elf_image_open(
		open(finding->path, O_RDONLY | O_CLOEXEC), finding->path, &finding->image);

	if (!error && folder)
		error = name_cache_open(folder, CACHE_SIZE, &cache);
	if (!error)
		error = read_addresses(&finding->asked);
	if (error || !finding->asked.count)
		return error;
	qsort(finding->asked.items, finding->asked.count, sizeof(struct asked), compare_addresses);
	error = find(finding, cache);
	if (error)
		return error;
	qsort(finding->asked.items, finding->asked.count, sizeof(struct asked), compare_places);
	print(finding);
	return NULL;
}

int main(int count, char **words)
{
	struct finding finding = {.path = words[1]};
	struct error *error;

	if (count == 5 && strcmp(words[1], "--random") == 0)
		error = print_random(
			words[4], strtoul(words[2], NULL, 10), strtoull(words[3], NULL, 10));
	else if (count == 2 || count == 3)
		error = run(&finding, words[2]);
	else
		error = error_create(ERROR_USAGE, "usage: names_finder FILE [FOLDER]");
	if (error)
		fprintf(stderr, "names_finder: %s\n", error->message);
	elf_image_close(finding.image);
	asked_array_deinit(&finding.asked);
	string_builder_deinit(&finding.text);
	if (!error)
		return 0;
	error_destroy(error);
	return 1;
}
