#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "target/tracer_protocol.h"

/*
 * Which threads of a batch are on a CPU, or were until the calling process took that CPU when it
 * was woken; to be asked right before they are stopped. One that waited for a CPU does not count:
 * it has mostly just been woken itself, and would make the system calls that wait look expensive.
 * For the tracer process: does not allocate.
 */

/* The first look, at each: fills in runnable. */
void running_look(pid_t process, struct tracer_item *item);

/* Fills in processor: takes as long as all else that is asked of a thread. */
void running_locate(pid_t process, struct tracer_item *item);

/*
 * The second one, at those that are runnable: fills in on_cpu, displaced and confirm. here: how
 * many of the batch are runnable on the calling process's CPU.
 */
bool running_check(pid_t process, struct tracer_item *item, size_t here);

/*
 * Of a thread that is to be confirmed, while it stands still: whether it ran when it was
 * interrupted, and has not had to wait for its CPU since, or was displaced from it, and has waited
 * no longer than since item->taken. Fills in strayed.
 */
bool running_confirm(pid_t process, struct tracer_item *item);
