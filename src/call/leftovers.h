#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "call/order.h"
#include "target/target.h"

/*
 * What of limpet is in a process without a limpet that minds it: the memory of a thread that
 * could not take it along, what a fork(2) has copied to a child meanwhile, the file of a dump.
 */

#define LEFTOVERS_MAX (CALL_COUNT_MAX / 2)

struct leftovers {
	uint64_t areas[LEFTOVERS_MAX]; /* addresses of AGENT_SIZE bytes */
	size_t area_count;
	int descriptors[LEFTOVERS_MAX];
	size_t descriptor_count;
};

/* The name of the files that dumps go to, for memfd_create(2). */
#define CALL_MEMORY_FILE      "limpet-heap-dump"
#define CALL_MEMORY_FILE_LINK "/memfd:" CALL_MEMORY_FILE " (deleted)" /* in /proc/PID/fd */

/*
 * Nothing is found as long as the process has a thread called "limpet": it may be at work. To take
 * it away the process must have been claimed (target_claim()) since before, and no call may be
 * under way on a borrowed thread (direct_wait()): then what is found stays so.
 */
struct error *leftovers_find(struct target *target, struct leftovers *ret) MUST_CHECK;

/* The system calls that take it all away: up to CALL_COUNT_MAX; the order is reset first. */
void leftovers_order(const struct leftovers *leftovers, struct call_order *order);
