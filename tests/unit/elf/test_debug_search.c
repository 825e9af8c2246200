#include "../base/test_directory.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/string_builder.h"
#include "elf/debug_image.h"
#include "elf/debug_search.h"
#include "elf_builder.h"

static const uint8_t id[] = {0xab, 0xcd, 0xef}, other_id[] = {0xab, 0xcd, 0xee};

#define ADDRESS BUILT_TEXT_ADDRESS

/* What is built: with a function of that name, or stripped; with that build id, or none. */
struct plan {
	const char *function;
	const uint8_t *id;
	const char *section; /* a section of that name */
	const void *bytes;
	size_t length;
};

static struct u8_array build(const struct plan *plan)
{
	struct built_symbol symbol = {
		plan->function, ADDRESS, 0x10, STT_FUNC, STB_LOCAL, BUILT_TEXT, false};

	return build_elf(&(struct elf_plan){
		.symbols = &symbol,
		.symbol_count = plan->function ? 1 : 0,
		.build_id = plan->id,
		.build_id_length = plan->id ? sizeof(id) : 0,
		.extra = {plan->section, 0, 0, plan->bytes, plan->length},
	});
}

/* The file's folders are made, too. Returns the checksum. */
static uint32_t put(const char *path, const struct plan *plan)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build(plan);
	char folder[256];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		mkdir(folder, 0777);
	}
	assert_success(file_write(path, file.items, file.count, 0666));
	return (uint32_t)crc32(crc32(0, NULL, 0), file.items, (uInt)file.count);
}

struct fixture {
	struct debug_search *search;
	struct elf_image *image;
	char here[200]; /* where the test is */
	char label[256];
};

/* The image is a file HERE/bin/program, though only in memory. */
static void open_image(struct fixture *fixture, const struct plan *plan)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build(plan);

	*fixture = (struct fixture){0};
	assert_non_null(getcwd(fixture->here, sizeof(fixture->here)));
	snprintf(fixture->label, sizeof(fixture->label), "%s/bin/program", fixture->here);
	assert_success(
		elf_image_from_memory(file.items, file.count, fixture->label, &fixture->image));
	assert_success(debug_search_create(&fixture->search));
}

static void close_image(struct fixture *fixture)
{
	elf_image_close(fixture->image);
	debug_search_destroy(fixture->search);
}

static void set_up(struct fixture *fixture, const struct debug_search_options *options)
{
	assert_success(debug_search_set_up(fixture->search, options));
}

/* The function that the image has now, or "". */
static const char *name_of(struct fixture *fixture)
{
	const struct elf_symbol *symbol;
	struct debug_files files;

	assert_success(debug_search_find(
		fixture->search, fixture->image, DEBUG_SYMBOLS, DEBUG_LOCAL, &files));
	symbol = elf_image_symbol_at(fixture->image, ADDRESS);
	assert_true(!symbol == !files.symbols);
	return symbol ? symbol->name : "";
}

static void assert_tells(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text);
}

static const struct debug_search_options folders = {.folders = "first:second"};

static void the_file_of_the_build_id_is_found(void **state)
{
	struct fixture fixture;

	(void)state;
	open_image(&fixture, &(struct plan){.id = id});
	set_up(&fixture, &folders);
	assert_string_equal(name_of(&fixture), "");
	assert_tells(debug_search_trail(fixture.image),
		"first/.build-id/ab/cdef.debug: no such file\n"
		"second/.build-id/ab/cdef.debug: no such file\n" ELF_DEBUG_FOLDER
		"/.build-id/ab/cdef.debug: no such file\n");
	put("second/.build-id/ab/cdef.debug", &(struct plan){.function = "second", .id = id});
	/* What was looked for is not looked for again. */
	assert_string_equal(name_of(&fixture), "");
	set_up(&fixture, &folders);
	assert_string_equal(name_of(&fixture), "second");
	assert_non_null(elf_image_symbol_named(fixture.image, "second"));
	put("first/.build-id/ab/cdef.debug", &(struct plan){.function = "first", .id = id});
	set_up(&fixture, &folders);
	assert_string_equal(name_of(&fixture), "first");
	close_image(&fixture);
}

