#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "target/target.h"

/*
 * When to sample: at intervals drawn at random, uniformly from half to one and a half periods, so
 * that no timer of the target keeps step. All times are the target's, ns.
 */
struct pace {
	struct target *target; /* borrowed */
	uint64_t period, duration, started;
	uint64_t next;
	uint64_t random; /* state of random_next() */
};

/* From now on. rate: a second. */
void pace_start(struct pace *pace, struct target *target, unsigned rate, uint64_t duration);

uint64_t pace_elapsed(const struct pace *pace);

/* The time of the next round, at most the end. Those that came too late are not made up for. */
uint64_t pace_next(struct pace *pace);

/* To a time that was drawn and not used: those that follow it are drawn again. */
void pace_go_back(struct pace *pace, uint64_t time);

/* Leaves out a time, ns, that has just passed: it counts neither as elapsed nor for the end. */
void pace_skip(struct pace *pace, uint64_t time);
