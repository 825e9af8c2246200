#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../elf/elf_builder.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "symbolize/symbolize.h"

#define START 0x10001000ULL /* where BUILT_TEXT_ADDRESS is mapped */
#define LIMIT (START + BUILT_TEXT_SIZE)

static const uint8_t build_id[] = {0xde, 0xad, 0x00, 0x0f};
static const struct built_symbol symbols[] = {
	{"plain", BUILT_TEXT_ADDRESS, 0x10, STT_FUNC, STB_GLOBAL, BUILT_TEXT, false},
	{"_Z3fooi", BUILT_TEXT_ADDRESS + 0x10, 0x10, STT_FUNC, STB_GLOBAL, BUILT_TEXT, false},
};

/* A directory with the built file and a profile with a mapping of it. */
struct fixture {
	char directory[64];
	char path[96];
	struct profile *profile;
	uint32_t mapping;
};

static int set_up(void **state)
{
	CLEANUP(u8_array_deinit)
	struct u8_array file = build_elf(&(struct elf_plan){.symbols = symbols,
		.symbol_count = 2,
		.build_id = build_id,
		.build_id_length = sizeof(build_id)});
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->directory, sizeof(fixture->directory), "%s/limpet-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->path, sizeof(fixture->path), "%s/built.so", fixture->directory);
	assert_success(file_write(fixture->path, file.items, file.count, 0755));
	assert_success(profile_create(&fixture->profile));
	assert_success(profile_add_mapping(fixture->profile, START, LIMIT, BUILT_TEXT_OFFSET,
		fixture->path, &fixture->mapping));
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	profile_destroy(fixture->profile);
	unlink(fixture->path);
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static uint32_t add_location(struct fixture *fixture, uint32_t mapping, uint64_t address)
{
	uint32_t location;

	assert_success(profile_add_location(fixture->profile, mapping, address, &location));
	return location;
}

static void symbolize(struct fixture *fixture)
{
	struct module_table *modules;

	assert_success(
		modules_of_profile(&(struct profile_files){fixture->profile, NULL}, &modules));
	assert_success(symbolize_profile(fixture->profile, modules));
	module_table_destroy(modules);
}

static void assert_function(
	const struct fixture *fixture, uint32_t location, const char *name, const char *system_name)
{
	const struct profile *profile = fixture->profile;
	const struct profile_location *item = &profile->locations.items[location];
	const struct profile_function *function;

	assert_int_equal(item->line_count, 1);
	assert_int_equal(profile->lines.items[item->first_line].line, 0);
	function = profile_function(profile, profile->lines.items[item->first_line].function);
	assert_string_equal(profile_text(profile, function->name), name);
	assert_string_equal(profile_text(profile, function->system_name), system_name);
	assert_string_equal(profile_text(profile, function->file), "");
	assert_int_equal(function->start_line, 0);
}

static void locations_get_their_functions(void **state)
{
	struct fixture *fixture = *state;
	uint32_t foo = add_location(fixture, fixture->mapping, START + 0x1f);
	uint32_t plain = add_location(fixture, fixture->mapping, START);
	uint32_t again = add_location(fixture, fixture->mapping, START + 0x10);
	const struct profile_mapping *mapping = fixture->profile->mappings.items;

	symbolize(fixture);
	assert_function(fixture, foo, "foo(int)", "_Z3fooi");
	assert_function(fixture, again, "foo(int)", "_Z3fooi");
	assert_function(fixture, plain, "plain", "plain");
	assert_int_equal(fixture->profile->functions.entries.count, 2);
	assert_true(mapping->has_functions);
	assert_false(
		mapping->has_filenames || mapping->has_line_numbers || mapping->has_inline_frames);
	assert_string_equal(profile_text(fixture->profile, mapping->build_id), "dead000f");
	assert_success(profile_check(fixture->profile));
}

static void what_has_no_symbol_is_named_by_its_address(void **state)
{
	struct fixture *fixture = *state;
	uint32_t location = add_location(fixture, fixture->mapping, START + 0x20);

	symbolize(fixture);
	assert_function(fixture, location, "built.so+0x401020", "built.so+0x401020");
	assert_false(fixture->profile->mappings.items[0].has_functions);
	assert_string_equal(
		profile_text(fixture->profile, fixture->profile->mappings.items[0].build_id),
		"dead000f");
}

/* One is broken, and the other packed in a way that is not read. */
static void debug_information_without_a_unit_is_none(void **state)
{
	static const char *const names[] = {".debug_info", ".zdebug_info"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(u8_array_deinit)
		struct u8_array file = build_elf(&(struct elf_plan){.symbols = symbols,
			.symbol_count = 2,
			.build_id = build_id,
			.build_id_length = sizeof(build_id),
			.extra = {names[i], 0, 0, "ZLIB", 4}});
		uint32_t plain = add_location(fixture, fixture->mapping, START + i);

		assert_success(file_write(fixture->path, file.items, file.count, 0755));
		symbolize(fixture);
		assert_function(fixture, plain, "plain", "plain");
	}
}

static void names_that_are_there_stay(void **state)
{
	struct fixture *fixture = *state;
	uint32_t location = add_location(fixture, fixture->mapping, START), named;
	struct profile_function function = {0};
	struct profile_line line = {.line = 0};

	assert_success(profile_string(fixture->profile, "mine", &function.name));
	assert_success(profile_string(fixture->profile, "mine", &function.system_name));
	assert_success(profile_add_function(fixture->profile, &function, &line.function));
	assert_success(profile_set_lines(fixture->profile, location, &line, 1));
	assert_success(profile_add_named_location(fixture->profile, "[not sampled]", &named));
	symbolize(fixture);
	assert_function(fixture, location, "mine", "mine");
	assert_false(fixture->profile->mappings.items[0].has_functions);
}

static void without_a_file_there_are_addresses(void **state)
{
	struct fixture *fixture = *state;
	uint32_t gone, anonymous, nowhere, vdso;
	uint32_t in_gone, in_anonymous, in_vdso;

	assert_success(profile_add_mapping(
		fixture->profile, 0x20000000, 0x20001000, 0x3000, "/gone/lib.so", &gone));
	assert_success(
		profile_add_mapping(fixture->profile, 0x30000000, 0x30001000, 0, "", &anonymous));
	assert_success(
		profile_add_mapping(fixture->profile, 0x40000000, 0x40001000, 0, "[vdso]", &vdso));
	in_gone = add_location(fixture, gone, 0x20000123);
	in_anonymous = add_location(fixture, anonymous, 0x30000123);
	in_vdso = add_location(fixture, vdso, 0x40000123);
	nowhere = add_location(fixture, PROFILE_NONE, 0x7f1234);
	symbolize(fixture);
	assert_function(fixture, in_gone, "lib.so+0x3123", "lib.so+0x3123");
	assert_function(fixture, in_anonymous, "0x30000123", "0x30000123");
	assert_function(fixture, in_vdso, "[vdso]+0x123", "[vdso]+0x123");
	assert_function(fixture, nowhere, "0x7f1234", "0x7f1234");
	assert_success(profile_check(fixture->profile));
}

static void set_build_id(struct fixture *fixture, const char *text)
{
	uint32_t *id = &fixture->profile->mappings.items[0].build_id;

	assert_success(profile_string(fixture->profile, text, id));
}

static void the_build_id_of_the_profile_decides(void **state)
{
	struct fixture *fixture = *state;
	uint32_t location = add_location(fixture, fixture->mapping, START);

	set_build_id(fixture, "dead000f");
	symbolize(fixture);
	assert_function(fixture, location, "plain", "plain");
}

static void assert_problem(struct fixture *fixture, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void assert_problem(struct fixture *fixture, const char *format, ...)
{
	struct module_table *modules;
	char expected[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(expected, sizeof(expected), format, arguments);
	va_end(arguments);
	assert_success(
		modules_of_profile(&(struct profile_files){fixture->profile, NULL}, &modules));
	assert_null(module_table_find(modules, START)->image);
	assert_string_equal(module_table_find(modules, START)->problem, expected);
	module_table_destroy(modules);
}

static void another_build_is_refused(void **state)
{
	struct fixture *fixture = *state;
	uint32_t location = add_location(fixture, fixture->mapping, START);

	set_build_id(fixture, "beef");
	assert_problem(fixture,
		"'%s' is not the file of the profile: its build id is dead000f, not beef",
		fixture->path);
	symbolize(fixture);
	assert_function(fixture, location, "built.so+0x1000", "built.so+0x1000");
	assert_false(fixture->profile->mappings.items[0].has_functions);
	assert_string_equal(
		profile_text(fixture->profile, fixture->profile->mappings.items[0].build_id),
		"beef");
}

/* A live table may hold another file by now than the one that was sampled. */
static void a_table_with_another_build_is_not_used(void **state)
{
	struct fixture *fixture = *state;
	uint32_t location = add_location(fixture, fixture->mapping, START);
	struct module_table *modules;

	assert_success(
		modules_of_profile(&(struct profile_files){fixture->profile, NULL}, &modules));
	assert_non_null(module_table_find(modules, START)->image);
	set_build_id(fixture, "beef");
	assert_success(symbolize_profile(fixture->profile, modules));
	assert_function(fixture, location, "built.so+0x1000", "built.so+0x1000");
	module_table_destroy(modules);
}

static void what_is_no_regular_file_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unlink(fixture->path), 0);
	assert_int_equal(mkfifo(fixture->path, 0600), 0);
	assert_problem(fixture, "'%s' is no regular file", fixture->path);
	assert_int_equal(unlink(fixture->path), 0);
	assert_problem(fixture, "cannot open '%s': No such file or directory", fixture->path);
}

/* A profile from outside: no order, overlaps, ends before starts. */
static void strange_mappings_do_no_harm(void **state)
{
	struct fixture *fixture = *state;
	uint32_t mapping, location = add_location(fixture, fixture->mapping, START + 0x10);
	struct module_table *modules;
	size_t count;

	assert_success(profile_add_mapping(
		fixture->profile, START + 0x10, UINT64_MAX, 0, fixture->path, &mapping));
	assert_success(profile_add_mapping(
		fixture->profile, 0x2000, 0x1000, UINT64_MAX, fixture->path, &mapping));
	assert_success(profile_add_mapping(
		fixture->profile, 0x2000, 0x3000, UINT64_MAX, "relative", &mapping));
	assert_success(
		modules_of_profile(&(struct profile_files){fixture->profile, NULL}, &modules));
	assert_int_equal(module_table_items(modules, &count)[0].start, 0x2000);
	assert_int_equal(count, 2);
	assert_string_equal(
		module_table_find(modules, 0x2000)->problem, "'relative' is no absolute path");
	assert_success(symbolize_profile(fixture->profile, modules));
	assert_function(fixture, location, "foo(int)", "_Z3fooi");
	module_table_destroy(modules);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FIXTURE(locations_get_their_functions),
		WITH_FIXTURE(what_has_no_symbol_is_named_by_its_address),
		WITH_FIXTURE(debug_information_without_a_unit_is_none),
		WITH_FIXTURE(names_that_are_there_stay),
		WITH_FIXTURE(without_a_file_there_are_addresses),
		WITH_FIXTURE(the_build_id_of_the_profile_decides),
		WITH_FIXTURE(another_build_is_refused),
		WITH_FIXTURE(a_table_with_another_build_is_not_used),
		WITH_FIXTURE(what_is_no_regular_file_is_refused),
		WITH_FIXTURE(strange_mappings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
