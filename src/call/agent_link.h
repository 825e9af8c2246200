#pragma once

#include "call/borrower.h"
#include "call/equipment.h"
#include "call/order.h"
#include "call/report.h"

/*
 * limpet's own thread in the target (arch/agent.h): started on a borrowed thread, then told what to
 * call through its memory, without ptrace and without any thread of the program. A thread of
 * limpet's gives it signs of life; when they end, it leaves, and takes all of limpet's memory with
 * it.
 */
struct agent_link;

struct error *agent_link_create(struct borrower *borrower, struct agent_link **ret) MUST_CHECK;
/* Stops the signs of life, and forgets about the thread, which then leaves. Takes NULL. */
void agent_link_destroy(struct agent_link *link);

/* NULL: possible, as far as can be seen. ERROR_UNSUPPORTED says what is missing. */
struct error *agent_link_check(pid_t process, const struct call_equipment *equipment) MUST_CHECK;

/* Whether the thread is there, and takes orders. */
bool agent_link_is_there(struct agent_link *link);

/*
 * ERROR_UNSUPPORTED: no thread could be borrowed, or the process did not get what it takes, and
 * why; then nothing is there.
 */
struct error *agent_link_launch(struct agent_link *link, const struct call_equipment *equipment,
	const struct call_wait *wait) MUST_CHECK;

/*
 * As direct_run(). ERROR_GONE with the process alive: the thread is not there any more. Busy with a
 * call that was not waited for: ERROR_FAILED.
 */
struct error *agent_link_run(struct agent_link *link, struct call_order *order,
	const struct call_wait *wait, void *ret_outputs, struct call_report *ret_report) MUST_CHECK;

/*
 * What the thread calls before it leaves, whyever it does, limpet's death included: functions and
 * their inputs, AGENT_UNDO_MAX at most. Holds for the next ones that are launched, too; count 0:
 * nothing. Takes over *undo, and puts the former one there.
 */
struct error *agent_link_set_undo(struct agent_link *link, struct call_order *undo) MUST_CHECK;

/* Has it leave, and waits until nothing is left. Fine when it is not there. */
struct error *agent_link_leave(struct agent_link *link) MUST_CHECK;

/* What limpet has in the process. */
struct agent_presence {
	pid_t thread; /* 0: unknown */
	uint64_t address;
	size_t length;
	bool leaves_memory; /* it cannot take it along: for that a thread is borrowed once more */
	struct call_report launch; /* the thread that it was started on */
};

/* false: nothing. */
bool agent_link_presence(struct agent_link *link, struct agent_presence *ret);
