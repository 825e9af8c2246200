#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "target/tracer_protocol.h"

/*
 * Whether the thread is on a CPU right now, to be asked right before it is stopped. One that waits
 * for a CPU does not count: it has mostly just been woken, and would make the system calls that
 * wait look expensive. Fills in the item's on_cpu and processor. For the tracer process: does not
 * allocate.
 */
bool running_check(pid_t process, struct tracer_item *item);
