#include "profile/frame_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/pattern.h"

enum verdict {
	UNKNOWN,
	KEPT,
	DROPPED,
};

struct frame_filter {
	const struct profile *profile;
	struct pattern *drop, *keep; /* NULL: none that can be applied */
	uint8_t *verdicts;           /* by function */
};

static struct error *compile(const struct profile *profile, uint32_t text, struct pattern **ret)
{
	const char *expression = profile_text(profile, text);

	*ret = NULL;
	return error_unless(pattern_create(expression, PATTERN_WHOLE, ret), ERROR_USAGE);
}

struct error *frame_filter_create(const struct profile *profile, struct frame_filter **ret)
{
	CLEANUP(cleanup_frame_filter) struct frame_filter *filter = calloc(1, sizeof(*filter));
	struct error *error;

	if (!filter)
		return &error_no_memory;
	filter->profile = profile;
	error = compile(profile, profile->drop_frames, &filter->drop);
	if (!error)
		error = compile(profile, profile->keep_frames, &filter->keep);
	if (error)
		return error;
	*ret = NULL;
	if (!filter->drop || (profile->keep_frames && !filter->keep))
		return NULL;
	filter->verdicts = calloc(profile->functions.entries.count + 1, 1);
	if (!filter->verdicts)
		return &error_no_memory;
	*ret = TAKE_POINTER(filter);
	return NULL;
}

void frame_filter_destroy(struct frame_filter *filter)
{
	if (!filter)
		return;
	pattern_destroy(filter->drop);
	pattern_destroy(filter->keep);
	free(filter->verdicts);
	free(filter);
}

void cleanup_frame_filter(struct frame_filter **filter)
{
	frame_filter_destroy(*filter);
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The length without the parameter list; parentheses that are part of a name stay. */
static size_t simple_length(const char *name)
{
	static const char *const reserved[] = {"(anonymous namespace)", "operator()"};
	size_t at = 0;

	while (name[at]) {
		size_t skip = 1;

		for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
			if (starts_with(name + at, reserved[i]))
				skip = strlen(reserved[i]);
		if (skip == 1 && name[at] == '(')
			break;
		at += skip;
	}
	return at;
}

char *frame_simple_name(const char *name)
{
	if (*name == '.')
		name++;
	return strndup(name, simple_length(name));
}

static enum verdict judge(const struct frame_filter *filter, const char *name)
{
	CLEANUP(cleanup_free) char *simple = NULL;

	if (!*name)
		return KEPT;
	simple = frame_simple_name(name);
	if (!simple || !pattern_matches(filter->drop, simple))
		return KEPT;
	if (filter->keep && pattern_matches(filter->keep, simple))
		return KEPT;
	return DROPPED;
}

bool frame_filter_drops(struct frame_filter *filter, uint32_t function)
{
	uint8_t *verdict = &filter->verdicts[function];

	if (*verdict == UNKNOWN) {
		const struct profile_function *judged = profile_function(filter->profile, function);

		*verdict = (uint8_t)judge(
			filter, profile_text(filter->profile,
					judged->whole ? judged->whole : judged->name));
	}
	return *verdict == DROPPED;
}
