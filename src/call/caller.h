#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/call_item.h"
#include "base/error.h"
#include "call/agent_link.h"
#include "call/choice.h"
#include "call/leftovers.h"
#include "call/report.h"
#include "call/survey.h"
#include "elf/modules.h"
#include "target/target.h"
#include "unwind/unwind.h"

/*
 * Calls functions in the target while its threads run on, in one of two ways: on a thread of
 * limpet's own, which a borrowed thread starts once (agent_link.h), or on a borrowed thread itself
 * (direct.h). Either way one request sends the borrowed thread off, limpet is detached at once, and
 * whatever becomes of limpet, nothing of it stays in the process.
 */
struct caller;

enum call_way {
	CALL_WAY_AUTO, /* on a borrowed thread for short calls in a process with one thread, else
			  own */
	CALL_WAY_OWN,  /* on a thread of limpet's own, or not at all */
	CALL_WAY_BORROWED,
};

/* Borrows all three. Nothing is touched yet. */
struct error *caller_create(struct target *target, struct module_table *modules,
	struct unwinder *unwinder, struct caller **ret) MUST_CHECK;

/* Forgets about it; what limpet has in the target leaves by itself. Takes NULL. */
void caller_destroy(struct caller *caller);

/* Takes away what limpet has in the target, and waits for it. Fine when there is nothing. */
struct error *caller_release(struct caller *caller) MUST_CHECK;

void caller_prefer(struct caller *caller, enum call_way way);

/*
 * From now on all calls are made on this thread of the program alone, which is borrowed for each,
 * or not at all: what it may not be borrowed for now, it is tried again for patience ns. 0: on any
 * again. What a dead limpet has left is taken away by any thread.
 */
void caller_choose_thread(struct caller *caller, pid_t thread, uint64_t patience);

/*
 * Why the chosen thread could not be borrowed when caller_run() failed: an outcome, if the caller
 * will have it so. REFUSAL_NONE: that was not it.
 */
enum thread_refusal caller_refusal(const struct caller *caller);

/*
 * Ties all that follows to the program that the process executes now. To be called before
 * addresses of its functions are looked for: with those of another program a call would end it.
 */
struct error *caller_attach(struct caller *caller) MUST_CHECK;

/*
 * Begins an order: what is put and reserved is part of it, and is gone with the next
 * caller_begin(). Addresses are stand-ins, to be used in arguments of calls, and with
 * caller_get(). ERROR_GONE when the process has executed another program since caller_attach().
 */
struct error *caller_begin(struct caller *caller) MUST_CHECK;
/* Room for what calls write, 16-aligned and zeroed. */
struct error *caller_reserve(struct caller *caller, size_t length, uint64_t *ret) MUST_CHECK;
/* Bytes for the calls to read that caller_change() may change while they are made. */
struct error *caller_share(struct caller *caller, const void *bytes, size_t length, uint64_t *ret)
	MUST_CHECK;
/* Only from call_wait.interrupted. false: it could not be changed. */
bool caller_change(struct caller *caller, uint64_t address, const void *bytes, size_t length);
struct error *caller_put(struct caller *caller, const void *bytes, size_t length, uint64_t *ret)
	MUST_CHECK;
/* A word that holds the real address of what was put or reserved. */
struct error *caller_put_pointer(struct caller *caller, uint64_t pointer, uint64_t *ret) MUST_CHECK;
/* After the calls: from what was reserved, or from anywhere in the target. */
struct error *caller_get(struct caller *caller, uint64_t address, void *bytes, size_t length)
	MUST_CHECK;

/*
 * Runs up to CALL_COUNT_MAX items one after another on one thread, and waits for their results.
 * long_running: not to be done on a thread of the program if that can be helped. Giving up waiting
 * is ERROR_INTERRUPTED. No thread that may be borrowed: ERROR_UNSUPPORTED, with what speaks against
 * each.
 */
struct error *caller_run(struct caller *caller, struct call_item *items, size_t count,
	bool long_running, const struct call_wait *wait, struct call_report *ret_report) MUST_CHECK;

/*
 * What a thread of limpet's own calls before it leaves, whyever it does: limpet's death is one of
 * the reasons. The items, of functions without results, belong to the order that was begun; count
 * 0: nothing any more. Starts the thread if there is none: ERROR_UNSUPPORTED says why there can be
 * none, or that calls are to be made on borrowed threads.
 */
struct error *caller_undo_on_leaving(struct caller *caller, const struct call_item *items,
	size_t count, const struct call_wait *wait) MUST_CHECK;

/* What limpet has in the target; false: nothing. */
bool caller_presence(struct caller *caller, struct agent_presence *ret);

/*
 * What a limpet that is no more has left in the target. The first call after caller_attach() takes
 * it away, and caller_take_cleaned() then tells of it, once; false: there was nothing.
 */
struct error *caller_leftovers(struct caller *caller, struct leftovers *ret) MUST_CHECK;
bool caller_take_cleaned(struct caller *caller, struct leftovers *ret);

/* After caller_attach(). Threads are stopped for a look, each once. The caller deinitializes it. */
struct error *caller_survey(struct caller *caller, struct call_survey *ret) MUST_CHECK;
