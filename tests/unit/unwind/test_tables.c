#include "../base/test_directory.h"

#include <sys/stat.h>
#include <zlib.h>

#include "../elf/elf_builder.h"
#include "base/file.h"
#include "unwind/frame_tables.h"

/*
 * Call frame information in a section of its own, without an .eh_frame_hdr: two functions, each of
 * 0x100 bytes, whose rows are told apart by the offset of their CFA.
 */
#define FIRST    BUILT_TEXT_ADDRESS
#define SECOND   (BUILT_TEXT_ADDRESS + 0x200)
#define SIZE     0x100
#define SECTION  0x402000ULL /* address of .eh_frame */
#define CFA_LOW  8
#define CFA_HIGH 24

enum form {
	EH_FRAME,
	EH_FRAME_LONG, /* lengths of 64 bits */
	DEBUG_FRAME_1,
	DEBUG_FRAME_3,
	DEBUG_FRAME_4,
	DEBUG_FRAME_LONG,
	FORM_COUNT,
};

struct writer {
	struct u8_array bytes;
	enum form form;
	size_t entry; /* where the one being written begins */
};

static bool is_eh_frame(const struct writer *writer)
{
	return writer->form <= EH_FRAME_LONG;
}

static bool is_long(const struct writer *writer)
{
	return writer->form == EH_FRAME_LONG || writer->form == DEBUG_FRAME_LONG;
}

static void put(struct writer *writer, const void *bytes, size_t length)
{
	const uint8_t *byte = bytes;

	while (length--)
		assert_success(u8_array_append(&writer->bytes, *byte++));
}

static void put_number(struct writer *writer, uint64_t value, size_t length)
{
	put(writer, &value, length);
}

static size_t begin(struct writer *writer)
{
	writer->entry = writer->bytes.count;
	if (is_long(writer))
		put_number(writer, UINT32_MAX, 4);
	put_number(writer, 0, is_long(writer) ? 8 : 4);
	return writer->bytes.count;
}

static void finish(struct writer *writer)
{
	size_t width = is_long(writer) ? 8 : 4, at = writer->entry + (is_long(writer) ? 4 : 0);
	uint64_t length = writer->bytes.count - at - width;

	memcpy(writer->bytes.items + at, &length, width);
}

static void put_common(struct writer *writer)
{
	size_t at = begin(writer);
	uint8_t version = writer->form == DEBUG_FRAME_1   ? 1
			  : writer->form == DEBUG_FRAME_4 ? 4
			  : is_eh_frame(writer)           ? 1
							  : 3;

	(void)at;
	put_number(writer, is_eh_frame(writer) ? 0 : UINT64_MAX,
		writer->form == DEBUG_FRAME_LONG ? 8 : 4);
	put_number(writer, version, 1);
	put(writer, is_eh_frame(writer) ? "zR" : "", is_eh_frame(writer) ? 3 : 1);
	if (version == 4)
		put(writer, "\x08\x00", 2);
	put(writer, "\x01\x78\x10", 3);
	if (is_eh_frame(writer))
		put(writer, "\x01\x1b", 2); /* 4 bytes, relative */
	put(writer, "\x0c\x07\x08\x90\x01", 5);
	finish(writer);
}

/* From the middle on, the CFA is further up. */
static void put_function(struct writer *writer, uint64_t start)
{
	size_t at = begin(writer);

	if (is_eh_frame(writer)) {
		put_number(writer, at, 4);
		put_number(writer, start - (SECTION + writer->bytes.count), 4);
		put_number(writer, SIZE, 4);
		put_number(writer, 0, 1);
	} else {
		put_number(writer, 0, writer->form == DEBUG_FRAME_LONG ? 8 : 4);
		put_number(writer, start, 8);
		put_number(writer, SIZE, 8);
	}
	put(writer, "\x02\x80\x0e\x18", 4);
	finish(writer);
}

static struct u8_array section(enum form form)
{
	struct writer writer = {.form = form};

	put_common(&writer);
	put_function(&writer, SECOND); /* not sorted */
	put_function(&writer, FIRST);
	if (is_eh_frame(&writer))
		put_number(&writer, 0, 4);
	return writer.bytes;
}

static struct u8_array packed(const struct u8_array *bytes)
{
	Elf64_Chdr header = {ELFCOMPRESS_ZLIB, 0, bytes->count, 8};
	struct writer writer = {0};
	uLongf length = compressBound(bytes->count);
	CLEANUP(cleanup_free) uint8_t *room = malloc(length);

