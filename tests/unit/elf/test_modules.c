#include "../base/test_support.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "elf/modules.h"
#include "elf_builder.h"

/* Of the built file in an archive, before and behind which there is other text. */
#define ARCHIVED 0x4000

/*
 * Answers by path: "/gone" fails, "/text" is no ELF file, "/archive" has the built file within,
 * twice; the rest is the built file.
 */
struct opener_state {
	struct u8_array file;
	int opened;
	uint64_t last_start;
};

static int archive_of(const struct u8_array *file)
{
	struct u8_array archive = {0};
	int fd;

	assert_success(u8_array_reserve(&archive, 2 * ARCHIVED + 0x8000));
	archive.count = archive.capacity;
	memset(archive.items, 'P', archive.count);
	assert_true(file->count < ARCHIVED);
	memcpy(archive.items + ARCHIVED, file->items, file->count);
	memcpy(archive.items + 2 * ARCHIVED, file->items, file->count);
	fd = file_of(&archive);
	u8_array_deinit(&archive);
	return fd;
}

static struct error *open_built(void *context, const struct mapping *mapping, int *ret_fd)
{
	struct opener_state *state = context;

	state->opened++;
	state->last_start = mapping->start;
	if (strcmp(mapping->path, "/gone") == 0)
		return error_create(ERROR_NOT_FOUND, "cannot open '/gone'");
	if (strcmp(mapping->path, "/text") == 0)
		*ret_fd = file_of(&(struct u8_array){(uint8_t[]){'t'}, 1, 1});
	else if (strcmp(mapping->path, "/archive") == 0)
		*ret_fd = archive_of(&state->file);
	else
		*ret_fd = file_of(&state->file);
	return NULL;
}

struct fixture {
	struct opener_state opener;
	struct module_table *table;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->opener.file = build_elf(&(struct elf_plan){0});
	assert_success(module_table_create(
		(struct module_opener){.open = open_built, .context = &fixture->opener},
		&fixture->table));
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	module_table_destroy(fixture->table);
	u8_array_deinit(&fixture->opener.file);
	free(fixture);
	return 0;
}

static bool update(struct fixture *fixture, const char *maps)
{
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	bool changed;

	assert_success(mappings_parse(cursor_over(maps, strlen(maps)), &mappings));
	assert_success(module_table_update(fixture->table, &mappings, &changed));
	return changed;
}

#define MAPS_OF_A                                                                                  \
	"10000000-10001000 r--p 00000000 08:01 7 /a\n"                                             \
	"10001000-10002000 r-xp 00001000 08:01 7 /a\n"                                             \
	"10002000-10003000 rw-p 00001000 08:01 7 /a\n"

static void executable_mappings_are_modules(void **state)
{
	struct fixture *fixture = *state;
	struct module *module;
	size_t count;

	assert_true(update(fixture, MAPS_OF_A));
	module = module_table_items(fixture->table, &count);
	assert_int_equal(count, 1);
	assert_int_equal(fixture->opener.opened, 0);
	assert_null(module_table_find(fixture->table, 0x10000fff));
	assert_null(module_table_find(fixture->table, 0x10002000));
	assert_ptr_equal(module_table_find(fixture->table, 0x10001fff), module);
	assert_ptr_equal(module_table_find(fixture->table, 0x10001000), module);
	assert_int_equal(fixture->opener.opened, 1);
	assert_string_equal(module->path, "/a");
	assert_non_null(module->image);
	assert_null(module->problem);
	assert_int_equal(module->bias, 0x10001000 - BUILT_TEXT_ADDRESS);
}

static void a_mapping_may_start_inside_or_before_its_segment(void **state)
{
	struct fixture *fixture = *state;

	built_segment(&fixture->opener.file, 0)->p_offset = 0x1230;
	built_segment(&fixture->opener.file, 0)->p_vaddr = 0x401230;
	built_segment(&fixture->opener.file, 0)->p_filesz = 0x3000;
	update(fixture, "10001000-10002000 r-xp 00001000 08:01 7 /a\n"
			"20003000-20004000 r-xp 00003000 08:01 7 /a\n"
			"30000000-30001000 r-xp 00000000 08:01 7 /a\n");
	assert_int_equal(
		module_table_find(fixture->table, 0x10001000)->bias, 0x10001000 - 0x401000);
	assert_int_equal(
		module_table_find(fixture->table, 0x20003000)->bias, 0x20003000 - 0x403000);
	assert_string_equal(module_table_find(fixture->table, 0x30000000)->problem,
		"the file has no segment for this mapping");
	assert_null(module_table_find(fixture->table, 0x30000000)->image);
	assert_int_equal(fixture->opener.opened, 1);
}

