#include "answers.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "victim.h"
#include "waits.h"

#define LINE 1024

struct worker {
	void (*round)(void *argument);
	void *argument;
};

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_change = PTHREAD_COND_INITIALIZER;
static bool quiet;
static unsigned workers, pausing;

static void pass_gate(void)
{
	pthread_mutex_lock(&gate);
	if (quiet) {
		pausing++;
		pthread_cond_broadcast(&gate_change);
		while (quiet)
			pthread_cond_wait(&gate_change, &gate);
		pausing--;
		pthread_cond_broadcast(&gate_change);
	}
	pthread_mutex_unlock(&gate);
}

static void *work_in_rounds(void *argument)
{
	const struct worker *worker = argument;

	for (;;) {
		pass_gate();
		worker->round(worker->argument);
	}
	return NULL;
}

void spawn_worker(const char *name, void (*round)(void *argument), void *argument)
{
	static struct worker pool[64];
	struct worker *worker = &pool[workers++];

	*worker = (struct worker){round, argument};
	spawn(name, work_in_rounds, worker);
}

static void set_quiet(bool wanted)
{
	pthread_mutex_lock(&gate);
	quiet = wanted;
	pthread_cond_broadcast(&gate_change);
	while (pausing != (wanted ? workers : 0))
		pthread_cond_wait(&gate_change, &gate);
	pthread_mutex_unlock(&gate);
}

void pause_workers(void)
{
	set_quiet(true);
}

void resume_workers(void)
{
	set_quiet(false);
}

void append(char *line, size_t size, const char *format, ...)
{
	size_t length = strlen(line);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line + length, size - length, format, arguments);
	va_end(arguments);
}

static void check(void (*append_counts)(char *line, size_t size))
{
	char counts[LINE] = "";

	if (append_counts)
		append_counts(counts, sizeof(counts));
	say("%s%s", complaint_count() ? "failed" : "ok", counts);
}

void answer_commands(
	void (*append_counts)(char *line, size_t size), void (*other)(const char *command))
{
	char line[256];

	say("ready");
	for (;;) {
		read_command(line, sizeof(line));
		if (strcmp(line, "check") == 0) {
			check(append_counts);
		} else if (strcmp(line, "quiet") == 0 || strcmp(line, "go") == 0) {
			set_quiet(*line == 'q');
			say("%s", line);
		} else if (other) {
			other(line);
		}
	}
}
