#include <stdlib.h>
#include <string.h>

#include "push/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be(bool good)
{
	if (!good)
		abort();
}

static size_t read_all(const struct push_order *order)
{
	size_t length = strlen(order->profile.kind) + strlen(order->profile.service);

	for (size_t i = 0; i < order->profile.label_count; i++)
		length += strlen(order->profile.labels[i].key) +
			  strlen(order->profile.labels[i].value);
	return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char bytes[PUSH_NOTE_MAX];
	struct push_order order;
	struct push_note note;
	STRING_BUILDER(text);

	if (push_order_read(data, size, &order)) {
		if (order.kind == PUSH_ORDER_PROFILE)
			must_be(read_all(&order) < size);
		push_order_write(&order, &text);
		must_be(text.length == size && memcmp(text.text, data, size) == 0);
	}
	if (push_note_read(data, size, &note)) {
		must_be(strnlen(note.problem, sizeof(note.problem)) < sizeof(note.problem));
		must_be(push_note_write(&note, bytes) <= sizeof(bytes));
	}
	return 0;
}
