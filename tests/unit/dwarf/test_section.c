#include "../base/test_support.h"

#include <stdlib.h>
#include <zlib.h>

#include "../elf/elf_builder.h"
#include "base/cleanup.h"
#include "dwarf/section.h"

#define LONG ((size_t)2 << 20)

/* A section ".debug_str", packed, of that many bytes, and a NUL behind them. */
static struct elf_image *image_of(size_t length)
{
	CLEANUP(cleanup_free) char *text = malloc(length + 1);
	uLongf packed_length = compressBound(length + 1);
	CLEANUP(cleanup_free) char *packed = malloc(sizeof(Elf64_Chdr) + packed_length);
	Elf64_Chdr header = {.ch_type = ELFCOMPRESS_ZLIB, .ch_size = length + 1, .ch_addralign = 1};
	struct elf_image *image;

	assert_true(text && packed);
	memset(text, 'x', length);
	text[length] = '\0';
	memcpy(packed, &header, sizeof(header));
	assert_int_equal(compress((Bytef *)packed + sizeof(header), &packed_length,
				 (const Bytef *)text, length + 1),
		Z_OK);
	CLEANUP(u8_array_deinit)
	struct u8_array file = build_elf(&(struct elf_plan){
		.extra = {".debug_str", 0, SHF_COMPRESSED, packed, sizeof(header) + packed_length},
	});
	assert_success(elf_image_from_memory(file.items, file.count, "built", &image));
	return image;
}

static void a_text_that_is_too_long_is_none(void **state)
{
	static const size_t lengths[] = {10, LONG};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		CLEANUP(cleanup_elf_image) struct elf_image *image = image_of(lengths[i]);
		CLEANUP(dwarf_section_close) struct dwarf_section section = {0};
		CLEANUP(dwarf_texts_deinit) struct dwarf_texts texts = {0};
		const char *text;

		assert_success(dwarf_section_open(&section, image, ".debug_str"));
		assert_int_equal(section.size, lengths[i] + 1);
		assert_success(dwarf_section_text(&section, 1, &texts, &text));
		if (lengths[i] < LONG)
			assert_int_equal(strlen(text), lengths[i] - 1);
		else
			assert_null(text);
	}
}

static void texts_of_one_address_are_bounded_together(void **state)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = image_of((1 << 19) - 1);
	CLEANUP(dwarf_section_close) struct dwarf_section section = {0};
	CLEANUP(dwarf_texts_deinit) struct dwarf_texts texts = {0};
	const char *text;

	(void)state;
	assert_success(dwarf_section_open(&section, image, ".debug_str"));
	for (int i = 0; i < 10; i++) {
		assert_success(dwarf_section_text(&section, 0, &texts, &text));
		assert_int_equal(text != NULL, i < 8);
	}
	dwarf_texts_clear(&texts);
	assert_success(dwarf_section_text(&section, 0, &texts, &text));
	assert_non_null(text);
}

static void a_section_ends_where_the_file_does(void **state)
{
	static const uint64_t claims[] = {8, UINT64_MAX, UINT64_MAX / 2};
	CLEANUP(u8_array_deinit)
	struct u8_array file = build_elf(&(struct elf_plan){
		.extra = {".debug_str", 0, 0, "abcdefg", 8},
	});
	Elf64_Shdr *header = built_section(&file, BUILT_EXTRA);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(claims); i++) {
		CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
		CLEANUP(dwarf_section_close) struct dwarf_section section = {0};

		header->sh_size = claims[i];
		assert_success(elf_image_from_memory(file.items, file.count, "built", &image));
		assert_success(dwarf_section_open(&section, image, ".debug_str"));
		assert_int_equal(section.size, i ? file.count - header->sh_offset : 8);
	}
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	CLEANUP(dwarf_section_close) struct dwarf_section section = {0};
	header->sh_offset = file.count;
	assert_success(elf_image_from_memory(file.items, file.count, "built", &image));
	assert_success(dwarf_section_open(&section, image, ".debug_str"));
	assert_int_equal(section.size, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_that_is_too_long_is_none),
		cmocka_unit_test(texts_of_one_address_are_bounded_together),
		cmocka_unit_test(a_section_ends_where_the_file_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