/* Data before the text in the same page of the file must not give the bias. */
static void the_executable_segment_gives_the_bias(void **state)
{
	struct fixture *fixture = *state;

	*built_segment(&fixture->opener.file, 0) = (Elf64_Phdr){.p_type = PT_LOAD,
		.p_flags = PF_R,
		.p_vaddr = 0x900000,
		.p_offset = 0,
		.p_filesz = 0x1800,
		.p_memsz = 0x1800};
	*built_segment(&fixture->opener.file, 1) = (Elf64_Phdr){.p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = 0x402800,
		.p_offset = 0x1800,
		.p_filesz = 0x100,
		.p_memsz = 0x100};
	update(fixture, "10001000-10002000 r-xp 00001000 08:01 7 /a\n");
	assert_int_equal(
		module_table_find(fixture->table, 0x10001900)->bias, 0x10001000 - 0x402000);
}

static void problems_are_remembered(void **state)
{
	struct fixture *fixture = *state;

	update(fixture, "10001000-10002000 r-xp 00001000 08:01 7 /gone\n"
			"10002000-10003000 r-xp 00002000 08:01 7 /gone\n"
			"10004000-10005000 r-xp 00001000 08:01 8 /text\n"
			"10006000-10007000 r-xp 00000000 00:00 0 \n");
	assert_string_equal(
		module_table_find(fixture->table, 0x10001000)->problem, "cannot open '/gone'");
	assert_string_equal(
		module_table_find(fixture->table, 0x10002000)->problem, "cannot open '/gone'");
	assert_int_equal(fixture->opener.opened, 1);
	assert_string_equal(
		module_table_find(fixture->table, 0x10004000)->problem, "'/text' is no ELF file");
	assert_string_equal(
		module_table_find(fixture->table, 0x10006000)->problem, "memory without a file");
	assert_null(module_table_find(fixture->table, 0x10006000)->image);
	assert_int_equal(fixture->opener.opened, 3);
}

static void updates_keep_what_is_still_there(void **state)
{
	struct fixture *fixture = *state;
	const struct elf_image *image;

	update(fixture, MAPS_OF_A);
	image = module_table_find(fixture->table, 0x10001000)->image;
	assert_false(update(fixture, MAPS_OF_A));
	assert_ptr_equal(module_table_find(fixture->table, 0x10001000)->image, image);
	assert_true(update(fixture, MAPS_OF_A "20001000-20002000 r-xp 00001000 08:01 7 /a\n"
					      "30001000-30002000 r-xp 00001000 08:01 9 /b\n"));
	assert_ptr_equal(module_table_find(fixture->table, 0x10001000)->image, image);
	assert_ptr_equal(module_table_find(fixture->table, 0x20001000)->image, image);
	assert_int_equal(module_table_find(fixture->table, 0x20001000)->bias,
		0x20001000 - BUILT_TEXT_ADDRESS);
	assert_int_equal(fixture->opener.opened, 1);
	assert_ptr_not_equal(module_table_find(fixture->table, 0x30001000)->image, image);
	assert_int_equal(fixture->opener.opened, 2);
	assert_int_equal(fixture->opener.last_start, 0x30001000);
	assert_true(update(fixture, ""));
	assert_null(module_table_find(fixture->table, 0x10001000));
}

static void a_replaced_file_is_another_one(void **state)
{
	struct fixture *fixture = *state;

	update(fixture, MAPS_OF_A);
	assert_non_null(module_table_find(fixture->table, 0x10001000));
	assert_true(update(fixture, "10001000-10002000 r-xp 00001000 08:01 77 /a\n"));
	assert_non_null(module_table_find(fixture->table, 0x10001000));
	assert_true(update(fixture, "10001000-10002000 r-xp 00001000 08:01 77 /a (deleted)\n"));
	assert_non_null(module_table_find(fixture->table, 0x10001000));
	assert_int_equal(fixture->opener.opened, 3);
}

/* The opener may need a mapping that exists: /proc/PID/map_files is named by it. */
static void a_file_is_opened_by_a_mapping_that_is_there_now(void **state)
{
	struct fixture *fixture = *state;

	update(fixture, "10001000-10002000 r-xp 00001000 08:01 7 /a\n"
			"20001000-20002000 r-xp 00001000 08:01 7 /a\n");
	update(fixture, "20001000-20002000 r-xp 00001000 08:01 7 /a\n");
	assert_non_null(module_table_find(fixture->table, 0x20001000)->image);
	assert_int_equal(fixture->opener.last_start, 0x20001000);
}

