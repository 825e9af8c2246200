#pragma once

#include "collect/collector.h"
#include "collect/stack_wish.h"
#include "target/thread_wait.h"

/*
 * Looks at single threads, as far as possible without a stop: one that sleeps is read while it
 * does. Where that is not enough it is stopped for a moment, and what it waits in goes on as if
 * nothing had been. One whose wait could not be brought back so is not stopped.
 */
struct looker {
	const struct collector *collector;
	struct thread_waits waits;
	struct unwind_result unwound; /* the stack that was seen last */
	uint64_t refreshed;           /* when the modules were last read */
	bool switches;                /* stacks go on on others: those are copied from the start */
	bool modules_changed;         /* since the owner last set this to false */
};

/* What was seen of a thread. */
struct look {
	enum capture_outcome outcome; /* CAPTURE_DONE: there is a stack */
	char state;                   /* as in struct thread_status; 0: not asked for */
	int64_t system_call;          /* number of the one it is in, or -1 */
	bool stopped;                 /* for the look */
	bool wants_more;              /* the wish has grown: another look may show more */
	uint64_t held;                /* ns that it stood still */
};

/* The collector is borrowed. */
void looker_init(struct looker *looker, const struct collector *collector);
void looker_deinit(struct looker *looker);

/* Once the modules are known: finds out whether the program is one whose stacks go on on others. */
void looker_prepare(struct looker *looker);

/* Asks for as much as is wished for. */
void looker_fill_capture(
	const struct looker *looker, const struct stack_wish *wish, struct capture *ret);

/*
 * *wish: how much to read; grows where that was not enough, at once for a thread that
 * sleeps. An error is about the whole target, or lack of memory.
 */
struct error *look_at_thread(
	struct looker *looker, pid_t thread, struct stack_wish *wish, struct look *ret) MUST_CHECK;

/* The same without a stop, whatever that shows: false if it is not to be seen so. */
struct error *look_at_sleeper(struct looker *looker, pid_t thread, struct stack_wish *wish,
	struct look *ret, bool *ret_seen) MUST_CHECK;

/* The one that it is in, as the program made it, or -1. */
int64_t look_system_call(const struct looker *looker, const struct capture *captured);

/* Unwinds what was captured, if need be after the modules were read again. */
struct error *look_at_capture(struct looker *looker, const struct capture *captured) MUST_CHECK;
