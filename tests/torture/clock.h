#pragma once

#include <stdint.h>

#define MICROSECOND 1000ULL
#define MILLISECOND 1000000ULL
#define SECOND      1000000000ULL

/* Monotonic, ns. */
uint64_t clock_now(void);

/* Sleeps until that moment of clock_now(). */
void clock_sleep_until(uint64_t moment);
void clock_sleep(uint64_t nanoseconds);
