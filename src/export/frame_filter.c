#include "export/frame_filter.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define MAX_LENGTH 8192
#define MAX_DEPTH  64

enum verdict {
	UNKNOWN,
	KEPT,
	DROPPED,
};

struct frame_filter {
	const struct profile *profile;
	regex_t drop, keep;
	bool has_drop, has_keep;
	uint8_t *verdicts; /* by function */
};

/* Repeat counts and back references can take any amount of time or memory, deep nesting the stack.
 */
static bool is_tame(const char *expression)
{
	int depth = 0;

	if (strlen(expression) > MAX_LENGTH)
		return false;
	for (const char *at = expression; *at; at++) {
		if (*at == '{' || (*at == '\\' && isdigit((unsigned char)at[1])))
			return false;
		if (*at == '(' && ++depth > MAX_DEPTH)
			return false;
		if (*at == '\\' && at[1])
			at++;
	}
	return true;
}

/* Takes the whole name. *ret_compiled is false if the expression is empty or cannot be applied. */
static struct error *compile(const char *expression, regex_t *ret, bool *ret_compiled)
{
	CLEANUP(cleanup_free) char *whole = NULL;
	int status;

	*ret_compiled = false;
	if (!*expression || !is_tame(expression))
		return NULL;
	if (asprintf(&whole, "^(%s)$", expression) < 0) {
		whole = NULL;
		return &error_no_memory;
	}
	status = regcomp(ret, whole, REG_EXTENDED | REG_NOSUB);
	*ret_compiled = status == 0;
	return status == REG_ESPACE ? &error_no_memory : NULL;
}

static struct error *compile_both(struct frame_filter *filter)
{
	const struct profile *profile = filter->profile;
	struct error *error;

	error = compile(
		profile_text(profile, profile->drop_frames), &filter->drop, &filter->has_drop);
	if (error)
		return error;
	return compile(
		profile_text(profile, profile->keep_frames), &filter->keep, &filter->has_keep);
}

struct error *frame_filter_create(const struct profile *profile, struct frame_filter **ret)
{
	CLEANUP(cleanup_frame_filter) struct frame_filter *filter = calloc(1, sizeof(*filter));
	struct error *error;

	if (!filter)
		return &error_no_memory;
	filter->profile = profile;
	error = compile_both(filter);
	if (error)
		return error;
	*ret = NULL;
	if (!filter->has_drop || (profile->keep_frames && !filter->has_keep))
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
	if (filter->has_drop)
		regfree(&filter->drop);
	if (filter->has_keep)
		regfree(&filter->keep);
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

static enum verdict judge(const struct frame_filter *filter, const char *name)
{
	CLEANUP(cleanup_free) char *simple = NULL;

	if (!*name)
		return KEPT;
	if (*name == '.')
		name++;
	simple = strndup(name, simple_length(name));
	if (!simple || regexec(&filter->drop, simple, 0, NULL, 0) != 0)
		return KEPT;
	if (filter->has_keep && regexec(&filter->keep, simple, 0, NULL, 0) == 0)
		return KEPT;
	return DROPPED;
}

bool frame_filter_drops(struct frame_filter *filter, uint32_t function)
{
	uint8_t *verdict = &filter->verdicts[function];

	if (*verdict == UNKNOWN)
		*verdict = (uint8_t)judge(
			filter, profile_text(filter->profile,
					profile_function(filter->profile, function)->name));
	return *verdict == DROPPED;
}
