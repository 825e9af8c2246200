#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/quantity.h"
#include "push/pusher.h"

/*
 * feed URL KIND FILE COUNT EVERY PATIENCE TIMEOUT QUEUE [TOKEN-FILE]: hands the file to a pusher
 * COUNT times, with a label seq=N, one every EVERY; then ends with so much patience. Says what came
 * of it, how long the slowest hand-over took, and how many of them waited for something.
 */

struct feeding {
	struct push_options options;
	struct pusher *pusher;
	int file;
	uint64_t count, every, patience;
	uint64_t slowest;
	long slept;                   /* hand-overs that waited for something */
	char problem[PUSH_TEXT_SIZE]; /* the first that was told */
};

static void must(struct error *error)
{
	if (!error)
		return;
	fprintf(stderr, "feed: %s\n", error->message);
	exit(EXIT_FAILURE);
}

static void must_be(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "feed: %s\n", what);
	exit(EXIT_FAILURE);
}

static void listen_until(struct feeding *feeding, uint64_t time)
{
	while (clock_monotonic() < time) {
		struct pollfd wait = {.fd = pusher_descriptor(feeding->pusher), .events = POLLIN};
		struct timespec left = clock_time_left(time);

		must_be(ppoll(&wait, 1, &left, NULL) >= 0 || errno == EINTR, "poll");
		pusher_take(feeding->pusher);
		if (!*feeding->problem)
			snprintf(feeding->problem, sizeof(feeding->problem), "%s",
				pusher_problem(feeding->pusher));
	}
}

/* How often this thread has given up its CPU: getrusage(2). */
static long sleeps(void)
{
	struct rusage usage;

	must_be(getrusage(RUSAGE_THREAD, &usage) == 0, "getrusage");
	return usage.ru_nvcsw;
}

static void add(struct feeding *feeding, uint64_t number)
{
	char text[32];
	const struct push_label label = {"seq", text};
	const struct push_profile profile = {
		.file = feeding->file,
		.kind = "process_cpu",
		.service = "feed",
		.start = clock_wall(),
		.end = clock_wall(),
		.rate = 99,
		.labels = &label,
		.label_count = 1,
	};
	uint64_t before = clock_monotonic(), took;
	long slept = sleeps();

	snprintf(text, sizeof(text), "%" PRIu64, number);
	must(pusher_add(feeding->pusher, &profile));
	feeding->slept += sleeps() != slept;
	took = clock_monotonic() - before;
	if (took > feeding->slowest)
		feeding->slowest = took;
}

static void tell(const struct feeding *feeding)
{
	struct push_counts counts;

	pusher_counts(feeding->pusher, &counts);
	printf("sent %" PRIu64 " retries %" PRIu64 " refused %" PRIu64 " dropped %" PRIu64
	       " waiting %" PRIu64 " slowest_us %" PRIu64 " slept %ld\nproblem %s\nnow %s\n",
		counts.sent, counts.retries, counts.refused, counts.dropped, counts.waiting,
		(uint64_t)(feeding->slowest / NANOSECONDS_PER_MICROSECOND), feeding->slept,
		feeding->problem, pusher_problem(feeding->pusher));
}

int main(int argc, char **argv)
{
	struct feeding feeding = {.options = {.pause = 50 * NANOSECONDS_PER_MILLISECOND,
					  .pause_max = 200 * NANOSECONDS_PER_MILLISECOND}};
	uint64_t next;

	must_be(argc == 9 || argc == 10,
		"URL KIND FILE COUNT EVERY PATIENCE TIMEOUT QUEUE [TOKEN-FILE]");
	bool known = false;
	feeding.options.url = argv[1];
	must(push_find_kind(argv[1], argv[2], &known, &feeding.options.kind));
	feeding.file = open(argv[3], O_RDONLY | O_CLOEXEC);
	must_be(feeding.file >= 0, "cannot open the file");
	must_be(parse_unsigned(argv[4], &feeding.count) &&
			parse_duration(argv[5], &feeding.every) &&
			parse_duration(argv[6], &feeding.patience) &&
			parse_duration(argv[7], &feeding.options.timeout) &&
			parse_size(argv[8], &feeding.options.queue_max),
		"a number is wrong");
	feeding.options.token_file = argv[9];
	must(pusher_start(&feeding.options, &feeding.pusher));
	next = clock_monotonic();
	for (uint64_t i = 0; i < feeding.count; i++) {
		add(&feeding, i);
		next += feeding.every;
		listen_until(&feeding, next);
	}
	pusher_finish(feeding.pusher, feeding.patience);
	tell(&feeding);
	pusher_end(feeding.pusher, 0);
	return 0;
}
