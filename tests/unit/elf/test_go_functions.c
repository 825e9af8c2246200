#include "../base/test_support.h"

#include "base/cleanup.h"
#include "elf/go_functions.h"
#include "elf_builder.h"
#include "go_table_builder.h"

#define TEXT BUILT_TEXT_ADDRESS

static const uint32_t formats[] = {BUILT_GO_2, BUILT_GO_16, BUILT_GO_18, BUILT_GO_20};
static const struct built_go_function functions[] = {
	{"runtime.goexit", TEXT + 0x40, 1, {{0, 0x20}}},
	{"runtime.systemstack", TEXT + 0x60, 2, {{0, 1}, {8, 0xa0}}},
	{"main.deep", TEXT + 0x100, 0, {{0, 0x10}, {0x1238, 0x180}, {8, 0x181}, {0, 0x200}}},
};
static const struct built_go_table plan = {
	.magic = BUILT_GO_20,
	.text = TEXT,
	.functions = functions,
	.count = ARRAY_SIZE(functions),
	.end = TEXT + 0x300,
};

static void cleanup_go_functions(struct go_functions **go)
{
	go_functions_destroy(*go);
}

static struct go_functions *open_plan(const struct built_go_table *table)
{
	struct u8_array bytes = build_go_table(table);
	struct go_functions *go = NULL;

	assert_success(go_functions_create(&bytes, 0, &go));
	assert_null(bytes.items);
	return go;
}

static int32_t delta_at(
	const struct go_functions *go, const struct go_function *function, uint64_t address)
{
	int32_t delta;

	return go_function_stack_delta(go, function, address, &delta) ? delta : -1;
}

static void check_functions(const struct go_functions *go)
{
	struct go_function found;

	assert_false(go_functions_find(go, TEXT + 0x3f, &found));
	assert_true(go_functions_find(go, TEXT + 0x40, &found));
	assert_string_equal(found.name, "runtime.goexit");
	assert_true(found.top_frame);
	assert_false(found.writes_stack_pointer);
	assert_true(go_functions_find(go, TEXT + 0xff, &found));
	assert_string_equal(found.name, "runtime.systemstack");
	assert_false(found.top_frame);
	assert_true(found.writes_stack_pointer);
	assert_int_equal(delta_at(go, &found, TEXT + 0x60), 0);
	assert_int_equal(delta_at(go, &found, TEXT + 0x61), 8);
	assert_true(go_functions_find(go, TEXT + 0x2ff, &found));
	assert_string_equal(found.name, "main.deep");
	assert_int_equal(found.start, TEXT + 0x100);
	assert_int_equal(found.end, TEXT + 0x300);
	assert_false(found.top_frame || found.writes_stack_pointer);
	assert_int_equal(delta_at(go, &found, TEXT + 0x10f), 0);
	assert_int_equal(delta_at(go, &found, TEXT + 0x110), 0x1238);
	assert_int_equal(delta_at(go, &found, TEXT + 0x27f), 0x1238);
	assert_int_equal(delta_at(go, &found, TEXT + 0x280), 8);
	assert_int_equal(delta_at(go, &found, TEXT + 0x281), 0);
	/* Neither beyond what is said, nor before the function. */
	assert_int_equal(delta_at(go, &found, TEXT + 0x300), -1);
	assert_int_equal(delta_at(go, &found, TEXT + 0xff), -1);
	assert_false(go_functions_find(go, TEXT + 0x300, &found));
	assert_false(go_functions_find(go, UINT64_MAX, &found));
}

static void every_format_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct built_go_table table = plan;

		table.magic = formats[i];
		CLEANUP(cleanup_go_functions) struct go_functions *go = open_plan(&table);
		check_functions(go);
	}
}

static void what_is_no_table_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} changes[] = {
		{0, 0xf5}, {3, 0x7f}, {4, 1}, {6, 3}, {7, 4}, {8 + 7, 1}, {64 + 7, 1}, {32 + 4, 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct u8_array bytes = build_go_table(&plan);
		struct go_functions *go = NULL;

		bytes.items[changes[i].at] = changes[i].byte;
		assert_error(go_functions_create(&bytes, 0, &go), ERROR_MALFORMED,
			"Go's table of functions is broken", NULL);
		assert_null(go);
		assert_null(bytes.items);
	}
}

/* However much of it is there, nothing is read beyond it. */
static void every_truncation_is_survived(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array whole = build_go_table(&plan);
	struct go_function found;
	size_t read = 0;

	(void)state;
	for (size_t length = 0; length < whole.count; length++) {
		struct u8_array bytes = {0};
		struct go_functions *go = NULL;

		assert_success(u8_array_reserve(&bytes, length + 1));
		memcpy(bytes.items, whole.items, length);
		bytes.count = length;
		error_destroy(go_functions_create(&bytes, 0, &go));
		for (uint64_t at = TEXT; go && at < TEXT + 0x400; at += 0x20)
			if (go_functions_find(go, at, &found))
				read += strlen(found.name) + (delta_at(go, &found, at) >= 0);
		go_functions_destroy(go);
	}
	assert_true(read > 0);
}

