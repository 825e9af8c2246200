#pragma once

#include "call/call_permission.h"
#include "call/order.h"

/*
 * Whether a thread may make the system calls that limpet needs: those that it takes to make calls
 * at all, on that thread and on one of limpet's own, and those of an order (NULL: none). What
 * jemalloc makes is the program's. As call_permission_find().
 */
struct error *needed_calls_permitted(struct target *target, pid_t thread,
	const struct call_order *order, struct call_permission *ret) MUST_CHECK;
