#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "target/limits.h"

/* Bytes of their own size, so that a step beyond them is seen. */
static struct cursor exact(const char *text, size_t length, char **ret_copy)
{
	*ret_copy = malloc(length + !length);
	memcpy(*ret_copy, text, length);
	return cursor_over(*ret_copy, length);
}

/* As Linux 6.18 writes it. */
static const char limits_text[] =
	"Limit                     Soft Limit           Hard Limit           Units     \n"
	"Max cpu time              unlimited            unlimited            seconds   \n"
	"Max file size             4096                 unlimited            bytes     \n"
	"Max data size             unlimited            unlimited            bytes     \n"
	"Max stack size            8388608              unlimited            bytes     \n"
	"Max processes             96365                96366                processes \n"
	"Max open files            1024                 1048576              files     \n"
	"Max locked memory         65536                65537                bytes     \n"
	"Max address space         1073741824           unlimited            bytes     \n"
	"Max realtime timeout      unlimited            unlimited            us        \n";

static bool parse_limits(const char *text, size_t length, struct process_limits *ret)
{
	char *copy;
	bool valid = limits_parse(exact(text, length, &copy), ret);

	free(copy);
	return valid;
}

static void the_soft_limits_are_taken(void **state)
{
	struct process_limits limits;

	(void)state;
	assert_true(parse_limits(limits_text, strlen(limits_text), &limits));
	assert_true(limits.address_space == 1073741824);
	assert_true(limits.data == LIMIT_NONE);
	assert_true(limits.locked_memory == 65536);
	assert_true(limits.file_size == 4096);
	assert_true(limits.processes == 96365);
	assert_true(limits.open_files == 1024);
}

/* The last that is needed is the address space. */
static void limits_that_end_early_are_refused(void **state)
{
	size_t needed = (size_t)(strstr(limits_text, "1073741824") - limits_text);

	(void)state;
	for (size_t length = 0; length <= strlen(limits_text); length++) {
		struct process_limits limits = {.open_files = 77};
		bool valid = parse_limits(limits_text, length, &limits);

		assert_int_equal(valid, length > needed);
		assert_int_equal(limits.open_files, valid ? 1024 : 77);
	}
}

static void limits_of_another_form_are_refused(void **state)
{
	static const char *const numbers[] = {"-1", "x", "", "18446744073709551616", "unlimite"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct process_limits limits;
		char text[2048];

		snprintf(text, sizeof(text), "%sMax open files   %s\n", limits_text, numbers[i]);
		assert_false(parse_limits(text, strlen(text), &limits));
	}
}

static void a_number_may_be_max(void **state)
{
	uint64_t number = 77;

	(void)state;
	assert_false(limits_parse_number(cursor_over("", 0), &number));
	assert_false(limits_parse_number(cursor_over("ma", 2), &number));
	assert_false(limits_parse_number(cursor_over("-1\n", 3), &number));
	assert_int_equal(number, 77);
	assert_true(limits_parse_number(cursor_over("65530\n", 6), &number));
	assert_int_equal(number, 65530);
	assert_true(limits_parse_number(cursor_over("max\n", 4), &number));
	assert_true(number == LIMIT_NONE);
}

static bool parse_commit(const char *text, uint64_t *limit, uint64_t *committed)
{
	char *copy;
	bool valid = limits_parse_commit(exact(text, strlen(text), &copy), limit, committed);

	free(copy);
	return valid;
}

static void what_is_promised_is_taken(void **state)
{
	uint64_t limit = 77, committed = 77;

	(void)state;
	assert_false(parse_commit("", &limit, &committed));
	assert_false(parse_commit("CommitLimit:  5 kB\n", &limit, &committed));
	assert_false(parse_commit("Committed_AS:  5 kB\n", &limit, &committed));
	assert_false(parse_commit("CommitLimit: x\nCommitted_AS: 5 kB\n", &limit, &committed));
	assert_false(parse_commit(
		"CommitLimit: 5\nCommitted_AS: 18446744073709551615\n", &limit, &committed));
	assert_int_equal(limit + committed, 154);
	assert_true(parse_commit("MemTotal:  9 kB\nCommitLimit:   2048 kB\nCommitted_AS:  3 kB\n",
		&limit, &committed));
	assert_int_equal(limit, 2048 * 1024);
	assert_int_equal(committed, 3 * 1024);
}

static void mappings_are_counted(void **state)
{
	static const char text[] = "00400000-00401000 r-xp 00000000 08:01 5 /bin/a\n"
				   "7ffd1000-7ffd2000 rw-p 00000000 00:00 0 [stack]\n"
				   "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 "
				   "[vsyscall]\n";

	(void)state;
	assert_int_equal(limits_count_mappings(cursor_over(text, strlen(text))), 2);
	assert_int_equal(limits_count_mappings(cursor_over("", 0)), 0);
	assert_int_equal(limits_count_mappings(cursor_over("a", 1)), 1);
}

static const struct {
	const char *text, *path; /* NULL: none */
	bool unified;
} groups[] = {
	{"0::/user.slice/session-1.scope\n", "/user.slice/session-1.scope", true},
	{"0::/\n", "/", true},
	{"9:name=systemd:/a\n8:pids:/b\n0::/c\n", "/b", false},
	{"0::/c\n8:cpu,pids,memory:/b:d\n", "/b:d", false},
	{"4:memory:/a\n0::/c\n", "/c", true},
	{"4:memory:/a\n", NULL, false},
	{"8:pidsx:/a\n8:xpids:/b\n8:x:pids\n", NULL, false},
	{"8:pids:b\n", NULL, false},
	{"8:pids\n8\n:\n::/\nx::/\n0:\n0::\n", NULL, false},
	{"", NULL, false},
};

static void the_group_that_counts_tasks_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		struct cursor path = {0};
		bool unified = false;
		char *copy;
		struct cursor text = exact(groups[i].text, strlen(groups[i].text), &copy);

		if (limits_parse_group(text, &path, &unified) != (groups[i].path != NULL))
			fail_msg("row %zu", i);
		if (groups[i].path)
			assert_true(cursor_equals(&path, groups[i].path));
		assert_int_equal(unified, groups[i].unified);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_soft_limits_are_taken),
		cmocka_unit_test(limits_that_end_early_are_refused),
		cmocka_unit_test(limits_of_another_form_are_refused),
		cmocka_unit_test(a_number_may_be_max),
		cmocka_unit_test(what_is_promised_is_taken),
		cmocka_unit_test(mappings_are_counted),
		cmocka_unit_test(the_group_that_counts_tasks_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
