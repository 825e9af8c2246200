#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "arch/raw_registers.h"
#include "target/tracer_protocol.h"

/* A thread that the tracer process has stopped. Nothing here allocates. */

struct stop {
	struct tracer_item *item;
	bool suspended; /* group-stop: stays stopped when let go */
	int signal;     /* to be handed over when let go */
	uint64_t since;
};

long stop_get_registers(pid_t thread, struct raw_registers *ret);
long stop_set_registers(pid_t thread, const struct raw_registers *registers);
size_t stop_get_extended(pid_t thread, void *buffer); /* EXTENDED_STATE_MAX bytes; 0: failed */
/* Through the stopped thread: the first one of its process may have exited. */
size_t stop_read_memory(pid_t thread, uint64_t address, void *buffer, size_t length);

/*
 * The other stacks that are wanted of a stopped thread, whose own has been copied: where frame
 * pointers lead out of it, and from there to yet another, as those of Go do where it changes over;
 * and that at the address given.
 */
void stop_copy_other_stacks(
	struct tracer_shared *shared, struct tracer_item *item, const struct registers *registers);

/*
 * Whether a handler of the program is about to run in this thread. Signals that it ignores are
 * queued, and stop it, as long as it is traced; they interrupt nothing.
 */
bool stop_handler_waits(pid_t process, pid_t thread, int stopped_by);

/*
 * Whether the thread has been elsewhere since its time_left was found out. To be asked at its first
 * stop, after its registers: only then does the stop show in its counters.
 */
bool stop_has_moved(pid_t process, const struct tracer_item *item);

/* How a stop ends. */
enum stop_end {
	STOP_LET_GO,
	STOP_RUNS_ON, /* up to its next system call; then it stops once more, or for a signal */
	STOP_DIED,    /* killed while it stood still; its end is still to be taken note of */
};

enum stop_end stop_let_go(struct tracer_shared *shared, const struct stop *stop);

/*
 * Lets the thread run with these registers up to its next system call: only there is it sure that
 * no handler of the program has come in between, which would find them instead of the fallback. A
 * signal that comes first stops it, and it is given the fallback.
 */
enum stop_end stop_run_on(struct tracer_shared *shared, const struct stop *stop,
	const struct raw_registers *registers, const struct raw_registers *fallback);

/*
 * Lets the thread go. Where the stop alone would make its system call return EINTR, the kernel is
 * asked to restart it, unless a handler of the program runs: then EINTR is what that expects.
 */
enum stop_end stop_let_go_unseen(
	struct tracer_shared *shared, const struct stop *stop, const struct raw_registers *raw);

/* The second stop of a thread that ran on. */
enum stop_end stop_end_run(struct tracer_shared *shared, struct stop *stop, int status);

/* What a thread is stopped by: of waitid(2)'s si_status. */
void stop_describe(struct stop *stop, int status);

/* Sleeps until a thread stops, at most until the deadline. */
void stop_wait_for_event(uint64_t deadline);

#define STOP_WAIT_OPTIONS (WEXITED | WSTOPPED | WNOHANG | WNOWAIT | __WALL)
#define STOP_SPIN_TIME    (60 * NANOSECONDS_PER_MICROSECOND)

/* tracer_borrow.c: sends the thread off, if it is still where it was found. */
enum stop_end tracer_borrow_stopped(struct tracer_shared *shared, struct stop *stop);
/* A signal came before the thread was on its way. */
void tracer_borrow_take_back(struct tracer_shared *shared, const struct stop *stop);