static void an_image_with_symbols_needs_no_other(void **state)
{
	struct fixture fixture;

	(void)state;
	put("first/.build-id/ab/cdef.debug", &(struct plan){.function = "first", .id = id});
	open_image(&fixture, &(struct plan){.function = "own", .id = id});
	set_up(&fixture, &folders);
	assert_string_equal(name_of(&fixture), "own");
	assert_string_equal(debug_search_trail(fixture.image), "");
	close_image(&fixture);
}

static void a_file_of_another_build_is_refused(void **state)
{
	struct fixture fixture;
	STRING_BUILDER(expected);

	(void)state;
	put("first/.build-id/ab/cdef.debug", &(struct plan){.function = "other", .id = other_id});
	put("second/.build-id/ab/cdef.debug", &(struct plan){.function = "other"});
	open_image(&fixture, &(struct plan){.id = id});
	set_up(&fixture, &folders);
	assert_string_equal(name_of(&fixture), "");
	for (int i = 0; i < 2; i++)
		string_append_format(&expected,
			"%s/.build-id/ab/cdef.debug: not the debug file of '%s': its build id is "
			"%s, not abcdef\n",
			i ? "second" : "first", fixture.label, i ? "missing" : "abcdee");
	assert_string_equal(debug_search_refusals(fixture.image), expected.text);
	assert_tells(debug_search_trail(fixture.image), expected.text);
	close_image(&fixture);
}

static size_t make_link(uint8_t link[32], const char *name, uint32_t checksum)
{
	size_t length = (strlen(name) + 4) & ~(size_t)3;

	memset(link, 0, 32);
	memcpy(link, name, strlen(name));
	memcpy(link + length, &checksum, sizeof(checksum));
	return length + sizeof(checksum);
}

static void a_link_is_followed_if_the_checksum_is_right(void **state)
{
	static const char *const places[] = {"bin/program.debug", "bin/.debug/program.debug", NULL};
	struct plan debug = {.function = "linked"};
	char in_folder[512];
	uint8_t link[32];

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(places); i++) {
		struct fixture fixture;
		uint32_t checksum;

		open_image(&fixture, &(struct plan){.id = NULL});
		snprintf(in_folder, sizeof(in_folder), "first%s/bin/program.debug", fixture.here);
		const char *place = places[i / 2] ? places[i / 2] : in_folder;
		checksum = put(place, &debug);
		close_image(&fixture);
		size_t length = make_link(link, "program.debug", checksum + i % 2);
		open_image(&fixture,
			&(struct plan){
				.section = ".gnu_debuglink", .bytes = link, .length = length});
		set_up(&fixture, &folders);
		assert_string_equal(name_of(&fixture), i % 2 ? "" : "linked");
		if (i % 2)
			assert_tells(debug_search_refusals(fixture.image), ": its checksum is ");
		close_image(&fixture);
		assert_int_equal(unlink(place), 0);
	}
}

static void the_checksum_of_a_huge_file_is_not_computed(void **state)
{
	struct fixture fixture;
	uint8_t link[32];
	size_t length = make_link(link, "program.debug", 0);

	(void)state;
	put("bin/program.debug", &(struct plan){.function = "linked"});
	assert_int_equal(truncate("bin/program.debug", (off_t)1 << 43), 0);
	open_image(&fixture,
		&(struct plan){.section = ".gnu_debuglink", .bytes = link, .length = length});
	assert_string_equal(name_of(&fixture), "");
	assert_tells(debug_search_trail(fixture.image),
		"/bin/program.debug: is larger than 4 GiB, which is too much for its checksum\n");
	close_image(&fixture);
}

static void a_broken_link_is_none(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} links[] = {{"", 1}, {"\0\0\0", 4}, {"name", 4}, {"name\0\0\0\0abc", 11},
		{"../name\0abcd", 12}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		struct fixture fixture;

		open_image(&fixture, &(struct plan){.section = ".gnu_debuglink",
					     .bytes = links[i].bytes,
					     .length = links[i].length});
		assert_string_equal(name_of(&fixture), "");
		assert_tells(debug_search_trail(fixture.image), "has a broken .gnu_debuglink\n");
		close_image(&fixture);
	}
}

