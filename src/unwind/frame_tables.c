#include "unwind/frame_tables.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "unwind/fde_table.h"

/* Of an entry that is read from a file: far more than the longest function's. */
#define ENTRY_SIZE_MAX ((uint64_t)1 << 20)

struct table_entry {
	uint64_t start, end; /* of the code */
	uint64_t place;      /* of the FDE */
};
ARRAY_DEFINE(table_entries, struct table_entry)

/* A whole section, and where its FDEs are; sorted by start. */
struct section_table {
	enum frame_section_kind kind;
	bool tried;
	struct u8_array bytes;
	uint64_t address; /* of bytes */
	struct table_entries entries;
};

struct image_tables {
	const struct elf_image *image;
	struct section_table sections[2]; /* by kind */
};
ARRAY_DEFINE(image_tables_array, struct image_tables)

struct frame_tables {
	struct file_pages *pages;
	struct debug_search *search;
	struct image_tables_array images;
	/* Entries that were read from a file. */
	struct u8_array common, function;
};

struct error *frame_tables_create(
	struct file_pages *pages, struct debug_search *search, struct frame_tables **ret)
{
	struct frame_tables *tables = calloc(1, sizeof(*tables));

	if (!tables)
		return &error_no_memory;
	tables->pages = pages;
	tables->search = search;
	*ret = tables;
	return NULL;
}

void frame_tables_forget(struct frame_tables *tables)
{
	ARRAY_FOR_EACH (image, &tables->images) {
		for (size_t i = 0; i < ARRAY_SIZE(image->sections); i++) {
			u8_array_deinit(&image->sections[i].bytes);
			table_entries_deinit(&image->sections[i].entries);
		}
	}
	tables->images.count = 0;
}

void frame_tables_destroy(struct frame_tables *tables)
{
	if (!tables)
		return;
	frame_tables_forget(tables);
	image_tables_array_deinit(&tables->images);
	u8_array_deinit(&tables->common);
	u8_array_deinit(&tables->function);
	free(tables);
}

/* The bytes of the section from a place on; none if it lies outside. */
static struct cursor bytes_at(const struct section_table *table, uint64_t place)
{
	uint64_t offset = place - table->address;

	if (offset >= table->bytes.count)
		return (struct cursor){0};
	return cursor_over(table->bytes.items + offset, table->bytes.count - offset);
}

static bool parse_at(const struct section_table *table, uint64_t place, struct entry_header *ret)
{
	struct cursor bytes = bytes_at(table, place);

	return cursor_left(&bytes) && entry_header_parse(table->kind, bytes, place, ret);
}

/* The CIE that was parsed last: mostly that of the next function, too. */
struct last_common {
	bool valid;
	uint64_t place;
	struct common_entry entry;
};

static bool parse_common_at(
	const struct section_table *table, uint64_t place, struct common_entry *ret)
{
	struct entry_header header;

	return parse_at(table, place, &header) && common_entry_parse(table->kind, &header, ret);
}

static struct error *add_entry(struct section_table *table, uint64_t place,
	const struct entry_header *header, struct last_common *common)
{
	struct function_entry function;

	if (header->is_common)
		return NULL;
	if (!common->valid || common->place != header->common) {
		common->place = header->common;
		common->valid = parse_common_at(table, header->common, &common->entry);
	}
	if (!common->valid || !function_entry_parse(&common->entry, header, &function))
		return NULL;
	return table_entries_append(
		&table->entries, (struct table_entry){function.start, function.end, place});
}

