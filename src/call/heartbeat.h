#pragma once

#include <stdint.h>

#include "base/error.h"

/*
 * A thread of limpet's that changes a word in the target's memory again and again, until it is
 * stopped or the memory is gone. It stops with limpet, whatever stops limpet.
 */
struct heartbeat;

#define HEARTBEAT_INTERVAL 100000000ULL /* ns */

/* Borrows the descriptor (target_open_memory()). */
struct error *heartbeat_start(int memory, uint64_t address, struct heartbeat **ret) MUST_CHECK;
void heartbeat_stop(struct heartbeat *heartbeat); /* takes NULL */
