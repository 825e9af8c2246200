#pragma once

#include "target/target.h"

/* See target_read_sleeper(). stack: room for stack_wanted bytes. */
bool live_sleeper_read(struct target *target, pid_t thread, uint8_t *stack, size_t stack_wanted,
	struct sleeper *ret);
