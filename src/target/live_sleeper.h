#pragma once

#include "target/target.h"

/* See target_read_sleeper(). room: for all bytes that are wished for. */
bool live_sleeper_read(struct target *target, pid_t thread, uint8_t *room,
	const struct stack_wish *wish, struct sleeper *ret);
