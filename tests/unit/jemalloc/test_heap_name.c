#include "../base/test_support.h"

#include "base/array.h"
#include "jemalloc/heap_name.h"

static void names_by_jemalloc_are_understood(void **state)
{
	static const struct {
		const char *name;
		uint64_t process, sequence;
		const char *reason;
	} cases[] = {
		{"jeprof.1234.0.i0.heap", 1234, 0, "after so many bytes as lg_prof_interval says"},
		{"jeprof.1234.17.m3.heap", 1234, 17, "on demand"},
		{"jeprof.1.2.u1.heap", 1, 2, "at a new peak of mapped memory"},
		{"my.own.prefix.77.5.f.heap", 77, 5, "at exit"},
		{"jeprof.4026531836.9.1.m0.heap", 9, 1, "on demand"}, /* with a namespace */
		{".9.1.f.heap", 9, 1, "at exit"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct heap_name name;

		assert_true(heap_name_parse(cases[i].name, &name));
		assert_int_equal(name.process, cases[i].process);
		assert_int_equal(name.sequence, cases[i].sequence);
		assert_string_equal(name.reason, cases[i].reason);
	}
}

static void other_names_are_not(void **state)
{
	static const char *const names[] = {"", ".", "heap", "my.heap", "jeprof.1.heap",
		"jeprof.1.2.heap", "jeprof.1.2.x3.heap", "jeprof.1.2.m.heap", "jeprof.1.2.f1.heap",
		"jeprof.1.2.m3.txt", "jeprof.x.2.m3.heap", "jeprof.1.y.m3.heap", "1.2.m3.heap",
		"jeprof.1.2.m3x.heap", "jeprof.1..m3.heap", "jeprof.99999999999999999999.2.f.heap"};
	struct heap_name name;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (heap_name_parse(names[i], &name))
			fail_msg("'%s' was taken for a name by jemalloc", names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_by_jemalloc_are_understood),
		cmocka_unit_test(other_names_are_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
