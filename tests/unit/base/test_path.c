#include "test_support.h"

#include <string.h>

#include "base/array.h"
#include "base/path.h"

/* What Go's filepath.Clean() makes of them. */
static void test_clean(void **state)
{
	static const struct {
		const char *path, *clean;
	} cases[] = {
		{"", ""},
		{"a", "a"},
		{"a//b/./c/../d/", "a/b/d"},
		{"./a.c", "a.c"},
		{"a/..", "."},
		{".", "."},
		{"../../a/../b", "../../b"},
		{"a/../../b", "../b"},
		{"/", "/"},
		{"//a", "/a"},
		{"/../a", "/a"},
		{"/a/../..", "/"},
		{"...", "..."},
		{"a/..b", "a/..b"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char path[32];

		strcpy(path, cases[i].path);
		path_clean(path);
		assert_string_equal(path, cases[i].clean);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_clean)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
