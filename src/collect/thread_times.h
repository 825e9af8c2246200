#pragma once

#include "base/array.h"
#include "collect/collector.h"
#include "collect/stack_wish.h"

/*
 * The threads of a process and the CPU time that each of them has used. Of ten thousand threads of
 * which eight run, eight are read again and again; all of them only as often as that costs little,
 * and sooner when the process has used CPU that those eight have not.
 */

struct timed_thread {
	pid_t id;
	char name[16];
	bool named;       /* its name was asked for */
	bool wanted;      /* by the filter */
	bool labelled;    /* it has its labels: whoever takes samples keeps them here */
	uint32_t labels;  /* in the profile */
	uint64_t base;    /* its CPU time before the capture; what is accounted for, added */
	uint64_t sampled; /* its CPU time when it was sampled last, or before the capture */
	uint64_t latest;  /* its CPU time as last read */
	uint64_t ran_at;  /* when its CPU time was last seen to have grown; 0: never */
	bool ran;         /* its CPU time had grown when it was last read */
	bool noted;       /* it was read otherwise, since thread_times_update() */
	bool present;     /* it was there when it was last looked for */
	struct stack_wish wish;
	struct stack_need need;
};
/* So many are looked at in each round: a look takes some microseconds from a thread that runs. */
#define THREADS_ALL_DUE 16

ARRAY_DEFINE(timed_threads, struct timed_thread)
ARRAY_DEFINE(thread_indexes, size_t)

struct thread_times {
	struct target *target; /* borrowed */
	const char *filter;    /* a name or a number, or NULL: all; borrowed */
	struct timed_threads threads;
	size_t sorted;                /* by id, so many; those behind have come since */
	struct thread_indexes active; /* those that have run lately */
	struct thread_array read;
	struct thread_indexes unread; /* those that are about to be */
	bool all_at_once;             /* the target cannot tell of single ones */
	bool some_ended;              /* and are to be forgotten */
	bool some_unseen;       /* the process has used CPU that no thread is known to have used */
	uint64_t listed;        /* when all were read last, ... */
	uint64_t listing;       /* ... how long that took, ns, ... */
	uint64_t listed_total;  /* ... and what the process had used by then */
	uint64_t known;         /* CPU time since then that was seen of some thread */
	uint64_t total_read;    /* when process_total was read, ... */
	uint64_t total_reading; /* ... and how long that took, ns */
	uint64_t processors;
	uint64_t noted_since;   /* when the oldest of those that were noted was read; 0: none */
	uint64_t random;        /* state of random_next() */
	uint64_t process_total; /* CPU time of the process, ended threads included, as last read */
};

/* Reads all; what they have used so far is before the capture. */
struct error *thread_times_begin(
	struct thread_times *times, struct target *target, const char *filter) MUST_CHECK;
void thread_times_deinit(struct thread_times *times);

/* The CPU time of one, ns, that was read otherwise: at that time (target_now()), or a little later.
 */
void thread_times_note(struct thread_times *times, size_t index, uint64_t cpu_time, uint64_t when);

/*
 * Reads what may have changed, and was not noted; must: threads that are read in any case. Indexes
 * stay valid.
 */
struct error *thread_times_update(struct thread_times *times, const struct thread_indexes *must)
	MUST_CHECK;

/* Reads those alone. As thread_times_update() where they cannot be read by themselves. */
struct error *thread_times_read(struct thread_times *times, const struct thread_indexes *indexes)
	MUST_CHECK;

/*
 * Appends the threads that may run at this moment: all that have run lately, whatever they have
 * done since, for each is to have the same chance in each round. Where those are more than
 * THREADS_ALL_DUE, the ones that have run since the last round or have not been sampled since
 * they ran; where they are very many, some of these by chance.
 */
struct error *thread_times_due(struct thread_times *times, struct thread_indexes *ret) MUST_CHECK;

/* Appends those that have come since thread_times_sort(), as far as they are to be sampled. */
struct error *thread_times_new(struct thread_times *times, struct thread_indexes *ret) MUST_CHECK;

/* What has been used since the last reading does not belong to the capture. Indexes stay valid. */
struct error *thread_times_skip(struct thread_times *times) MUST_CHECK;

/*
 * Whether no thread has come or ended since thread_times_sort(), and none is known of that has used
 * CPU and was not seen.
 */
bool thread_times_are_calm(const struct thread_times *times);

/* Forgets those that are not present, and puts the others in order: indexes change. */
struct error *thread_times_sort(struct thread_times *times) MUST_CHECK;
