#pragma once

#include <sys/types.h>

#include "base/error.h"
#include "target/limits.h"
#include "target/proc.h"

/*
 * Whether a process has what a call in it will take, found out before anything is touched: a call
 * that fails half-way has to be undone, and one that exceeds a limit may kill the process. Pure:
 * what there is to know is passed in.
 */

struct limit_facts {
	pid_t pid;
	struct process_limits limits;
	struct proc_status status;             /* what it has used, and who it is */
	uint64_t mappings, mappings_max;       /* vm.max_map_count */
	uint64_t open_files;                   /* how many descriptors it has */
	uint64_t user_tasks;                   /* of its user, threads included */
	uint64_t group_tasks, group_tasks_max; /* of the control group that has least left */
	uint64_t overcommit;                   /* vm.overcommit_memory */
	uint64_t commit_limit, committed;      /* bytes, of the machine */
};

/* What is going to be used in addition. */
struct limit_need {
	uint64_t memory;   /* bytes, private and writable */
	uint64_t mappings; /* that a mapping in the midst of others, or a change of protection,
			      makes */
	uint64_t threads;
	uint64_t open_files;
	uint64_t file_size; /* bytes; LIMIT_NONE: not known ahead */
};

/* NULL: nothing is in the way. Else the first thing that is, and what to do about it. */
struct error *limit_check(const struct limit_facts *facts, const struct limit_need *need)
	MUST_CHECK;

/*
 * Gathers the facts of a live process. A file that cannot be read, of the system or of a control
 * group that is not visible from here, limits nothing. ERROR_GONE if the process is.
 */
struct error *limit_facts_read(pid_t pid, struct limit_facts *ret) MUST_CHECK;

/* Both: what is in the way in that process now. */
struct error *limit_check_process(pid_t pid, const struct limit_need *need) MUST_CHECK;
