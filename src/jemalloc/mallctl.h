#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "call/caller.h"
#include "jemalloc/instance.h"
#include "jemalloc/mallctl_names.h"

/* mallctl in the target, typed. */

/* A jemalloc that calls are made to; all borrowed. */
struct jemalloc {
	struct caller *caller;
	const struct jemalloc_instance *instance;
	struct call_wait wait;     /* see caller_run() */
	struct call_report report; /* of the last call */
};

struct mallctl_value {
	enum mallctl_type type;
	union {
		bool boolean;
		uint64_t number; /* unsigned, size, uint64 */
		int64_t signed_number;
		char *text; /* owned; NULL: a null pointer */
		double fraction;
		struct {
			uint64_t bytes, count;
		} samples;
	};
};

void mallctl_value_deinit(struct mallctl_value *value);

/* From the user's word; false: not of that type. */
bool mallctl_value_parse(const char *text, enum mallctl_type type, struct mallctl_value *ret);
/* As it is shown: "true", "19", a text. To be freed; NULL: no memory. */
char *mallctl_value_format(const struct mallctl_value *value);

/* One reading of several that are made in the same call. */
struct mallctl_reading {
	const char *name;
	enum mallctl_type type;
	int result; /* mallctl's errno; 0: value is valid */
	struct mallctl_value value;
};

#define MALLCTL_READINGS_MAX (CALL_COUNT_MAX - 1)

/*
 * Reads all on one borrowed thread, in order, each with a result of its own; what concerns stats
 * after a refresh of the epoch. An error is about the call itself.
 */
struct error *mallctl_read_all(
	struct jemalloc *jemalloc, struct mallctl_reading *readings, size_t count) MUST_CHECK;
void mallctl_readings_deinit(struct mallctl_reading *readings, size_t count);

/*
 * The entry of a name that may be used that way. The user's mistakes are ERROR_NOT_FOUND (unknown
 * name, with the nearest one) and ERROR_USAGE (read-only, write-only, refused).
 */
struct error *mallctl_check(
	const char *name, enum mallctl_access access, const struct mallctl_name **ret) MUST_CHECK;

/* Whether it may be called by a name and type that the user vouches for: it is not refused. */
struct error *mallctl_check_harmless(const char *name) MUST_CHECK;

/*
 * By names that were checked. The target's limits are ERROR_UNSUPPORTED (built without, switched
 * off at start). Reading by the table alone tries all types that the name has had.
 */
struct error *mallctl_read(struct jemalloc *jemalloc, const char *name, struct mallctl_value *ret)
	MUST_CHECK;
/* A number of the table; 0 if this jemalloc does not know it. */
struct error *mallctl_read_count(struct jemalloc *jemalloc, const char *name, uint64_t *ret)
	MUST_CHECK;
struct error *mallctl_read_as(struct jemalloc *jemalloc, const char *name, enum mallctl_type type,
	struct mallctl_value *ret) MUST_CHECK;
struct error *mallctl_write(
	struct jemalloc *jemalloc, const char *name, const struct mallctl_value *value) MUST_CHECK;
/*
 * To be written by limpet's own thread before it leaves, whyever it does, until something else, or
 * nothing, is to be written then: caller_undo_on_leaving().
 */
struct error *mallctl_write_on_leaving(
	struct jemalloc *jemalloc, const char *name, const struct mallctl_value *value) MUST_CHECK;
struct error *mallctl_write_nothing_on_leaving(struct jemalloc *jemalloc) MUST_CHECK;
/* Both at once, of what can be read and written: *ret_before is what it was until then. */
struct error *mallctl_exchange(struct jemalloc *jemalloc, const char *name,
	const struct mallctl_value *value, struct mallctl_value *ret_before) MUST_CHECK;

/* What mallctl's answer means to the user. */
struct error *mallctl_explain(const struct jemalloc *jemalloc, const char *name, int result)
	MUST_CHECK;
