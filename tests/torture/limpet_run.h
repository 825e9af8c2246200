#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "report.h"

#define MOST_CHILDREN 16

/* One limpet at work. */
struct limpet_run {
	pid_t pid; /* 0: there is none */
	uint64_t started;
	uint64_t ended; /* 0: it has not */
	int status;     /* as of waitpid(), once it has ended */
};

/* To be called once: what a killed limpet leaves becomes a child of this process. */
void limpet_adopt_orphans(void);

/* Starts "limpet -k -p PID -x SCRIPT"; all that it prints goes to the end of a file. */
void limpet_start(const char *limpet, pid_t target, const char *script, const char *messages,
	struct limpet_run *ret);

/* Whether it has ended by now. */
bool limpet_has_ended(struct limpet_run *run);

/* Returns whether it ended before that moment. */
bool limpet_await_end(struct limpet_run *run, uint64_t moment);

/* Says where each thread of a process is. */
void process_describe(pid_t pid);

/* The children of its first thread. */
size_t limpet_children(const struct limpet_run *run, pid_t ret[static MOST_CHILDREN]);

/* Waits until a moment for all that is left of limpets that ended, and kills what lives on. */
void limpet_reap_orphans(uint64_t moment, struct report *report);
