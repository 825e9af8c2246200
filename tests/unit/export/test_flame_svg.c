#include "../base/test_support.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "export/flame_boxes.h"
#include "export/flame_svg.h"
#include "sample_profiles.h"

static char *draw(const struct profile *profile, const struct flame_options *options)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	assert_success(flame_svg_write(profile, options, &bytes));
	assert_null(memchr(bytes.items, '\0', bytes.count));
	return strndup((const char *)bytes.items, bytes.count);
}

static char *draw_sample(const char *name, const struct flame_options *options)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create(name);

	return draw(profile, options);
}

static size_t count_text(const char *text, const char *part)
{
	size_t count = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		count++;
	}
	return count;
}

#define ASSERT_HAS(text, part) assert_int_not_equal(count_text(text, part), 0)

static void test_boxes(void **state)
{
	CLEANUP(cleanup_free) char *svg = draw_sample("cpu", &(struct flame_options){0});

	(void)state;
	/* 7 rows of 17 pixels; the root is the lowest. */
	ASSERT_HAS(svg, "width=\"1200\" height=\"227\" viewBox=\"0 0 1200 227\">");
	assert_int_equal(count_text(svg, "<g class=\""), 20);
	ASSERT_HAS(svg, "<title>main (9.21s, 99.67%)\nsrc/main.rs:56</title>"
			"<rect x=\"10.00\" y=\"159\" width=\"1176.13\" height=\"16\"/>"
			"<text x=\"14.0\" y=\"171\">main</text>");
	ASSERT_HAS(svg,
		"<title>_start (9.21s, 99.67%)\nsrc/main.rs:56</title><rect x=\"10.00\" y=\"176\"");
	ASSERT_HAS(svg, "<title>dictFind (4.04s, 43.72%)\nsrc/main.rs:56</title><rect x=\"109.30\" "
			"y=\"74\"");
	ASSERT_HAS(svg, "<title>rare (10.10ms, 0.11%)\n");
	ASSERT_HAS(svg, "redis-server \u2013 cpu</text>");
	ASSERT_HAS(svg, "9.24s of cpu in 10s");
	ASSERT_HAS(svg, ">3 samples were lost</text>");
	assert_null(strstr(svg, "99 Hz"));
	ASSERT_HAS(svg, "@media (prefers-color-scheme: dark)");
	ASSERT_HAS(svg, ">application</text>");
	ASSERT_HAS(svg, ">allocator and runtime</text>");
	assert_null(strstr(svg, ">shared libraries</text>"));
}

static void test_options(void **state)
{
	CLEANUP(cleanup_free)
	char *svg = draw_sample(
		"cpu", &(struct flame_options){
			       .value_type = "samples", .title = "redis <4242>", .icicle = true});

	(void)state;
	ASSERT_HAS(
		svg, "<title>main (912, 99.67%)\nsrc/main.rs:56</title><rect x=\"10.00\" y=\"91\"");
	ASSERT_HAS(svg, "redis &lt;4242&gt;</text>");
	ASSERT_HAS(svg, "915 samples in 10s");
	ASSERT_HAS(svg, "icicle: true");
}

/* The line is told only of what is at one alone. */
static void test_inlined_frames_are_marked(void **state)
{
	CLEANUP(cleanup_free) char *svg = draw_sample("inlined", &(struct flame_options){0});

	(void)state;
	ASSERT_HAS(svg, "<title>run (19, 82.61%)\nsrc/main.rs</title>");
	ASSERT_HAS(svg, "<title>fold (10, 43.48%)\ninlined, src/main.rs</title>");
	ASSERT_HAS(svg, "<title>next (8, 34.78%)\ninlined, src/main.rs:7</title>");
	ASSERT_HAS(svg, "<title>next (4, 17.39%)\nsrc/main.rs:7</title>");
}

static void test_lines_are_boxes_of_their_own(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("inlined");
	CLEANUP(cleanup_free) char *svg = NULL;

	(void)state;
	profile->grain = GRAIN_LINES;
	svg = draw(profile, &(struct flame_options){0});
	ASSERT_HAS(svg, "<title>run src/main.rs:40 (8, 34.78%)</title>");
	ASSERT_HAS(svg, "<title>fold src/main.rs:22 (3, 13.04%)\ninlined</title>");
}

