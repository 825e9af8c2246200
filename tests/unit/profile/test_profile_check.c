#include "../base/test_support.h"

#include "base/cleanup.h"
#include "profile/profile.h"

/* A small profile with one of everything. */
static struct profile *sound_profile(void)
{
	struct profile *profile = NULL;
	struct profile_label label = {.number = 5};
	struct profile_line line = {.line = 7};
	struct profile_function function = {0};
	uint32_t mapping, location, stack, labels;

	assert_success(profile_create(&profile));
	assert_success(profile_add_value_type(profile, "cpu", "nanoseconds"));
	assert_success(profile_add_mapping(profile, 0x1000, 0x2000, 0, "/bin/app", &mapping));
	assert_success(profile_string(profile, "main", &function.name));
	assert_success(profile_add_function(profile, &function, &line.function));
	assert_success(profile_add_location(profile, mapping, 0x1100, &location));
	assert_success(profile_set_lines(profile, location, &line, 1));
	assert_success(profile_add_stack(profile, &location, 1, &stack));
	assert_success(profile_string(profile, "tid", &label.key));
	assert_success(profile_add_labels(profile, &label, 1, &labels));
	assert_success(profile_add_sample(profile, stack, labels, (int64_t[]){10}));
	assert_success(profile_add_comment(profile, "remark"));
	assert_success(profile_check(profile));
	return profile;
}

static void break_value_type(struct profile *profile)
{
	profile->value_types.items[0].unit = 99;
}

static void break_period_type(struct profile *profile)
{
	profile->period_type.type = 99;
}

static void break_drop_frames(struct profile *profile)
{
	profile->drop_frames = 99;
}

static void break_comment(struct profile *profile)
{
	profile->comments.items[0] = 99;
}

static void break_mapping(struct profile *profile)
{
	profile->mappings.items[0].build_id = 99;
}

static void break_function(struct profile *profile)
{
	uint32_t id;

	assert_success(profile_add_function(profile, &(struct profile_function){.file = 99}, &id));
}

static void break_location_mapping(struct profile *profile)
{
	profile->locations.items[0].mapping = 1;
}

static void break_location_lines(struct profile *profile)
{
	profile->locations.items[0].first_line = UINT32_MAX;
}

static void break_line(struct profile *profile)
{
	profile->lines.items[0].function = 1;
}

static void break_stack(struct profile *profile)
{
	uint32_t id;

	assert_success(profile_add_stack(profile, (uint32_t[]){0, 4}, 2, &id));
}

static void break_stack_length(struct profile *profile)
{
	uint32_t id;

	assert_success(intern(&profile->stacks, "abcde", 5, &id));
}

static void break_label_text(struct profile *profile)
{
	const struct profile_label label = {.key = 1, .text = 99};
	uint32_t id;

	assert_success(profile_add_labels(profile, &label, 1, &id));
}

static void break_label_key(struct profile *profile)
{
	uint32_t id;

	assert_success(profile_add_labels(profile, &(struct profile_label){.number = 1}, 1, &id));
}

static void break_sample_stack(struct profile *profile)
{
	profile->samples.items[0].stack = 1;
}

static void break_sample_labels(struct profile *profile)
{
	profile->samples.items[0].labels = 2;
}

static void break_value_count(struct profile *profile)
{
	profile->values.count = 0;
}

static void break_value_types(struct profile *profile)
{
	profile->value_types.count = 0;
}

static const struct {
	void (*break_it)(struct profile *profile);
	const char *message;
} cases[] = {
	{break_value_type, "value type 0: there is no string 99"},
	{break_period_type, "period type 0: there is no string 99"},
	{break_drop_frames, "header field 0: there is no string 99"},
	{break_comment, "comment 0: there is no string 99"},
	{break_mapping, "mapping 0: there is no string 99"},
	{break_function, "function 1: there is no string 99"},
	{break_location_mapping, "location 0: there is no mapping 1"},
	{break_location_lines, "location 0: lines beyond the last"},
	{break_line, "location 0: there is no function 1"},
	{break_stack, "stack 1: there is no location 4"},
	{break_stack_length, "stack 1: 5 bytes long"},
	{break_label_text, "label set 2: there is no string 99"},
	{break_label_key, "label set 2: a label without a key"},
	{break_sample_stack, "sample 0: there is no stack 1"},
	{break_sample_labels, "sample 0: there is no label set 2"},
	{break_value_count, "0 values where 1 samples need 1"},
	{break_value_types, "samples without a value type"},
};

static void test_every_break_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		CLEANUP(cleanup_profile) struct profile *profile = sound_profile();

		cases[i].break_it(profile);
		assert_error(profile_check(profile), ERROR_MALFORMED, cases[i].message, NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_break_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
