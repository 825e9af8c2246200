#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "target/target.h"

/*
 * Where the time that is left to a thread is put: its system call refers to it from then on, for as
 * long as it waits. So each has a place of its own, in memory of the target that is nobody's.
 */

#define TIME_PLACE_LENGTH 16 /* struct timespec */
#define TIME_PLACES_MAX   32

struct time_places {
	uint64_t address; /* of the first one */
	size_t count;
	pid_t owners[TIME_PLACES_MAX]; /* 0: nobody */
};

/* Of a thread that was found with one, maybe from an earlier time that limpet was there. */
void time_places_note(struct time_places *places, pid_t thread, const struct thread_status *status);

/*
 * The thread's own: the one that it has, or one that nobody has, or whose owner is gone or waits in
 * a call that does not refer to it. 0: there is none.
 */
uint64_t time_places_take(struct time_places *places, struct target *target, pid_t thread);
