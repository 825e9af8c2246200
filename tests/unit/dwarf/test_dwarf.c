#include "../base/test_support.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "dwarf/dwarf.h"

/* The fixture is compiled in many ways; what is said of it is the same. */

struct fixture {
	char path[PATH_MAX];
	char *another; /* the file that is found for each other one; NULL: where the names say */
	struct elf_image *image;
	struct dwarf *dwarf;
};

/* What was found at all addresses of a function. */
struct findings {
	const char *name; /* of the fixture */
	size_t visits;
	bool inner_in_middle, middle_in_outer, outer_alone, inner_in_parts, other_lines;
};

/* What a package is made of is still there, and not to be used. */
static struct error *open_package_only(
	void *context, const struct dwarf_file_wish *wish, struct elf_image **ret)
{
	*ret = NULL;
	return wish->kind == DWARF_FILE_PACKAGE ? dwarf_open_as_named(context, wish, ret) : NULL;
}

/* Whatever is asked for, it is this file that is found. */
static struct error *open_another(
	void *context, const struct dwarf_file_wish *wish, struct elf_image **ret)
{
	(void)wish;
	return elf_image_open(open(context, O_RDONLY | O_CLOEXEC), context, ret);
}

static void open_fixture(struct fixture *fixture, const char *name)
{
	struct dwarf_opener opener = {dwarf_open_as_named, fixture->path};

	if (strstr(name, "package"))
		opener.open = open_package_only;
	snprintf(fixture->path, sizeof(fixture->path), "%s/%s.so", FIXTURE_FOLDER, name);
	int fd = open(fixture->path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_success(elf_image_open(fd, fixture->path, &fixture->image));
	if (fixture->another)
		opener = (struct dwarf_opener){open_another, fixture->another};
	assert_success(dwarf_open(fixture->image, opener, &fixture->dwarf));
	if (!fixture->dwarf)
		fail_msg("%s: nothing", name);
}

static void close_fixture(struct fixture *fixture)
{
	dwarf_close(fixture->dwarf);
	elf_image_close(fixture->image);
}

static bool is_at(const struct dwarf_frame *frame, const char *name, const char *file,
	uint32_t first_line, uint32_t last_line, uint32_t start_line)
{
	return frame->name && strcmp(frame->name, name) == 0 && !frame->linkage_name &&
	       frame->file && strcmp(frame->file, file) == 0 && frame->line >= first_line &&
	       frame->line <= last_line && frame->start_line == start_line;
}

static bool is_inner(const struct dwarf_frame *frame)
{
	return is_at(frame, "inner", FIXTURE_FOLDER "/folder/fixture.c", 102, 104, 100);
}

static bool is_outer(const struct dwarf_frame *frame, uint32_t first_line, uint32_t last_line)
{
	/* A definition or its declaration before it. */
	return is_at(frame, "fixture_outer", FIXTURE_FOLDER "/folder/fixture.c", first_line,
		       last_line, 300) ||
	       is_at(frame, "fixture_outer", FIXTURE_FOLDER "/folder/fixture.c", first_line,
		       last_line, 301);
}

static void report(const struct findings *findings, const struct dwarf_frame *frames, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_message("%s: %s (%s) %s:%u, declared at %u\n", findings->name, frames[i].name,
			frames[i].linkage_name, frames[i].file, frames[i].line,
			frames[i].start_line);
}

static struct error *visit_outer(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	struct findings *findings = context;

	(void)index;
	findings->visits++;
	if (count == 3 && is_inner(&frames[0]) &&
		is_at(&frames[1], "middle", "/elsewhere/fixture.h", 203, 203, 200) &&
		is_outer(&frames[2], 303, 303))
		findings->inner_in_middle = true;
	else if (count == 2 && is_at(&frames[0], "middle", "/elsewhere/fixture.h", 200, 203, 200) &&
		 is_outer(&frames[1], 303, 303))
		findings->middle_in_outer = true;
	else if (count == 1 && is_outer(&frames[0], 301, 305))
		findings->outer_alone = true;
	else {
		report(findings, frames, count);
		findings->other_lines = true;
	}
	return NULL;
}

static struct error *visit_parts(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	struct findings *findings = context;
	const struct dwarf_frame *outermost = &frames[count - 1];

	(void)index;
	findings->visits++;
	if (strcmp(outermost->name ? outermost->name : "", "fixture_parts") != 0) {
		report(findings, frames, count);
		findings->other_lines = true;
	}
	if (count == 2 && is_inner(&frames[0]) && outermost->line == 404)
		findings->inner_in_parts = true;
	return NULL;
}

/* All addresses of a function, in one go. */
static void find_all(struct fixture *fixture, const char *symbol_name, struct findings *findings,
	struct error *(*visit)(void *, size_t, const struct dwarf_frame *, size_t))
{
	const struct elf_symbol *symbol = elf_image_symbol_named(fixture->image, symbol_name);
	CLEANUP(u64_array_deinit) struct u64_array addresses = {0};

	assert_non_null(symbol);
	for (uint64_t i = 0; i < symbol->size; i++)
		assert_success(u64_array_append(&addresses, symbol->address + i));
	assert_success(dwarf_find(fixture->dwarf, addresses.items, addresses.count,
		(struct dwarf_visitor){visit, findings}));
	if (findings->visits != addresses.count)
		fail_msg("%s: %zu of %zu addresses of %s", findings->name, findings->visits,
			addresses.count, symbol_name);
	assert_false(findings->other_lines);
}

static void check_fixture(const char *name)
{
	struct findings outer = {.name = name}, parts = {.name = name};
	struct fixture fixture = {0};

	open_fixture(&fixture, name);
	find_all(&fixture, "fixture_outer", &outer, visit_outer);
	if (!outer.inner_in_middle || !outer.middle_in_outer || !outer.outer_alone)
		fail_msg("%s: not all of fixture_outer is there", name);
	find_all(&fixture, "fixture_parts", &parts, visit_parts);
	if (!parts.inner_in_parts)
		fail_msg("%s: nothing is inlined into fixture_parts", name);
	assert_false(dwarf_lacks_files(fixture.dwarf));
	close_fixture(&fixture);
}

static void every_kind_of_debug_information_says_the_same(void **state)
{
	char names[] = FIXTURE_NAMES;
	size_t count = 0;

	(void)state;
	for (char *rest = names, *name; (name = strtok_r(rest, " ", &rest)); count++)
		check_fixture(name);
	print_message("%zu fixtures\n", count);
	assert_true(count > 0);
}

static struct error *count_visit(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	size_t *visits = context;

	(void)index;
	(void)frames;
	assert_true(count > 0);
	++*visits;
	return NULL;
}

static void first_fixture(struct fixture *fixture)
{
	char names[] = FIXTURE_NAMES;
	char *rest = names;

	open_fixture(fixture, strtok_r(rest, " ", &rest));
}

/* Lines are not in that file: they are found. */
static struct error *visit_unnamed(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	size_t *visits = context;

	(void)index;
	for (size_t i = 0; i < count; i++) {
		assert_null(frames[i].name);
		assert_null(frames[i].linkage_name);
		assert_in_range(frames[i].line, 200, 305);
	}
	++*visits;
	return NULL;
}

static struct error *visit_unit(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	const uint64_t *numbers = context;
	char name[16];

	snprintf(name, sizeof(name), "unit_%d", (int)numbers[index]);
	assert_non_null(frames[count - 1].name);
	assert_string_equal(frames[count - 1].name, name);
	return NULL;
}

/* Each has a file, which is closed before the next one is opened. */
static void every_split_unit_is_read_from_its_own_file(void **state)
{
	uint64_t addresses[UNITS], numbers[UNITS];
	struct fixture fixture = {0};
	size_t count = 0;

	(void)state;
	if (!strstr(FIXTURE_NAMES, "gcc-split-5"))
		skip();
	open_fixture(&fixture, "split-units");
	const struct elf_symbols *symbols;
	assert_success(elf_image_symbols(fixture.image, &symbols));
	ARRAY_FOR_EACH (symbol, symbols) {
		int number;

		if (sscanf(symbol->name, "unit_%d", &number) != 1)
			continue;
		assert_in_range(count, 0, UNITS - 1);
		addresses[count] = symbol->address;
		numbers[count++] = (uint64_t)number;
	}
	assert_int_equal(count, UNITS);
	assert_success(dwarf_find(
		fixture.dwarf, addresses, count, (struct dwarf_visitor){visit_unit, numbers}));
	close_fixture(&fixture);
}

/* The same numbers, with other contents: a wrong unit would give wrong names. */
static void a_file_of_another_unit_is_not_used(void **state)
{
	char names[] = FIXTURE_NAMES;
	char another[PATH_MAX];
	struct fixture fixture = {.another = another};
	size_t tries = 0;

	(void)state;
	for (char *rest = names, *name; (name = strtok_r(rest, " ", &rest));) {
		size_t visits = 0;

		if (!strstr(name, "-split-"))
			continue;
		snprintf(another, sizeof(another), "%s/%s.dwo", FIXTURE_FOLDER,
			strstr(name, "gcc-split-4") ? "gcc-split-5" : "gcc-split-4");
		open_fixture(&fixture, name);
		uint64_t address = elf_image_symbol_named(fixture.image, "fixture_outer")->address;
		assert_success(dwarf_find(fixture.dwarf, &address, 1,
			(struct dwarf_visitor){visit_unnamed, &visits}));
		assert_int_equal(visits, 1);
		assert_true(dwarf_lacks_files(fixture.dwarf));
		close_fixture(&fixture);
		tries++;
	}
	print_message("%zu files refused\n", tries);
}

static void a_supplement_of_another_build_id_is_not_used(void **state)
{
	char another[PATH_MAX];
	struct fixture fixture = {.another = another};
	size_t visits = 0;

	(void)state;
	if (!strstr(FIXTURE_NAMES, "gcc-shared-5"))
		skip();
	snprintf(another, sizeof(another), "%s/gcc-shared-4.common", FIXTURE_FOLDER);
	open_fixture(&fixture, "gcc-shared-5");
	uint64_t address = elf_image_symbol_named(fixture.image, "fixture_outer")->address;
	assert_success(dwarf_find(
		fixture.dwarf, &address, 1, (struct dwarf_visitor){visit_unnamed, &visits}));
	assert_int_equal(visits, 1);
	assert_true(dwarf_lacks_files(fixture.dwarf));
	close_fixture(&fixture);
}

static void what_is_not_covered_is_not_visited(void **state)
{
	static const uint64_t addresses[] = {0, 1, 0x10, 0x7fffffffffff, UINT64_MAX};
	struct fixture fixture = {0};
	size_t visits = 0;

	(void)state;
	first_fixture(&fixture);
	assert_success(dwarf_find(fixture.dwarf, addresses, ARRAY_SIZE(addresses),
		(struct dwarf_visitor){count_visit, &visits}));
	assert_int_equal(visits, 0);
	assert_success(
		dwarf_find(fixture.dwarf, NULL, 0, (struct dwarf_visitor){count_visit, &visits}));
	assert_int_equal(visits, 0);
	close_fixture(&fixture);
}

static void one_address_may_be_asked_for_twice(void **state)
{
	struct fixture fixture = {0};
	size_t visits = 0;

	(void)state;
	first_fixture(&fixture);
	uint64_t address = elf_image_symbol_named(fixture.image, "fixture_outer")->address;
	const uint64_t addresses[] = {address, address, address + 1};
	assert_success(dwarf_find(fixture.dwarf, addresses, ARRAY_SIZE(addresses),
		(struct dwarf_visitor){count_visit, &visits}));
	assert_int_equal(visits, 3);
	close_fixture(&fixture);
}

static struct error *refuse(
	void *context, size_t index, const struct dwarf_frame *frames, size_t count)
{
	(void)context;
	(void)index;
	(void)frames;
	(void)count;
	return error_create(ERROR_INTERRUPTED, "enough");
}

static void an_error_of_the_visitor_ends_the_search(void **state)
{
	struct fixture fixture = {0};

	(void)state;
	first_fixture(&fixture);
	uint64_t address = elf_image_symbol_named(fixture.image, "fixture_outer")->address;
	assert_error(dwarf_find(fixture.dwarf, &address, 1, (struct dwarf_visitor){refuse, NULL}),
		ERROR_INTERRUPTED, "enough", NULL);
	close_fixture(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_of_debug_information_says_the_same),
		cmocka_unit_test(every_split_unit_is_read_from_its_own_file),
		cmocka_unit_test(a_file_of_another_unit_is_not_used),
		cmocka_unit_test(a_supplement_of_another_build_id_is_not_used),
		cmocka_unit_test(what_is_not_covered_is_not_visited),
		cmocka_unit_test(one_address_may_be_asked_for_twice),
		cmocka_unit_test(an_error_of_the_visitor_ends_the_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
