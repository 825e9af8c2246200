#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report.h"

#define TALK_LINE 4096

/* The target's stdin and what it prints: tests/victims/victim.h. */
struct victim_talk {
	int input;
	int output;
	struct report *report;
	char line[TALK_LINE]; /* being read */
	size_t length;
	char answer[TALK_LINE]; /* the last line that is not a complaint */
	unsigned long answers;
};

/* What was printed so far is of no interest. */
void talk_begin(struct victim_talk *talk, int input, const char *output, struct report *report);

/* Reads what is new; complaints are passed on and counted. */
void talk_drain(struct victim_talk *talk);

/* The answer to a command; NULL: there was none within the time, ns. */
const char *talk_ask(struct victim_talk *talk, const char *command, uint64_t time);

/* The number behind " NAME=" in an answer; false: it is not there. */
bool talk_find(const char *answer, const char *name, unsigned long *ret);
