#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "target/tracer_protocol.h"

/*
 * Which threads of a batch are on a CPU, or were until the calling process took that CPU when it
 * was woken; to be asked right before they are stopped. One that waited for a CPU does not count:
 * it has mostly just been woken itself, and would make the system calls that wait look expensive.
 * For the tracer process: does not allocate.
 */

/* Before all others, of each batch. */
void running_begin(void);

/*
 * The same where it takes long until the first thread is looked at: when this process came onto its
 * CPU can be read until the kernel adds up its time once more, at the next tick at the latest.
 */
void running_begin_many(void);

/* The first look, at each: fills in runnable. */
void running_look(pid_t process, struct tracer_item *item);

enum running {
	RUNNING_NOT,
	RUNNING_NOW,
	RUNNING_ASLEEP, /* ran on, in the kernel, to its next sleep, when its CPU was to be taken */
};

/*
 * The second one, at each: fills in on_cpu, displaced and confirm. apart: the calling process has a
 * CPU for itself.
 */
enum running running_check(pid_t process, struct tracer_item *item, bool apart);

/*
 * The third one, at those that run, unless apart: fills in strayed, where it is the only one that
 * is runnable, and not here. false: it has mostly been woken since this process came, and is to be
 * left alone.
 */
bool running_from_before(struct tracer_item *item);

/* Whether a thread has been seen to run never for long. */
bool running_is_brief(pid_t thread);

/*
 * Of a thread that is to be confirmed, while it stands still: whether it ran when it was
 * interrupted, and has not had to wait for its CPU since.
 */
bool running_confirm(pid_t process, const struct tracer_item *item);

/*
 * One that sleeps, without a stop: fills in registers, unknown, system_call, its stack, and asleep.
 * false: it does not any more, or has several stacks: it is to be stopped.
 */
bool running_read_sleeper(pid_t process, struct tracer_item *item, uint8_t *room);