	assert_int_equal(compress(room, &length, bytes->items, bytes->count), Z_OK);
	put(&writer, &header, sizeof(header));
	put(&writer, room, length);
	return writer.bytes;
}

struct fixture {
	struct file_pages *pages;
	struct frame_tables *tables;
	struct debug_search *search;
	struct elf_image *image;
};

static const uint8_t id[] = {0xab, 0xcd, 0xef}, other_id[] = {0xab, 0xcd, 0xee};

static struct u8_array build(const uint8_t build_id[sizeof(id)], const char *name,
	const struct u8_array *bytes, uint64_t flags)
{
	return build_elf(&(struct elf_plan){
		.build_id = build_id,
		.build_id_length = sizeof(id),
		.extra = {name, strcmp(name, ".eh_frame") == 0 ? SECTION : 0, flags, bytes->items,
			bytes->count},
	});
}

/* Debug files are looked for in the folder where the test is. */
static void open_fixture(
	struct fixture *fixture, const char *name, const struct u8_array *bytes, uint64_t flags)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build(id, name, bytes, flags);

	assert_success(elf_image_from_memory(file.items, file.count, "file", &fixture->image));
	assert_success(file_pages_create(&fixture->pages));
	assert_success(debug_search_create(&fixture->search));
	assert_success(debug_search_set_up(
		fixture->search, &(struct debug_search_options){.folders = "."}));
	assert_success(frame_tables_create(fixture->pages, fixture->search, &fixture->tables));
}

static void put_debug_file(
	const uint8_t build_id[sizeof(id)], const char *name, const struct u8_array *bytes)
{
	CLEANUP(u8_array_deinit) struct u8_array file = build(build_id, name, bytes, 0);

	mkdir(".build-id", 0777);
	mkdir(".build-id/ab", 0777);
	assert_success(file_write(".build-id/ab/cdef.debug", file.items, file.count, 0666));
}

static void look_again(struct fixture *fixture)
{
	frame_tables_forget(fixture->tables);
	assert_success(debug_search_set_up(
		fixture->search, &(struct debug_search_options){.folders = "."}));
}

static void close_fixture(struct fixture *fixture)
{
	frame_tables_destroy(fixture->tables);
	file_pages_destroy(fixture->pages);
	elf_image_close(fixture->image);
	debug_search_destroy(fixture->search);
}

/* The offset of the CFA; -1: no rules. */
static int cfa_at(const struct fixture *fixture, uint64_t address)
{
	struct frame_row row;
	bool found;

	assert_success(frame_tables_find(fixture->tables, fixture->image, address, &row, &found));
	if (!found)
		return -1;
	assert_int_equal(row.rules.cfa_rule, RULE_CFA_FROM_REGISTER);
	assert_int_equal(row.rules.cfa_register, REGISTER_RSP);
	assert_int_equal(row.rules.changed, 1U << REGISTER_PC);
	assert_int_equal(row.rules.values[REGISTER_PC], -8);
	return row.rules.cfa_value;
}

static void assert_both_functions(const struct fixture *fixture)
{
	for (int i = 0; i < 2; i++) {
		uint64_t start = i ? SECOND : FIRST;

		assert_int_equal(cfa_at(fixture, start - 1), -1);
		assert_int_equal(cfa_at(fixture, start), CFA_LOW);
		assert_int_equal(cfa_at(fixture, start + SIZE / 2 - 1), CFA_LOW);
		assert_int_equal(cfa_at(fixture, start + SIZE / 2), CFA_HIGH);
		assert_int_equal(cfa_at(fixture, start + SIZE - 1), CFA_HIGH);
		assert_int_equal(cfa_at(fixture, start + SIZE), -1);
	}
}

static void every_form_of_a_section_is_understood(void **state)
{
	(void)state;
	for (enum form form = 0; form < FORM_COUNT; form++) {
		CLEANUP(u8_array_deinit) struct u8_array bytes = section(form);
		struct fixture fixture;

		open_fixture(
			&fixture, form <= EH_FRAME_LONG ? ".eh_frame" : ".debug_frame", &bytes, 0);
		assert_both_functions(&fixture);
		frame_tables_forget(fixture.tables);
		assert_both_functions(&fixture);
		close_fixture(&fixture);
	}
}

static void a_packed_section_is_unpacked(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = section(DEBUG_FRAME_4);
	CLEANUP(u8_array_deinit) struct u8_array small = packed(&bytes);
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, ".debug_frame", &small, SHF_COMPRESSED);
	assert_both_functions(&fixture);
	close_fixture(&fixture);
}

