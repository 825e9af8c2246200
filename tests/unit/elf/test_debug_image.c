#include "../base/test_directory.h"

#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "elf/debug_image.h"
#include "elf_builder.h"

static const uint8_t id[] = {0xab, 0xcd, 0xef}, other_id[] = {0xab, 0xcd, 0xee};

static struct u8_array build(const uint8_t *build_id, size_t length)
{
	static const struct built_symbol symbols[] = {
		{"hidden", BUILT_TEXT_ADDRESS, 0x10, STT_FUNC, STB_LOCAL, BUILT_TEXT, false}};

	return build_elf(&(struct elf_plan){.symbols = symbols,
		.symbol_count = 1,
		.build_id = build_id,
		.build_id_length = length});
}

static struct elf_image *image_with(const uint8_t *build_id, size_t length)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build(build_id, length);
	struct elf_image *image = NULL;

	assert_success(elf_image_from_memory(file.items, file.count, "program", &image));
	return image;
}

static void put_debug_file(const struct u8_array *file)
{
	mkdir(".build-id", 0777);
	mkdir(".build-id/ab", 0777);
	assert_success(file_write(".build-id/ab/cdef.debug", file->items, file->count, 0666));
}

static void the_file_of_the_build_id_is_found(void **state)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = image_with(id, sizeof(id));
	CLEANUP(cleanup_elf_image) struct elf_image *found = NULL;
	CLEANUP(u8_array_deinit) struct u8_array file = build(id, sizeof(id));

	(void)state;
	put_debug_file(&file);
	assert_success(elf_debug_file_open(image, ".", &found));
	assert_non_null(found);
	assert_non_null(elf_image_symbol_named(found, "hidden"));
}

static void none_is_no_error(void **state)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = image_with(id, sizeof(id));
	CLEANUP(cleanup_elf_image) struct elf_image *without = image_with(NULL, 0);
	CLEANUP(cleanup_elf_image) struct elf_image *shortest = image_with(id, 1);
	struct elf_image *found = image;

	(void)state;
	assert_success(elf_debug_file_open(image, ".", &found));
	assert_null(found);
	assert_success(elf_debug_file_open(image, "./missing", &found));
	assert_null(found);
	assert_success(elf_debug_file_open(without, ".", &found));
	assert_null(found);
	assert_success(elf_debug_file_open(shortest, ".", &found));
	assert_null(found);
	assert_success(elf_debug_data_open(image, &found));
	assert_null(found);
}

static void a_file_of_another_build_is_refused(void **state)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = image_with(id, sizeof(id));
	CLEANUP(u8_array_deinit) struct u8_array other = build(other_id, sizeof(other_id));
	CLEANUP(u8_array_deinit) struct u8_array without = build(NULL, 0);
	struct elf_image *found = NULL;

	(void)state;
	put_debug_file(&other);
	assert_error(elf_debug_file_open(image, ".", &found), ERROR_MALFORMED,
		"'./.build-id/ab/cdef.debug' has the build id abcdee", NULL);
	put_debug_file(&without);
	assert_error(elf_debug_file_open(image, ".", &found), ERROR_MALFORMED,
		"'./.build-id/ab/cdef.debug' has no build id", NULL);
	assert_null(found);
}

#define TEST(function) TEST_IN_DIRECTORY(function)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_file_of_the_build_id_is_found),
		TEST(none_is_no_error),
		TEST(a_file_of_another_build_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
