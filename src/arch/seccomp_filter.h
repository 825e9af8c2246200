#pragma once

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/seccomp_program.h"
#include "base/error.h"

/*
 * What a seccomp filter will answer to a system call, without making the call (__seccomp_filter()
 * in kernel/seccomp.c, bpf_convert_filter() in net/core/filter.c of Linux 6.18).
 */

/* A system call that is to be made, as far as it is known ahead. */
struct seccomp_question {
	struct seccomp_data data;
	unsigned unknown_arguments; /* bit 0: args[0] is not known */
	bool unknown_pointer;       /* instruction_pointer is not known */
};

struct seccomp_verdict {
	uint32_t action; /* SECCOMP_RET_*, with its data */
	bool certain;    /* false: it depends on what is not known; the action is the worst */
};

/* ERROR_MALFORMED for what the kernel would not have accepted. */
struct error *seccomp_program_evaluate(const struct seccomp_program *program,
	const struct seccomp_question *question, struct seccomp_verdict *ret) MUST_CHECK;

/*
 * What several filters answer together: the kernel runs all of them, and takes the action of
 * highest precedence. In the order in which they were installed: of two ERRNO the later counts.
 * None at all permit everything.
 */
struct error *seccomp_most_restrictive(const struct seccomp_program *programs, size_t count,
	const struct seccomp_question *question, struct seccomp_verdict *ret) MUST_CHECK;

/* Whether the system call is made as if there were no filter. */
bool seccomp_action_permits(uint32_t action);
