#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cursor.h"

/*
 * What the kernel limits a process to, and some of what counts against that: the texts of /proc and
 * of control groups, parsed. What the process has used of it is in its status: proc.h.
 */

#define LIMIT_NONE UINT64_MAX

/* The soft limits, which are those that count: /proc/PID/limits, proc_pid_limits(5). */
struct process_limits {
	uint64_t address_space, data, locked_memory, file_size; /* bytes */
	uint64_t processes;                                     /* of its user, threads included */
	uint64_t open_files;                                    /* descriptors are below that */
};

/* false: not in the form of proc(5), or not all of it. */
bool limits_parse(struct cursor text, struct process_limits *ret);

/* A file of one number, or of "max", which is LIMIT_NONE: sysctls, pids.max. */
bool limits_parse_number(struct cursor text, uint64_t *ret);

/* /proc/meminfo: bytes that may be promised in all (CommitLimit), and those that are. */
bool limits_parse_commit(struct cursor text, uint64_t *ret_limit, uint64_t *ret_committed);

/* /proc/PID/maps: what counts against vm.max_map_count. [vsyscall] is none. */
size_t limits_count_mappings(struct cursor text);

/*
 * /proc/PID/cgroup: the path of the group that limits the tasks; borrowed from the text. Version 2,
 * or the controller pids of version 1.
 */
bool limits_parse_group(struct cursor text, struct cursor *ret_path, bool *ret_unified);
