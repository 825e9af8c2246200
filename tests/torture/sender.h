#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Sends signals to the target without a pause, and knows how many must arrive. */

#define SENDER_MOST 8

struct sender_plan {
	unsigned long rate; /* of each, per second; 0: nothing is sent */
	size_t count;
	struct {
		const char *name; /* as in a victim's " NAME=COUNT" */
		int number;
		unsigned long sent;
	} signals[SENDER_MOST];
};

/* "RATE:NAME,..." with names of usr1, chld, term, realtime. Ends the program if it is otherwise. */
void sender_parse(const char *text, struct sender_plan *ret);

/* The plan must live as long as the program. Nothing is sent before the first resume. */
void sender_start(struct sender_plan *plan, pid_t target);
/* Between the two nothing is sent, and the plan's counts may be read. */
void sender_pause(void);
void sender_resume(void);
