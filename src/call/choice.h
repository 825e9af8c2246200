#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "elf/modules.h"
#include "target/target.h"
#include "target/thread_wait.h"
#include "unwind/unwind.h"

/*
 * Which thread may be borrowed for a call. One that waits in a system call that can be entered
 * again unnoticed, and whose stack shows that it is in no allocator, loader, fork, lock or signal
 * handler: what the call itself may need. Never forced: without such a thread there is no call.
 */

enum thread_refusal {
	REFUSAL_NONE,
	REFUSAL_RUNNING,         /* not asleep */
	REFUSAL_UNINTERRUPTIBLE, /* D state: a vfork parent, a slow disk */
	REFUSAL_SUSPENDED,
	REFUSAL_EXITED,  /* the first thread, while others run on */
	REFUSAL_SECCOMP, /* filters that do not let through what limpet needs */
	REFUSAL_SHADOW_STACK,
	REFUSAL_UNKNOWN_WAIT, /* a system call that is not known to survive it */
	REFUSAL_TIME_OUT,     /* a time-out that would start over, and is long */
	REFUSAL_ALLOCATOR_THREAD,
	REFUSAL_LIMPET, /* limpet's own */
	REFUSAL_NOT_CAPTURED,
	REFUSAL_STACK,     /* cannot be followed to its end */
	REFUSAL_NO_RULES,  /* the same: the code says nothing of its callers */
	REFUSAL_ALLOCATOR, /* has such a frame */
	REFUSAL_LOADER,
	REFUSAL_LOCK,
	REFUSAL_FORK,
	REFUSAL_THREAD_CHANGE, /* starting, ending or cancelling a thread or the process */
	REFUSAL_UNWINDER,
	REFUSAL_SIGNAL_HANDLER,
	REFUSAL_UNKNOWN_LIBC,
	REFUSAL_UNKNOWN_CODE, /* has neither unwind information nor a name */
	REFUSAL_STACK_ROOM,   /* too little of it is left */
	REFUSAL_BORROW,       /* stood the test, but could not be taken */
	REFUSAL_COUNT,
};

const char *thread_refusal_text(enum thread_refusal refusal);

/* The longest relative time-out that may start over where nothing tells how much is left, ns. */
#define TIME_OUT_MAX 1000000000ULL

/* From /proc alone; no thread is disturbed. *ret_rank: less is better. */
enum thread_refusal judge_status(
	const struct thread_status *status, const struct thread_wait *wait, unsigned *ret_rank);

/* From a captured and unwound stack; the reader sees the target's code and its tables. */
enum thread_refusal judge_stack(struct module_table *modules, const struct memory_reader *reader,
	const struct unwind_result *unwound, bool in_futex);

/* From the name of a function that is on the stack, and whether it is the C library's. */
enum thread_refusal judge_function(const char *name, bool in_libc);
