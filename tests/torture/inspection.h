#pragma once

#include <stdbool.h>

#include "options.h"
#include "report.h"
#include "state.h"
#include "victim_talk.h"

/* The target as it was at first, and as it must be again whenever limpet has gone. */
struct inspection {
	const struct options *options;
	struct report *report;
	struct victim_talk talk;
	struct state baseline;
	struct difference_list noise; /* that the target makes by itself */
	int process;                  /* pidfd */
};

void inspection_begin(
	struct inspection *inspection, const struct options *options, struct report *report);

/*
 * No limpet runs: gives the target two seconds to be as it was, asks it, counts what is otherwise,
 * and goes on from what is. false: it is dead or does not answer.
 */
bool inspection_make(struct inspection *inspection, struct sender_plan *signals);

/* Whether it has not ended. */
bool inspection_target_lives(struct inspection *inspection);
