#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "export/label_units.h"
#include "profile/profile.h"

/*
 * Which samples are meant by their labels, as -tagfocus and -tagignore of `go tool pprof` say it
 * (internal/driver/driver_focus.go):
 *
 *	[KEY=]NUMBER[UNIT]		a label has that number, in that unit or one that it converts
 *to [KEY=]NUMBER[UNIT]:		... or a larger one [KEY=]:NUMBER[UNIT]		... or a
 *smaller one [KEY=]NUMBER[UNIT]:NUMBER[UNIT]	... or one in between
 *	PATTERN,PATTERN			each is found in a text label, written "key:value"
 *	KEY=PATTERN,PATTERN		one of them is found in a text of that key
 */
struct tag_filter;

/* ERROR_USAGE, with a hint: that is neither a range nor a pattern. */
struct error *tag_filter_create(const char *text, struct tag_filter **ret) MUST_CHECK;
void tag_filter_destroy(struct tag_filter *filter); /* takes NULL */

/* false, too, without memory for what is matched. */
bool tag_filter_matches(const struct tag_filter *filter, const struct profile *profile,
	const struct label_units *units, uint32_t labels);
