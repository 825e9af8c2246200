#pragma once

#include "base/clock.h"
#include "collect/collector.h"
#include "replay.h"
#include "target/target.h"

/*
 * A process whose threads wait, under a clock that each round of a sampler moves on by ROUND: the
 * linker puts it in the place of clock_monotonic() with --wrap. Their stacks: in parse_line() of
 * tiny, or in Store::get(), called by CALLERS.
 */

#define WAITING_MAX 100
#define ROUND       (10 * NANOSECONDS_PER_MILLISECOND)
#define SECONDS(n)  ((n)*NANOSECONDS_PER_SECOND)
#define PARSING     0x7ffff7ffd23bUL
#define GETTING     0x7ffff7ffd24aUL
#define CALLERS     " tiny+25a tiny+26c tiny+233"

struct waiting_thread {
	pid_t id;
	bool runs_now;   /* or else it sleeps, and can be read */
	bool needs_stop; /* what is seen without one is not enough */
	struct thread_status status;
	uint64_t pc;
	uint64_t runs;
	uint64_t slept; /* ns */
	enum capture_outcome outcome;
	unsigned reads, stops;
	struct time_left left; /* at the last stop */
};

struct waiting_process {
	struct target target;
	struct replay replay;
	uint64_t now;
	struct waiting_thread threads[WAITING_MAX];
	size_t count;
	unsigned round, rounds;
	void (*change)(struct waiting_process *process); /* before each round */
	bool gone;
	uint8_t code[7]; /* before every pc */
};

/* For cmocka: *state is the process, without threads. */
int waiting_process_set_up(void **state);
int waiting_process_tear_down(void **state);

/* A thread of the next number that sleeps, and whose stack can be read. */
struct waiting_thread *add_waiting(
	struct waiting_process *process, const char *name, int64_t system_call);

/* An option of collect_wall(): ends it after process->rounds. */
bool waiting_process_is_over(void *process);
