#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "collect/collector.h"
#include "collect/pauses.h"
#include "profile/profile.h"

/* The CPU sampler. */

#define CPU_RATE_MAX 10000

struct cpu_statistics;

struct cpu_options {
	uint64_t duration;  /* ns */
	unsigned rate;      /* samples a second and thread, 1 to CPU_RATE_MAX */
	const char *thread; /* only threads of that name or id; NULL: all */
	bool wall;          /* for whoever chooses between collect_cpu() and collect_wall() */
	/* Asked at every round; true ends the capture, and what there is is kept. NULL: never. */
	bool (*interrupted)(void *context);
	/* Told at every round. NULL: nobody. */
	void (*progress)(void *context, const struct cpu_statistics *statistics);
	void *context;
};

enum cpu_end {
	CPU_END_DURATION,
	CPU_END_INTERRUPTED,
	CPU_END_TARGET_GONE,
};

struct cpu_statistics {
	enum cpu_end end;
	uint64_t elapsed; /* ns */
	uint64_t rounds;
	uint64_t samples;
	uint64_t threads; /* of the process at the last round */
	uint64_t looks;   /* of wall time: at how many of them the thread was looked at, ... */
	uint64_t stops;   /* ... and for how many of those it was stopped */
	uint64_t lost[CAPTURE_OUTCOME_COUNT]; /* by reason; [CAPTURE_DONE] stays 0 */
	uint64_t truncated[UNWIND_END_COUNT]; /* by reason; [UNWIND_COMPLETE] stays 0 */
	uint64_t by_frame_pointer; /* samples in whose stacks a function may be left out */
	uint64_t cpu_time;         /* ns that the kernel charged to the process meanwhile */
	/* Of a CPU capture, as of the last time that a profile was made: */
	uint64_t sampled_time; /* ns of it that samples stand for */
	uint64_t system_time;  /* ns of that in system calls */
	bool labels_left_out;  /* there were too many threads for labels of their own */
	bool threads_left_out; /* there were too many stacks of too many threads for them */
	uint64_t held_longest; /* ns that one thread stood still at most */
	uint64_t held_total;
	struct pauses pauses; /* how long a thread stood still, one for each stop */
};

/*
 * Samples the stacks of threads that use CPU, at random intervals around 1/rate. The values of a
 * sample: 1, and CPU time (ns): what the kernel charged to its thread during the capture is divided
 * among the samples of that thread (of all of that name, where there are too many for labels of
 * their own), by the time between the round of each and the one before (shares.h). The CPU time of
 * threads that have no sample is there too, as "[not sampled]" of each and "[threads that ended]",
 * so that the total is the kernel's. Lost and truncated samples are in the comments.
 *
 * A target that ends meanwhile is CPU_END_TARGET_GONE and no error: what was gathered is returned.
 * The profile is not yet named.
 */
struct error *collect_cpu(const struct collector *collector, const struct cpu_options *options,
	struct profile **ret, struct cpu_statistics *ret_statistics) MUST_CHECK;

/*
 * The same bit by bit, for whoever looks at what is gathered while it is gathered: nothing is
 * sampled but in cpu_capture_run(). The collector and the options are borrowed.
 */
struct cpu_capture;

struct error *cpu_capture_create(const struct collector *collector,
	const struct cpu_options *options, struct cpu_capture **ret) MUST_CHECK;
void cpu_capture_destroy(struct cpu_capture *capture); /* takes NULL */

/*
 * Samples until that time (target_now()), or less long where a signal comes, the options say so or
 * the target ends: its statistics tell.
 */
struct error *cpu_capture_run(struct cpu_capture *capture, uint64_t until) MUST_CHECK;

/* After a while without a run: neither that time nor the CPU used in it belongs to the capture. */
struct error *cpu_capture_skip(struct cpu_capture *capture) MUST_CHECK;

/*
 * What there is so far, not named; valid until the next run. The ids of locations, stacks, labels
 * and samples stay. The time of a sample is its weight: the ns between its round and the one
 * before. It has no comments, and lacks what no sample stands for yet.
 */
const struct profile *cpu_capture_profile(const struct cpu_capture *capture);
const struct cpu_statistics *cpu_capture_statistics(const struct cpu_capture *capture);
/*
 * What the kernel has charged to threads so far, ns, by the ids of their label sets in that
 * profile, as far as there is anything: what shares.h divides among samples by their weights.
 */
struct error *cpu_capture_charged(struct cpu_capture *capture, struct profile_values *ret)
	MUST_CHECK;
/* How long threads stood still, one for each sample. */
const struct pauses *cpu_capture_pauses(const struct cpu_capture *capture);
/* How many threads the process had at the last round. */
size_t cpu_capture_thread_count(const struct cpu_capture *capture);

/* A profile of all so far, such as collect_cpu() returns; the capture can go on. */
struct error *cpu_capture_copy(struct cpu_capture *capture, struct profile **ret) MUST_CHECK;
