#include "test_support.h"

#include "base/mappings.h"

static struct error *parse(const char *text, struct mappings *ret)
{
	return mappings_parse(cursor_over(text, strlen(text)), ret);
}

static void every_field_of_a_line(void **state)
{
	struct mappings mappings = {0};

	(void)state;
	assert_success(parse("55d0c8a00000-55d0c8a21000 r-xp 00002000 fe:01 1835037"
	                     "                    /usr/bin/redis-server\n"
	                     "7ffd9a1c0000-7ffd9a1e1000 rw-s 00000000 00:00 0 \n",
	        &mappings));
	assert_int_equal(mappings.list.count, 2);
	const struct mapping *mapping = &mappings.list.items[0];
	assert_int_equal(mapping->start, 0x55d0c8a00000);
	assert_int_equal(mapping->end, 0x55d0c8a21000);
	assert_int_equal(mapping->offset, 0x2000);
	assert_int_equal(mapping->device_major, 0xfe);
	assert_int_equal(mapping->device_minor, 1);
	assert_int_equal(mapping->inode, 1835037);
	assert_true(mapping->readable && !mapping->writable && mapping->executable);
	assert_false(mapping->shared);
	assert_false(mapping->deleted);
	assert_string_equal(mapping->path, "/usr/bin/redis-server");
	mapping = &mappings.list.items[1];
	assert_true(mapping->readable && mapping->writable && !mapping->executable);
	assert_true(mapping->shared);
	assert_int_equal(mapping->inode, 0);
	assert_string_equal(mapping->path, "");
	mappings_deinit(&mappings);
	assert_int_equal(mappings.list.count, 0);
}

static void paths_as_the_kernel_writes_them(void **state)
{
	static const struct {
		const char *written, *path;
		bool deleted;
	} cases[] = {
	        {"[vdso]", "[vdso]", false},
	        {"[heap]", "[heap]", false},
	        {"[anon: a b]", "[anon: a b]", false},
	        {"/opt/my app/bin/a  b", "/opt/my app/bin/a  b", false},
	        {"/usr/bin/demo (deleted)", "/usr/bin/demo", true},
	        {"/memfd:jit (deleted) (deleted)", "/memfd:jit (deleted)", true},
	        {"/a\\012b\\012", "/a\nb\n", false},
	        {"/a\\01b\\\\012", "/a\\01b\\\n", false},
	        {"", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct mappings mappings = {0};
		char line[128] = "1000-2000 r-xp 00000000 08:01 77   ";

		strcat(line, cases[i].written);
		assert_success(parse(line, &mappings));
		assert_int_equal(mappings.list.count, 1);
		assert_string_equal(mappings.list.items[0].path, cases[i].path);
		assert_int_equal(mappings.list.items[0].deleted, cases[i].deleted);
		mappings_deinit(&mappings);
	}
}

static void an_empty_text_has_no_mappings(void **state)
{
	struct mappings mappings = {0};

	(void)state;
	assert_success(mappings_parse(cursor_over(NULL, 0), &mappings));
	assert_int_equal(mappings.list.count, 0);
	assert_null(mappings_find(&mappings, 0));
	mappings_deinit(&mappings);
}

static void malformed_lines_are_named(void **state)
{
	static const char *const lines[] = {
	        "",
	        "nonsense",
	        "1000",
	        "1000-",
	        "2000-1000 r-xp 00000000 08:01 77 /a",
	        "g000-2000 r-xp 00000000 08:01 77 /a",
	        "10000000000000000-20000000000000000 r-xp 00000000 08:01 77 /a",
	        "1000-2000r-xp 00000000 08:01 77 /a",
	        "1000-2000 r-x",
	        "1000-2000 r-xpp 00000000 08:01 77 /a",
	        "1000-2000 r-xp",
	        "1000-2000 r-xp 00000000",
	        "1000-2000 r-xp 00000000 0801 77 /a",
	        "1000-2000 r-xp 00000000 100000000:01 77 /a",
	        "1000-2000 r-xp 00000000 08:100000000 77 /a",
	        "1000-2000 r-xp 00000000 08:01",
	        "1000-2000 r-xp 00000000 08:01 inode /a",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct mappings mappings = {0};
		char text[256] = "0-1000 r--p 00000000 08:01 77 /a\n";

		strcat(text, lines[i]);
		strcat(text, "\n");
		assert_error(parse(text, &mappings), ERROR_MALFORMED,
		        "line 2: not a line of a maps file", NULL);
		assert_int_equal(mappings.list.count, 0);
	}
}

static void addresses_must_not_go_backwards(void **state)
{
	struct mappings mappings = {0};

	(void)state;
	assert_error(parse("1000-3000 r-xp 00000000 08:01 77 /a\n"
	                   "2000-4000 r-xp 00000000 08:01 77 /b\n",
	                     &mappings),
	        ERROR_MALFORMED, "line 2: addresses out of order", NULL);
	assert_error(parse("5000-6000 r-xp 00000000 08:01 77 /a\n"
	                   "6000-7000 r-xp 00000000 08:01 77 /a\n"
	                   "2000-4000 r-xp 00000000 08:01 77 /b\n",
	                     &mappings),
	        ERROR_MALFORMED, "line 3: addresses out of order", NULL);
}

static void find_knows_both_ends(void **state)
{
	struct mappings mappings = {0};

	(void)state;
	assert_success(parse("1000-2000 r--p 00000000 08:01 77 /a\n"
	                     "2000-3000 r-xp 00001000 08:01 77 /b\n"
	                     "5000-6000 r-xp 00000000 08:01 78 /c\n"
	                     "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]\n",
	        &mappings));
	assert_null(mappings_find(&mappings, 0));
	assert_null(mappings_find(&mappings, 0xfff));
	assert_string_equal(mappings_find(&mappings, 0x1000)->path, "/a");
	assert_string_equal(mappings_find(&mappings, 0x1fff)->path, "/a");
	assert_string_equal(mappings_find(&mappings, 0x2000)->path, "/b");
	assert_string_equal(mappings_find(&mappings, 0x2fff)->path, "/b");
	assert_null(mappings_find(&mappings, 0x3000));
	assert_null(mappings_find(&mappings, 0x4fff));
	assert_string_equal(mappings_find(&mappings, 0x5000)->path, "/c");
	assert_null(mappings_find(&mappings, 0x6000));
	assert_string_equal(mappings_find(&mappings, 0xffffffffff600000)->path, "[vsyscall]");
	assert_null(mappings_find(&mappings, UINT64_MAX));
	mappings_deinit(&mappings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_field_of_a_line),
	        cmocka_unit_test(paths_as_the_kernel_writes_them),
	        cmocka_unit_test(an_empty_text_has_no_mappings),
	        cmocka_unit_test(malformed_lines_are_named),
	        cmocka_unit_test(addresses_must_not_go_backwards),
	        cmocka_unit_test(find_knows_both_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
