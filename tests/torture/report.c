#include "report.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first word of a victim's complaint, and the counter it belongs to. */
static const struct {
	const char *word;
	size_t counter;
} complaints[] = {
	{"EINTR", offsetof(struct report, interrupted)},
	{"STUCK", offsetof(struct report, hangs)},
	{"SIGNALS", offsetof(struct report, lost_signals)},
	{"MASK", offsetof(struct report, leftovers)},
	{"ALTSTACK", offsetof(struct report, leftovers)},
	{"ACTION", offsetof(struct report, leftovers)},
	{"BAD", offsetof(struct report, wrong)},
	{"EARLY", offsetof(struct report, wrong)},
	{"ERRNO", offsetof(struct report, wrong)},
	{"REGISTERS", offsetof(struct report, wrong)},
	{"HEAP", offsetof(struct report, wrong)},
	{"TORN", offsetof(struct report, wrong)},
	{"HANDLER", offsetof(struct report, wrong)},
};

void report_say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

void report_fail(const char *format, ...)
{
	va_list arguments;

	fputs("torturer: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(2);
}

bool report_complaint(struct report *report, const char *line)
{
	size_t length = strcspn(line, " ");

	for (size_t i = 0; i < sizeof(complaints) / sizeof(complaints[0]); i++) {
		if (strlen(complaints[i].word) != length ||
			memcmp(complaints[i].word, line, length) != 0)
			continue;
		++*(unsigned long *)((char *)report + complaints[i].counter);
		return true;
	}
	return false;
}

void report_print(const struct report *report)
{
	report_say("runs %lu, kills %lu, early kills %lu, target deaths %lu, hangs %lu, "
		   "lost signals %lu, EINTRs %lu, leftovers %lu, wrong results %lu",
		report->runs, report->kills, report->early, report->deaths, report->hangs,
		report->lost_signals, report->interrupted, report->leftovers, report->wrong);
}

bool report_is_good(const struct report *report)
{
	return !report->deaths && !report->hangs && !report->lost_signals && !report->leftovers &&
	       !report->wrong && (report->tracer_kills || !report->interrupted);
}