static void the_users_file_comes_first(void **state)
{
	CLEANUP(cleanup_free) char *unused = NULL;
	struct fixture fixture;

	(void)state;
	put("mine", &(struct plan){.function = "mine", .id = id});
	put("theirs", &(struct plan){.function = "theirs", .id = other_id});
	put("first/.build-id/ab/cdef.debug", &(struct plan){.function = "first", .id = id});
	open_image(&fixture, &(struct plan){.function = "own", .id = id});
	set_up(&fixture,
		&(struct debug_search_options){.folders = "first", .symbols = "theirs:mine"});
	assert_success(debug_search_unused(fixture.search, &unused));
	assert_tells(unused, "'mine' is for no module");
	free(TAKE_POINTER(unused));
	assert_string_equal(name_of(&fixture), "mine");
	assert_success(debug_search_unused(fixture.search, &unused));
	assert_string_equal(unused,
		"'theirs' is for no module that needed names: none has its build id, abcdee");
	close_image(&fixture);
	free(TAKE_POINTER(unused));
	open_image(&fixture, &(struct plan){.id = id});
	set_up(&fixture, &(struct debug_search_options){.folders = "first", .symbols = "mine"});
	assert_string_equal(name_of(&fixture), "mine");
	assert_non_null(elf_image_symbol_named(fixture.image, "mine"));
	assert_non_null(elf_image_proven_symbol_at(fixture.image, ADDRESS));
	assert_success(debug_search_unused(fixture.search, &unused));
	assert_null(unused);
	close_image(&fixture);
}

static void what_the_user_named_is_known_beforehand(void **state)
{
	struct fixture fixture;

	(void)state;
	put("with", &(struct plan){.function = "with", .id = id});
	put("other", &(struct plan){.function = "other", .id = other_id});
	put("without", &(struct plan){.function = "without"});
	open_image(&fixture, &(struct plan){.id = id});
	assert_false(debug_search_has_given(NULL, fixture.image));
	assert_false(debug_search_has_given(fixture.search, fixture.image));
	set_up(&fixture, &(struct debug_search_options){.symbols = "other:without=another"});
	assert_false(debug_search_has_given(fixture.search, fixture.image));
	set_up(&fixture, &(struct debug_search_options){.symbols = "other:without=program"});
	assert_true(debug_search_has_given(fixture.search, fixture.image));
	set_up(&fixture, &(struct debug_search_options){.symbols = "with"});
	assert_true(debug_search_has_given(fixture.search, fixture.image));
	close_image(&fixture);
}

static void count_destroyed(void *kept)
{
	++*(int *)kept;
}

/* It may be about files that another search would find, or not find. */
static void what_is_kept_goes_when_the_search_is_set_up_anew(void **state)
{
	struct fixture fixture;
	int destroyed = 0;

	(void)state;
	open_image(&fixture, &(struct plan){.function = "own", .id = id});
	assert_string_equal(name_of(&fixture), "own");
	elf_image_keep(fixture.image, &destroyed, count_destroyed);
	assert_string_equal(name_of(&fixture), "own");
	assert_ptr_equal(elf_image_kept(fixture.image), &destroyed);
	set_up(&fixture, &folders);
	assert_string_equal(name_of(&fixture), "own");
	assert_int_equal(destroyed, 1);
	assert_null(elf_image_kept(fixture.image));
	elf_image_keep(fixture.image, &destroyed, count_destroyed);
	close_image(&fixture);
	assert_int_equal(destroyed, 2);
}

static void a_file_without_a_build_id_is_for_what_the_user_says(void **state)
{
	struct fixture fixture;

	(void)state;
	put("mine", &(struct plan){.function = "mine"});
	put("theirs", &(struct plan){.function = "theirs", .id = other_id});
	open_image(&fixture, &(struct plan){.id = id});
	assert_error(debug_search_set_up(
			     fixture.search, &(struct debug_search_options){.symbols = "mine"}),
		ERROR_USAGE, "'mine' has no build id that would tell what it is for",
		"say of which program or library it has the symbols: mine=NAME");
	set_up(&fixture, &(struct debug_search_options){.symbols = "mine=other"});
	assert_string_equal(name_of(&fixture), "");
	set_up(&fixture, &(struct debug_search_options){.symbols = "mine=program"});
	assert_string_equal(name_of(&fixture), "mine");
	/* No call goes to where only the user says that a function is, nor is a thread judged by
	 * it. */
	assert_null(elf_image_symbol_named(fixture.image, "mine"));
	assert_null(elf_image_proven_symbol_at(fixture.image, ADDRESS));
	/* By the name that the program was started by. */
	for (int i = 0; i < 2; i++) {
		set_up(&fixture, &(struct debug_search_options){.symbols = "mine=server",
					 .program = i ? fixture.label : "/bin/program",
					 .alias = "/bin/server"});
		assert_string_equal(name_of(&fixture), i ? "mine" : "");
	}
	set_up(&fixture, &(struct debug_search_options){.symbols = "theirs=program"});
	assert_string_equal(name_of(&fixture), "");
	assert_tells(debug_search_refusals(fixture.image), "its build id is abcdee, not abcdef\n");
	close_image(&fixture);
}

