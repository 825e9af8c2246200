#pragma once

#include <stdint.h>
#include <time.h>

#define NANOSECONDS_PER_SECOND      1000000000ULL
#define NANOSECONDS_PER_MILLISECOND 1000000ULL
#define NANOSECONDS_PER_MICROSECOND 1000ULL

uint64_t clock_monotonic(void); /* ns since some fixed point */
uint64_t clock_wall(void);      /* ns since 1970 */
uint64_t clock_own_cpu(void);   /* ns that this process has used */

/* What is left until then, for calls that wait so long; nothing if that has passed. */
struct timespec clock_time_left(uint64_t monotonic);

/* Returns early when a signal handler ran. */
void clock_sleep_until(uint64_t monotonic);
void clock_sleep(uint64_t nanoseconds);
/* Sleeps for *pause, ns, and doubles it for the next time, up to longest. */
void clock_back_off(uint64_t *pause, uint64_t longest);
