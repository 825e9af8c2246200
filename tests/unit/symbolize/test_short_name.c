#include "../base/test_support.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "symbolize/demangle.h"
#include "symbolize/short_name.h"

struct example {
	const char *name;
	const char *expected; /* NULL: it stays as it is */
};

static void assert_short(const char *name, const char *expected)
{
	STRING_BUILDER(text);

	short_name_append(&text, name);
	assert_string_equal(text.text ? text.text : "", expected ? expected : name);
}

static void assert_examples(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_short(examples[i].name, examples[i].expected);
}

#define ASSERT_EXAMPLES(examples)                                                                  \
	assert_examples(examples, sizeof(examples) / sizeof((examples)[0]))

static void of_cpp(void **state)
{
	static const struct example examples[] = {
		{"std::vector<int, std::allocator<int> >::size() const", "std::vector::size"},
		{"foo(int)::{lambda(char)#1}::operator()(char) const", "foo::{lambda#1}"},
		{"foo()::{lambda(foo()::{lambda()#1})#2}::operator()() const", "foo::{lambda#2}"},
		{"auto foo<int>(int)::{lambda(auto:1)#1}::operator()<int>(int) const",
			"foo::{lambda#1}"},
		{"foo(int)::Local::run(char**)", "foo::Local::run"},
		{"Foo<int>::~Foo()", "Foo::~Foo"},
		{"decltype (fp.f(0)) foo<int>(int)", "foo"},
		{"std::enable_if<(sizeof (int)) > (4), int>::type f<int>()", "f"},
		{"void f<(5>3)>()", "f"},
		{"void (*signal_of<int>(int))(char)", "signal_of"},
		{"std::function<void (int)>::operator()(int) const", "std::function::operator()"},
		{"std::_Function_handler<void (int), main::{lambda(int)#1}>::_M_invoke(int&&)",
			"std::_Function_handler::_M_invoke"},
		{"(anonymous namespace)::Foo<int>::bar(int)", "(anonymous namespace)::Foo::bar"},
		{"ns::(anonymous namespace)::f<(anonymous namespace)::X>(int)",
			"ns::(anonymous namespace)::f"},
		{"foo[abi:cxx11](int)", "foo"},
		{"std::__cxx11::basic_string<char, std::char_traits<char> >::append[abi:v1](char)",
			"std::basic_string::append"},
		{"non-virtual thunk to A<int>::f(int)", "non-virtual thunk to A::f"},
		{"f(int) [clone .cold]", "f [clone .cold]"},
		{"void f<int>(int) [clone .part.0] [clone .isra.0]",
			"f [clone .part.0] [clone .isra.0]"},
		{"f(int, void (*)(char)) &&", "f"},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

static void of_operators(void **state)
{
	static const struct example examples[] = {
		{"bool operator< <int>(Foo<int> const&, Foo<int> const&)", "operator<"},
		{"bool operator<(A const&, A const&)", "operator<"},
		{"operator<=>(A, A)", "operator<=>"},
		{"std::ostream& operator<< <std::char_traits<char> >(std::ostream&, char const*)",
			"operator<<"},
		{"A::operator->() const", "A::operator->"},
		{"A::operator->*(int)", "A::operator->*"},
		{"A<int>::operator()(int)", "A::operator()"},
		{"A::operator[](unsigned long)", "A::operator[]"},
		{"A::operator bool() const", "A::operator bool"},
		{"A::operator std::vector<int, std::allocator<int> >() const",
			"A::operator vector"},
		{"A::operator void (*)(int)()", "A::operator void (*)(int)"},
		{"operator new(unsigned long)", "operator new"},
		{"operator delete[](void*, std::align_val_t)", "operator delete[]"},
		{"operator\"\" _km(long double)", "operator\"\" _km"},
		{"my_operator(int)", "my_operator"},
		{"operators::f(int)", "operators::f"},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

static void of_rust(void **state)
{
	static const struct example examples[] = {
		{"<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop", "<Vec as Drop>::drop"},
		{"<&mut std::io::stdio::Stdout as std::io::Write>::write",
			"<&mut Stdout as Write>::write"},
		{"<[T] as core::slice::SlicePattern>::as_slice", "<[T] as SlicePattern>::as_slice"},
		{"<fn(i32) -> i32 as a::Bar>::call", "<fn(i32) -> i32 as Bar>::call"},
		{"<F as core::ops::function::FnOnce<()>>::call_once", "<F as FnOnce>::call_once"},
		{"<<T as A<B>>::C as D>::e", "<<T as A>::C as D>::e"},
		{"<<alloc::vec::Vec<T> as core::iter::IntoIterator>::Item as "
		 "core::fmt::Debug>::fmt",
			"<<Vec as IntoIterator>::Item as Debug>::fmt"},
		{"core::fmt::num::<impl core::fmt::Debug for u32>::fmt", "<u32 as Debug>::fmt"},
		{"core::slice::<impl [T]>::iter", "<[T]>::iter"},
		{"hashbrown::rustc_entry::<impl hashbrown::map::HashMap<K,V,S,A>>::rustc_entry",
			"hashbrown::map::HashMap::rustc_entry"},
		{"<alloc::vec::Vec<u8>>::push", "alloc::vec::Vec::push"},
		{"alloc::vec::Vec<T,A>::push", "alloc::vec::Vec::push"},
		{"<dyn core::any::Any + core::marker::Send>::is::<u8>", "<dyn Any + Send>::is"},
		{"app::run::<u8>::{closure#0}", "app::run::{closure#0}"},
		{"app::run::{{closure}}::{{closure}}", "app::run::{closure}::{closure}"},
		{"core::ops::function::FnOnce::call_once{{vtable.shim}}",
			"core::ops::function::FnOnce::call_once{vtable.shim}"},
		{"app::matrix::<3, 'c', true>", "app::matrix"},
		{"<app::Matrix<3>>::new", "app::Matrix::new"},
		{"alloc::alloc::box_free<dyn core::ops::Fn(u8) -> u8>", "alloc::alloc::box_free"},
		{"mycrate::foo [clone .cold.1]", NULL},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

static void of_other_languages(void **state)
{
	static const struct example examples[] = {
		{"pure nothrow @safe int app.sum!(int).sum(int[])", "app.sum.sum"},
		{"std.stdio.File.writeln!(immutable(char)[]).writeln(immutable(char)[])",
			"std.stdio.File.writeln.writeln"},
		{"D main", NULL},
		{"main.Map[go.shape.int]", "main.Map"},
		{"main.(*Map[go.shape.int]).Get", "main.(*Map).Get"},
		{"github.com/a/b.(*T).M.func1", NULL},
		{"LazyCompile:*foo /srv/app.js:12:3", NULL},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

static void what_is_no_function_stays(void **state)
{
	static const struct example examples[] = {
		{"", NULL},
		{"read(2)", NULL},
		{"epoll_wait(2)", NULL},
		{"[not sampled]", NULL},
		{"[truncated: continues on another stack]", NULL},
		{"worker-3 (4711)", NULL},
		{"libx.so.1+0x1234", NULL},
		{"_start", NULL},
		{"<", NULL},
		{"a<b", NULL},
		{"f(int", NULL},
		{"()", NULL},
	};

	(void)state;
	ASSERT_EXAMPLES(examples);
}

/* From the symbol to the short name. */
static void of_symbols(void **state)
{
	static const struct example examples[] = {
		{"_ZNSt6vectorIiSaIiEE9push_backEOi", "std::vector::push_back"},
		{"_ZZ3barvENKUliE_clEi", "bar::{lambda#1}"},
		{"_ZN1AcvSt6vectorIiSaIiEEEv", "A::operator vector"},
		{"_ZltRK1AS1_", "operator<"},
		{"_ZlsIiERSoS0_RKT_", "operator<<"},
		{"_ZN1AptEv", "A::operator->"},
		{"_ZN3fooB5cxx11Ev", "foo"},
		{"_Z1fIiEDTcl1gfp_EET_", "f"},
		{"_ZN66_$LT$alloc..vec..Vec$LT$T$GT$$u20$as$u20$core..ops..drop..Drop$GT$"
		 "4drop17hd0a1b2c3d4e5f607E",
			"<Vec as Drop>::drop"},
		{"_RINvNtC3std3mem8align_ofNtNtC3std3mem12DiscriminantE", "std::mem::align_of"},
		{"_RNvMs_C1aINtB4_6MatrixKj3_E3new", "a::Matrix::new"},
		{"_RNCNvC1a4main0", "a::main::{closure#0}"},
		{"_D4test__T3sumTiZ3sumFAiZi", "test.sum.sum"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		CLEANUP(cleanup_free) char *readable = demangle(examples[i].name);

		if (!readable)
			fail_msg("%s is not demangled", examples[i].name);
		assert_short(readable, examples[i].expected);
	}
}

/* What nothing closes, and what is nested without end, must not take forever. */
static void hostile_names_take_no_time(void **state)
{
	static const char *const parts[] = {"a<", "<", "<T as ", "(", ".(", "{", "::<impl ",
		"operator ", "decltype(", "[", "!(", "<a::"};
	static char name[100001];

	(void)state;
	for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++) {
		STRING_BUILDER(text);

		for (size_t i = 0; i + 1 < sizeof(name); i++)
			name[i] = parts[part][i % strlen(parts[part])];
		short_name_append(&text, name);
		assert_true(text.length && text.length < sizeof(name));
	}
	for (size_t pair = 0; pair < 4; pair++) {
		STRING_BUILDER(text);

		memset(name, "[({<"[pair], sizeof(name) / 2);
		memset(name + sizeof(name) / 2, "])}>"[pair], sizeof(name) / 2);
		name[0] = 'a';
		short_name_append(&text, name);
		assert_true(text.length && text.length < sizeof(name));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_cpp),
		cmocka_unit_test(of_operators),
		cmocka_unit_test(of_rust),
		cmocka_unit_test(of_other_languages),
		cmocka_unit_test(what_is_no_function_stays),
		cmocka_unit_test(of_symbols),
		cmocka_unit_test(hostile_names_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