static void without_a_text_entries_say_nothing(void **state)
{
	struct built_go_table table = plan;
	struct u8_array bytes;
	struct go_functions *go = NULL;

	(void)state;
	table.text_is_not_said = true;
	bytes = build_go_table(&table);
	assert_error(go_functions_create(&bytes, 0, &go), ERROR_MALFORMED,
		"Go's table of functions is broken", NULL);
	bytes = build_go_table(&table);
	assert_success(go_functions_create(&bytes, TEXT, &go));
	check_functions(go);
	go_functions_destroy(go);
}

static struct elf_image *open_file(const struct u8_array *file)
{
	struct elf_image *image = NULL;

	assert_success(elf_image_from_memory(file->items, file->count, "file", &image));
	return image;
}

static struct u8_array file_with(const struct u8_array *table, const char *section)
{
	const struct elf_plan elf = {.extra = {.name = section,
					     .address = 0x500000,
					     .bytes = table->items,
					     .length = table->count}};

	return build_elf(&elf);
}

static void a_file_says_where_its_table_is(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array table = build_go_table(&plan);
	static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		CLEANUP(u8_array_deinit) struct u8_array file = file_with(&table, names[i]);
		CLEANUP(cleanup_elf_image) struct elf_image *image = open_file(&file);
		const struct go_functions *go = elf_image_go_functions(image);

		assert_non_null(go);
		check_functions(go);
		assert_ptr_equal(elf_image_go_functions(image), go);
	}
	CLEANUP(u8_array_deinit) struct u8_array other = file_with(&table, ".rodata");
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_file(&other);
	assert_null(elf_image_go_functions(image));
}

/* The data holds little: two functions. */
static struct u8_array file_without_section(const char *name)
{
	static const struct elf_plan empty = {.extra = {.name = NULL}};
	struct elf_plan elf = empty;
	struct built_go_table table = plan;

	table.count = 2;
	table.end = TEXT + 0x100;
	CLEANUP(u8_array_deinit) struct u8_array bytes = build_go_table(&table);
	assert_in_range(bytes.count, 1, BUILT_DATA_SIZE - 8);
	elf.extra.name = name;
	struct u8_array file = build_elf(&elf);
	memcpy(file.items + BUILT_DATA_OFFSET + 8, bytes.items, bytes.count);
	return file;
}

static void a_table_without_section_is_found(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array file = file_without_section(".go.buildinfo");
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_file(&file);
	struct go_function found;

	(void)state;
	assert_non_null(elf_image_go_functions(image));
	assert_true(go_functions_find(elf_image_go_functions(image), TEXT + 0x60, &found));
	assert_string_equal(found.name, "runtime.systemstack");
	/* Whoever has sections and none of Go's is not searched. */
	CLEANUP(u8_array_deinit) struct u8_array other = file_without_section(".rodata");
	CLEANUP(cleanup_elf_image) struct elf_image *not_go = open_file(&other);
	assert_null(elf_image_go_functions(not_go));
	/* Without any section headers everything is. */
	built_header(&other)->e_shnum = 0;
	built_header(&other)->e_shoff = 0;
	built_header(&other)->e_shstrndx = 0;
	CLEANUP(cleanup_elf_image) struct elf_image *bare = open_file(&other);
	assert_non_null(elf_image_go_functions(bare));
}

/* struct moduledata, as far as it is looked at. */
static void put_module(struct u8_array *file, uint64_t least_pc)
{
	uint64_t words[23] = {[0] = 0x500000, [1] = 0x500000 + 72, [20] = least_pc, [22] = TEXT};

	memcpy(file->items + BUILT_DATA_OFFSET + 16, words, sizeof(words));
}

static void the_runtimes_data_says_where_the_text_is(void **state)
{
	struct built_go_table table = plan;

	(void)state;
	table.text_is_not_said = true;
	CLEANUP(u8_array_deinit) struct u8_array bytes = build_go_table(&table);
	CLEANUP(u8_array_deinit) struct u8_array file = file_with(&bytes, ".gopclntab");
	CLEANUP(cleanup_elf_image) struct elf_image *without = open_file(&file);
	assert_null(elf_image_go_functions(without));
	put_module(&file, TEXT + 0x40);
	/* Its first function is read where the loader puts it. */
	*built_segment(&file, 2) = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_vaddr = 0x500000,
		.p_offset = built_section(&file, BUILT_EXTRA)->sh_offset,
		.p_filesz = bytes.count,
		.p_memsz = bytes.count,
	};
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_file(&file);
	assert_non_null(elf_image_go_functions(image));
	check_functions(elf_image_go_functions(image));
	put_module(&file, TEXT + 0x41);
	CLEANUP(cleanup_elf_image) struct elf_image *contradictory = open_file(&file);
	assert_null(elf_image_go_functions(contradictory));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_read),
		cmocka_unit_test(what_is_no_table_is_refused),
		cmocka_unit_test(every_truncation_is_survived),
		cmocka_unit_test(without_a_text_entries_say_nothing),
		cmocka_unit_test(a_file_says_where_its_table_is),
		cmocka_unit_test(a_table_without_section_is_found),
		cmocka_unit_test(the_runtimes_data_says_where_the_text_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
