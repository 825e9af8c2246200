#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "dwarf/dwarf.h"

/*
 * dwarf_names addresses FILE COUNT SEED: so many addresses of the code of a file, sorted.
 * dwarf_names names FILE: reads such addresses, and prints for each a line for each frame,
 * innermost first: address, name, name of the symbol, file, line, line of the declaration, with
 * tabs between.
 */

struct naming {
	struct elf_image *image;
	const uint64_t *addresses;
	bool *visited;
};

static int fail(struct error *error)
{
	fprintf(stderr, "%s\n", error->message);
	error_destroy(error);
	return EXIT_FAILURE;
}

static struct error *open_file(const char *path, struct elf_image **ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_from_errno(errno, "cannot open '%s'", path);
	return elf_image_open(fd, path, ret);
}

/* All that begin where the one does that holds the address, with blanks between. */
static void print_symbols(struct elf_image *image, uint64_t address)
{
	const struct elf_symbol *found = elf_image_symbol_at(image, address);
	const struct elf_symbols *symbols;
	struct error *error = found ? elf_image_symbols(image, &symbols) : NULL;

	if (!found || error) {
		error_destroy(error);
		return;
	}
	for (const struct elf_symbol *symbol = found;
		symbol < symbols->items + symbols->count && symbol->address == found->address;
		symbol++)
		printf("%s ", symbol->name);
	for (const struct elf_symbol *symbol = found;
		symbol-- > symbols->items && symbol->address == found->address;)
		printf("%s ", symbol->name);
}

static void print_frame(
	const struct naming *naming, size_t index, const struct dwarf_frame *frame, bool outermost)
{
	const char *name = frame->linkage_name ? frame->linkage_name : frame->name;
	uint64_t address = naming->addresses[index];

	printf("0x%" PRIx64 "\t%s\t", address, name ? name : "");
	if (outermost)
		print_symbols(naming->image, address);
	printf("\t%s\t%u\t%u\n", frame->file ? frame->file : "", frame->line, frame->start_line);
}

static struct error *visit(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	const struct naming *naming = context;

	naming->visited[index] = true;
	for (size_t i = 0; i < count; i++)
		print_frame(naming, index, &frames[i], i == count - 1);
	return NULL;
}

static struct error *read_addresses(struct u64_array *ret)
{
	struct error *error = NULL;
	uint64_t address;

	while (!error && scanf("%" SCNx64, &address) == 1)
		error = u64_array_append(ret, address);
	return error;
}

static struct error *print_names(const char *path)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	CLEANUP(cleanup_dwarf) struct dwarf *dwarf = NULL;
	CLEANUP(u64_array_deinit) struct u64_array addresses = {0};
	CLEANUP(cleanup_free) bool *visited = NULL;
	CLEANUP(cleanup_free) char *context = strdup(path);
	struct dwarf_opener opener = {dwarf_open_as_named, context};
	struct error *error = open_file(path, &image);

	if (!error)
		error = read_addresses(&addresses);
	if (!error)
		error = dwarf_open(image, opener, &dwarf);
	visited = calloc(addresses.count + 1, sizeof(*visited));
	if (error || !visited)
		return error ? error : &error_no_memory;
	struct naming naming = {image, addresses.items, visited};
	if (dwarf)
		error = dwarf_find(dwarf, addresses.items, addresses.count,
			(struct dwarf_visitor){visit, &naming});
	for (size_t i = 0; !error && i < addresses.count; i++)
		if (!visited[i])
			print_frame(&naming, i, &(struct dwarf_frame){0}, true);
	return error;
}

static int compare_addresses(const void *a, const void *b)
{
	const uint64_t *first = a, *second = b;

	return (*first > *second) - (*first < *second);
}

/* Numbers that are the same everywhere: Knuth's MMIX generator. */
static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 16;
}

static struct error *print_addresses(const char *path, size_t count, uint64_t seed)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	CLEANUP(cleanup_free) uint64_t *addresses = calloc(count + 1, sizeof(*addresses));
	struct elf_section text;
	struct error *error = open_file(path, &image);

	if (error)
		return error;
	if (!addresses || !elf_image_find_section(image, ".text", &text) || !text.size)
		return error_create(ERROR_NOT_FOUND, "'%s' has no code", path);
	for (size_t i = 0; i < count; i++)
		addresses[i] = text.address + next_random(&seed) % text.size;
	qsort(addresses, count, sizeof(*addresses), compare_addresses);
	for (size_t i = 0; i < count; i++)
		printf("0x%" PRIx64 "\n", addresses[i]);
	return NULL;
}

int main(int argc, char **argv)
{
	struct error *error;

	if (argc == 5 && strcmp(argv[1], "addresses") == 0)
		error = print_addresses(
			argv[2], strtoul(argv[3], NULL, 10), strtoull(argv[4], NULL, 10));
	else if (argc == 3 && strcmp(argv[1], "names") == 0)
		error = print_names(argv[2]);
	else
		error = error_create(ERROR_USAGE, "usage: dwarf_names addresses FILE COUNT SEED, "
						  "or: dwarf_names names FILE");
	return error ? fail(error) : EXIT_SUCCESS;
}
