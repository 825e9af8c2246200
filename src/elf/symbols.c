#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "elf/image_internal.h"

/*
 * Strings of a table may overlap, so that a small file could hold names without end. What linkers
 * make stays far below this many times the table's size.
 */
#define NAME_REUSE_MAX 64

struct candidate {
	struct elf_symbol symbol;
	size_t name_length;
};
ARRAY_DEFINE(candidates, struct candidate)

struct name_budget {
	const struct u8_array *names;
	uint64_t left;
};

static bool is_in_code(const struct elf_image *image, uint16_t section)
{
	return section < image->headers.count &&
	       (image->headers.items[section].flags & SHF_EXECINSTR);
}

static bool is_function(const struct elf_image *image, const Elf64_Sym *symbol)
{
	if (symbol->st_shndx == SHN_UNDEF)
		return false;
	switch (ELF64_ST_TYPE(symbol->st_info)) {
	case STT_FUNC:
	case STT_GNU_IFUNC:
		return true;
	case STT_NOTYPE:
		return is_in_code(image, symbol->st_shndx);
	default:
		return false;
	}
}

/* Assemblers' marks: $x, $d (AAELF64 5.5.5), .L labels. */
static bool is_mark(const Elf64_Sym *symbol, const char *name)
{
	return ELF64_ST_TYPE(symbol->st_info) == STT_NOTYPE &&
	       (name[0] == '$' || strncmp(name, ".L", 2) == 0);
}

/* Cuts @VERSION off; the part is of no use to any other string that shares it. */
static size_t cut_version(char *name)
{
	size_t length = strcspn(name, "@");

	name[length] = '\0';
	return length;
}

static struct error *take_symbol(const struct elf_image *image, const Elf64_Sym *symbol,
	struct name_budget *budget, struct candidates *ret)
{
	if (symbol->st_name >= budget->names->count || !is_function(image, symbol))
		return NULL;
	char *name = (char *)budget->names->items + symbol->st_name;
	size_t length = cut_version(name);
	if (!length || is_mark(symbol, name))
		return NULL;
	if (length > budget->left)
		return error_create(ERROR_MALFORMED,
			"'%s': its symbols' names add up to more than %d times their table",
			image->label, NAME_REUSE_MAX);
	budget->left -= length;
	return candidates_append(
		ret, (struct candidate){
			     .symbol =
				     {
					     .address = symbol->st_value,
					     .size = symbol->st_size,
					     .name = name,
					     .global = ELF64_ST_BIND(symbol->st_info) != STB_LOCAL,
				     },
			     .name_length = length,
		     });
}

static struct error *take_table(const struct elf_image *image, const struct elf_header *table,
	const struct u8_array *names, struct candidates *ret)
{
	struct name_budget budget = {names, (uint64_t)names->count * NAME_REUSE_MAX};
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct error *error;

	error = elf_image_read_table(
		image, "symbol table", table->section.offset, table->section.size, &bytes);
	for (size_t at = 0; !error && at + sizeof(Elf64_Sym) <= bytes.count;
		at += sizeof(Elf64_Sym)) {
		Elf64_Sym symbol;

		memcpy(&symbol, bytes.items + at, sizeof(symbol));
		error = take_symbol(image, &symbol, &budget, ret);
	}
	return error;
}

static struct error *read_table_of_type(const struct elf_image *image, uint32_t type,
	struct u8_array *names, struct candidates *ret)
{
	ARRAY_FOR_EACH (table, &image->headers) {
		struct error *error;

		if (table->type != type || table->link >= image->headers.count ||
			(table->flags & SHF_COMPRESSED))
			continue;
		const struct elf_section *strings = &image->headers.items[table->link].section;
		error = elf_image_read_table(
			image, "table of symbol names", strings->offset, strings->size, names);
		return error ? error : take_table(image, table, names, ret);
	}
	return NULL;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* By address; of one address, the one to be shown comes first. */
static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *first = a, *second = b;
	int order = compare_numbers(first->symbol.address, second->symbol.address);

	if (!order)
		order = (int)second->symbol.global - (int)first->symbol.global;
	if (!order)
		order = compare_numbers(first->name_length, second->name_length);
	if (!order && first->symbol.name != second->symbol.name)
		order = memcmp(first->symbol.name, second->symbol.name, first->name_length);
	if (!order)
		order = compare_numbers(second->symbol.size, first->symbol.size);
	return order;
}

static bool is_same(const struct candidate *candidate, const struct elf_symbol *symbol)
{
	return candidate->symbol.address == symbol->address &&
	       candidate->symbol.global == symbol->global &&
	       strcmp(candidate->symbol.name, symbol->name) == 0;
}

