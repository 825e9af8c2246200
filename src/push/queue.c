#include "push/queue.h"

#include <string.h>

void push_item_deinit(struct push_item *item)
{
	u8_array_deinit(&item->about);
	u8_array_deinit(&item->bytes);
	*item = (struct push_item){0};
}

struct push_item push_queue_take(struct push_queue *queue, size_t index)
{
	struct push_items *items = &queue->items;
	struct push_item item = items->items[index];

	memmove(items->items + index, items->items + index + 1,
		(items->count - index - 1) * sizeof(*items->items));
	items->count--;
	queue->bytes -= item.bytes.count;
	return item;
}

static void drop_oldest(struct push_queue *queue)
{
	struct push_item item = push_queue_take(queue, 0);

	push_item_deinit(&item);
}

struct error *push_queue_add(
	struct push_queue *queue, struct push_item *item, uint64_t outside, uint64_t *ret_dropped)
{
	uint64_t size = item->bytes.count;
	struct error *error;

	*ret_dropped = 0;
	if (size > queue->max) {
		*ret_dropped = 1;
		push_item_deinit(item);
		return NULL;
	}
	while (queue->items.count && queue->bytes + outside + size > queue->max) {
		drop_oldest(queue);
		++*ret_dropped;
	}
	error = push_items_append(&queue->items, *item);
	if (error) {
		push_item_deinit(item);
		return error;
	}
	queue->bytes += size;
	*item = (struct push_item){0};
	return NULL;
}

struct error *push_queue_put_back(struct push_queue *queue, struct push_item *item, size_t index)
{
	struct push_items *items = &queue->items;
	struct error *error = push_items_reserve(items, items->count + 1);

	if (error) {
		push_item_deinit(item);
		return error;
	}
	if (index > items->count)
		index = items->count;
	memmove(items->items + index + 1, items->items + index,
		(items->count - index) * sizeof(*items->items));
	items->items[index] = *item;
	items->count++;
	queue->bytes += item->bytes.count;
	*item = (struct push_item){0};
	return NULL;
}

void push_queue_deinit(struct push_queue *queue)
{
	while (queue->items.count)
		drop_oldest(queue);
	push_items_deinit(&queue->items);
}