/* The label is short, the tooltip is not. */
static void test_short_names_have_their_whole_beside_them(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	CLEANUP(cleanup_free) char *svg = NULL;
	static const char *const wholes[] = {"f<int>(int)", "f<char>(char)"};

	(void)state;
	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "samples", "count"));
	for (uint32_t i = 0; i < 2; i++) {
		struct profile_function function = {0};
		struct profile_line line = {0};
		uint32_t location, stack;

		assert_success(profile_string(profile, "f", &function.name));
		assert_success(profile_string(profile, wholes[i], &function.whole));
		assert_success(profile_add_function(profile, &function, &line.function));
		assert_success(profile_add_complete_location(
			profile, PROFILE_NONE, i, &line, 1, &location));
		assert_success(profile_add_stack(profile, &location, 1, &stack));
		assert_success(profile_add_sample(profile, stack, 0, (int64_t[]){1}));
		free(svg);
		svg = draw(profile, &(struct flame_options){0});
		if (i == 0)
			ASSERT_HAS(svg, "<title>f (1, 100%)\nf&lt;int&gt;(int)</title>");
	}
	ASSERT_HAS(svg, "<title>f (2, 100%)\nf&lt;int&gt;(int) and others</title>");
}

/* Names are the target's: they must stay text. */
/* What does not fit is in the tooltip; a character is never cut. */
static void test_remarks_that_do_not_fit_are_cut(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create("cpu");
	CLEANUP(cleanup_free) char *svg = NULL;
	STRING_BUILDER(remark);

	(void)state;
	for (int i = 0; i < 300; i++)
		string_append(&remark, "\u00fc");
	assert_success(profile_add_comment(profile, "%s", remark.text));
	svg = draw(profile, &(struct flame_options){0});
	ASSERT_HAS(svg, "y=\"60\"><title>3 samples were lost \u00b7 \u00fc\u00fc");
	ASSERT_HAS(svg, "\u00fc</title>3 samples were lost \u00b7 \u00fc");
	ASSERT_HAS(svg, "\u00fc\u2026</text>");
	/* 300 in the tooltip; 185 letters less those before. */
	assert_int_equal(count_text(svg, "\u00fc"), 300 + 185 - strlen("3 samples were lost . "));
}

static void test_hostile_names(void **state)
{
	CLEANUP(cleanup_free) char *svg = draw_sample("hostile", &(struct flame_options){0});
	const char *script = strstr(svg, "<script>");

	(void)state;
	ASSERT_HAS(svg, "<title>&lt;script&gt;alert('&amp;amp;')&lt;/script&gt; (1ms, 1.82%)");
	ASSERT_HAS(svg, "<title>]]&gt;&quot;&gt;&lt;svg onload=&quot;alert(1)&quot;&gt; (2ms");
	ASSERT_HAS(svg, "<title>bell\ufffd\ufffd[31mred (");
	ASSERT_HAS(svg, "&lt;app&gt; \u2013 cpu</text>");
	assert_int_equal(count_text(svg, "<script"), 1);
	assert_int_equal(count_text(svg, "<svg"), 1);
	assert_int_equal(count_text(svg, "]]>"), 2);
	assert_int_equal(count_text(script, "alert"), 0);
}

static void test_no_samples(void **state)
{
	CLEANUP(cleanup_free) char *svg = draw_sample("empty", &(struct flame_options){0});

	(void)state;
	ASSERT_HAS(svg, ">There are no samples.</text>");
	assert_int_equal(count_text(svg, "<g class=\""), 0);
}

static void test_a_difference_has_signs_and_two_colours(void **state)
{
	CLEANUP(cleanup_free) char *svg = draw_sample("difference", &(struct flame_options){0});

	(void)state;
	ASSERT_HAS(svg, "5MB of inuse_space grown, 3MB shrunk");
	ASSERT_HAS(svg, "<g class=\"g1\"><title>main (+2MB, 100%)\n");
	ASSERT_HAS(svg, "<g class=\"g4\"><title>grow (+5MB, 62.50%)\n");
	ASSERT_HAS(svg, "<g class=\"d4\"><title>shrink (-3MB, 37.50%)\n");
	ASSERT_HAS(svg, ">grown</text>");
	ASSERT_HAS(svg, ">shrunk</text>");
	assert_null(strstr(svg, ">application</text>"));
}