/* What is there before the cut is found, and nothing is read beyond it. */
static void a_section_that_is_cut_off_has_what_is_left(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array whole = section(EH_FRAME);

	(void)state;
	for (size_t length = 0; length < whole.count; length++) {
		struct u8_array bytes = {whole.items, length, length};
		struct fixture fixture;

		open_fixture(&fixture, ".eh_frame", &bytes, 0);
		int first = cfa_at(&fixture, FIRST), second = cfa_at(&fixture, SECOND);
		assert_true(first == -1 || first == CFA_LOW);
		assert_true(second == -1 || second == CFA_LOW);
		assert_true(length < whole.count - 4 ? first == -1 : first == CFA_LOW);
		close_fixture(&fixture);
	}
}

/* An entry whose length leads back, or to itself, must not be an endless way. */
static void lengths_that_cannot_be_end_the_search(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} sections[] = {
		{"\xff\xff\xff\xff\xf4\xff\xff\xff\xff\xff\xff\xff", 12},
		{"\xff\xff\xff\xff\xf4\xff\xff\xff\xff\xff\xff\x7f", 12},
		{"\xff\xff\xff\xff\0\0\0\0\0\0\0\0", 12},
		{"\xf0\xff\xff\xff\0\0\0\0", 8},
		{"\0\0\0\0\0\0\0\0", 8},
		{"\x04\0\0\0\x04\0\0\0", 8}, /* an FDE that is its own CIE */
		{"\x01", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		struct u8_array bytes = {(uint8_t *)(uintptr_t)sections[i].bytes,
			sections[i].length, sections[i].length};
		struct fixture fixture;

		open_fixture(&fixture, ".eh_frame", &bytes, 0);
		assert_int_equal(cfa_at(&fixture, FIRST), -1);
		close_fixture(&fixture);
	}
}

/* As of a stripped file. */
static const struct u8_array nothing;

static void the_debug_file_has_what_the_file_has_not(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = section(DEBUG_FRAME_4);
	struct fixture fixture;

	(void)state;
	put_debug_file(id, ".debug_frame", &bytes);
	open_fixture(&fixture, ".comment", &nothing, 0);
	assert_both_functions(&fixture);
	frame_tables_forget(fixture.tables);
	assert_both_functions(&fixture);
	close_fixture(&fixture);
}

static void the_file_itself_comes_first(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = section(DEBUG_FRAME_4);
	CLEANUP(u8_array_deinit) struct u8_array others = section(DEBUG_FRAME_3);
	struct fixture fixture;

	(void)state;
	others.count /= 2; /* so that one function is not there */
	put_debug_file(id, ".debug_frame", &others);
	open_fixture(&fixture, ".debug_frame", &bytes, 0);
	assert_both_functions(&fixture);
	close_fixture(&fixture);
}

static void a_debug_file_that_does_not_help_is_as_good_as_none(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = section(DEBUG_FRAME_4);
	struct fixture fixture;

	(void)state;
	open_fixture(&fixture, ".comment", &nothing, 0);
	assert_int_equal(cfa_at(&fixture, FIRST), -1);
	/* What was looked for is not looked for again. */
	put_debug_file(id, ".debug_frame", &bytes);
	assert_int_equal(cfa_at(&fixture, FIRST), -1);
	put_debug_file(other_id, ".debug_frame", &bytes);
	look_again(&fixture);
	assert_int_equal(cfa_at(&fixture, FIRST), -1);
	put_debug_file(id, ".comment", &bytes);
	look_again(&fixture);
	assert_int_equal(cfa_at(&fixture, FIRST), -1);
	assert_success(file_write(".build-id/ab/cdef.debug", "no ELF", 6, 0666));
	look_again(&fixture);
	assert_int_equal(cfa_at(&fixture, FIRST), -1);
	put_debug_file(id, ".debug_frame", &bytes);
	look_again(&fixture);
	assert_both_functions(&fixture);
	close_fixture(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST_IN_DIRECTORY(every_form_of_a_section_is_understood),
		TEST_IN_DIRECTORY(a_packed_section_is_unpacked),
		TEST_IN_DIRECTORY(a_section_that_is_cut_off_has_what_is_left),
		TEST_IN_DIRECTORY(lengths_that_cannot_be_end_the_search),
		TEST_IN_DIRECTORY(the_debug_file_has_what_the_file_has_not),
		TEST_IN_DIRECTORY(the_file_itself_comes_first),
		TEST_IN_DIRECTORY(a_debug_file_that_does_not_help_is_as_good_as_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
