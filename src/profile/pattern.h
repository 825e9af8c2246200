#pragma once

#include <stdbool.h>

#include "base/error.h"

/*
 * Patterns as `go tool pprof` takes them, as far as POSIX extended regular expressions can stand in
 * for RE2: also \d, \w, \s, \b, their opposites, (?i) at the start, and braces that are no repeat
 * count, as in {{closure}}. Refused is what would mean something else to regcomp(3) (other escapes
 * of letters, (?...)), and what can take any amount of time or memory: repeat counts, back
 * references, deep nesting, repeats of repeats of repeats. So a pattern from a file may be tried.
 */
struct pattern;

enum pattern_extent {
	PATTERN_ANYWHERE,
	PATTERN_WHOLE, /* it must match all of a text */
};

/* ERROR_USAGE, with the reason and a hint; also for an empty one. */
struct error *pattern_create(const char *text, enum pattern_extent extent, struct pattern **ret)
	MUST_CHECK;
void pattern_destroy(struct pattern *pattern); /* takes NULL */
void cleanup_pattern(struct pattern **pattern);

bool pattern_matches(const struct pattern *pattern, const char *text);
