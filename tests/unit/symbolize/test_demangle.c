#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "symbolize/demangle.h"

struct example {
	const char *symbol;
	const char *readable; /* NULL: not mangled */
};

static void assert_examples(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *readable = demangle(examples[i].symbol);

		if (!examples[i].readable && readable)
			fail_msg("%s: %s", examples[i].symbol, readable);
		if (examples[i].readable && !readable)
			fail_msg("%s: nothing", examples[i].symbol);
		if (examples[i].readable)
			assert_string_equal(readable, examples[i].readable);
		free(readable);
	}
}

#define ASSERT_EXAMPLES(examples)                                                                  \
	assert_examples(examples, sizeof(examples) / sizeof((examples)[0]))

static void rust_symbols_lose_their_hash(void **state)
{
	static const struct example examples[] = {
		{"_ZN4core3ptr13drop_in_place17h0123456789abcdefE", "core::ptr::drop_in_place"},
		{"_ZN66_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..ops..drop..Drop$GT$"
		 "4drop17hd0a1b2c3d4e5f607E",
			"<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop"},
		{"_RNvCs1234_7mycrate3foo", "mycrate::foo"},
		{"_RINvNtC3std3mem8align_ofNtNtC3std3mem12DiscriminantE",
			"std::mem::align_of::<std::mem::Discriminant>"},
		{"_RNvC6_123foo3bar", "123foo::bar"},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

static void cpp_symbols_have_parameters(void **state)
{
	static const struct example examples[] = {
		{"_Z3fooi", "foo(int)"},
		{"_ZNKSt6vectorIiSaIiEE4sizeEv",
			"std::vector<int, std::allocator<int> >::size() const"},
		{"_ZZN3foo3barEvENKUlvE_clEv", "foo::bar()::{lambda()#1}::operator()() const"},
		{"_ZTh8_N1A1fEv", "non-virtual thunk to A::f()"},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

static void d_symbols_have_parameters(void **state)
{
	static const struct example examples[] = {
		{"_D8demangle4testFaZv", "demangle.test(char)"},
		{"_D3std5stdio4File7writelnMFNaNbNiNfAyaZv",
			"std.stdio.File.writeln(immutable(char)[])"},
		{"_D4test__T3sumTiZ3sumFAiZi", "test.sum!(int).sum(int[])"},
		{"_D8demangle4testFaZv.part.0", "demangle.test(char) [clone .part.0]"},
		{"_Dmain", "D main"},
		/* Names of C. */
		{"_D", NULL},
		{"_D1", NULL},
		{"_D3foo", NULL},
		{"_D3foo_bar", NULL},
		{"_DYNAMIC", NULL},
		{"_Data_init", NULL},
		{"_D12345678901234567890a", NULL},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

/* Each level refers to the one before twice: 2 to the power of 40. */
static void references_of_d_do_not_take_all_memory(void **state)
{
	char symbol[1024] = "_D1aFHii", *end = symbol + strlen(symbol);

	(void)state;
	for (int i = 0; i < 40; i++)
		end = stpcpy(end, i ? "HQfQh" : "HQdQf");
	strcpy(end, "Zv");
	assert_null(demangle(symbol));
}

static void parts_of_functions_are_marked(void **state)
{
	static const struct example examples[] = {
		{"_Z3fooi.cold", "foo(int) [clone .cold]"},
		{"_Z3fooi.part.0.isra.0", "foo(int) [clone .part.0] [clone .isra.0]"},
		{"_RNvCs1234_7mycrate3foo.cold.1", "mycrate::foo [clone .cold.1]"},
		{"_ZN4core3ptr13drop_in_place17h0123456789abcdefE.cold",
			"core::ptr::drop_in_place [clone .cold]"},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

static void thinlto_suffixes_are_dropped(void **state)
{
	static const struct example examples[] = {
		{"_Z3fooi.llvm.1234567", "foo(int)"},
		{"_RNvCs1234_7mycrate3foo.llvm.99", "mycrate::foo"},
		{"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE.llvm.8D2F",
			"core::fmt::Write::write_fmt"},
		{"_Z3fooi.llvm.1234567.cold", "foo(int) [clone .cold]"},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

static void other_names_are_left_alone(void **state)
{
	static const struct example examples[] = {
		{"main", NULL},
		{"", NULL},
		{"dictFind.part.0", NULL},
		{"_Z", NULL},
		{"_R", NULL},
		{"_Z___foo", NULL},
		{"__Z3foov", NULL},
		{"i", NULL}, /* a type, to some demanglers */
		{"_Zebra_stripes", NULL},
		{"_Read", NULL},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

/* Each S<n>_ stands for twice as much as the one before. */
static void readable_forms_without_end_are_given_up(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char symbol[1024] = "_Z1f1AIiiE";
	size_t length = strlen(symbol);

	(void)state;
	for (size_t i = 0; i < 30; i++)
		length += (size_t)snprintf(symbol + length, sizeof(symbol) - length, "S_IS%c_S%c_E",
			digits[i], digits[i]);
	assert_null(demangle(symbol));
	memset(symbol, 'N', sizeof(symbol) - 1);
	memcpy(symbol, "_Z", 2);
	symbol[sizeof(symbol) - 1] = '\0';
	assert_null(demangle(symbol));
}

static void a_doubling_that_ends_is_shown(void **state)
{
	char *readable = demangle("_Z1f1AIiiES_IS0_S0_E");

	(void)state;
	assert_string_equal(readable, "f(A<int, int>, A<A<int, int>, A<int, int> >)");
	free(readable);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rust_symbols_lose_their_hash),
		cmocka_unit_test(cpp_symbols_have_parameters),
		cmocka_unit_test(d_symbols_have_parameters),
		cmocka_unit_test(references_of_d_do_not_take_all_memory),
		cmocka_unit_test(parts_of_functions_are_marked),
		cmocka_unit_test(thinlto_suffixes_are_dropped),
		cmocka_unit_test(other_names_are_left_alone),
		cmocka_unit_test(readable_forms_without_end_are_given_up),
		cmocka_unit_test(a_doubling_that_ends_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
