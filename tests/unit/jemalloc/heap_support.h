#pragma once

#include "../base/test_support.h"

#include "jemalloc/heap_dump.h"

static inline struct error *parse(const char *text, struct profile **ret)
{
	return heap_dump_parse(text, strlen(text), ret);
}

static inline struct profile *parsed(const char *text)
{
	struct profile *profile = NULL;

	assert_success(parse(text, &profile));
	assert_success(profile_check(profile));
	return profile;
}

static inline int64_t total(const struct profile *profile, const char *type)
{
	size_t index;

	assert_true(profile_find_value_type(profile, type, &index));
	return profile_total(profile, index);
}

static inline const struct profile_label *find_label(
        const struct profile *profile, size_t sample, const char *key)
{
	size_t count;
	const struct profile_label *labels =
	        profile_labels(profile, profile->samples.items[sample].labels, &count);

	for (size_t i = 0; i < count; i++)
		if (strcmp(profile_text(profile, labels[i].key), key) == 0)
			return &labels[i];
	return NULL;
}

static inline void assert_comment(const struct profile *profile, size_t index, const char *text)
{
	assert_true(index < profile->comments.count);
	assert_string_equal(profile_text(profile, profile->comments.items[index]), text);
}

static inline const struct profile_location *frame(
        const struct profile *profile, size_t sample, size_t index)
{
	size_t count;
	const uint32_t *stack =
	        profile_stack(profile, profile->samples.items[sample].stack, &count);

	assert_true(index < count);
	return &profile->locations.items[stack[index]];
}
