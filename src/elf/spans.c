#include "elf/image_internal.h"

/*
 * The spans are made in one sweep over the addresses. Those symbols that have begun and may not
 * have ended are a stack: the last begun is the one that holds an address, until it ends.
 */
struct open_symbol {
	uint64_t end;
	uint32_t symbol;
};
ARRAY_DEFINE(open_symbols, struct open_symbol)

struct sweep {
	struct elf_image *image;
	struct open_symbols open;
	uint64_t at;
};

static void sweep_deinit(struct sweep *sweep)
{
	open_symbols_deinit(&sweep->open);
}

static struct error *add_span(struct elf_spans *spans, uint64_t start, uint32_t symbol)
{
	struct elf_span *last = spans->count ? &spans->items[spans->count - 1] : NULL;

	if (last && last->symbol == symbol)
		return NULL;
	return elf_spans_append(spans, (struct elf_span){start, symbol});
}

static const struct open_symbol *innermost(struct sweep *sweep)
{
	struct open_symbols *open = &sweep->open;

	while (open->count && open->items[open->count - 1].end <= sweep->at)
		open->count--;
	return open->count ? &open->items[open->count - 1] : NULL;
}

static struct error *sweep_to(struct sweep *sweep, uint64_t address)
{
	struct error *error = NULL;

	while (!error && sweep->at < address) {
		const struct open_symbol *open = innermost(sweep);

		error = add_span(
			&sweep->image->spans, sweep->at, open ? open->symbol : ELF_NO_SYMBOL);
		sweep->at = open && open->end < address ? open->end : address;
	}
	return error;
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* How far a symbol without a size may reach. */
static uint64_t segment_end(const struct elf_image *image, uint64_t address)
{
	ARRAY_FOR_EACH (segment, &image->segments) {
		if (address >= segment->address &&
			address - segment->address < segment->memory_size)
			return add_saturated(segment->address, segment->memory_size);
	}
	return address;
}

static struct error *open_symbol(struct sweep *sweep, size_t symbol, uint64_t end)
{
	return open_symbols_append(&sweep->open, (struct open_symbol){end, (uint32_t)symbol});
}

/* Opens the symbols of one address, the one to be shown last, and gives the next address' first. */
static struct error *open_address(struct sweep *sweep, size_t first, size_t *next)
{
	const struct elf_symbols *symbols = &sweep->image->symbols;
	uint64_t address = symbols->items[first].address;
	size_t past = first, unsized = symbols->count;
	struct error *error = NULL;

	while (past < symbols->count && symbols->items[past].address == address)
		past++;
	for (size_t i = past; !error && i-- > first;) {
		if (symbols->items[i].size)
			error = open_symbol(
				sweep, i, add_saturated(address, symbols->items[i].size));
		else
			unsized = i;
	}
	if (!error && unsized < symbols->count && !innermost(sweep)) {
		uint64_t end = segment_end(sweep->image, address);

		if (past < symbols->count && symbols->items[past].address < end)
			end = symbols->items[past].address;
		error = open_symbol(sweep, unsized, end);
	}
	*next = past;
	return error;
}

struct error *elf_image_make_spans(struct elf_image *image)
{
	CLEANUP(sweep_deinit) struct sweep sweep = {.image = image};
	struct error *error = NULL;

	for (size_t i = 0; !error && i < image->symbols.count;) {
		error = sweep_to(&sweep, image->symbols.items[i].address);
		if (!error)
			error = open_address(&sweep, i, &i);
	}
	if (!error)
		error = sweep_to(&sweep, UINT64_MAX);
	/* The last address of all is nobody's, so that every symbol has an end. */
	return error ? error : add_span(&image->spans, UINT64_MAX, ELF_NO_SYMBOL);
}
