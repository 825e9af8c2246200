#include "../base/test_support.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "symbolize/profile_view.h"

#define STACK_MAX 16

struct fixture {
	struct profile *profile;
	uint32_t app, libc;
	uint64_t next_address;
};

static void fixture_init(struct fixture *fixture)
{
	*fixture = (struct fixture){.next_address = 0x1000};
	assert_success(profile_create(&fixture->profile));
	assert_success(profile_add_value_type(fixture->profile, "samples", "count"));
	assert_success(profile_add_mapping(
		fixture->profile, 0x1000, 0x2000, 0, "/bin/app", &fixture->app));
	assert_success(profile_add_mapping(
		fixture->profile, 0x8000, 0x9000, 0, "/lib/libc.so.6", &fixture->libc));
	fixture->profile->mappings.items[0].has_inline_frames = true;
}

static void fixture_deinit(struct fixture *fixture)
{
	profile_destroy(fixture->profile);
}

static struct profile_line line_of(struct profile *profile, const char *name, uint32_t number)
{
	struct profile_function function = {0};
	struct profile_line line = {.line = number};

	assert_success(profile_string(profile, name, &function.name));
	assert_success(profile_string(profile, "_Zsymbol", &function.system_name));
	assert_success(profile_add_function(profile, &function, &line.function));
	return line;
}

/* "inner~outer" is inlined; "=name" is in libc. */
static uint32_t location_of(struct fixture *fixture, const char *text)
{
	struct profile_line lines[4];
	uint32_t count = 0, id, mapping = fixture->app;
	char copy[512], *rest = copy, *name;

	if (*text == '=') {
		mapping = fixture->libc;
		text++;
	}
	snprintf(copy, sizeof(copy), "%s", text);
	for (; (name = strsep(&rest, "~")); count++)
		lines[count] = line_of(fixture->profile, name, 11 + count);
	assert_success(profile_add_complete_location(
		fixture->profile, mapping, fixture->next_address++, lines, count, &id));
	return id;
}

/* Frames leaf first, ended by NULL. */
static void add_stack(struct fixture *fixture, const char *const *frames, int64_t value)
{
	uint32_t locations[STACK_MAX], stack;
	size_t depth = 0;

	for (; frames[depth]; depth++)
		locations[depth] = location_of(fixture, frames[depth]);
	assert_success(profile_add_stack(fixture->profile, locations, depth, &stack));
	assert_success(profile_add_sample(fixture->profile, stack, 0, &value));
}

/* "leaf;inner~outer;root" of the sample. */
static void assert_stack(const struct profile *profile, uint32_t sample, const char *expected)
{
	STRING_BUILDER(text);
	size_t depth;
	const uint32_t *stack =
		profile_stack(profile, profile->samples.items[sample].stack, &depth);

	for (size_t i = 0; i < depth; i++) {
		const struct profile_location *location = &profile->locations.items[stack[i]];

		for (uint32_t j = 0; j < location->line_count; j++) {
			uint32_t function = profile->lines.items[location->first_line + j].function;

			string_append(&text, j ? "~" : i ? ";" : "");
			string_append(&text,
				profile_text(profile, profile_function(profile, function)->name));
		}
	}
	assert_string_equal(text.text, expected);
}

static struct profile *view(
	const struct fixture *fixture, const struct profile_view_options *options)
{
	struct profile *result = NULL;

	assert_success(profile_view_create(fixture->profile, options, &result));
	assert_success(profile_check(result));
	assert_int_equal(profile_total(result, 0), profile_total(fixture->profile, 0));
	return result;
}

static void inlined_functions_count_as_what_they_are_in(void **state)
{
	CLEANUP(fixture_deinit) struct fixture fixture;
	CLEANUP(cleanup_profile) struct profile *shown = NULL;

	(void)state;
	fixture_init(&fixture);
	add_stack(&fixture, (const char *const[]){"inner~outer", "main", NULL}, 2);
	shown = view(&fixture, &(struct profile_view_options){.no_inlines = true});
	assert_stack(shown, 0, "outer;main");
	assert_int_equal(shown->lines.items[shown->locations.items[0].first_line].line, 12);
	assert_false(shown->mappings.items[0].has_inline_frames);
	assert_stack(fixture.profile, 0, "inner~outer;main");
}

