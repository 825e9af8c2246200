#pragma once

#include <time.h>

#include "base/clock.h"
#include "target/thread_wait.h"

#define THREAD       4242
#define CODE_END     0x401007ULL /* behind the system call instruction */
#define TIME_ADDRESS 0x5000ULL
#define SOCKET       7
#define SCRATCH      0x7000ULL /* not readable */
#define SECONDS(n)   ((n)*NANOSECONDS_PER_SECOND)

/*
 * A process in which one thread waits, with a little code before CODE_END and a struct timespec at
 * TIME_ADDRESS, under a clock that stands still: the linker puts it in the place of
 * clock_monotonic() with --wrap.
 */
extern struct waiting_process {
	struct target target;
	uint64_t now; /* ns */
	uint8_t code[7];
	struct timespec time;
	uint64_t slept, asking_takes; /* ns */
	uint64_t receive_time_out;    /* ns, of SOCKET */
	pid_t asked;                  /* whose sleep was asked for; 0: nobody's */
} process;

/* As at 1000 s: no code, 60 s in the timespec, and just gone to sleep. For cmocka, as a setup. */
int waiting_process_set_up(void **state);

struct thread_wait find_wait(const struct thread_status *status, const struct thread_waits *waits);
/* Without anything to remember. */
struct thread_wait find_plain_wait(const struct thread_status *status);

/* Fails the test if it is not the wait in that system call. */
void assert_wait_in(const struct thread_wait *wait, const char *name);