static void libraries_within_an_archive_are_modules(void **state)
{
	struct fixture *fixture = *state;
	const struct module *first, *second, *other;

	update(fixture, "10000000-10001000 r--p 00004000 08:01 7 /archive\n"
			"10001000-10002000 r-xp 00005000 08:01 7 /archive\n"
			"10002000-10003000 ---p 00000000 00:00 0\n"
			"10003000-10004000 rw-p 00005000 08:01 7 /archive\n"
			"10004000-10005000 r--p 00008000 08:01 7 /archive\n"
			"10005000-10006000 ---p 00000000 00:00 0\n"
			"10006000-10007000 r-xp 00009000 08:01 7 /archive\n"
			"20000000-20001000 r--p 00009000 08:01 7 /archive\n"
			"20001000-20002000 r-xp 00009000 08:01 7 /archive\n");
	first = module_table_find(fixture->table, 0x10001000);
	second = module_table_find(fixture->table, 0x10006000);
	other = module_table_find(fixture->table, 0x20001000);
	assert_non_null(first->image);
	assert_int_equal(first->bias, 0x10001000 - BUILT_TEXT_ADDRESS);
	assert_null(first->problem);
	assert_non_null(second->image);
	assert_ptr_not_equal(second->image, first->image);
	assert_int_equal(second->bias, 0x10006000 - BUILT_TEXT_ADDRESS);
	/* It is not told where that one begins. */
	assert_null(other->image);
	assert_string_equal(other->problem, "'/archive' is no ELF file");
}

static struct error *open_own(void *context, const struct mapping *mapping, int *ret_fd)
{
	(void)context;
	if (strcmp(mapping->path, "[vdso]") == 0) {
		const void *start = (const void *)getauxval(AT_SYSINFO_EHDR);
		int fd = memfd_create("vdso", MFD_CLOEXEC);
		size_t length = mapping->end - mapping->start;

		assert_int_equal(write(fd, start, length), length);
		*ret_fd = fd;
		return NULL;
	}
	*ret_fd = open(mapping->path, O_RDONLY | O_CLOEXEC);
	return *ret_fd < 0 ? error_create(ERROR_FAILED, "cannot open") : NULL;
}

static struct module_table *own_modules(void)
{
	CLEANUP(u8_array_deinit) struct u8_array maps = {0};
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	struct module_table *table = NULL;
	bool changed;

	assert_success(file_read("/proc/self/maps", 1 << 24, &maps));
	assert_success(mappings_parse(cursor_over(maps.items, maps.count), &mappings));
	assert_success(module_table_create(
		(struct module_opener){.open = open_own, .context = NULL}, &table));
	assert_success(module_table_update(table, &mappings, &changed));
	assert_true(changed);
	return table;
}

static void assert_own_symbol(struct module_table *table, void *function, const char *name)
{
	const struct module *module = module_table_find(table, (uint64_t)(uintptr_t)function);
	const struct elf_symbol *symbol;

	assert_non_null(module);
	assert_non_null(module->image);
	symbol = elf_image_symbol_at(module->image, (uint64_t)(uintptr_t)function - module->bias);
	assert_non_null(symbol);
	assert_string_equal(symbol->name, name);
	assert_int_equal(symbol->address + module->bias, (uintptr_t)function);
}

static void the_test_finds_itself(void **state)
{
	struct module_table *table = own_modules();
	const struct elf_symbol *gettime;
	const struct module *vdso;

	(void)state;
	assert_own_symbol(table, (void *)the_test_finds_itself, "the_test_finds_itself");
	assert_own_symbol(table, (void *)elf_image_symbol_at, "elf_image_symbol_at");
	vdso = module_table_find(table, getauxval(AT_SYSINFO_EHDR));
	assert_non_null(vdso);
	assert_string_equal(vdso->path, "[vdso]");
	assert_non_null(vdso->image);
	assert_int_equal(vdso->bias, getauxval(AT_SYSINFO_EHDR));
	gettime = elf_image_symbol_named(vdso->image, "__vdso_clock_gettime");
	assert_non_null(gettime);
	module_table_destroy(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(executable_mappings_are_modules, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_mapping_may_start_inside_or_before_its_segment, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_executable_segment_gives_the_bias, set_up, tear_down),
		cmocka_unit_test_setup_teardown(problems_are_remembered, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			updates_keep_what_is_still_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_replaced_file_is_another_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_file_is_opened_by_a_mapping_that_is_there_now, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			libraries_within_an_archive_are_modules, set_up, tear_down),
		cmocka_unit_test(the_test_finds_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
