#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "arch/seccomp_program.h"
#include "base/error.h"
#include "target/target.h"

/*
 * Whether a thread's seccomp filters permit the system calls that limpet is going to make on it.
 * Known before anything is touched, as the first call that a filter forbids may kill the process.
 */

struct needed_call {
	int64_t number;
	uint64_t arguments[6];
	unsigned unknown_arguments; /* bit 0: arguments[0] is not known ahead */
	const char *name;           /* for messages */
	bool may_fail;              /* with an errno: then something else does */
};

enum permission {
	PERMISSION_GRANTED, /* all of them */
	PERMISSION_DENIED,
	PERMISSION_UNKNOWN,
};

struct call_permission {
	enum permission permission;
	/* The first call that is denied, or that depends on what is not known; NULL: see filters.
	 */
	const struct needed_call *call; /* borrowed */
	uint32_t action;                /* SECCOMP_RET_* that it gets, or may get */
	enum filters_outcome filters;   /* why they are not known */
};

/*
 * By these filters, in the order in which they were installed. Where the calls are made from is
 * taken for unknown. ERROR_MALFORMED for programs that are no filters.
 */
struct error *call_permission_judge(const struct seccomp_program *programs, size_t count,
	const struct needed_call *const *calls, size_t call_count, struct call_permission *ret)
	MUST_CHECK;

/* Under SECCOMP_MODE_STRICT. */
void call_permission_judge_strict(
	const struct needed_call *const *calls, size_t call_count, struct call_permission *ret);

/*
 * For a thread as it is now. It is stopped to read its filters, if it has some and they can be
 * read. If they cannot, but are as many as limpet itself runs under, they are taken for those of a
 * container that both are in, and which limpet lives with. What an exited thread may do is unknown.
 */
struct error *call_permission_find(struct target *target, pid_t thread,
	const struct needed_call *const *calls, size_t call_count, struct call_permission *ret)
	MUST_CHECK;

/* The refusal that it comes to, with what to do about it; NULL if granted. */
struct error *call_permission_explain(const struct call_permission *permission, pid_t thread)
	MUST_CHECK;
