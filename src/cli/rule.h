#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/error.h"
#include "cli/condition.h"
#include "cli/output_name.h"
#include "cli/slope.h"
#include "session/session.h"

/* One rule of `on CONDITION do COMMAND`: what it looks at, and whether it is time to run. */

struct rule_options {
	uint64_t times;      /* how often it runs; 0: without end */
	uint64_t interval;   /* ns between looks */
	uint64_t cooldown;   /* ns until it runs again, although the condition has been met all the
				time */
	bool cools_down;     /* else it must first not be met */
	uint64_t timeout;    /* ns until it has failed if it has not run; 0: never */
	size_t limit_files;  /* 0: none */
	uint64_t limit_disk; /* bytes; 0: none */
};

struct rule {
	unsigned number;
	char *text;                  /* of the condition */
	char *position;              /* "file:line" where it was armed, or NULL */
	struct owned_texts commands; /* see command_sequence.h */
	struct condition condition;
	struct rule_options options;

	/* The process that it is about; pid 0: none. */
	pid_t pid;
	uint64_t start_time;
	int end; /* target_open_end(), or -1 */

	uint64_t looked_at, next_look; /* clock_monotonic() */
	uint64_t deadline;             /* for it to run; UINT64_MAX: none */
	uint64_t met_since;            /* 0: it is not met */
	uint64_t ran_at;               /* 0: it has not */
	bool ran_for_this;             /* it has not been not met since it ran */
	uint64_t cpu_time;             /* when it was looked at */
	time_t next_time;
	struct slope slope;
	double value; /* what was seen last */
	bool has_value;

	uint64_t runs;
	struct written_files written;
	bool due;              /* it is to run now */
	bool gone;             /* its process is */
	bool ended;            /* it never runs again */
	struct error *problem; /* why it cannot go on; or NULL */
};

/* Takes over nothing; all else is to be filled in before. ERROR_GONE, ERROR_USAGE, ... */
struct error *rule_begin(struct rule *rule, struct session *session) MUST_CHECK;
void rule_destroy(struct rule *rule);

/* Looks, if it is time to: sets due, gone or problem. */
void rule_look(struct rule *rule, struct session *session);

/* It has run. */
void rule_note_run(struct rule *rule);

/* When it wants to be looked at again at the latest. */
uint64_t rule_next_look(const struct rule *rule);

#define RULE_VALUE_SIZE 64
/* What was seen last: "2.10GB", "83.2%", "12"; "" before, or if there is nothing to see. */
void rule_format_value(const struct rule *rule, char buffer[static RULE_VALUE_SIZE]);
