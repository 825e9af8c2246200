#include "export/stack_list.h"

#include <stdlib.h>
#include <string.h>

#include "profile/saturating.h"

void stack_list_deinit(struct stack_list *list)
{
	u32_array_deinit(&list->names);
	stack_places_deinit(&list->places);
	stack_entries_deinit(&list->entries);
}

static struct error *add_sample(struct stack_list *list, const struct frames *frames,
	uint32_t stack, int64_t value, struct frame_slots *slots)
{
	struct stack_entry entry = {.first = list->names.count, .value = value};
	struct error *error = frames_of_stack(frames, stack, slots);

	if (!error)
		error = u32_array_reserve(&list->names, list->names.count + slots->count);
	if (!error)
		error = stack_places_reserve(&list->places, list->names.count + slots->count);
	if (error)
		return error;
	entry.depth = slots->count;
	ARRAY_FOR_EACH (slot, slots) {
		list->names.items[list->names.count++] = slot->name;
		list->places.items[list->places.count++] =
			(struct stack_place){slot->function, slot->line, slot->inlined, true};
	}
	return stack_entries_append(&list->entries, entry);
}

static int compare_entries(const void *left, const void *right, void *context)
{
	const struct stack_list *list = context;
	const struct stack_entry *a = left, *b = right;
	const uint32_t *a_names = stack_entry_names(list, a), *b_names = stack_entry_names(list, b);
	size_t common = a->depth < b->depth ? a->depth : b->depth;

	for (size_t i = 0; i < common; i++)
		if (a_names[i] != b_names[i])
			return a_names[i] < b_names[i] ? -1 : 1;
	return (a->depth > b->depth) - (a->depth < b->depth);
}

void stack_place_join(struct stack_place *place, const struct stack_place *other)
{
	if (place->function != other->function || !other->one_function)
		place->one_function = false;
	if (place->line != other->line)
		place->line = 0;
	place->inlined &= other->inlined;
}

static void join_places(
	struct stack_list *list, const struct stack_entry *to, const struct stack_entry *from)
{
	for (size_t i = 0; i < to->depth; i++)
		stack_place_join(
			&list->places.items[to->first + i], &list->places.items[from->first + i]);
}

static void merge_equal(struct stack_list *list)
{
	size_t kept = 0;

	for (size_t i = 1; i < list->entries.count; i++) {
		struct stack_entry *last = &list->entries.items[kept];
		const struct stack_entry *next = &list->entries.items[i];

		if (compare_entries(last, next, list) == 0) {
			last->value = add_saturating(last->value, next->value);
			join_places(list, last, next);
		} else {
			list->entries.items[++kept] = *next;
		}
	}
	if (list->entries.count)
		list->entries.count = kept + 1;
}

static void drop_zeros(struct stack_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->entries.count; i++)
		if (list->entries.items[i].value)
			list->entries.items[kept++] = list->entries.items[i];
	list->entries.count = kept;
}

struct error *stack_list_init(
	const struct frames *frames, size_t value_type, struct stack_list *ret)
{
	const struct profile *profile = frames->profile;
	size_t width = profile->value_types.count;
	CLEANUP(stack_list_deinit) struct stack_list list = {0};
	CLEANUP(frame_slots_deinit) struct frame_slots slots = {0};
	struct error *error = NULL;

	for (size_t i = 0; !error && i < profile->samples.count; i++) {
		int64_t value = profile->values.items[i * width + value_type];

		if (value)
			error = add_sample(
				&list, frames, profile->samples.items[i].stack, value, &slots);
	}
	if (error)
		return error;
	if (list.entries.count)
		qsort_r(list.entries.items, list.entries.count, sizeof(*list.entries.items),
			compare_entries, &list);
	merge_equal(&list);
	drop_zeros(&list);
	*ret = list;
	list = (struct stack_list){0};
	return NULL;
}
