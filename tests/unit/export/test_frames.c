#include "../base/test_support.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "export/frames.h"
#include "profile/frame_filter.h"

static uint32_t add_function(struct profile *profile, const char *name)
{
	struct profile_function function = {0};
	uint32_t id;

	assert_success(profile_string(profile, name, &function.name));
	assert_success(profile_add_function(profile, &function, &id));
	return id;
}

/* Whether a function of that name is dropped. An empty expression is none. */
static bool drops(const char *drop, const char *keep, const char *name)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(cleanup_frame_filter) struct frame_filter *filter = NULL;

	assert_success(profile_create(&profile));
	assert_success(profile_string(profile, drop, &profile->drop_frames));
	assert_success(profile_string(profile, keep, &profile->keep_frames));
	uint32_t function = add_function(profile, name);
	assert_success(frame_filter_create(profile, &filter));
	bool first = filter && frame_filter_drops(filter, function);
	assert_int_equal(filter && frame_filter_drops(filter, function), first);
	return first;
}

static void test_filter(void **state)
{
	(void)state;
	assert_true(drops("je_.*|_rjem_.*", "", "je_malloc"));
	assert_true(drops("je_.*|_rjem_.*", "", "_rjem_je_malloc"));
	assert_false(drops("je_.*|_rjem_.*", "", "my_je_malloc"));
	assert_false(drops("je", "", "je_malloc"));
	assert_false(drops("", "", ""));
	assert_false(drops(".*", "", ""));
	assert_false(drops("je_.*", "je_keep.*", "je_keep_me"));
	assert_true(drops("je_.*", "je_keep.*", "je_malloc"));
}

static void test_filter_takes_no_parameters(void **state)
{
	(void)state;
	assert_true(drops("operator new", "", "operator new(unsigned long)"));
	assert_true(drops("a::operator\\(\\)", "", "a::operator()(int) const"));
	assert_true(drops("\\(anonymous namespace\\)::f", "", "(anonymous namespace)::f(int)"));
	assert_true(drops("f", "", ".f"));
}

/* Such expressions can take any amount of time, or POSIX has none such. */
static void test_filter_refuses(void **state)
{
	char deep[300];

	(void)state;
	assert_false(drops("((x{1,255}){1,255}){1,255}", "", "x"));
	assert_false(drops("(a)\\1", "", "aa"));
	assert_false(drops("(unclosed", "", "(unclosed"));
	assert_false(drops("a", "(unclosed", "a"));
	memset(deep, '(', 100);
	deep[100] = 'a';
	memset(deep + 101, ')', 100);
	deep[201] = '\0';
	assert_false(drops(deep, "", "a"));
}

/* A stack of one-letter functions, leaf first; "xy" is y inlined into x. */
static char *shown(const char *drop, const char *const *names, size_t depth)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(frames_deinit) struct frames frames = {0};
	CLEANUP(frame_slots_deinit) struct frame_slots slots = {0};
	STRING_BUILDER(text);
	uint32_t locations[8], stack;
	char *result;

	assert_success(profile_create(&profile));
	assert_success(profile_string(profile, drop, &profile->drop_frames));
	for (size_t i = 0; i < depth; i++) {
		struct profile_line lines[4];
		uint32_t count = (uint32_t)strlen(names[i]);

		for (uint32_t j = 0; j < count; j++) {
			const char name[] = {names[i][count - 1 - j], '\0'};

			lines[j] = (struct profile_line){add_function(profile, name), 1};
		}
		assert_success(profile_add_complete_location(
			profile, PROFILE_NONE, i + 1, lines, count, &locations[i]));
	}
	assert_success(profile_add_stack(profile, locations, depth, &stack));
	assert_success(frames_init(profile, 0, &frames));
	assert_success(frames_of_stack(&frames, stack, &slots));
	ARRAY_FOR_EACH (slot, &slots)
		string_append_format(
			&text, "%s%s", frame_name(&frames, slot->name), slot->inlined ? "'" : "");
	assert_success(string_builder_finish(&text, &result));
	return result;
}

