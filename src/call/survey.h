#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/array.h"
#include "base/error.h"
#include "call/borrower.h"
#include "call/choice.h"
#include "call/equipment.h"

/* Whether calls are possible in a process as it is now, in which way, and on which threads. */

struct surveyed_thread {
	pid_t id;
	char name[16];
	bool looked_at; /* its stack, too: false if it was refused before, or one of too many */
	enum thread_refusal refusal;
};
ARRAY_DEFINE(surveyed_threads, struct surveyed_thread)

struct call_survey {
	struct error *own;      /* why limpet can have no thread of its own there; NULL: it can */
	struct error *borrowed; /* why a borrowed thread cannot make calls itself; NULL: it can */
	struct surveyed_threads threads; /* the best first */
	size_t usable;                   /* how many of them may be borrowed now */
};

/* Threads are stopped for a look at their stacks, at most as many. */
#define SURVEY_LOOKS_MAX 64

struct error *call_survey_make(struct borrower *borrower, const struct call_equipment *equipment,
	struct call_survey *ret) MUST_CHECK;
void call_survey_deinit(struct call_survey *survey);
