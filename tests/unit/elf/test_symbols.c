#include "../base/test_support.h"

#include "base/cleanup.h"
#include "elf/image.h"
#include "elf_builder.h"

#define AT(offset) (BUILT_TEXT_ADDRESS + (offset))
#define FUNCTION(name, start, size)                                                                \
	{                                                                                          \
		name, AT(start), size, STT_FUNC, STB_GLOBAL, BUILT_TEXT, false                     \
	}
#define LOCAL(name, start, size)                                                                   \
	{                                                                                          \
		name, AT(start), size, STT_FUNC, STB_LOCAL, BUILT_TEXT, false                      \
	}
#define LABEL(name, start)                                                                         \
	{                                                                                          \
		name, AT(start), 0, STT_NOTYPE, STB_LOCAL, BUILT_TEXT, false                       \
	}

static struct elf_image *open_with(const struct built_symbol *symbols, size_t count)
{
	CLEANUP(u8_array_deinit)
	struct u8_array file =
		build_elf(&(struct elf_plan){.symbols = symbols, .symbol_count = count});
	struct elf_image *image = NULL;

	assert_success(elf_image_from_memory(file.items, file.count, "file", &image));
	return image;
}

static void assert_name_at(struct elf_image *image, uint64_t offset, const char *name)
{
	const struct elf_symbol *symbol = elf_image_symbol_at(image, AT(offset));

	if (!name) {
		if (symbol)
			fail_msg("%#lx: %s", (unsigned long)offset, symbol->name);
		return;
	}
	if (!symbol)
		fail_msg("%#lx: nothing, not %s", (unsigned long)offset, name);
	assert_string_equal(symbol->name, name);
}

static void functions_end_where_their_size_says(void **state)
{
	static const struct built_symbol symbols[] = {
		FUNCTION("second", 0x40, 0x10),
		FUNCTION("first", 0x10, 0x10),
	};
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_with(symbols, 2);

	(void)state;
	assert_name_at(image, 0x0f, NULL);
	assert_name_at(image, 0x10, "first");
	assert_name_at(image, 0x1f, "first");
	assert_name_at(image, 0x20, NULL);
	assert_name_at(image, 0x4f, "second");
	assert_name_at(image, 0x50, NULL);
	assert_null(elf_image_symbol_at(image, 0));
	assert_null(elf_image_symbol_at(image, UINT64_MAX));
}

static void the_innermost_of_nested_ones_is_taken(void **state)
{
	static const struct built_symbol symbols[] = {
		FUNCTION("outer", 0x00, 0x100),
		FUNCTION("inner", 0x20, 0x40),
		FUNCTION("inmost", 0x30, 0x08),
		FUNCTION("overlapping", 0x50, 0x30),
	};
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_with(symbols, 4);

	(void)state;
	assert_name_at(image, 0x00, "outer");
	assert_name_at(image, 0x20, "inner");
	assert_name_at(image, 0x37, "inmost");
	assert_name_at(image, 0x38, "inner");
	assert_name_at(image, 0x5f, "overlapping");
	assert_name_at(image, 0x7f, "overlapping");
	assert_name_at(image, 0x80, "outer");
	assert_name_at(image, 0xff, "outer");
	assert_name_at(image, 0x100, NULL);
}

static void symbols_without_a_size_fill_gaps_only(void **state)
{
	static const struct built_symbol symbols[] = {
		FUNCTION("sized", 0x20, 0x20),
		LABEL("label_inside", 0x30),
		LABEL("label_after", 0x48),
		FUNCTION("next", 0x60, 0x10),
		LABEL("last", 0x700),
	};
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_with(symbols, 5);

	(void)state;
	assert_name_at(image, 0x38, "sized");
	assert_name_at(image, 0x40, NULL);
	assert_name_at(image, 0x48, "label_after");
	assert_name_at(image, 0x5f, "label_after");
	assert_name_at(image, 0x60, "next");
	assert_name_at(image, 0x7ff, "last");
	assert_name_at(image, 0x800, NULL); /* beyond the segment */
}

static void of_one_address_the_global_and_short_name_is_shown(void **state)
{
	static const struct built_symbol symbols[] = {
		LOCAL("a", 0x10, 0x20),
		FUNCTION("__libc_write", 0x10, 0x20),
		{"write", AT(0x10), 0x20, STT_FUNC, STB_WEAK, BUILT_TEXT, false},
		FUNCTION("__write", 0x10, 0x20),
		FUNCTION("tail", 0x40, 0x40),
		FUNCTION("head", 0x40, 0x08),
		LABEL("z", 0x40),
	};
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_with(symbols, 7);

	(void)state;
	assert_name_at(image, 0x10, "write");
	assert_name_at(image, 0x2f, "write");
	assert_name_at(image, 0x47, "head");
	assert_name_at(image, 0x48, "tail");
}