static void what_the_user_names_must_be_there(void **state)
{
	struct fixture fixture;

	(void)state;
	put("mine", &(struct plan){.function = "mine", .id = id});
	open_image(&fixture, &(struct plan){.id = id});
	set_up(&fixture, &(struct debug_search_options){.symbols = "mine"});
	assert_error(debug_search_set_up(
			     fixture.search, &(struct debug_search_options){.symbols = "gone"}),
		ERROR_USAGE, "cannot open 'gone': No such file or directory", NULL);
	put("stripped", &(struct plan){.id = id});
	assert_error(debug_search_set_up(
			     fixture.search, &(struct debug_search_options){.symbols = "stripped"}),
		ERROR_USAGE, "'stripped' has neither a symbol table nor debug information", NULL);
	assert_string_equal(name_of(&fixture), "mine");
	close_image(&fixture);
}

/* First below the sysroot, then as on this machine; links on the way lead from there. */
static void a_sysroot_has_its_own_folders(void **state)
{
	struct fixture fixture;
	const struct debug_search_options options = {.sysroot = "sysroot"};

	(void)state;
	open_image(&fixture, &(struct plan){.id = id});
	put("sysroot/.build-id/ab/cdef.debug", &(struct plan){.function = "flat", .id = id});
	set_up(&fixture, &options);
	assert_string_equal(name_of(&fixture), "flat");
	put("sysroot/debug/.build-id/ab/cdef.debug", &(struct plan){.function = "below", .id = id});
	mkdir("sysroot/usr", 0777);
	mkdir("sysroot/usr/lib", 0777);
	assert_int_equal(symlink("/debug", "sysroot/usr/lib/debug"), 0);
	set_up(&fixture, &options);
	assert_string_equal(name_of(&fixture), "below");
	close_image(&fixture);
}

static void assert_opens(const struct debug_search *search, const char *build_id, bool works)
{
	int fd = -1;
	struct error *error = debug_search_open_below(search, "/srv/program", build_id, &fd);

	assert_int_equal(fd >= 0, works);
	assert_int_equal(error == NULL, works);
	cleanup_close(&fd);
	error_destroy(error);
}

static void programs_are_found_below_a_sysroot(void **state)
{
	static const char *const places[] = {
		"sysroot/srv/program", "sysroot/program", "sysroot/.build-id/ab/cdef"};
	struct fixture fixture;

	(void)state;
	open_image(&fixture, &(struct plan){.id = id});
	assert_opens(fixture.search, "", false);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		put(places[i], &(struct plan){.function = "program", .id = id});
		set_up(&fixture, &(struct debug_search_options){.sysroot = "sysroot"});
		assert_opens(fixture.search, "abcdef", true);
		assert_opens(fixture.search, "", i < 2);
		assert_opens(fixture.search, "abcdee", false);
		assert_int_equal(unlink(places[i]), 0);
	}
	close_image(&fixture);
}

static void dwarf_and_symbols_may_be_in_different_files(void **state)
{
	struct debug_files files;
	struct fixture fixture;

	(void)state;
	put("first/.build-id/ab/cdef.debug", &(struct plan){NULL, id, ".debug_info", "x", 1});
	put("second/.build-id/ab/cdef.debug", &(struct plan){.function = "second", .id = id});
	open_image(&fixture, &(struct plan){.id = id});
	set_up(&fixture, &folders);
	assert_string_equal(name_of(&fixture), "second");
	assert_success(debug_search_find(
		fixture.search, fixture.image, DEBUG_SYMBOLS | DEBUG_DWARF, DEBUG_LOCAL, &files));
	assert_non_null(files.dwarf);
	assert_ptr_not_equal(files.dwarf, files.symbols);
	close_image(&fixture);
}

