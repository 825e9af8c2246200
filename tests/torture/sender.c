#include "sender.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "report.h"

static struct sender_plan *plan;
static pid_t target;
static pthread_mutex_t permission = PTHREAD_MUTEX_INITIALIZER;

static int number_of(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} known[] = {{"usr1", SIGUSR1}, {"chld", SIGCHLD}, {"term", SIGTERM}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].number;
	if (strcmp(name, "realtime") == 0)
		return SIGRTMIN;
	report_fail("no signal '%s'", name);
}

void sender_parse(const char *text, struct sender_plan *ret)
{
	char *copy = strdup(text), *rest, *name;
	struct sender_plan parsed = {.rate = strtoul(copy, &rest, 10)};

	if (*rest++ != ':' || !parsed.rate)
		report_fail("no 'RATE:SIGNAL': %s", text);
	while ((name = strsep(&rest, ",")) && parsed.count < SENDER_MOST) {
		parsed.signals[parsed.count].name = name;
		parsed.signals[parsed.count++].number = number_of(name);
	}
	*ret = parsed;
}

static bool shared_pending(uint64_t *ret)
{
	char path[64], line[256];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", target);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "ShdPnd: %" SCNx64, ret) == 1;
	if (file)
		fclose(file);
	return found;
}

/* One that is not queued must not be sent while it still waits: then each one sent is one taken. */
static void send_all(void)
{
	const union sigval value = {.sival_int = 0};
	uint64_t pending;

	if (!shared_pending(&pending))
		return;
	for (size_t i = 0; i < plan->count; i++) {
		int number = plan->signals[i].number;

		if (number < SIGRTMIN && pending >> (number - 1) & 1)
			continue;
		if ((number < SIGRTMIN ? kill(target, number) : sigqueue(target, number, value)) ==
			0)
			plan->signals[i].sent++;
		else if (errno != EAGAIN)
			return;
	}
}

static void *send_for_ever(void *unused)
{
	for (;;) {
		clock_sleep(SECOND / plan->rate);
		pthread_mutex_lock(&permission);
		send_all();
		pthread_mutex_unlock(&permission);
	}
	return unused;
}

void sender_start(struct sender_plan *its_plan, pid_t its_target)
{
	pthread_t thread;

	plan = its_plan;
	target = its_target;
	pthread_mutex_lock(&permission);
	if (plan->rate && pthread_create(&thread, NULL, send_for_ever, NULL))
		report_fail("no thread");
}

void sender_pause(void)
{
	pthread_mutex_lock(&permission);
}

void sender_resume(void)
{
	pthread_mutex_unlock(&permission);
}
