#include "export/tag_filter.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "export/units.h"
#include "profile/pattern.h"

#define UNIT_SIZE 32

ARRAY_DEFINE(patterns, struct pattern *)

struct tag_filter {
	char *key; /* NULL: any */
	bool is_range, has_low, has_high;
	double low, high;
	char unit[UNIT_SIZE]; /* of both, as printed */
	struct patterns patterns;
};

struct number {
	int64_t value;
	char unit[UNIT_SIZE];
};

void tag_filter_destroy(struct tag_filter *filter)
{
	if (!filter)
		return;
	ARRAY_FOR_EACH (pattern, &filter->patterns)
		pattern_destroy(*pattern);
	patterns_deinit(&filter->patterns);
	free(filter->key);
	free(filter);
}

static void cleanup_tag_filter(struct tag_filter **filter)
{
	tag_filter_destroy(*filter);
}

/* A number and letters behind it; *text moves behind them. false: there is none. */
static bool take_number(const char **text, struct number *ret)
{
	const char *digits = *text + (**text == '+' || **text == '-');
	size_t length = 0;
	char *end;

	if (!isdigit((unsigned char)*digits))
		return false;
	errno = 0;
	ret->value = strtoll(*text, &end, 10);
	if (errno)
		return false;
	while (isalpha((unsigned char)end[length]))
		length++;
	if (length >= sizeof(ret->unit))
		return false;
	memcpy(ret->unit, end, length);
	ret->unit[length] = '\0';
	*text = end + length;
	return true;
}

static void set_unit(struct tag_filter *filter, const char *unit)
{
	snprintf(filter->unit, sizeof(filter->unit), "%s", unit);
}

static bool parse_low(struct tag_filter *filter, const char **text)
{
	struct number number;
	const char *unit;

	if (!take_number(text, &number))
		return false;
	filter->low = units_convert(number.value, number.unit, number.unit, &unit);
	set_unit(filter, unit);
	filter->has_low = true;
	return true;
}

/* In the unit of the low end, where there is one. */
static bool parse_high(struct tag_filter *filter, const char **text)
{
	struct number number;
	const char *unit;

	if (!take_number(text, &number))
		return false;
	filter->high = units_convert(
		number.value, number.unit, filter->has_low ? filter->unit : number.unit, &unit);
	if (filter->has_low && strcmp(unit, filter->unit) != 0)
		return false;
	if (!filter->has_low)
		set_unit(filter, unit);
	filter->has_high = true;
	return true;
}

static bool parse_range(struct tag_filter *filter, const char *text)
{
	if (*text != ':' && !parse_low(filter, &text))
		return false;
	if (!*text) {
		filter->high = filter->low;
		filter->has_high = true;
		return true;
	}
	if (*text++ != ':')
		return false;
	if (!*text)
		return filter->has_low;
	return parse_high(filter, &text) && !*text;
}

static struct error *add_pattern(struct tag_filter *filter, const char *text, size_t length)
{
	CLEANUP(cleanup_free) char *copy = strndup(text, length);
	struct pattern *pattern;
	struct error *error;

	if (!copy)
		return &error_no_memory;
	error = pattern_create(copy, PATTERN_ANYWHERE, &pattern);
	if (error)
		return error;
	error = patterns_append(&filter->patterns, pattern);
	if (error)
		pattern_destroy(pattern);
	return error;
}

static struct error *parse_patterns(struct tag_filter *filter, const char *text)
{
	for (;;) {
		size_t length = strcspn(text, ",");
		struct error *error = add_pattern(filter, text, length);

		if (error || !text[length])
			return error;
		text += length + 1;
	}
}

struct error *tag_filter_create(const char *text, struct tag_filter **ret)
{
	CLEANUP(cleanup_tag_filter) struct tag_filter *filter = calloc(1, sizeof(*filter));
	const char *equals = strchr(text, '=');
	struct error *error = NULL;

	if (!filter)
		return &error_no_memory;
	if (equals) {
		filter->key = strndup(text, (size_t)(equals - text));
		if (!filter->key)
			return &error_no_memory;
		text = equals + 1;
	}
	filter->is_range = parse_range(filter, text);
	if (!filter->is_range)
		error = parse_patterns(filter, text);
	if (!error)
		*ret = TAKE_POINTER(filter);
	return error;
}

static bool number_matches(const struct tag_filter *filter, int64_t number, const char *unit)
{
	const char *converted;
	double value = units_convert(number, unit, filter->unit, &converted);

	return strcmp(converted, filter->unit) == 0 && (!filter->has_low || value >= filter->low) &&
	       (!filter->has_high || value <= filter->high);
}

static bool has_key(const struct tag_filter *filter, const struct profile *profile, uint32_t key)
{
	return !filter->key || strcmp(profile_text(profile, key), filter->key) == 0;
}

static bool range_matches(const struct tag_filter *filter, const struct profile *profile,
	const struct label_units *units, const struct profile_label *labels, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!labels[i].text && has_key(filter, profile, labels[i].key) &&
			number_matches(filter, labels[i].number,
				label_unit(units, profile, labels[i].key)))
			return true;
	return false;
}

/* With a key, the text is matched alone. */
static bool text_matches(const struct tag_filter *filter, const struct profile *profile,
	const struct pattern *pattern, const struct profile_label *label)
{
	STRING_BUILDER(text);

	if (!label->text || !has_key(filter, profile, label->key))
		return false;
	if (filter->key)
		return pattern_matches(pattern, profile_text(profile, label->text));
	string_append(&text, profile_text(profile, label->key));
	string_append_char(&text, ':');
	string_append(&text, profile_text(profile, label->text));
	return !text.failed && pattern_matches(pattern, text.text);
}

bool tag_filter_matches(const struct tag_filter *filter, const struct profile *profile,
	const struct label_units *units, uint32_t labels)
{
	size_t count, matched = 0;
	const struct profile_label *label = profile_labels(profile, labels, &count);

	if (filter->is_range)
		return range_matches(filter, profile, units, label, count);
	ARRAY_FOR_EACH (pattern, &filter->patterns)
		for (size_t i = 0; i < count; i++)
			if (text_matches(filter, profile, *pattern, &label[i])) {
				matched++;
				break;
			}
	return filter->key ? matched != 0 : matched == filter->patterns.count;
}
