#include "../base/test_support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "symbolize/symbolize.h"

/* Profiles of a library that has debug information: FIXTURE is tests/unit/dwarf/fixture.c. */

#define BASE 0x7f0000000000ULL

struct mapped {
	struct elf_image *image;
	struct profile *profile;
};

static void map_fixture(struct mapped *mapped)
{
	size_t count;
	const struct elf_segment *segments;
	uint32_t mapping;

	assert_success(profile_create(&mapped->profile));
	assert_success(
		elf_image_open(open(FIXTURE, O_RDONLY | O_CLOEXEC), FIXTURE, &mapped->image));
	segments = elf_image_segments(mapped->image, &count);
	for (size_t i = 0; i < count; i++)
		if (segments[i].executable)
			assert_success(profile_add_mapping(mapped->profile,
				BASE + segments[i].address, BASE + segments[i].address + 0x1000,
				segments[i].offset, FIXTURE, &mapping));
}

static void unmap_fixture(struct mapped *mapped)
{
	profile_destroy(mapped->profile);
	elf_image_close(mapped->image);
}

static void symbolize(struct mapped *mapped)
{
	struct profile_files files = {mapped->profile, NULL};
	struct module_table *modules;

	assert_success(modules_of_profile(&files, &modules));
	assert_success(symbolize_profile(mapped->profile, modules));
	module_table_destroy(modules);
}

static const struct profile_line *line_of(
	const struct profile *profile, const struct profile_location *location, uint32_t index)
{
	return &profile->lines.items[location->first_line + index];
}

static void assert_line(const struct profile *profile, const struct profile_location *location,
	uint32_t index, const char *name, const char *file_end, uint32_t start_line)
{
	const struct profile_function *function =
		profile_function(profile, line_of(profile, location, index)->function);
	const char *file = profile_text(profile, function->file);

	assert_string_equal(profile_text(profile, function->name), name);
	assert_string_equal(profile_text(profile, function->system_name), name);
	assert_true(strlen(file) > strlen(file_end));
	assert_string_equal(file + strlen(file) - strlen(file_end), file_end);
	assert_in_range(function->start_line, start_line, start_line + 1);
}

/* Every byte of the function: somewhere there is what was inlined twice. */
static void inlined_functions_are_lines_of_their_own(void **state)
{
	struct mapped mapped;
	size_t inlined = 0;

	(void)state;
	map_fixture(&mapped);
	const struct elf_symbol *symbol = elf_image_symbol_named(mapped.image, "fixture_outer");
	for (uint64_t i = 0; i < symbol->size; i++) {
		uint32_t location;

		assert_success(profile_add_location(
			mapped.profile, 0, BASE + symbol->address + i, &location));
	}
	symbolize(&mapped);
	ARRAY_FOR_EACH (location, &mapped.profile->locations) {
		assert_in_range(location->line_count, 1, 3);
		assert_line(mapped.profile, location, location->line_count - 1, "fixture_outer",
			"folder/fixture.c", 300);
		if (location->line_count < 3)
			continue;
		inlined++;
		assert_line(mapped.profile, location, 0, "inner", "folder/fixture.c", 100);
		assert_in_range(line_of(mapped.profile, location, 0)->line, 102, 104);
		assert_line(mapped.profile, location, 1, "middle", "elsewhere/fixture.h", 200);
		assert_int_equal(line_of(mapped.profile, location, 1)->line, 203);
		assert_int_equal(line_of(mapped.profile, location, 2)->line, 303);
	}
	assert_true(inlined > 0);
	const struct profile_mapping *mapping = mapped.profile->mappings.items;
	assert_true(mapping->has_functions && mapping->has_filenames);
	assert_true(mapping->has_line_numbers && mapping->has_inline_frames);
	assert_success(profile_check(mapped.profile));
	unmap_fixture(&mapped);
}

/* _init() comes from the C runtime, without debug information. */
static void symbols_name_what_is_not_covered(void **state)
{
	const struct profile_location *item;
	struct mapped mapped;
	uint32_t location;

	(void)state;
	map_fixture(&mapped);
	const struct elf_symbol *symbol = elf_image_symbol_named(mapped.image, "_init");
	if (!symbol) {
		unmap_fixture(&mapped);
		skip();
	}
	assert_success(profile_add_location(mapped.profile, 0, BASE + symbol->address, &location));
	symbolize(&mapped);
	item = &mapped.profile->locations.items[location];
	assert_int_equal(item->line_count, 1);
	assert_int_equal(line_of(mapped.profile, item, 0)->line, 0);
	assert_string_equal(
		profile_text(mapped.profile,
			profile_function(mapped.profile, line_of(mapped.profile, item, 0)->function)
				->name),
		"_init");
	assert_false(mapped.profile->mappings.items[0].has_line_numbers);
	unmap_fixture(&mapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined_functions_are_lines_of_their_own),
		cmocka_unit_test(symbols_name_what_is_not_covered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
