#include "../base/test_directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "symbolize/name_cache.h"
#include "symbolize/symbolize.h"

/* Profiles of a library that has debug information: FIXTURE is tests/unit/dwarf/fixture.c, OWN_PART
 * own_part.s. */

#define BASE 0x7f0000000000ULL

struct mapped {
	struct elf_image *image;
	struct profile *profile;
};

static void map_file(struct mapped *mapped, const char *path)
{
	size_t count;
	const struct elf_segment *segments;
	uint32_t mapping;

	assert_success(profile_create(&mapped->profile));
	assert_success(elf_image_open(open(path, O_RDONLY | O_CLOEXEC), path, &mapped->image));
	segments = elf_image_segments(mapped->image, &count);
	for (size_t i = 0; i < count; i++)
		if (segments[i].executable)
			assert_success(profile_add_mapping(mapped->profile,
				BASE + segments[i].address, BASE + segments[i].address + 0x1000,
				segments[i].offset, path, &mapping));
}

static void map_fixture(struct mapped *mapped)
{
	map_file(mapped, FIXTURE);
}

static void unmap_fixture(struct mapped *mapped)
{
	profile_destroy(mapped->profile);
	elf_image_close(mapped->image);
}

static void symbolize_with(struct mapped *mapped, struct debug_search *search)
{
	struct profile_files files = {mapped->profile, search};
	struct module_table *modules;

	assert_success(modules_of_profile(&files, &modules));
	assert_success(symbolize_profile(mapped->profile, modules));
	module_table_destroy(modules);
}

static void symbolize(struct mapped *mapped)
{
	symbolize_with(mapped, NULL);
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

/* The frames are one; it executes where the inner one does. */
static void a_part_of_a_function_inlined_into_it_keeps_its_line(void **state)
{
	struct mapped mapped;
	uint32_t locations[2];

	(void)state;
	map_file(&mapped, OWN_PART);
	const struct elf_symbol *symbol = elf_image_symbol_named(mapped.image, "own");
	for (uint64_t i = 0; i < 2; i++)
		assert_success(profile_add_location(mapped.profile, 0,
			BASE + symbol->address + i * symbol->size / 2, &locations[i]));
	symbolize(&mapped);
	for (uint64_t i = 0; i < 2; i++) {
		const struct profile_location *location =
			&mapped.profile->locations.items[locations[i]];

		assert_int_equal(location->line_count, 1);
		assert_line(mapped.profile, location, 0, "own", "folder/own.c", 10);
		assert_int_equal(line_of(mapped.profile, location, 0)->line, i ? 14 : 10);
	}
	unmap_fixture(&mapped);
}

/* In the cache, an address of the fixture has another name than in its file. */
static void keep_another_name(const struct elf_image *image, uint64_t address)
{
	const struct dwarf_frame frame = {.name = "of_the_cache"};
	CLEANUP(cleanup_name_cache) struct name_cache *cache = NULL;
	CLEANUP(cleanup_name_builder) struct name_builder *builder = NULL;
	char working[4096];
	size_t length;
	const uint8_t *build_id = elf_image_build_id(image, &length);

	assert_non_null(getcwd(working, sizeof(working)));
	assert_int_equal(setenv("XDG_CACHE_HOME", working, 1), 0);
	name_cache_set_size(1 << 20);
	assert_success(name_cache_of_user(&cache));
	assert_success(name_builder_create(1 << 18, &builder));
	assert_success(name_builder_add(builder, address, address + 1, &frame, 1));
	assert_success(name_cache_save(cache, build_id, length, builder));
}

static const char *name_by(struct debug_search *search, uint64_t address)
{
	static char name[64];
	struct mapped mapped;
	uint32_t location;

	map_fixture(&mapped);
	assert_success(profile_add_location(mapped.profile, 0, BASE + address, &location));
	symbolize_with(&mapped, search);
	const struct profile_location *item = &mapped.profile->locations.items[location];
	const struct profile_line *line = line_of(mapped.profile, item, item->line_count - 1);
	snprintf(name, sizeof(name), "%s",
		profile_text(
			mapped.profile, profile_function(mapped.profile, line->function)->name));
	assert_int_equal(mapped.profile->comments.count, 0);
	unmap_fixture(&mapped);
	return name;
}

static void a_file_that_the_user_names_counts_before_the_cache(void **state)
{
	struct mapped mapped;
	struct debug_search *search;

	(void)state;
	map_fixture(&mapped);
	uint64_t address = elf_image_symbol_named(mapped.image, "fixture_outer")->address;
	keep_another_name(mapped.image, address);
	unmap_fixture(&mapped);
	assert_success(debug_search_create(&search));
	assert_string_equal(name_by(search, address), "of_the_cache");
	assert_success(
		debug_search_set_up(search, &(struct debug_search_options){.symbols = FIXTURE}));
	assert_string_equal(name_by(search, address), "fixture_outer");
	debug_search_destroy(search);
	name_cache_set_size(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined_functions_are_lines_of_their_own),
		cmocka_unit_test(symbols_name_what_is_not_covered),
		cmocka_unit_test(a_part_of_a_function_inlined_into_it_keeps_its_line),
		TEST_IN_DIRECTORY(a_file_that_the_user_names_counts_before_the_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
