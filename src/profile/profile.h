#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "base/intern.h"

/*
 * Stacks with values and labels: what every sampler and reader makes and every report, filter and
 * file format takes. The shape is that of pprof's profile.proto, so that nothing is lost on the
 * way out; ids here are indexes from 0. Strings, functions, locations, stacks and label sets are
 * interned: equal ones have equal ids.
 */

#define PROFILE_NONE UINT32_MAX /* no mapping, no function */

struct profile_value_type {
	uint32_t type; /* string id: "cpu", "inuse_space" */
	uint32_t unit; /* string id: "nanoseconds", "bytes", "count" */
};
ARRAY_DEFINE(profile_value_types, struct profile_value_type)

struct profile_mapping {
	uint64_t start, limit, offset;
	uint32_t path;     /* string id */
	uint32_t build_id; /* string id, hexadecimal; 0 ("") if unknown */
	uint32_t problem;  /* string id: why addresses in it have no names, or 0; not in files */
	bool has_functions, has_filenames, has_line_numbers, has_inline_frames;
};
ARRAY_DEFINE(profile_mappings, struct profile_mapping)

struct profile_function {     /* interned by its bytes: no padding */
	uint32_t name;        /* string ids: as shown, ... */
	uint32_t system_name; /* ... as in the symbol table ("" for what is in none), ... */
	uint32_t file;        /* ... the source file or "" */
	uint32_t start_line;
	uint32_t whole; /* string id: what name is short for, or 0; not in files */
};

struct profile_line {
	uint32_t function;
	uint32_t line; /* 0: unknown */
};
ARRAY_DEFINE(profile_lines, struct profile_line)

struct profile_location {
	uint64_t address; /* run-time; lies inside the instruction that was executing or calling */
	uint32_t mapping; /* or PROFILE_NONE */
	uint32_t first_line; /* into lines; innermost inlined function first */
	uint32_t line_count; /* 0: not named */
};
ARRAY_DEFINE(profile_locations, struct profile_location)

struct profile_label { /* interned by its bytes: no padding */
	int64_t number;
	uint32_t key;      /* string id */
	uint32_t text;     /* string id, or 0 for a number */
	uint32_t unit;     /* string id, of a number; 0 for none */
	uint32_t reserved; /* 0 */
};

struct profile_sample {
	uint32_t stack;
	uint32_t labels;
};
ARRAY_DEFINE(profile_samples, struct profile_sample)
ARRAY_DEFINE(profile_values, int64_t)

/* What reports and pictures tell apart, as the options of `go tool pprof` of these names. */
enum profile_grain {
	GRAIN_FUNCTIONS,
	GRAIN_LINES,
	GRAIN_ADDRESSES,
	GRAIN_FILE_FUNCTIONS,
	GRAIN_FILES,
	GRAIN_COUNT,
};

struct profile {
	struct intern_table strings; /* 0 is "" */
	struct profile_value_types value_types;
	struct profile_mappings mappings; /* 0 is the main binary */
	struct intern_table functions;    /* struct profile_function */
	struct profile_lines lines;
	struct profile_locations locations;
	struct intern_table
		location_keys;           /* address, mapping and first lines: to find equal ones */
	struct intern_table stacks;      /* uint32_t location ids, leaf first */
	struct intern_table label_sets;  /* struct profile_label, in the order given; 0 is empty */
	struct intern_table sample_keys; /* struct profile_sample */
	struct profile_samples samples;
	struct profile_values values; /* value_types.count for each sample, in order */
	struct profile_value_type period_type;
	int64_t period;
	int64_t time;                 /* ns since 1970, 0: unknown */
	int64_t duration;             /* ns, 0: unknown */
	uint32_t drop_frames;         /* string id: pprof's drop_frames, or 0 */
	uint32_t keep_frames;         /* string id: pprof's keep_frames, or 0 */
	uint32_t default_sample_type; /* string id, or 0: the last */
	struct u32_array comments;    /* string ids */
	enum profile_grain grain;     /* how it is to be shown; not in files */
};

/* What is returned as text, stack, function or labels is valid until the next addition. */
struct error *profile_create(struct profile **ret) MUST_CHECK;
void profile_destroy(struct profile *profile); /* takes NULL */
void cleanup_profile(struct profile **profile);

struct error *profile_string(struct profile *profile, const char *text, uint32_t *ret) MUST_CHECK;
const char *profile_text(const struct profile *profile, uint32_t string);

/* Value types must all be there before the first sample: ERROR_USAGE. */
struct error *profile_add_value_type(struct profile *profile, const char *type, const char *unit)
	MUST_CHECK;
/* The index of a value type by name; NULL is the default. false if there is none of that name. */
bool profile_find_value_type(const struct profile *profile, const char *type, size_t *ret);

struct error *profile_add_mapping(struct profile *profile, uint64_t start, uint64_t limit,
	uint64_t offset, const char *path, uint32_t *ret) MUST_CHECK;

struct error *profile_add_function(
	struct profile *profile, const struct profile_function *function, uint32_t *ret) MUST_CHECK;
const struct profile_function *profile_function(const struct profile *profile, uint32_t function);

/* An address still to be named; the same address of the same mapping is the same location. */
struct error *profile_add_location(
	struct profile *profile, uint32_t mapping, uint64_t address, uint32_t *ret) MUST_CHECK;
/* A frame with a name and no address, such as "[not sampled]". */
struct error *profile_add_named_location(struct profile *profile, const char *name, uint32_t *ret)
	MUST_CHECK;
/* For readers: address, mapping and lines together make the location, so that address 0 will do. */
struct error *profile_add_complete_location(struct profile *profile, uint32_t mapping,
	uint64_t address, const struct profile_line *lines, uint32_t count, uint32_t *ret)
	MUST_CHECK;
/* Names a location; lines are copied. Replaces what it had. */
struct error *profile_set_lines(struct profile *profile, uint32_t location,
	const struct profile_line *lines, uint32_t count) MUST_CHECK;

/* Location ids, leaf first. */
struct error *profile_add_stack(
	struct profile *profile, const uint32_t *locations, size_t count, uint32_t *ret) MUST_CHECK;
const uint32_t *profile_stack(const struct profile *profile, uint32_t stack, size_t *count);

struct error *profile_add_labels(struct profile *profile, const struct profile_label *labels,
	size_t count, uint32_t *ret) MUST_CHECK;
const struct profile_label *profile_labels(
	const struct profile *profile, uint32_t labels, size_t *count);

/*
 * Adds values (value_types.count of them) to the sample of that stack and those labels. Sums stay
 * within int64_t: they stop at its ends.
 */
struct error *profile_add_sample(
	struct profile *profile, uint32_t stack, uint32_t labels, const int64_t *values) MUST_CHECK;

/* A remark that travels with the profile: what was lost, with which settings it was taken. */
struct error *profile_add_comment(struct profile *profile, const char *format, ...)
	FORMAT_PRINTF(2, 3) MUST_CHECK;

/* The sum of one value over all samples. */
int64_t profile_total(const struct profile *profile, size_t value_type);

/* Whether every id points to something, value counts fit, and so on: for readers of files. */
struct error *profile_check(const struct profile *profile) MUST_CHECK;
