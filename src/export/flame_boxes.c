#include "export/flame_boxes.h"

#include <stdlib.h>

#include "profile/saturating.h"

/* The stacks are sorted: those with a common beginning are neighbours. */
struct layout {
	const struct stack_list *list;
	struct flame_boxes boxes;
	struct flame_box open[FLAME_MAX_DEPTH]; /* the boxes that the last stack is in */
	uint32_t open_count;
	uint64_t at, grown;
	double narrowest;
};

void flame_boxes_deinit(struct flame_boxes *boxes)
{
	flame_box_items_deinit(&boxes->items);
}

static uint64_t add_unsigned(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static struct error *close_boxes(struct layout *layout, uint32_t depth)
{
	struct error *error = NULL;

	while (!error && layout->open_count > depth) {
		struct flame_box *box = &layout->open[--layout->open_count];

		box->value = layout->at - box->start;
		box->grown = layout->grown - box->grown;
		if (!box->value || (double)box->value < layout->narrowest)
			continue;
		if (layout->boxes.depth < box->depth + 1)
			layout->boxes.depth = box->depth + 1;
		error = flame_box_items_append(&layout->boxes.items, *box);
	}
	return error;
}

/* Those that are open already hold this stack's frames, too. */
static void open_boxes(struct layout *layout, const uint32_t *names,
	const struct stack_place *places, uint32_t depth)
{
	for (uint32_t i = 0; i < layout->open_count; i++)
		stack_place_join(&layout->open[i].place, &places[i]);
	for (uint32_t i = layout->open_count; i < depth; i++)
		layout->open[i] = (struct flame_box){
			.name = names[i],
			.place = places[i],
			.depth = i,
			.start = layout->at,
			.grown = layout->grown, /* until it is closed */
		};
	layout->open_count = depth;
}

static uint32_t common_depth(const struct layout *layout, const uint32_t *names, uint32_t depth)
{
	uint32_t common = 0;

	while (common < depth && common < layout->open_count &&
		layout->open[common].name == names[common])
		common++;
	return common;
}

static struct error *add_stack(struct layout *layout, const struct stack_entry *entry)
{
	const uint32_t *names = stack_entry_names(layout->list, entry);
	uint32_t depth = entry->depth < FLAME_MAX_DEPTH ? (uint32_t)entry->depth : FLAME_MAX_DEPTH;
	uint64_t value = (uint64_t)magnitude_saturating(entry->value);
	struct error *error;

	if (entry->depth > FLAME_MAX_DEPTH)
		layout->boxes.deep++;
	error = close_boxes(layout, common_depth(layout, names, depth));
	if (error)
		return error;
	open_boxes(layout, names, stack_entry_places(layout->list, entry), depth);
	if (depth)
		layout->open[depth - 1].self = add_unsigned(layout->open[depth - 1].self, value);
	layout->at = add_unsigned(layout->at, value);
	if (entry->value > 0)
		layout->grown = add_unsigned(layout->grown, value);
	return NULL;
}

static int compare_boxes(const void *left, const void *right)
{
	const struct flame_box *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return (a->depth > b->depth) - (a->depth < b->depth);
}

static uint64_t total_of(const struct stack_list *list)
{
	uint64_t total = 0;

	ARRAY_FOR_EACH (entry, &list->entries)
		total = add_unsigned(total, (uint64_t)magnitude_saturating(entry->value));
	return total;
}

static struct error *lay_out(struct layout *layout)
{
	struct flame_box_items *items = &layout->boxes.items;
	struct error *error = NULL;

	for (size_t i = 0; !error && i < layout->list->entries.count; i++)
		error = add_stack(layout, &layout->list->entries.items[i]);
	if (!error)
		error = close_boxes(layout, 0);
	if (!error && items->count)
		qsort(items->items, items->count, sizeof(*items->items), compare_boxes);
	return error;
}

struct error *flame_boxes_init(
	const struct stack_list *list, double narrowest, struct flame_boxes *ret)
{
	struct layout *layout = calloc(1, sizeof(*layout));
	struct error *error;

	if (!layout)
		return &error_no_memory;
	layout->list = list;
	layout->boxes.total = total_of(list);
	layout->narrowest = (double)layout->boxes.total * narrowest;
	error = lay_out(layout);
	layout->boxes.grown = layout->grown;
	if (error)
		flame_boxes_deinit(&layout->boxes);
	else
		*ret = layout->boxes;
	free(layout);
	return error;
}