static struct error *keep_symbols(const struct candidates *sorted, struct elf_symbols *ret)
{
	struct error *error = elf_symbols_reserve(ret, sorted->count);

	if (error)
		return error;
	ARRAY_FOR_EACH (candidate, sorted) {
		if (!ret->count || !is_same(candidate, &ret->items[ret->count - 1]))
			ret->items[ret->count++] = candidate->symbol;
	}
	return NULL;
}

static struct error *read_symbols(struct elf_image *image)
{
	CLEANUP(candidates_deinit) struct candidates found = {0};
	struct error *error;

	error = read_table_of_type(image, SHT_SYMTAB, &image->names.symtab, &found);
	if (!error)
		error = read_table_of_type(image, SHT_DYNSYM, &image->names.dynsym, &found);
	if (error)
		return error;
	if (found.count)
		qsort(found.items, found.count, sizeof(found.items[0]), compare_candidates);
	error = keep_symbols(&found, &image->symbols);
	return error ? error : elf_image_make_spans(image);
}

static void forget_symbols(struct elf_image *image)
{
	u8_array_deinit(&image->names.symtab);
	u8_array_deinit(&image->names.dynsym);
	elf_symbols_deinit(&image->symbols);
	elf_spans_deinit(&image->spans);
}

struct error *elf_image_symbols(struct elf_image *image, const struct elf_symbols **ret)
{
	if (!image->symbols_ready) {
		struct error *error = read_symbols(image);

		image->symbols_tried = true;
		if (error) {
			forget_symbols(image);
			return error;
		}
		image->symbols_ready = true;
	}
	*ret = &image->symbols;
	return NULL;
}

/* Whether the symbols can be looked at; reads them once. */
static bool has_symbols(struct elf_image *image)
{
	const struct elf_symbols *symbols;

	if (!image->symbols_tried)
		error_destroy(elf_image_symbols(image, &symbols));
	return image->symbols_ready;
}

/* What has no size ends with its section at the latest: _fini does not reach into .plt. */
static bool leaves_section(const struct elf_image *image, uint64_t from, uint64_t to)
{
	ARRAY_FOR_EACH (header, &image->headers) {
		const struct elf_section *section = &header->section;

		if ((header->flags & SHF_EXECINSTR) && from >= section->address &&
			from - section->address < section->size)
			return to - section->address >= section->size;
	}
	return false;
}

static const struct elf_symbol *own_symbol_at(struct elf_image *image, uint64_t address)
{
	if (!has_symbols(image))
		return NULL;
	const struct elf_spans *spans = &image->spans;
	size_t count = SORTED_COUNT(spans->items, spans->count, start, <=, address);

	if (!count || spans->items[count - 1].symbol == ELF_NO_SYMBOL)
		return NULL;
	const struct elf_symbol *symbol = &image->symbols.items[spans->items[count - 1].symbol];
	return symbol->size || !leaves_section(image, symbol->address, address) ? symbol : NULL;
}

/* A symbol that begins later is the more precise one: .gnu_debugdata has those that are not here.
 */
static const struct elf_symbol *better_symbol_at(
	struct elf_image *image, struct elf_image *symbols_of, uint64_t address)
{
	const struct elf_symbol *own = own_symbol_at(image, address), *other = NULL;

	if (symbols_of)
		other = own_symbol_at(symbols_of, address);
	if (!own || !other)
		return own ? own : other;
	if (!own->size != !other->size)
		return own->size ? own : other;
	return own->address > other->address ? own : other;
}

const struct elf_symbol *elf_image_symbol_at(struct elf_image *image, uint64_t address)
{
	return better_symbol_at(image, image->symbols_of, address);
}

const struct elf_symbol *elf_image_proven_symbol_at(struct elf_image *image, uint64_t address)
{
	return better_symbol_at(image, image->symbols_proven ? image->symbols_of : NULL, address);
}

static const struct elf_symbol *own_symbol_named(struct elf_image *image, const char *name)
{
	const struct elf_symbol *local = NULL;

	if (!has_symbols(image))
		return NULL;
	ARRAY_FOR_EACH (symbol, &image->symbols) {
		if (strcmp(symbol->name, name) != 0)
			continue;
		if (symbol->global)
			return symbol;
		if (!local)
			local = symbol;
	}
	return local;
}

const struct elf_symbol *elf_image_symbol_named(struct elf_image *image, const char *name)
{
	const struct elf_symbol *own = own_symbol_named(image, name), *other = NULL;

	if (image->symbols_of && image->symbols_proven && !(own && own->global))
		other = own_symbol_named(image->symbols_of, name);
	return own && !(other && other->global) ? own : other;
}
