#pragma once

#include "base/array.h"
#include "base/error.h"
#include "export/report.h"
#include "export/source_file.h"

/*
 * The report of `go tool pprof -list` (internal/report/source.go): functions that match, with the
 * source that they are in and what each line of it used. Where a source cannot be read, the figures
 * of its lines are there nonetheless; pprof has an error in their place.
 */

struct listed_line {
	uint32_t line; /* 0: unknown */
	int64_t flat, cumulative;
};
ARRAY_DEFINE(listed_lines, struct listed_line)

/* A function in one file of source. */
struct listed_function {
	const char *name;          /* the profile's */
	char *file;                /* as it is shown; "" if it is not known */
	uint32_t first, last;      /* lines that are shown; last may be behind the file's end */
	int64_t flat, cumulative;  /* sums of the lines */
	struct listed_lines lines; /* those that used something, in order */
	struct source_file source;
	struct error *problem; /* why there is no source; NULL: there is */
};
ARRAY_DEFINE(listed_functions, struct listed_function)

struct listing {
	struct listed_functions functions; /* by name, then by file */
};

/*
 * report: of REPORT_VALUES. pattern: found anywhere in functions' names. ERROR_NOT_FOUND: in none.
 */
struct error *listing_init(const struct report *report, const struct pattern *pattern,
	const char *pattern_text, struct listing *ret) MUST_CHECK;
void listing_deinit(struct listing *listing);

void listing_print(
	const struct report *report, const struct listing *listing, struct string_builder *ret);
