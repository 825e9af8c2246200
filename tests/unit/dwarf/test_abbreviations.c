#include "../base/test_support.h"

#include "../elf/elf_builder.h"
#include "base/cleanup.h"
#include "dwarf/abbreviations.h"

/* Two tables, each of one entry without attributes: codes 1 and 2. */
#define TABLE_SIZE 6
static const char tables[] = "\x01\x24\0\0\0\0"
			     "\x02\x24\0\0\0\0";

static void a_table_is_loaded_as_long_as_there_is_a_budget(void **state)
{
	CLEANUP(u8_array_deinit)
	struct u8_array file = build_elf(&(struct elf_plan){
		.extra = {".debug_abbrev", 0, 0, tables, sizeof(tables)},
	});
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	CLEANUP(dwarf_section_close) struct dwarf_section section = {0};
	CLEANUP(dwarf_abbreviations_deinit) struct dwarf_abbreviations table = {0};
	struct dwarf_unit_header header = {.version = 5, .offset_size = 4, .address_size = 8};
	uint64_t budget = TABLE_SIZE + 1;

	(void)state;
	assert_success(elf_image_from_memory(file.items, file.count, "built", &image));
	assert_success(dwarf_section_open(&section, image, ".debug_abbrev"));
	assert_success(dwarf_abbreviations_load(&table, &section, &header, &budget));
	assert_non_null(dwarf_abbreviations_find(&table, 1));
	assert_null(dwarf_abbreviations_find(&table, 2));
	assert_int_equal(budget, 1);
	/* It is there. */
	assert_success(dwarf_abbreviations_load(&table, &section, &header, &budget));
	assert_int_equal(budget, 1);
	header.abbreviations = TABLE_SIZE;
	assert_success(dwarf_abbreviations_load(&table, &section, &header, &budget));
	assert_non_null(dwarf_abbreviations_find(&table, 2));
	assert_int_equal(budget, 0);
	header.abbreviations = 0;
	assert_success(dwarf_abbreviations_load(&table, &section, &header, &budget));
	assert_null(dwarf_abbreviations_find(&table, 1));
	/* And not only then. */
	budget = TABLE_SIZE;
	assert_success(dwarf_abbreviations_load(&table, &section, &header, &budget));
	assert_non_null(dwarf_abbreviations_find(&table, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_is_loaded_as_long_as_there_is_a_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
