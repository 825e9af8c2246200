#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * Why the kernel does not let limpet have a process (ptrace(2), "Ptrace access mode checking"),
 * in words that say what to do. Pure: what there is to know is passed in.
 */
struct refusal_facts {
	pid_t pid;
	const char *name;
	uid_t own_user;
	uid_t target_user;
	bool own_capability; /* CAP_SYS_PTRACE */
	int yama;            /* /proc/sys/kernel/yama/ptrace_scope; -1: no Yama */
	bool in_container;   /* not in the first user or PID namespace */
	bool dumpable;       /* false: the process closed itself to its own user */
};

struct error *refusal_explain(const struct refusal_facts *facts) MUST_CHECK;

/* Gathers the facts and explains. */
struct error *refusal_of_process(pid_t pid, const char *name) MUST_CHECK;
