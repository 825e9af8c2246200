#include "../base/test_support.h"

#include <string.h>

#include "base/array.h"
#include "symbolize/jit_dump.h"

#define MAGIC 0x4a695444

/* A dump that is being made. */
struct dump {
	uint8_t bytes[4096];
	size_t length;
};

static void put(struct dump *dump, const void *bytes, size_t length)
{
	assert_true(dump->length + length <= sizeof(dump->bytes));
	memcpy(dump->bytes + dump->length, bytes, length);
	dump->length += length;
}

static void put32(struct dump *dump, uint32_t number)
{
	put(dump, &number, sizeof(number));
}

static void put64(struct dump *dump, uint64_t number)
{
	put(dump, &number, sizeof(number));
}

static void begin(struct dump *dump)
{
	*dump = (struct dump){0};
	put32(dump, MAGIC);
	put32(dump, 1);
	put32(dump, 40);
	put32(dump, 62); /* EM_X86_64 */
	put32(dump, 0);
	put32(dump, 7);
	put64(dump, 0);
	put64(dump, 0);
}

static void begin_record(struct dump *dump, uint32_t id, size_t length)
{
	put32(dump, id);
	put32(dump, (uint32_t)(16 + length));
	put64(dump, 0);
}

static void load(
	struct dump *dump, uint64_t address, uint64_t size, uint64_t index, const char *name)
{
	static const char code[64];

	begin_record(dump, 0, 40 + strlen(name) + 1 + sizeof(code));
	put32(dump, 7);
	put32(dump, 7);
	put64(dump, address);
	put64(dump, address);
	put64(dump, size);
	put64(dump, index);
	put(dump, name, strlen(name) + 1);
	put(dump, code, sizeof(code));
}

static void move(struct dump *dump, uint64_t from, uint64_t to, uint64_t size, uint64_t index)
{
	begin_record(dump, 1, 48);
	put32(dump, 7);
	put32(dump, 7);
	put64(dump, to);
	put64(dump, from);
	put64(dump, to);
	put64(dump, size);
	put64(dump, index);
}

/* Positions at start + 0, 8 and 16, the lines 3, 4 and 7. */
static void positions(struct dump *dump, uint64_t code, uint64_t start)
{
	static const char *const files[] = {"/srv/a.js", "\xff", "/srv/inlined.js"};
	static const uint32_t lines[] = {3, 4, 7};
	size_t length = 16;

	for (int i = 0; i < 3; i++)
		length += 16 + strlen(files[i]) + 1;
	begin_record(dump, 2, length);
	put64(dump, code);
	put64(dump, 3);
	for (int i = 0; i < 3; i++) {
		put64(dump, start + 8 * (uint64_t)i);
		put32(dump, lines[i]);
		put32(dump, 0);
		put(dump, files[i], strlen(files[i]) + 1);
	}
}

static struct cursor over(const struct dump *dump)
{
	return cursor_over(dump->bytes, dump->length);
}

static void assert_text(struct cursor text, const char *expected)
{
	if (cursor_left(&text) != strlen(expected) || !cursor_equals(&text, expected))
		fail_msg("'%.*s' is not '%s'", (int)cursor_left(&text), text.at, expected);
}

static void assert_named(const struct dump *dump, uint64_t address, const char *name)
{
	struct jit_lookup lookup = {.address = address};

	assert_success(jit_dump_find(over(dump), &lookup, 1));
	assert_text(lookup.name, name);
}

static void assert_line(const struct dump *dump, uint64_t address, const char *file, uint32_t line)
{
	struct jit_lookup lookup = {.address = address};

	assert_success(jit_dump_find(over(dump), &lookup, 1));
	assert_text(lookup.file, file);
	assert_int_equal(lookup.line, line);
	assert_int_equal(lookup.start_line, line ? 3 : 0);
}

static void functions_hold_their_addresses(void **state)
{
	struct dump dump;

	(void)state;
	begin(&dump);
	load(&dump, 0x1000, 0x20, 1, "first");
	load(&dump, 0x1020, 0x20, 2, "second one");
	load(&dump, UINT64_MAX - 1, 4, 3, "beyond the end");
	load(&dump, 0x2000, 0, 4, "nothing");
	assert_named(&dump, 0xfff, "");
	assert_named(&dump, 0x1000, "first");
	assert_named(&dump, 0x101f, "first");
	assert_named(&dump, 0x1020, "second one");
	assert_named(&dump, 0x1040, "");
	assert_named(&dump, UINT64_MAX - 1, "");
	assert_named(&dump, 0x2000, "");
}

static void what_comes_later_counts(void **state)
{
	struct jit_lookup lookups[] = {
		{.address = 0x1000}, {.address = 0x1010}, {.address = 0x1020}};
	struct dump dump;

	(void)state;
	begin(&dump);
	load(&dump, 0x1000, 0x30, 1, "old");
	load(&dump, 0x1010, 0x10, 2, "new");
	assert_success(jit_dump_find(over(&dump), lookups, 3));
	assert_text(lookups[0].name, "old");
	assert_text(lookups[1].name, "new");
	assert_text(lookups[2].name, "old");
}

