#include "jemalloc/heap_mappings.h"

#include <string.h>

void heap_mappings_deinit(struct heap_mappings *mappings)
{
	mappings_deinit(&mappings->of_dump);
	u32_array_deinit(&mappings->ids);
}

/*
 * The kernel maps the main binary below everything else, so the first file is it. Where that file
 * has no executable mapping, its first one stands for it. Returns an index; count for none.
 */
static size_t find_main_binary(const struct mappings *mappings)
{
	const struct mapping *items = mappings->list.items;
	size_t count = mappings->list.count, first = 0;

	while (first < count && items[first].path[0] != '/')
		first++;
	for (size_t i = first; i < count; i++)
		if (items[i].executable && strcmp(items[i].path, items[first].path) == 0)
			return i;
	return first;
}

static struct error *add_mapping(
	struct heap_mappings *mappings, size_t index, struct profile *profile)
{
	const struct mapping *mapping = &mappings->of_dump.list.items[index];

	if (mappings->ids.items[index] != PROFILE_NONE)
		return NULL;
	return profile_add_mapping(profile, mapping->start, mapping->end, mapping->offset,
		mapping->path, &mappings->ids.items[index]);
}

static struct error *add_mappings(struct heap_mappings *mappings, struct profile *profile)
{
	const struct mapping_items *list = &mappings->of_dump.list;
	size_t main_binary = find_main_binary(&mappings->of_dump);
	struct error *error = NULL;

	for (size_t i = 0; !error && i < list->count; i++)
		error = u32_array_append(&mappings->ids, PROFILE_NONE);
	if (!error && main_binary < list->count)
		error = add_mapping(mappings, main_binary, profile);
	for (size_t i = 0; !error && i < list->count; i++)
		if (list->items[i].executable)
			error = add_mapping(mappings, i, profile);
	return error;
}

/* Cuts off blank lines, and a last line that the file's end has cut. */
static struct cursor whole_lines(struct cursor text, bool *ret_cut)
{
	const char *end = text.end;

	while (end > text.at && end[-1] != '\n')
		end--;
	*ret_cut = end != text.end;
	while (end > text.at + 1 && end[-2] == '\n')
		end--;
	return (struct cursor){text.at, end};
}

struct error *heap_mappings_parse(struct cursor text, bool *ret_cut, struct mappings *ret)
{
	return mappings_parse(whole_lines(text, ret_cut), ret);
}

struct error *heap_mappings_init(
	struct heap_mappings *mappings, struct cursor text, struct profile *profile)
{
	bool cut;
	struct error *error = heap_mappings_parse(text, &cut, &mappings->of_dump);

	if (error && error->kind == ERROR_MALFORMED) {
		struct error *failed =
			profile_add_comment(profile, "mappings: unreadable, %s", error->message);

		error_destroy(error);
		return failed;
	}
	if (!error && cut)
		error = profile_add_comment(profile, "mappings: the list is cut short");
	if (!error && !cut && !mappings->of_dump.list.count)
		error = profile_add_comment(profile, "mappings: none in the dump");
	return error ? error : add_mappings(mappings, profile);
}

uint32_t heap_mappings_find(const struct heap_mappings *mappings, uint64_t address)
{
	const struct mapping *mapping = mappings_find(&mappings->of_dump, address);

	return mapping ? mappings->ids.items[mapping - mappings->of_dump.list.items] : PROFILE_NONE;
}
