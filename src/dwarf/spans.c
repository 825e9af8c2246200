#include "dwarf/spans.h"

size_t dwarf_wanted_below(const struct dwarf_wanted *wanted, uint64_t address)
{
	size_t low = 0, high = wanted->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (wanted->addresses[middle] < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool dwarf_wanted_within(const struct dwarf_wanted *wanted, uint64_t start, uint64_t end)
{
	size_t first = dwarf_wanted_below(wanted, start);

	return first < wanted->count && wanted->addresses[first] < end;
}

struct error *dwarf_spans_add(
	struct dwarf_spans *spans, uint64_t start, uint64_t end, uint32_t value)
{
	if (!start || start >= end)
		return NULL;
	return dwarf_spans_append(spans, (struct dwarf_span){start, end, value});
}

static int compare_spans(const void *a, const void *b)
{
	const struct dwarf_span *first = a, *second = b;

	if (first->start != second->start)
		return first->start < second->start ? -1 : 1;
	return (first->value > second->value) - (first->value < second->value);
}

static bool is_sealed(const struct dwarf_spans *spans)
{
	for (size_t i = 1; i < spans->count; i++)
		if (spans->items[i].start < spans->items[i - 1].end)
			return false;
	return true;
}

static bool is_sorted(const struct dwarf_spans *spans)
{
	for (size_t i = 1; i < spans->count; i++)
		if (compare_spans(&spans->items[i - 1], &spans->items[i]) > 0)
			return false;
	return true;
}

/* A heap of those that have begun, the highest value at its top. */
static struct error *heap_push(struct dwarf_spans *heap, struct dwarf_span span)
{
	struct error *error = dwarf_spans_append(heap, span);
	size_t at = heap->count - 1;

	if (error)
		return error;
	for (; at && heap->items[(at - 1) / 2].value < span.value; at = (at - 1) / 2)
		heap->items[at] = heap->items[(at - 1) / 2];
	heap->items[at] = span;
	return NULL;
}

static void heap_pop(struct dwarf_spans *heap)
{
	struct dwarf_span span = heap->items[--heap->count];
	size_t at = 0, child = 1;

	for (; child < heap->count; at = child, child = 2 * at + 1) {
		if (child + 1 < heap->count &&
			heap->items[child].value < heap->items[child + 1].value)
			child++;
		if (heap->items[child].value <= span.value)
			break;
		heap->items[at] = heap->items[child];
	}
	heap->items[at] = span;
}

static struct error *add_piece(
	struct dwarf_spans *spans, uint64_t start, uint64_t end, uint32_t value)
{
	struct dwarf_span *last = spans->count ? &spans->items[spans->count - 1] : NULL;

	if (!last || last->end != start || last->value != value)
		return dwarf_spans_append(spans, (struct dwarf_span){start, end, value});
	last->end = end;
	return NULL;
}

/* What has ended is taken from the heap only when it comes to the top. */
static struct error *divide(
	const struct dwarf_spans *spans, struct dwarf_spans *heap, struct dwarf_spans *pieces)
{
	struct error *error = NULL;
	uint64_t at = 0;

	for (size_t next = 0; !error && (next < spans->count || heap->count);) {
		if (!heap->count)
			at = spans->items[next].start;
		while (!error && next < spans->count && spans->items[next].start <= at)
			error = heap_push(heap, spans->items[next++]);
		while (!error && heap->count && heap->items[0].end <= at)
			heap_pop(heap);
		if (error || !heap->count)
			continue;
		uint64_t end = heap->items[0].end;
		if (next < spans->count && spans->items[next].start < end)
			end = spans->items[next].start;
		error = add_piece(pieces, at, end, heap->items[0].value);
		at = end;
	}
	return error;
}

struct error *dwarf_spans_seal(struct dwarf_spans *spans)
{
	struct dwarf_spans heap = {0}, pieces = {0};
	struct error *error;

	if (!is_sorted(spans))
		qsort(spans->items, spans->count, sizeof(spans->items[0]), compare_spans);
	if (is_sealed(spans))
		return NULL;
	error = divide(spans, &heap, &pieces);
	dwarf_spans_deinit(&heap);
	if (error) {
		dwarf_spans_deinit(&pieces);
		return error;
	}
	dwarf_spans_deinit(spans);
	*spans = pieces;
	return NULL;
}

const struct dwarf_span *dwarf_spans_find(const struct dwarf_spans *spans, uint64_t address)
{
	size_t at = SORTED_COUNT(spans->items, spans->count, end, <=, address);

	return at < spans->count && spans->items[at].start <= address ? &spans->items[at] : NULL;
}
