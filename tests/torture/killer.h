#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "limpet_run.h"
#include "report.h"

/* What an unkilled limpet takes, ns; as the machine is just now. */
struct calibration {
	uint64_t duration;
	uint64_t activity; /* until its tracer process starts */
};

enum attack_origin {
	FROM_START,    /* of limpet */
	FROM_ACTIVITY, /* from when its tracer process is there */
	FROM_HOLD,     /* from when a thread of the target is seen to be held */
};

enum attack_aim {
	AIM_MAIN,
	AIM_CHILD,
	AIM_ALL_MAIN_FIRST,
	AIM_ALL_CHILD_FIRST,
};

struct attack {
	int signal; /* 0: none */
	enum attack_origin origin;
	enum attack_aim aim;
	uint64_t hunt;  /* FROM_HOLD: from the activity to when a hold is looked for, ns */
	uint64_t delay; /* from the origin, ns */
};

/* Draws one; mode: 'k' SIGKILL, 's' SIGSTOP of the child, 't' SIGTERM, 'h' SIGHUP, 'n' none. */
struct attack attack_draw(char mode, const struct calibration *calibration, uint64_t *seed);

/*
 * Runs limpet's life up to that moment and signals, and counts it if there was somebody to signal.
 * What is seen of limpet meanwhile goes into the calibration.
 */
void attack_perform(const struct attack *attack, struct calibration *calibration, pid_t target,
	struct limpet_run *run, struct report *report);

/* How long limpet may live after it, ns. */
uint64_t attack_patience(const struct attack *attack, const struct calibration *calibration);

uint64_t draw_below(uint64_t limit, uint64_t *seed);