#define ASSERT_SHOWN(expected, drop, ...)                                                          \
	do {                                                                                       \
		static const char *const names_[] = {__VA_ARGS__};                                 \
		CLEANUP(cleanup_free) char *text_ = shown(drop, names_, ARRAY_SIZE(names_));       \
                                                                                                   \
		assert_string_equal(text_, expected);                                              \
	} while (0)

/* The cases of pprof's profile/prune.go. */
static void test_stacks(void **state)
{
	(void)state;
	ASSERT_SHOWN("mab", "", "b", "a", "m");
	ASSERT_SHOWN("mab'c'd", "", "d", "abc", "m");
	ASSERT_SHOWN("ma", "b", "c", "b", "a", "m");
	ASSERT_SHOWN("ma", "b", "b", "c", "b", "a", "m");
	/* What is dropped at the root stays, until there was something else. */
	ASSERT_SHOWN("bbm", "b", "c", "b", "m", "b", "b");
	ASSERT_SHOWN("bc", "[bc]", "c", "b");
	/* Inlined functions: those above the dropped one are shown. */
	ASSERT_SHOWN("ma", "b", "d", "abc", "m");
	ASSERT_SHOWN("m", "a", "d", "abc", "m");
	ASSERT_SHOWN("mab'", "c", "d", "abc", "m");
}

static void test_names(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(frames_deinit) struct frames frames = {0};
	static const char *const expected[] = {
		"<unknown>", "[[vdso]]", "[libc.so.6]", "a:b", "burn", "je_malloc", "main"};
	static const enum frame_kind kinds[] = {FRAME_APPLICATION, FRAME_SYSTEM, FRAME_LIBRARY,
		FRAME_APPLICATION, FRAME_APPLICATION, FRAME_RUNTIME, FRAME_APPLICATION};
	uint32_t app, libc, vdso, made, id;

	(void)state;
	assert_success(profile_create(&profile));
	assert_success(profile_add_mapping(profile, 0, 1, 0, "/bin/app.so", &app));
	assert_success(profile_add_mapping(profile, 2, 3, 0, "/lib/libc.so.6", &libc));
	assert_success(profile_add_mapping(profile, 4, 5, 0, "[vdso]", &vdso));
	const struct profile_line lines[] = {
		{add_function(profile, "main"), 0}, {add_function(profile, "a;b"), 0}};
	const struct profile_line burn = {add_function(profile, "burn"), 0};
	assert_success(profile_add_complete_location(profile, app, 0, lines, 2, &id));
	assert_success(profile_add_mapping(profile, 6, 7, 0, "[anon:v8]", &made));
	assert_success(profile_add_complete_location(profile, made, 6, &burn, 1, &id));
	assert_success(profile_add_location(profile, vdso, 4, &id));
	assert_success(profile_add_location(profile, libc, 2, &id));
	assert_success(profile_add_location(profile, PROFILE_NONE, 9, &id));
	assert_success(profile_add_named_location(profile, "je_malloc", &id));
	assert_success(frames_init(profile, ';', &frames));
	assert_int_equal(frame_name_count(&frames), ARRAY_SIZE(expected));
	for (uint32_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_string_equal(frame_name(&frames, i), expected[i]);
		assert_int_equal(frame_kind(&frames, i), kinds[i]);
	}
}

static void test_kinds(void **state)
{
	static const struct {
		const char *name;
		enum frame_kind kind;
	} cases[] = {
		{"free", FRAME_RUNTIME},
		{"freeClient", FRAME_APPLICATION},
		{"malloc", FRAME_RUNTIME},
		{"operator new(unsigned long)", FRAME_RUNTIME},
		{"do_syscall_64_[k]", FRAME_SYSTEM},
		{"[truncated]", FRAME_SYSTEM},
		{"<unknown>", FRAME_APPLICATION},
		{"std::rt::lang_start", FRAME_RUNTIME},
		{"server::run", FRAME_APPLICATION},
		{"read(2)", FRAME_SYSTEM},
		{"epoll_wait(2)", FRAME_SYSTEM},
		{"<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop", FRAME_RUNTIME},
		{"<&mut std::io::Stdout as std::io::Write>::write", FRAME_RUNTIME},
		{"<std::sys::thread::Thread>::new::thread_start", FRAME_RUNTIME},
		{"<[core::option::Option<u8>] as core::fmt::Debug>::fmt", FRAME_RUNTIME},
		{"<server::Request as core::fmt::Debug>::fmt", FRAME_APPLICATION},
		{"core::mul", FRAME_APPLICATION},
		{"core::slice::sort::merge", FRAME_RUNTIME},
		{"std::vector<int>::push_back(int)", FRAME_RUNTIME},
		{"runtime.mallocgc", FRAME_RUNTIME},
	};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	uint32_t id;

	(void)state;
	assert_success(profile_create(&profile));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t function = add_function(profile, cases[i].name);

		assert_success(profile_add_named_location(profile, cases[i].name, &id));
		if (frame_kind_of(profile, id, function) != cases[i].kind)
			fail_msg("%s", cases[i].name);
	}
}

