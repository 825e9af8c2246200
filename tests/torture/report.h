#pragma once

#include <stdbool.h>

/* What is counted; the last line says all of it. */
struct report {
	unsigned long runs;
	unsigned long kills;  /* of limpets at work on the target */
	unsigned long tracer_kills; /* of limpet's tracer, alone or with it */
	unsigned long early;  /* kills of others: those that had not come to it, or were done */
	unsigned long deaths; /* of the target */
	unsigned long hangs;  /* of the target or one of its threads, or of limpet */
	unsigned long lost_signals;
	unsigned long interrupted; /* system calls that failed with EINTR */
	unsigned long leftovers;
	unsigned long wrong; /* other results that the target noticed */
};

/* Prints a line at once, on stdout. */
void report_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints why, and ends with status 2. */
void report_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* Counts what a line of the target complains of; false: it complains of nothing. */
bool report_complaint(struct report *report, const char *line);

void report_print(const struct report *report);

/* EINTR is what a tracer leaves that is killed in the midst of a stop, and nothing else may. */
bool report_is_good(const struct report *report);
