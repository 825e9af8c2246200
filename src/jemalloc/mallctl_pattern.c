#include "jemalloc/mallctl_pattern.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static bool matches_one_of(const char *alternatives, const char *name);

static bool skip_number(const char **name)
{
	const char *at = *name;

	while (isdigit((unsigned char)*at))
		at++;
	if (at == *name)
		return false;
	*name = at;
	return true;
}

bool mallctl_pattern_matches(const char *pattern, const char *name)
{
	for (; *pattern; pattern++) {
		if (*pattern == '{')
			return matches_one_of(pattern + 1, name);
		if (*pattern == '#' ? !skip_number(&name) : *pattern != *name++)
			return false;
	}
	return !*name;
}

/* Up to the comma or brace: how much of the name it takes. */
static bool takes(const char *alternative, size_t length, const char **name)
{
	for (const char *end = alternative + length; alternative < end; alternative++)
		if (*alternative == '#' ? !skip_number(name) : *alternative != *(*name)++)
			return false;
	return true;
}

static bool matches_one_of(const char *alternatives, const char *name)
{
	const char *rest = strchr(alternatives, '}') + 1;

	for (const char *at = alternatives; at < rest;) {
		size_t length = strcspn(at, ",}");
		const char *left = name;

		if (takes(at, length, &left) && mallctl_pattern_matches(rest, left))
			return true;
		at += length + 1;
	}
	return false;
}

static void expand(char *name, size_t length, const char *pattern, mallctl_pattern_function *use,
	void *context)
{
	const char *brace = strchr(pattern, '{'), *rest;
	size_t plain = brace ? (size_t)(brace - pattern) : strlen(pattern);

	memcpy(name + length, pattern, plain);
	length += plain;
	name[length] = '\0';
	if (!brace) {
		use(context, name);
		return;
	}
	rest = strchr(brace, '}') + 1;
	for (const char *at = brace + 1; at < rest;) {
		size_t part = strcspn(at, ",}");

		memcpy(name + length, at, part);
		expand(name, length + part, rest, use, context);
		at += part + 1;
	}
}

void mallctl_pattern_expand(const char *pattern, mallctl_pattern_function *use, void *context)
{
	char name[MALLCTL_NAME_SIZE];

	expand(name, 0, pattern, use, context);
}

bool mallctl_pattern_fill(const char *expanded, const char *begun, char ret[MALLCTL_NAME_SIZE])
{
	size_t length = 0, part;

	for (; *expanded; expanded++, length += part, begun += *begun ? part : 0) {
		bool number = *expanded == '#' && *begun && *begun != '#';
		const char *from = number ? begun : expanded;

		part = number ? strspn(begun, "0123456789") : 1;
		if (!part || length + part >= MALLCTL_NAME_SIZE ||
			(!number && *begun && *begun != *expanded))
			return false;
		memcpy(ret + length, from, part);
	}
	ret[length] = '\0';
	return !*begun;
}

void mallctl_pattern_number(const char *open, unsigned number, char ret[MALLCTL_NAME_SIZE])
{
	const char *place = strchr(open, '#');

	snprintf(ret, MALLCTL_NAME_SIZE, "%.*s%u%s", (int)(place - open), open, number, place + 1);
}
