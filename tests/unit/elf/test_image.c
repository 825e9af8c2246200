#include "../base/test_support.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "elf/image.h"
#include "elf_builder.h"

static const uint8_t build_id[] = {0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5, 6};
static const struct built_symbol symbols[] = {
	{"run", BUILT_TEXT_ADDRESS, 0x10, STT_FUNC, STB_GLOBAL, BUILT_TEXT, false},
};
static const struct elf_plan plan = {
	.symbols = symbols,
	.symbol_count = 1,
	.build_id = build_id,
	.build_id_length = sizeof(build_id),
};

static struct elf_image *open_plain(void)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build_elf(&plan);
	struct elf_image *image = NULL;

	assert_success(elf_image_open(file_of(&file), "plain", &image));
	return image;
}

static struct error *open_bytes(const struct u8_array *file)
{
	struct elf_image *image = NULL;
	struct error *error = elf_image_from_memory(file->items, file->count, "file", &image);

	elf_image_close(image);
	return error;
}

static void headers_are_read(void **state)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_plain();
	const struct elf_segment *segments;
	struct elf_section section;
	uint64_t address, size;
	size_t count;

	(void)state;
	assert_int_equal(elf_image_machine(image), EM_X86_64);
	segments = elf_image_segments(image, &count);
	assert_int_equal(count, 2);
	assert_int_equal(segments[0].address, BUILT_TEXT_ADDRESS);
	assert_true(segments[0].executable);
	assert_int_equal(segments[1].memory_size, BUILT_DATA_MEMORY_SIZE);
	assert_false(segments[1].executable);
	assert_memory_equal(elf_image_build_id(image, &count), build_id, sizeof(build_id));
	assert_int_equal(count, sizeof(build_id));
	assert_true(elf_image_find_section(image, ".data", &section));
	assert_int_equal(section.address, BUILT_DATA_ADDRESS);
	assert_int_equal(section.offset, BUILT_DATA_OFFSET);
	assert_int_equal(section.size, BUILT_DATA_SIZE);
	assert_false(elf_image_find_section(image, ".dat", &section));
	assert_false(elf_image_eh_frame_header(image, &address, &size));
}

static void build_id_comes_from_a_segment_too(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build_elf(&plan);
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	size_t count;

	(void)state;
	*built_segment(&file, 2) = (Elf64_Phdr){
		.p_type = PT_NOTE,
		.p_offset = built_section(&file, BUILT_NOTE)->sh_offset,
		.p_filesz = built_section(&file, BUILT_NOTE)->sh_size,
		.p_align = 4,
	};
	built_header(&file)->e_shnum = 0;
	built_header(&file)->e_shoff = 0;
	built_header(&file)->e_shstrndx = 0;
	assert_success(elf_image_from_memory(file.items, file.count, "file", &image));
	assert_memory_equal(elf_image_build_id(image, &count), build_id, sizeof(build_id));
	assert_int_equal(count, sizeof(build_id));
}

static void eh_frame_header_is_found(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build_elf(&plan);
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	uint64_t address, size;

	(void)state;
	*built_segment(&file, 2) =
		(Elf64_Phdr){.p_type = PT_GNU_EH_FRAME, .p_vaddr = 0x403000, .p_memsz = 0x24};
	assert_success(elf_image_from_memory(file.items, file.count, "file", &image));
	assert_true(elf_image_eh_frame_header(image, &address, &size));
	assert_int_equal(address, 0x403000);
	assert_int_equal(size, 0x24);
}

static void reads_what_the_loader_puts_there(void **state)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_plain();
	uint8_t bytes[0x400];

	(void)state;
	assert_int_equal(elf_image_read(image, BUILT_TEXT_ADDRESS + 0x234, bytes, 4), 4);
	assert_memory_equal(bytes, "\x34\x35\x36\x37", 4);
	/* To the end of the segment, and not beyond. */
	assert_int_equal(elf_image_read(image, BUILT_TEXT_ADDRESS + 0x7fe, bytes, 8), 2);
	assert_memory_equal(bytes, "\xfe\xff", 2);
	assert_int_equal(elf_image_read(image, BUILT_TEXT_ADDRESS - 1, bytes, 8), 0);
	assert_int_equal(elf_image_read(image, UINT64_MAX, bytes, 8), 0);
	/* From the file into .bss, to its end. */
	memset(bytes, 0x55, sizeof(bytes));
	assert_int_equal(elf_image_read(image, BUILT_DATA_ADDRESS, bytes, sizeof(bytes)),
		BUILT_DATA_MEMORY_SIZE);
	assert_int_equal(bytes[BUILT_DATA_SIZE - 1], 0xda);
	assert_int_equal(bytes[BUILT_DATA_SIZE], 0);
	assert_int_equal(bytes[BUILT_DATA_MEMORY_SIZE - 1], 0);
	assert_int_equal(bytes[BUILT_DATA_MEMORY_SIZE], 0x55);
}

static void offsets_become_addresses(void **state)
{
	CLEANUP(cleanup_elf_image) struct elf_image *image = open_plain();
	uint64_t address = 0;

	(void)state;
	assert_true(elf_image_offset_to_address(image, BUILT_DATA_OFFSET + 3, &address));
	assert_int_equal(address, BUILT_DATA_ADDRESS + 3);
	assert_false(elf_image_offset_to_address(image, BUILT_TEXT_OFFSET - 1, &address));
	assert_false(
		elf_image_offset_to_address(image, BUILT_DATA_OFFSET + BUILT_DATA_SIZE, &address));
	assert_int_equal(address, BUILT_DATA_ADDRESS + 3);
}