static struct profile *profile_of_stack(uint32_t depth, int64_t value)
{
	struct profile *profile = NULL;
	struct u32_array locations = {0};
	uint32_t stack;

	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "samples", "count"));
	for (uint32_t i = 0; i < depth; i++) {
		uint32_t location;

		assert_success(
			profile_add_named_location(profile, i % 2 ? "even" : "odd", &location));
		assert_success(u32_array_append(&locations, location));
	}
	assert_success(profile_add_stack(profile, locations.items, depth, &stack));
	assert_success(profile_add_sample(profile, stack, 0, &value));
	u32_array_deinit(&locations);
	return profile;
}

static void test_deep_stacks_are_cut(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = profile_of_stack(1001, 5);
	CLEANUP(cleanup_free) char *svg = draw(profile, &(struct flame_options){0});

	(void)state;
	ASSERT_HAS(svg, "5 samples \u00b7 1 stacks cut at 1000 frames");
	assert_int_equal(count_text(svg, "<g class=\""), 1000);
}

static void test_narrow_boxes_are_left_out(void **state)
{
	CLEANUP(cleanup_profile) struct profile *profile = profile_of_stack(2, 12000);
	CLEANUP(cleanup_free) char *svg = NULL;
	uint32_t narrow, wide, stack;

	(void)state;
	assert_success(profile_add_named_location(profile, "narrow", &narrow));
	assert_success(profile_add_named_location(profile, "wide", &wide));
	assert_success(profile_add_stack(profile, &narrow, 1, &stack));
	assert_success(profile_add_sample(profile, stack, 0, (int64_t[]){1}));
	assert_success(profile_add_stack(profile, &wide, 1, &stack));
	assert_success(profile_add_sample(profile, stack, 0, (int64_t[]){2}));
	svg = draw(profile, &(struct flame_options){0});
	ASSERT_HAS(svg, "<title>wide (2, 0.017%)</title>");
	assert_null(strstr(svg, "narrow"));
}

static void test_layout(void **state)
{
	uint32_t names[] = {0, 1, 0, 1, 2, 0, 3, 4};
	struct stack_place places[ARRAY_SIZE(names)] = {0};
	struct stack_entry entries[] = {{0, 2, 10}, {2, 3, 5}, {5, 2, -20}, {7, 1, -8}};
	const struct stack_list list = {
		.names = {names, ARRAY_SIZE(names), 0},
		.places = {places, ARRAY_SIZE(places), 0},
		.entries = {entries, ARRAY_SIZE(entries), 0},
	};
	static const struct flame_box expected[] = {
		{.name = 0, .depth = 0, .start = 0, .value = 35, .grown = 15},
		{.name = 1, .depth = 1, .start = 0, .value = 15, .grown = 15, .self = 10},
		{.name = 2, .depth = 2, .start = 10, .value = 5, .grown = 5, .self = 5},
		{.name = 3, .depth = 1, .start = 15, .value = 20, .self = 20},
		{.name = 4, .depth = 0, .start = 35, .value = 8, .self = 8},
	};
	CLEANUP(flame_boxes_deinit) struct flame_boxes boxes = {0};

	(void)state;
	assert_success(flame_boxes_init(&list, 0, &boxes));
	assert_int_equal(boxes.total, 43);
	assert_int_equal(boxes.grown, 15);
	assert_int_equal(boxes.depth, 3);
	assert_int_equal(boxes.items.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		const struct flame_box *box = &boxes.items.items[i];

		assert_int_equal(box->name, expected[i].name);
		assert_int_equal(box->depth, expected[i].depth);
		assert_int_equal(box->start, expected[i].start);
		assert_int_equal(box->value, expected[i].value);
		assert_int_equal(box->grown, expected[i].grown);
		assert_int_equal(box->self, expected[i].self);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boxes),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_inlined_frames_are_marked),
		cmocka_unit_test(test_lines_are_boxes_of_their_own),
		cmocka_unit_test(test_short_names_have_their_whole_beside_them),
		cmocka_unit_test(test_remarks_that_do_not_fit_are_cut),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_no_samples),
		cmocka_unit_test(test_a_difference_has_signs_and_two_colours),
		cmocka_unit_test(test_deep_stacks_are_cut),
		cmocka_unit_test(test_narrow_boxes_are_left_out),
		cmocka_unit_test(test_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