static int compare_entries(const void *a, const void *b)
{
	const struct table_entry *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

static struct error *list_entries(struct section_table *table)
{
	struct last_common common = {0};
	struct error *error = NULL;
	uint64_t place = table->address;

	for (;;) {
		struct cursor bytes = bytes_at(table, place);
		uint64_t length = entry_length(bytes.at, cursor_left(&bytes));
		struct entry_header header;

		if (error || cursor_left(&bytes) < sizeof(uint32_t) || length > cursor_left(&bytes))
			return error;
		/* A zero ends what one object file brought along; others may follow. */
		if (length && entry_header_parse(table->kind, bytes, place, &header))
			error = add_entry(table, place, &header, &common);
		place += length ? length : sizeof(uint32_t);
	}
}

static struct error *make_entries(struct section_table *table)
{
	struct error *error = list_entries(table);

	if (table->entries.count)
		qsort(table->entries.items, table->entries.count, sizeof(*table->entries.items),
			compare_entries);
	return error;
}

/* What cannot be read is as good as not there. */
static struct error *unless_no_memory(struct error *error)
{
	if (error && error->kind == ERROR_NO_MEMORY)
		return error;
	error_destroy(error);
	return NULL;
}

static struct error *read_section(
	const struct elf_image *image, const char *name, struct u8_array *ret)
{
	return unless_no_memory(elf_image_read_section(image, name, ret));
}

static struct error *load_eh_frame(struct section_table *table, const struct elf_image *image)
{
	struct elf_section section;

	if (elf_image_find_section(image, ".eh_frame", &section))
		table->address = section.address;
	return read_section(image, ".eh_frame", &table->bytes);
}

/* Places in it are offsets: it is not loaded. strip(1) leaves it to the debug file. */
static struct error *load_debug_frame(
	struct section_table *table, struct elf_image *image, struct debug_search *search)
{
	struct debug_files files;
	struct error *error = read_section(image, ".debug_frame", &table->bytes);

	if (error || table->bytes.count)
		return error;
	error = debug_search_find(search, image, DEBUG_FRAMES, DEBUG_LOCAL, &files);
	if (!error && files.frames && files.frames != image)
		error = read_section(files.frames, ".debug_frame", &table->bytes);
	return error;
}

static struct error *load_section(
	const struct frame_tables *tables, struct section_table *table, struct elf_image *image)
{
	struct error *error = table->kind == SECTION_EH_FRAME
				      ? load_eh_frame(table, image)
				      : load_debug_frame(table, image, tables->search);

	return error ? error : make_entries(table);
}

static struct error *find_tables(
	struct frame_tables *tables, const struct elf_image *image, struct image_tables **ret)
{
	struct image_tables made = {.image = image};

	ARRAY_FOR_EACH (known, &tables->images) {
		if (known->image == image) {
			*ret = known;
			return NULL;
		}
	}
	made.sections[SECTION_EH_FRAME].kind = SECTION_EH_FRAME;
	made.sections[SECTION_DEBUG_FRAME].kind = SECTION_DEBUG_FRAME;
	struct error *error = image_tables_array_append(&tables->images, made);
	if (!error)
		*ret = &tables->images.items[tables->images.count - 1];
	return error;
}

static const struct table_entry *search(const struct table_entries *entries, uint64_t address)
{
	size_t count = SORTED_COUNT(entries->items, entries->count, start, <=, address);

	return count && address < entries->items[count - 1].end ? &entries->items[count - 1] : NULL;
}

static bool find_in_section(
	const struct section_table *table, uint64_t address, struct frame_row *ret)
{
	const struct table_entry *entry = search(&table->entries, address);
	struct function_entry function;
	struct common_entry common;
	struct entry_header header;

	return entry && parse_at(table, entry->place, &header) &&
	       parse_common_at(table, header.common, &common) &&
	       function_entry_parse(&common, &header, &function) &&
	       frame_program_run(&common, &function, address, ret);
}

static struct error *find_in_made(struct frame_tables *tables, struct elf_image *image,
	enum frame_section_kind kind, uint64_t address, struct frame_row *ret, bool *ret_found)
{
	struct image_tables *made;
	struct error *error = find_tables(tables, image, &made);

	if (error)
		return error;
	struct section_table *table = &made->sections[kind];
	if (!table->tried)
		error = load_section(tables, table, image);
	table->tried = true;
	*ret_found = !error && find_in_section(table, address, ret);
	return error;
}

/* An entry of .eh_frame as the loader lays it out. *ret is empty if it cannot be read. */
static struct error *read_entry(const struct frame_tables *tables, const struct elf_image *image,
	uint64_t place, struct u8_array *ret)
{
	uint8_t start[ENTRY_LENGTH_SIZE] = {0};
	uint64_t length = 0;

	ret->count = 0;
	/* The last entry may be shorter than the longest length. */
	if (file_pages_read(tables->pages, image, place, start, sizeof(start)) ||
		file_pages_read(tables->pages, image, place, start, sizeof(uint32_t)))
		length = entry_length(start, sizeof(start));
	if (!length || length > ENTRY_SIZE_MAX)
		return NULL;
	struct error *error = u8_array_reserve(ret, length);
	if (!error && file_pages_read(tables->pages, image, place, ret->items, length))
		ret->count = length;
	return error;
}

static struct error *read_header(const struct frame_tables *tables, const struct elf_image *image,
	uint64_t place, struct u8_array *bytes, struct entry_header *ret, bool *ret_found)
{
	struct error *error = read_entry(tables, image, place, bytes);

	*ret_found = !error && bytes->count &&
		     entry_header_parse(
			     SECTION_EH_FRAME, cursor_over(bytes->items, bytes->count), place, ret);
	return error;
}

static struct error *find_by_header(struct frame_tables *tables, const struct elf_image *image,
	uint64_t address, struct frame_row *ret, bool *ret_found)
{
	struct entry_header header, common_header;
	struct function_entry function;
	struct common_entry common;
	uint64_t place;

	*ret_found = false;
	if (!find_fde(tables->pages, image, address, &place))
		return NULL;
	struct error *error =
		read_header(tables, image, place, &tables->function, &header, ret_found);
	if (!error && *ret_found && !header.is_common)
		error = read_header(
			tables, image, header.common, &tables->common, &common_header, ret_found);
	*ret_found = !error && *ret_found && !header.is_common &&
		     common_entry_parse(SECTION_EH_FRAME, &common_header, &common) &&
		     function_entry_parse(&common, &header, &function) &&
		     address >= function.start && address < function.end &&
		     frame_program_run(&common, &function, address, ret);
	return error;
}

struct error *frame_tables_find(struct frame_tables *tables, struct elf_image *image,
	uint64_t address, struct frame_row *ret, bool *ret_found)
{
	bool has_table = has_fde_table(tables->pages, image);
	struct error *error =
		has_table ? find_by_header(tables, image, address, ret, ret_found)
			  : find_in_made(tables, image, SECTION_EH_FRAME, address, ret, ret_found);

	if (error || *ret_found)
		return error;
	return find_in_made(tables, image, SECTION_DEBUG_FRAME, address, ret, ret_found);
}