static void what_is_no_elf_file_is_refused(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build_elf(&plan);
	struct elf_image *image;

	(void)state;
	assert_error(elf_image_from_memory("#!/bin/sh\n", 10, "run.sh", &image), ERROR_MALFORMED,
		"'run.sh' is no ELF file", NULL);
	assert_error(elf_image_from_memory(NULL, 0, "nothing", &image), ERROR_MALFORMED,
		"'nothing' is no ELF file", NULL);
	assert_error(elf_image_open(open("/", O_RDONLY | O_CLOEXEC), "/", &image), ERROR_MALFORMED,
		"'/' is no ELF file", NULL);
	assert_error(elf_image_open(-1, "none", &image), ERROR_FAILED,
		"cannot read 'none': Bad file descriptor", NULL);
	built_header(&file)->e_ident[EI_CLASS] = ELFCLASS32;
	assert_error(open_bytes(&file), ERROR_MALFORMED,
		"'file' is no 64-bit little-endian ELF file", NULL);
	built_header(&file)->e_ident[EI_CLASS] = ELFCLASS64;
	built_header(&file)->e_ident[EI_DATA] = ELFDATA2MSB;
	assert_error(open_bytes(&file), ERROR_MALFORMED,
		"'file' is no 64-bit little-endian ELF file", NULL);
}

static void a_descriptor_is_taken_over_on_failure(void **state)
{
	int fd = file_of(&(struct u8_array){(uint8_t[]){'x'}, 1, 1});
	struct elf_image *image;

	(void)state;
	assert_error(elf_image_open(fd, "x", &image), ERROR_MALFORMED, "'x' is no ELF file", NULL);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* No length at which the file ends may do harm. The section headers come last. */
static void every_truncation_is_survived(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build_elf(&plan);
	size_t with_symbols = 0;

	(void)state;
	for (size_t length = 0; length <= file.count; length++) {
		CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
		CLEANUP(cleanup_error)
		struct error *error = elf_image_from_memory(file.items, length, "file", &image);

		if (!error && elf_image_symbol_at(image, BUILT_TEXT_ADDRESS))
			with_symbols++;
	}
	assert_int_equal(with_symbols, 1);
}

static void truncation_while_open_gives_short_reads(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build_elf(&plan);
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	CLEANUP(cleanup_close) int fd = file_of(&file);
	const struct elf_symbols *found;
	uint8_t bytes[64];

	(void)state;
	assert_success(elf_image_open(dup(fd), "file", &image));
	assert_int_equal(ftruncate(fd, BUILT_TEXT_OFFSET + 16), 0);
	assert_int_equal(elf_image_read(image, BUILT_TEXT_ADDRESS, bytes, sizeof(bytes)), 16);
	assert_int_equal(elf_image_read(image, BUILT_DATA_ADDRESS, bytes, sizeof(bytes)), 0);
	assert_error(elf_image_symbols(image, &found), ERROR_MALFORMED,
		"'file': its table of symbol names was cut off while being read", NULL);
	assert_null(elf_image_symbol_at(image, BUILT_TEXT_ADDRESS));
}

static void tables_beyond_the_file_are_refused(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build_elf(&plan);
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL;
	const struct elf_symbols *found;

	(void)state;
	built_section(&file, BUILT_SYMTAB)->sh_size = UINT64_MAX;
	assert_success(elf_image_from_memory(file.items, file.count, "file", &image));
	assert_error(elf_image_symbols(image, &found), ERROR_MALFORMED,
		"'file': its symbol table lies beyond the end of the file", NULL);
	built_section(&file, BUILT_SHSTRTAB)->sh_offset = file.count;
	assert_error(open_bytes(&file), ERROR_MALFORMED,
		"'file': its table of section names lies beyond the end of the file", NULL);
}

static void files_that_others_can_make_are_not_trusted(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build_elf(&plan);
	CLEANUP(cleanup_elf_image) struct elf_image *image = NULL, *copy = NULL;
	int other = file_of(&file);

	(void)state;
	assert_success(elf_image_open(dup(other), "image", &image));
	assert_int_equal(fchmod(other, 0755), 0);
	assert_true(elf_image_is_trusted(image));
	assert_int_equal(fchmod(other, 0757), 0);
	assert_false(elf_image_is_trusted(image));
	assert_int_equal(fchmod(other, 0755), 0);
	if (fchown(other, 65534, 65534) == 0)
		assert_false(elf_image_is_trusted(image));
	close(other);
	assert_success(elf_image_from_memory(file.items, file.count, "copy", &copy));
	assert_false(elf_image_is_trusted(copy));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(build_id_comes_from_a_segment_too),
		cmocka_unit_test(eh_frame_header_is_found),
		cmocka_unit_test(reads_what_the_loader_puts_there),
		cmocka_unit_test(offsets_become_addresses),
		cmocka_unit_test(what_is_no_elf_file_is_refused),
		cmocka_unit_test(a_descriptor_is_taken_over_on_failure),
		cmocka_unit_test(every_truncation_is_survived),
		cmocka_unit_test(truncation_while_open_gives_short_reads),
		cmocka_unit_test(tables_beyond_the_file_are_refused),
		cmocka_unit_test(files_that_others_can_make_are_not_trusted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
