#pragma once

#include "collect/cpu.h"
#include "collect/look.h"
#include "collect/pace.h"
#include "collect/series.h"
#include "collect/shares.h"
#include "collect/stack_recorder.h"
#include "collect/thread_times.h"

/* A capture as cpu.c takes it and cpu_result.c makes profiles of it. */
struct cpu_capture {
	const struct collector *collector;
	const struct cpu_options *options;
	struct cpu_statistics statistics;
	struct profile *profile; /* the time of a sample is its weight */
	struct shares shares;
	struct stack_recorder recorder;
	struct looker looker;
	struct thread_times times;
	struct thread_indexes due, batch;
	struct capture captures[CAPTURE_BATCH_MAX];
	uint64_t process_base;
	struct pace pace;
	uint64_t next_round; /* when it is; 0: not drawn yet */
	uint64_t last_round; /* when the one before was meant to be */
	uint64_t interval;   /* from that one to this one: a sample's weight, ns */
	struct series series;
	bool wishes_more; /* a stack was longer than what was copied */
};

/* What the kernel has charged to each thread so far is charged to its label set. */
struct error *cpu_capture_settle(struct cpu_capture *capture) MUST_CHECK;
