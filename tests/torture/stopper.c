/*
 * stopper PID STOPS: stops the sleeping threads of a process one after the other, over and over, as
 * `cpu --wall` does it where a thread cannot be read without a stop. Prints "stops NUMBER" and, of
 * threads that are left alone because they might notice, "spared NUMBER NAME" for each.
 */
#include <stdio.h>
#include <stdlib.h>

#include "target/live.h"
#include "target/thread_wait.h"

#define MOST       1024
#define STACK_COPY 4096

struct seen {
	pid_t thread;
	char name[16];
	unsigned long spared;
};

static struct seen seen[MOST];
static size_t seen_count;

static void give_up(struct error *error)
{
	fprintf(stderr, "stopper: %s\n", error->message);
	exit(1);
}

static void note_spared(pid_t thread, const char *name)
{
	for (size_t i = 0; i < seen_count; i++)
		if (seen[i].thread == thread) {
			seen[i].spared++;
			return;
		}
	if (seen_count == MOST)
		return;
	seen[seen_count].thread = thread;
	snprintf(seen[seen_count].name, sizeof(seen[0].name), "%s", name);
	seen[seen_count++].spared = 1;
}

/* Whether it was stopped. */
static bool stop(struct target *target, pid_t thread, struct thread_waits *waits)
{
	struct thread_status status;
	struct thread_wait wait;

	if (!target_thread_status(target, thread, &status) || status.state != 'S')
		return false;
	wait = thread_wait_find(target, thread, &status, waits);
	if (thread_wait_shows_stop(&wait)) {
		note_spared(thread, status.name);
		return false;
	}
	struct capture capture = {
		.thread = thread,
		.wish.own = STACK_COPY,
		.time_left = thread_wait_left(&wait, 0),
		.memory = -1,
	};
	thread_wait_remember(waits, thread, &wait);
	struct error *error = target_capture(target, 0, &capture, 1);
	if (error)
		give_up(error);
	return capture.outcome == CAPTURE_DONE;
}

int main(int count, char **arguments)
{
	static struct thread_waits waits;
	struct thread_array threads = {0};
	unsigned long stops = 0, wanted;
	struct target *target;

	if (count != 3) {
		fprintf(stderr, "usage: stopper PID STOPS\n");
		return 2;
	}
	wanted = strtoul(arguments[2], NULL, 10);
	struct error *error = live_target_open(atoi(arguments[1]), &target);
	while (!error && stops < wanted) {
		unsigned long before = stops;

		threads.count = 0;
		error = target_list_threads(target, &threads);
		for (size_t i = 0; !error && i < threads.count && stops < wanted; i++)
			stops += stop(target, threads.items[i].id, &waits);
		if (!error && stops == before)
			break;
	}
	if (error)
		give_up(error);
	printf("stops %lu\n", stops);
	for (size_t i = 0; i < seen_count; i++)
		printf("spared %lu %s\n", seen[i].spared, seen[i].name);
	thread_array_deinit(&threads);
	target_destroy(target);
	return 0;
}
