#pragma once

#include "base/array.h"
#include "base/error.h"
#include "base/mappings.h"
#include "call/borrower.h"
#include "call/call_permission.h"
#include "call/choice.h"
#include "target/target.h"
#include "target/thread_wait.h"

/* The threads of the target, and what speaks against borrowing each. */

struct candidate {
	pid_t thread;
	unsigned rank; /* less is better */
	struct thread_status status;
	struct thread_wait wait;
	uint64_t place; /* for what is left of its time; 0: none is needed, or there is none */
	enum thread_refusal refusal;
	struct call_permission permission; /* of a REFUSAL_SECCOMP */
};
ARRAY_DEFINE(candidates, struct candidate)

struct candidate_list {
	struct borrower *borrower; /* borrowed */
	struct candidates candidates;
	struct mappings mappings; /* read once for all: there may be thousands of threads */
	bool mapped;
};

/*
 * All threads, the best first, or the only one that may be borrowed, judged by /proc alone: none is
 * disturbed. Again: all anew.
 * ERROR_UNSUPPORTED: nothing can ever be borrowed, and why.
 */
struct error *candidate_list_read(struct candidate_list *list) MUST_CHECK;
void candidate_list_deinit(struct candidate_list *list);

/*
 * Whether one that nothing has spoken against so far stands all tests: the last one stops it for a
 * look at its stack. Its refusal is the answer; *ret_found is where it was, if it has none, and
 * valid until the next capture of the target.
 */
struct error *candidate_judge(struct candidate_list *list, struct candidate *candidate,
	struct capture *ret_found) MUST_CHECK;

/* Memory between end and the bottom of the stack at sp, for what calls need there. */
bool candidate_list_has_stack_room(const struct candidate_list *list, uint64_t sp, uint64_t end);
