#include "unwind_check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define REPORTS_MAX 50

/*
 * limpet's unwinder against libunwind's: frame by frame over the unwind information of files, and
 * stack by stack over the threads of processes. Fails where they differ, unless it is known why.
 */

static const char *const outcome_texts[OUTCOME_COUNT] = {
	[OUTCOME_SAME] = "the same",
	[OUTCOME_OUTERMOST] = "without a caller",
	[OUTCOME_NONE] = "that neither can leave",
	[OUTCOME_FRAME_POINTER] = "whose frame pointer is undefined, the last ones for libunwind",
	[OUTCOME_VECTOR] = "of functions that save vector registers, refused by libunwind",
	[OUTCOME_CUT] = "cut by the copy of the stack",
	[OUTCOME_NO_TABLE] = "the same up to code without .eh_frame",
	[OUTCOME_DIFFERENT] = "different",
};

void must(struct error *error)
{
	if (!error)
		return;
	fprintf(stderr, "unwind_check: %s\n", error->message);
	exit(2);
}

void report_difference(struct tally *tally, const char *format, ...)
{
	va_list arguments;

	if (tally->outcomes[OUTCOME_DIFFERENT]++ >= REPORTS_MAX)
		return;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
}

static void print_outcomes(const struct tally *tally, const char *of)
{
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		if (tally->outcomes[i] || i == OUTCOME_DIFFERENT)
			printf("  %lu %s %s\n", tally->outcomes[i], of, outcome_texts[i]);
}

/* Those that stdin names, with a NUL behind each. */
static void check_listed_files(struct files_check *check, size_t limit, struct tally *tally)
{
	char *path = NULL;
	size_t size = 0;

	while (getdelim(&path, &size, '\0', stdin) > 0)
		files_check_run(check, path, limit, tally);
	free(path);
}

static void check_files(char **paths, struct tally *tally)
{
	struct files_check *check = files_check_create();
	size_t limit = 0;

	if (paths[0] && strcmp(paths[0], "-n") == 0 && paths[1]) {
		limit = strtoul(paths[1], NULL, 10);
		paths += 2;
	}
	if (paths[0] && strcmp(paths[0], "-") == 0)
		check_listed_files(check, limit, tally);
	else
		for (; *paths; paths++)
			files_check_run(check, *paths, limit, tally);
	files_check_destroy(check);
	printf("%lu files, %lu functions, %lu frames\n", tally->files, tally->functions,
		tally->frames);
	print_outcomes(tally, "frames");
	printf("  %lu registers undefined, %lu out of reach, %lu stack pointers by a rule\n",
		tally->undefined, tally->lost, tally->stack_pointers);
	printf("  left out: %lu functions that others overlap, %lu outside of code\n",
		tally->shadowed, tally->outside);
}

static void check_processes(char **pids, struct tally *tally)
{
	unsigned rounds = 1;

	if (pids[0] && strcmp(pids[0], "-r") == 0 && pids[1]) {
		rounds = (unsigned)strtoul(pids[1], NULL, 10);
		pids += 2;
	}
	for (; *pids; pids++)
		process_check_run(atoi(*pids), rounds, tally);
	printf("%lu stacks, %lu frames\n", tally->threads, tally->frames);
	print_outcomes(tally, "stacks");
}

int main(int count, char **arguments)
{
	struct tally tally = {0};

	if (count > 2 && strcmp(arguments[1], "files") == 0) {
		check_files(arguments + 2, &tally);
	} else if (count > 2 && strcmp(arguments[1], "process") == 0) {
		check_processes(arguments + 2, &tally);
	} else {
		fputs("usage: unwind_check files [-n FUNCTIONS] PATH...|-\n"
		      "       unwind_check process [-r ROUNDS] PID...\n",
			stderr);
		return 2;
	}
	if (!tally.frames)
		puts("nothing was compared");
	return tally.outcomes[OUTCOME_DIFFERENT] || !tally.frames;
}