static void only_functions_count(void **state)
{
	static const struct built_symbol symbols[] = {
		{"variable", AT(0), 8, STT_OBJECT, STB_GLOBAL, BUILT_TEXT, false},
		{"import", AT(0), 8, STT_FUNC, STB_GLOBAL, BUILT_NO_SECTION, false},
		{"data_label", AT(0), 8, STT_NOTYPE, STB_GLOBAL, BUILT_DATA, false},
		{"", AT(0), 8, STT_FUNC, STB_GLOBAL, BUILT_TEXT, false},
		LABEL("$x", 0),
		LABEL(".L5", 0),
		{"chosen_at_start", AT(0x10), 8, STT_GNU_IFUNC, STB_GLOBAL, BUILT_TEXT, false},
		LABEL("assembly", 0x20),
	};
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_with(symbols, 8);
	const struct elf_symbols *found;

	(void)state;
	assert_success(elf_image_symbols(image, &found));
	assert_int_equal(found->count, 2);
	assert_string_equal(found->items[0].name, "chosen_at_start");
	assert_string_equal(found->items[1].name, "assembly");
	assert_name_at(image, 0, NULL);
}

static void both_tables_are_merged_without_versions(void **state)
{
	static const struct built_symbol symbols[] = {
		FUNCTION("both@@LIMPET_1.0", 0x10, 0x10),
		LOCAL("symtab_only", 0x20, 0x10),
		{"both", AT(0x10), 0x10, STT_FUNC, STB_GLOBAL, BUILT_TEXT, true},
		{"dynsym_only", AT(0x30), 0x10, STT_FUNC, STB_GLOBAL, BUILT_TEXT, true},
	};
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_with(symbols, 4);
	const struct elf_symbols *found, *again;

	(void)state;
	assert_success(elf_image_symbols(image, &found));
	assert_int_equal(found->count, 3);
	assert_string_equal(found->items[0].name, "both");
	assert_int_equal(found->items[0].address, AT(0x10));
	assert_int_equal(found->items[0].size, 0x10);
	assert_true(found->items[0].global);
	assert_string_equal(found->items[1].name, "symtab_only");
	assert_false(found->items[1].global);
	assert_string_equal(found->items[2].name, "dynsym_only");
	assert_success(elf_image_symbols(image, &again));
	assert_ptr_equal(found, again);
}

static void names_are_looked_up(void **state)
{
	static const struct built_symbol symbols[] = {
		LOCAL("twice", 0x10, 0x10),
		FUNCTION("twice", 0x40, 0x10),
		LOCAL("hidden", 0x60, 0x10),
	};
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_with(symbols, 3);

	(void)state;
	assert_int_equal(elf_image_symbol_named(image, "twice")->address, AT(0x40));
	assert_int_equal(elf_image_symbol_named(image, "hidden")->address, AT(0x60));
	assert_null(elf_image_symbol_named(image, "hidde"));
}

static void a_file_without_symbols_has_none(void **state)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_with(NULL, 0);
	const struct elf_symbols *found;

	(void)state;
	assert_success(elf_image_symbols(image, &found));
	assert_int_equal(found->count, 0);
	assert_name_at(image, 0, NULL);
}

/* A linker shares strings among symbols, but not one long string among all. */
static void names_without_end_are_refused(void **state)
{
	enum { COUNT = 512, LENGTH = 4096 };
	struct built_symbol symbols[COUNT];
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	char long_name[LENGTH + 1];
	const struct elf_symbols *found;

	(void)state;
	memset(long_name, 'x', LENGTH);
	long_name[LENGTH] = '\0';
	for (size_t i = 0; i < COUNT; i++)
		symbols[i] = (struct built_symbol)FUNCTION("f", i, 1);
	symbols[0].name = long_name;
	struct u8_array file =
		build_elf(&(struct elf_plan){.symbols = symbols, .symbol_count = COUNT});
	Elf64_Sym *made =
		(Elf64_Sym *)(void *)(file.items + built_section(&file, BUILT_SYMTAB)->sh_offset);
	for (size_t i = 0; i <= COUNT; i++)
		made[i].st_name = 1;
	assert_success(elf_image_from_memory(file.items, file.count, "file", &image));
	u8_array_deinit(&file);
	assert_error(elf_image_symbols(image, &found), ERROR_MALFORMED,
		"'file': its symbols' names add up to more than 64 times their table", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_end_where_their_size_says),
		cmocka_unit_test(the_innermost_of_nested_ones_is_taken),
		cmocka_unit_test(symbols_without_a_size_fill_gaps_only),
		cmocka_unit_test(of_one_address_the_global_and_short_name_is_shown),
		cmocka_unit_test(only_functions_count),
		cmocka_unit_test(both_tables_are_merged_without_versions),
		cmocka_unit_test(names_are_looked_up),
		cmocka_unit_test(a_file_without_symbols_has_none),
		cmocka_unit_test(names_without_end_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