static void the_supplement_of_dwz_must_be_the_one(void **state)
{
	static const char link[] = "../dwz/common\0\xab\xcd\xee";
	struct plan with_link = {NULL, id, ".gnu_debugaltlink", link, sizeof(link) - 1};
	struct elf_image *supplement;
	CLEANUP(cleanup_elf_image) struct elf_image *dwarf = NULL;
	struct fixture fixture;
	int fd;

	(void)state;
	put("debug/program", &with_link);
	assert_success(file_open_regular(NULL, "debug/program", &fd));
	assert_success(elf_image_open(fd, "debug/program", &dwarf));
	open_image(&fixture, &(struct plan){.id = id});
	for (int i = 0; i < 4; i++) {
		if (i == 1)
			put("dwz/common", &(struct plan){.id = id});
		if (i == 2)
			put("first/.dwz/common", &(struct plan){.id = other_id});
		if (i == 3)
			put("dwz/common", &(struct plan){.id = other_id});
		set_up(&fixture, &folders);
		assert_string_equal(name_of(&fixture), "");
		assert_success(
			debug_search_supplement(fixture.search, fixture.image, dwarf, &supplement));
		assert_int_equal(supplement != NULL, i >= 2);
		elf_image_close(supplement);
		assert_int_equal(*debug_search_refusals(fixture.image) != '\0', i == 1 || i == 2);
	}
	close_image(&fixture);
}

static void split_units_lie_beside_the_file_or_in_a_folder(void **state)
{
	struct elf_image *found;
	struct fixture fixture;
	char path[512];

	(void)state;
	open_image(&fixture, &(struct plan){.id = id});
	set_up(&fixture, &folders);
	assert_success(debug_search_package(fixture.search, fixture.image, fixture.image, &found));
	assert_null(found);
	put("second/.build-id/ab/cdef.dwp", &(struct plan){.id = id});
	assert_success(debug_search_package(fixture.search, fixture.image, fixture.image, &found));
	assert_non_null(found);
	elf_image_close(found);
	put("bin/program.dwp", &(struct plan){.function = "beside", .id = id});
	assert_success(debug_search_package(fixture.search, fixture.image, fixture.image, &found));
	assert_non_null(elf_image_symbol_named(found, "beside"));
	elf_image_close(found);
	assert_success(debug_search_split_unit(
		fixture.search, fixture.image, "obj/unit.dwo", "/nowhere", &found));
	assert_null(found);
	put("bin/unit.dwo", &(struct plan){.function = "by_name"});
	assert_success(debug_search_split_unit(
		fixture.search, fixture.image, "obj/unit.dwo", "/nowhere", &found));
	assert_non_null(elf_image_symbol_named(found, "by_name"));
	elf_image_close(found);
	put("build/obj/unit.dwo", &(struct plan){.function = "by_path"});
	snprintf(path, sizeof(path), "%s/build", fixture.here);
	assert_success(debug_search_split_unit(
		fixture.search, fixture.image, "obj/unit.dwo", path, &found));
	assert_non_null(elf_image_symbol_named(found, "by_path"));
	elf_image_close(found);
	close_image(&fixture);
}

#define TEST(function) TEST_IN_DIRECTORY(function)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_file_of_the_build_id_is_found),
		TEST(an_image_with_symbols_needs_no_other),
		TEST(a_file_of_another_build_is_refused),
		TEST(a_link_is_followed_if_the_checksum_is_right),
		TEST(the_checksum_of_a_huge_file_is_not_computed),
		TEST(a_broken_link_is_none),
		TEST(the_users_file_comes_first),
		TEST(what_the_user_named_is_known_beforehand),
		TEST(what_is_kept_goes_when_the_search_is_set_up_anew),
		TEST(a_file_without_a_build_id_is_for_what_the_user_says),
		TEST(what_the_user_names_must_be_there),
		TEST(a_sysroot_has_its_own_folders),
		TEST(programs_are_found_below_a_sysroot),
		TEST(dwarf_and_symbols_may_be_in_different_files),
		TEST(the_supplement_of_dwz_must_be_the_one),
		TEST(split_units_lie_beside_the_file_or_in_a_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