static void names_have_forms(void **state)
{
	CLEANUP(fixture_deinit) struct fixture fixture;
	CLEANUP(cleanup_profile) struct profile *brief = NULL, *mangled = NULL;
	const struct profile_function *function;

	(void)state;
	fixture_init(&fixture);
	add_stack(&fixture, (const char *const[]){"f<int>(int)", "main", NULL}, 2);
	brief = view(&fixture,
		&(struct profile_view_options){.names = NAMES_SHORT, .grain = GRAIN_LINES});
	assert_stack(brief, 0, "f;main");
	assert_int_equal(brief->grain, GRAIN_LINES);
	function = profile_function(brief, 0);
	assert_string_equal(profile_text(brief, function->whole), "f<int>(int)");
	assert_string_equal(profile_text(brief, function->system_name), "_Zsymbol");
	assert_int_equal(profile_function(brief, 1)->whole, 0);
	mangled = view(&fixture, &(struct profile_view_options){.names = NAMES_MANGLED});
	assert_stack(mangled, 0, "_Zsymbol;_Zsymbol");
	assert_string_equal(
		profile_text(mangled, profile_function(mangled, 0)->whole), "f<int>(int)");
}

static void the_runtime_is_folded_at_the_root(void **state)
{
	static const struct {
		const char *frames[STACK_MAX];
		const char *expected;
	} cases[] = {
		{{"f", "main", "=__libc_start_call_main", "=__libc_start_main_impl", "_start"},
			"f;main"},
		{{"f", "worker", "=libc.so.6+0x89134", "=libc.so.6+0x1097dc"}, "f;worker"},
		{{"f", "libx.so+0x1", "=clone3"}, "f;libx.so+0x1"},
		{{"f", "app::main", "core::ops::function::FnOnce::call_once",
			 "std::sys::backtrace::__rust_begin_short_backtrace",
			 "std::rt::lang_start::{{closure}}",
			 "std::rt::lang_start_internal~std::panicking::try", "std::rt::lang_start",
			 "main", "=__libc_start_main", "_start"},
			"f;app::main"},
		{{"f", "app::work~<F as core::ops::function::FnOnce<()>>::call_once",
			 "<alloc::boxed::Box<F,A> as core::ops::function::FnOnce<Args>>::call_once",
			 "std::sys::pal::unix::thread::Thread::new::thread_start", "=start_thread"},
			"f;app::work"},
		{{"f",
			 "std::sys::backtrace::__rust_begin_short_backtrace::<a::main::{closure#0},"
			 " ()>",
			 "<std::thread::lifecycle::spawn_unchecked<a::main::{closure#0}, "
			 "()>::{closure#1} "
			 "as core::ops::function::FnOnce<()>>::call_once::{shim:vtable#0}",
			 "<std::sys::thread::unix::Thread>::new::thread_start",
			 "=libc.so.6+0x891f4"},
			"f"},
		{{"std::panicking::try", "f", "std::panicking::try", "=clone"},
			"std::panicking::try;f"},
		{{"main.f", "main.main", "runtime.main", "runtime.goexit"}, "main.f;main.main"},
		{{"f", "std::thread::_State_impl<std::thread::_Invoker<int> >::_M_run()",
			 "execute_native_thread_routine", "=start_thread"},
			"f"},
		/* Nothing else: nothing is folded. */
		{{"=clone3"}, "clone3"},
		{{"main", "_start"}, "main"},
	};
	CLEANUP(fixture_deinit) struct fixture fixture;
	CLEANUP(cleanup_profile) struct profile *shown = NULL;

	(void)state;
	fixture_init(&fixture);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		add_stack(&fixture, cases[i].frames, 1);
	shown = view(&fixture, &(struct profile_view_options){.fold_runtime = true});
	assert_int_equal(shown->samples.count, sizeof(cases) / sizeof(cases[0]));
	for (uint32_t i = 0; i < shown->samples.count; i++)
		assert_stack(shown, i, cases[i].expected);
}

static void a_plain_view_needs_no_other_profile(void **state)
{
	(void)state;
	assert_true(profile_view_is_plain(&(struct profile_view_options){.grain = GRAIN_LINES}));
	assert_false(profile_view_is_plain(&(struct profile_view_options){.no_inlines = true}));
	assert_false(profile_view_is_plain(&(struct profile_view_options){.names = NAMES_SHORT}));
	assert_false(profile_view_is_plain(&(struct profile_view_options){.fold_runtime = true}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined_functions_count_as_what_they_are_in),
		cmocka_unit_test(names_have_forms),
		cmocka_unit_test(the_runtime_is_folded_at_the_root),
		cmocka_unit_test(a_plain_view_needs_no_other_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