/* A short name does not say of what it is. */
static void test_kind_of_a_short_name(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	struct profile_function function = {0};
	uint32_t id, location;

	(void)state;
	assert_success(profile_create(&profile));
	assert_success(profile_string(profile, "<Vec as Drop>::drop", &function.name));
	assert_success(profile_string(
		profile, "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop", &function.whole));
	assert_success(profile_add_function(profile, &function, &id));
	assert_success(profile_add_location(profile, PROFILE_NONE, 1, &location));
	assert_int_equal(frame_kind_of(profile, location, id), FRAME_RUNTIME);
}

static void assert_names(struct profile *profile, enum profile_grain grain,
	const char *const *expected, size_t count)
{
	CLEANUP(frames_deinit) struct frames frames = {0};

	profile->grain = grain;
	assert_success(frames_init(profile, 0, &frames));
	assert_int_equal(frame_name_count(&frames), count);
	for (uint32_t i = 0; i < count; i++)
		assert_string_equal(frame_name(&frames, i), expected[i]);
}

static void test_grains(void **state)
{
	static const char *const functions[] = {"[libc.so.6]", "inner", "outer"};
	static const char *const lines[] = {
		"[libc.so.6]", "inner a.c:3", "outer b.c", "outer b.c:7", "outer b.c:8"};
	static const char *const addresses[] = {"0000000000000011 inner a.c:3",
		"0000000000000011 outer b.c:7", "0000000000000012 inner a.c:3",
		"0000000000000012 outer b.c:8", "0000000000000013 outer b.c",
		"0000000000000014 [libc.so.6]"};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	struct profile_function inner = {0}, outer = {0};
	struct profile_line both[2] = {{0, 3}, {0, 7}};
	uint32_t mapping, id;

	(void)state;
	assert_success(profile_create(&profile));
	assert_success(profile_add_mapping(profile, 0, 99, 0, "/lib/libc.so.6", &mapping));
	assert_success(profile_string(profile, "inner", &inner.name));
	assert_success(profile_string(profile, "a.c", &inner.file));
	assert_success(profile_string(profile, "outer", &outer.name));
	assert_success(profile_string(profile, "b.c", &outer.file));
	assert_success(profile_add_function(profile, &inner, &both[0].function));
	assert_success(profile_add_function(profile, &outer, &both[1].function));
	assert_success(profile_add_complete_location(profile, mapping, 0x11, both, 2, &id));
	both[1].line = 8;
	assert_success(profile_add_complete_location(profile, mapping, 0x12, both, 2, &id));
	both[1].line = 0;
	assert_success(profile_add_complete_location(profile, mapping, 0x13, &both[1], 1, &id));
	assert_success(profile_add_location(profile, mapping, 0x14, &id));
	assert_names(profile, GRAIN_FUNCTIONS, functions, ARRAY_SIZE(functions));
	assert_names(profile, GRAIN_LINES, lines, ARRAY_SIZE(lines));
	assert_names(profile, GRAIN_ADDRESSES, addresses, ARRAY_SIZE(addresses));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_filter_takes_no_parameters),
		cmocka_unit_test(test_filter_refuses),
		cmocka_unit_test(test_stacks),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_kind_of_a_short_name),
		cmocka_unit_test(test_grains),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
