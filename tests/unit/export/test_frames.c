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
	};
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	uint32_t id;

	(void)state;
	assert_success(profile_create(&profile));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_success(profile_add_named_location(profile, cases[i].name, &id));
		assert_int_equal(frame_kind_of(profile, id, cases[i].name), cases[i].kind);
	}
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
