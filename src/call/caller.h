#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/call_stub.h"
#include "base/error.h"
#include "elf/modules.h"
#include "target/target.h"
#include "unwind/unwind.h"

/*
 * Calls functions in the target, on a thread borrowed from it, while all others run on. The thread
 * is sent off in one request, and limpet detaches at once: the code it is sent to makes the calls
 * and brings it back by itself, whatever becomes of limpet. Results are polled for.
 *
 * The first call has the target map an area for code, arguments and a stack; caller_release()
 * takes it away again.
 */
struct caller;

/* Borrows all three. Nothing is touched yet. */
struct error *caller_create(struct target *target, struct module_table *modules,
	struct unwinder *unwinder, struct caller **ret) MUST_CHECK;

/* Forgets about it, without touching the target. Takes NULL. */
void caller_destroy(struct caller *caller);

/* Takes away what limpet has in the target. Fine when there is nothing. */
struct error *caller_release(struct caller *caller) MUST_CHECK;

/* The run-time address of a function, by its symbol, in any module; 0: none. */
uint64_t caller_find_function(struct caller *caller, const char *name);

/*
 * Room for arguments and results in the target, 16-aligned and zeroed; valid until the next
 * caller_begin(). *ret is its run-time address.
 */
struct error *caller_begin(struct caller *caller) MUST_CHECK;
struct error *caller_reserve(struct caller *caller, size_t length, uint64_t *ret) MUST_CHECK;
struct error *caller_put(struct caller *caller, const void *bytes, size_t length, uint64_t *ret)
	MUST_CHECK;
struct error *caller_get(struct caller *caller, uint64_t address, void *bytes, size_t length)
	MUST_CHECK;

/* What a call took, for info and for the user's eyes. */
struct call_report {
	pid_t thread;
	char thread_name[16];
	uint64_t held;     /* ns that it was stopped, for the commit */
	uint64_t borrowed; /* ns from the commit until it had all results */
};

/*
 * Runs up to CALL_COUNT_MAX items one after another on one borrowed thread, and waits for their
 * results. interrupted, if not NULL, is asked while waiting: true leaves the calls to finish by
 * themselves and is ERROR_INTERRUPTED. No thread that may be borrowed: ERROR_UNSUPPORTED, with
 * what speaks against each.
 */
struct error *caller_run(struct caller *caller, struct call_item *items, size_t count,
	bool (*interrupted)(void *context), void *context, struct call_report *ret_report)
	MUST_CHECK;

/* The mapping that limpet has in the target; false: none. */
bool caller_area(const struct caller *caller, uint64_t *ret_address, size_t *ret_length);