static void a_moved_function_is_found_at_both_places(void **state)
{
	struct dump dump;

	(void)state;
	begin(&dump);
	positions(&dump, 0x1000, 0x1000);
	load(&dump, 0x1000, 0x20, 1, "mover");
	load(&dump, 0x1100, 0x20, 2, "other");
	move(&dump, 0x1000, 0x3000, 0x20, 1);
	move(&dump, 0x3000, 0x4000, 0x20, 1);
	move(&dump, 0x1, 0x5000, 0x20, 9); /* of nothing */
	assert_named(&dump, 0x1000, "mover");
	assert_named(&dump, 0x3010, "mover");
	assert_named(&dump, 0x4010, "mover");
	assert_named(&dump, 0x1100, "other");
	assert_named(&dump, 0x5000, "");
	assert_line(&dump, 0x4008, "/srv/a.js", 4);
	/* An index may be used again. */
	load(&dump, 0x1200, 0x20, 1, "again");
	move(&dump, 0x1200, 0x6000, 0x20, 1);
	assert_named(&dump, 0x6000, "again");
	assert_named(&dump, 0x4000, "mover");
}

static void positions_tell_the_line(void **state)
{
	static const uint64_t shifts[] = {0, 0x40};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(shifts); i++) {
		struct dump dump;

		begin(&dump);
		positions(&dump, 0x1000, 0x1000 + shifts[i]);
		load(&dump, 0x1000, 0x20, 1, "burn");
		load(&dump, 0x2000, 0x20, 2, "without");
		positions(&dump, 0x9999, 0x3000);
		load(&dump, 0x3000, 0x20, 3, "not its own");
		assert_line(&dump, 0x1000, "/srv/a.js", 3);
		assert_line(&dump, 0x1007, "/srv/a.js", 3);
		assert_line(&dump, 0x1008, "/srv/a.js", 4);
		assert_line(&dump, 0x101f, "/srv/inlined.js", 7);
		assert_line(&dump, 0x2000, "", 0);
		assert_line(&dump, 0x3000, "", 0);
	}
}

static void positions_that_make_no_sense_are_left_out(void **state)
{
	struct dump dump;

	(void)state;
	begin(&dump);
	positions(&dump, 0x1000, 0x1000);
	dump.bytes[40 + 16 + 8]++; /* more than there are */
	load(&dump, 0x1000, 0x20, 1, "too few");
	positions(&dump, 0x2000, 0x2100);
	load(&dump, 0x2000, 0x20, 2, "elsewhere");
	positions(&dump, 0x3000, 0x3000);
	dump.bytes[dump.length - 10] = '\3';
	load(&dump, 0x3000, 0x20, 3, "broken name");
	for (uint64_t address = 0x1000; address <= 0x3000; address += 0x1000)
		assert_line(&dump, address, "", 0);
	assert_named(&dump, 0x3000, "broken name");
}

/* A record that is under way is not there yet, whatever is missing of it. */
static void a_dump_may_end_anywhere(void **state)
{
	struct dump whole;
	size_t first;

	(void)state;
	begin(&whole);
	load(&whole, 0x1000, 0x20, 1, "first");
	first = whole.length;
	positions(&whole, 0x2000, 0x2000);
	load(&whole, 0x2000, 0x20, 2, "second");
	for (size_t length = 0; length <= whole.length; length++) {
		struct jit_lookup lookups[] = {{.address = 0x1000}, {.address = 0x2000}};
		struct error *error = jit_dump_find(cursor_over(whole.bytes, length), lookups, 2);

		if (length < 40) {
			assert_error(error, ERROR_MALFORMED,
				"it is no jitdump, or one of another byte order", NULL);
			continue;
		}
		assert_success(error);
		assert_text(lookups[0].name, length < first ? "" : "first");
		assert_text(lookups[1].name, length < whole.length ? "" : "second");
	}
}

static void other_records_are_passed_over(void **state)
{
	struct dump dump;

	(void)state;
	begin(&dump);
	begin_record(&dump, 4, 8); /* unwinding information */
	put64(&dump, 0);
	load(&dump, 0x1000, 0x20, 1, "first");
	begin_record(&dump, 3, 0); /* the end */
	begin_record(&dump, 77, 4);
	put32(&dump, 0);
	load(&dump, 0x2000, 0x20, 2, "second");
	put32(&dump, 0);
	put32(&dump, 15); /* shorter than its header */
	load(&dump, 0x3000, 0x20, 3, "third");
	assert_named(&dump, 0x1000, "first");
	assert_named(&dump, 0x2000, "second");
	assert_named(&dump, 0x3000, "");
}

static void names_of_files_are_told(void **state)
{
	(void)state;
	assert_true(jit_dump_is_name("/srv/.debug/jit/java/jit-123.dump"));
	assert_true(jit_dump_is_name("jit-1.dump"));
	assert_false(jit_dump_is_name("/srv/jit-.dump"));
	assert_false(jit_dump_is_name("/srv/jit-1.dump.old"));
	assert_false(jit_dump_is_name("/srv/xjit-1.dump"));
	assert_false(jit_dump_is_name("/jit-1.dump/x"));
	assert_false(jit_dump_is_name(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_hold_their_addresses),
		cmocka_unit_test(what_comes_later_counts),
		cmocka_unit_test(a_moved_function_is_found_at_both_places),
		cmocka_unit_test(positions_tell_the_line),
		cmocka_unit_test(positions_that_make_no_sense_are_left_out),
		cmocka_unit_test(a_dump_may_end_anywhere),
		cmocka_unit_test(other_records_are_passed_over),
		cmocka_unit_test(names_of_files_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
