#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "dwarf/dwarf.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define ADDRESSES_MAX 1024
#define STEP          3

struct input {
	const uint8_t *bytes;
	size_t length;
	size_t opened;
	bool *visited;
	size_t count;
};

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* The file is its own .dwo, .dwp and supplement. */
static struct error *open_again(
	void *context, const struct dwarf_file_wish *wish, struct elf_image **ret)
{
	struct input *input = context;

	require(wish->name && wish->folder);
	(void)!strlen(wish->name);
	(void)!strlen(wish->folder);
	*ret = NULL;
	if (++input->opened > 64)
		return error_create(ERROR_NOT_FOUND, "enough");
	return elf_image_from_memory(input->bytes, input->length, "input", ret);
}

static size_t text_length(const char *text)
{
	return text ? strlen(text) : 0;
}

static struct error *visit(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	struct input *input = context;

	require(index < input->count && count > 0 && !input->visited[index]);
	input->visited[index] = true;
	for (size_t i = 0; i < count; i++)
		(void)!(text_length(frames[i].linkage_name) + text_length(frames[i].name) +
			text_length(frames[i].file));
	return NULL;
}

static struct error *choose_addresses(const struct elf_image *image, struct u64_array *ret)
{
	size_t count;
	const struct elf_segment *segments = elf_image_segments(image, &count);
	struct error *error = NULL;
	uint64_t last = 0;

	for (size_t i = 0; !error && i < count && ret->count < ADDRESSES_MAX; i++)
		for (uint64_t at = 0; !error && segments[i].executable && at < 0x800 &&
				      ret->count < ADDRESSES_MAX;
			at += STEP) {
			if (segments[i].address + at < last)
				break;
			last = segments[i].address + at;
			error = u64_array_append(ret, last);
		}
	if (!error)
		error = u64_array_append(ret, UINT64_MAX);
	return error;
}

static void find_all(struct dwarf *dwarf, const struct elf_image *image, struct input *input)
{
	CLEANUP(u64_array_deinit) struct u64_array addresses = {0};
	CLEANUP(cleanup_free) bool *visited = calloc(ADDRESSES_MAX + 2, sizeof(*visited));
	struct error *error = choose_addresses(image, &addresses);

	require(visited && !error);
	input->visited = visited;
	input->count = addresses.count;
	error = dwarf_find(
		dwarf, addresses.items, addresses.count, (struct dwarf_visitor){visit, input});
	require(!error || error->kind == ERROR_NO_MEMORY);
	error_destroy(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	struct input input = {.bytes = bytes, .length = length};
	struct dwarf *dwarf = NULL;
	struct error *error = elf_image_from_memory(bytes, length, "input", &image);

	if (!error)
		error = dwarf_open(image, (struct dwarf_opener){open_again, &input}, &dwarf);
	require(!error || !dwarf);
	if (dwarf)
		find_all(dwarf, image, &input);
	error_destroy(error);
	dwarf_close(dwarf);
	return 0;
}
