#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "target/tracer_protocol.h"

/*
 * Whether the thread is on a CPU, or was until the calling process took that CPU when it was woken;
 * to be asked right before the thread is stopped. One that waited for a CPU does not count: it has
 * mostly just been woken itself, and would make the system calls that wait look expensive. Fills in
 * the item's on_cpu, displaced and processor. For the tracer process: does not allocate.
 */
bool running_check(pid_t process, struct tracer_item *item);
