/*
 * every_wait [timed=MS] [period=MS] [NAME]...: one thread for each of these blocking system calls,
 * or for all there are, which makes it over and over: those that can be woken are woken every so
 * many ms, the others end by themselves. The main thread wakes them from inside a signal handler,
 * where it cannot be borrowed: with one NAME there is one thread for a call into the process.
 *
 * Commands: "list" prints "list NAME..."; "check" prints "ok" or "failed", worst=US of NAME, the
 * longest that a timed one took too much, late=COUNT of those that took twice as long as they were
 * to, and " NAME=COUNT" of the waits that were served.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "victim.h"
#include "waits_all.h"

#define MILLISECOND 1000000UL
#define MOST_WAITS  128
#define LINE        4000

static const struct wait_table *const tables[] = {&file_waits, &socket_waits, &poll_waits,
	&clock_waits, &futex_waits, &queue_waits, &signal_waits, &process_waits, &lock_waits,
	&ring_waits, &register_waits};

static struct wait waits[MOST_WAITS];
static size_t wait_count;
static int period = 20;

static void add_wait(const char *name)
{
	size_t before = wait_count;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		for (size_t j = 0; j < tables[i]->count; j++)
			if (!name || strcmp(name, tables[i]->waits[j].name) == 0)
				waits[wait_count++] = tables[i]->waits[j];
	if (wait_count == before)
		fail("no wait '%s'", name);
}

static void take_argument(const char *argument)
{
	if (strncmp(argument, "timed=", 6) == 0)
		timed_wait = strtoul(argument + 6, NULL, 10) * MILLISECOND;
	else if (strncmp(argument, "period=", 7) == 0)
		period = atoi(argument + 7);
	else
		add_wait(argument);
}

static const struct wait *worst_wait(void)
{
	const struct wait *worst = &waits[0];

	for (size_t i = 1; i < wait_count; i++)
		if (atomic_load(&waits[i].latest) > atomic_load(&worst->latest))
			worst = &waits[i];
	return worst;
}

static unsigned long late_waits(void)
{
	unsigned long late = 0;

	for (size_t i = 0; i < wait_count; i++)
		late += atomic_load(&waits[i].late);
	return late;
}

static void check(void)
{
	const struct wait *worst = worst_wait();
	char line[LINE];

	snprintf(line, sizeof(line), "%s worst=%lu of %s late=%lu",
		complaint_count() ? "failed" : "ok", atomic_load(&worst->latest), worst->name,
		late_waits());
	append_served(line, sizeof(line), waits, wait_count);
	say("%s", line);
}

static void list(void)
{
	char line[LINE] = "list";

	for (size_t i = 0; i < wait_count; i++) {
		strcat(line, " ");
		strcat(line, waits[i].name);
	}
	say("%s", line);
}

static void answer(const char *command)
{
	if (strcmp(command, "check") == 0)
		check();
	else if (strcmp(command, "list") == 0)
		list();
}

static void serve(int number)
{
	struct pollfd commands = {.fd = STDIN_FILENO, .events = POLLIN};
	char line[16];

	(void)number;
	for (;;) {
		if (poll(&commands, 1, period) > 0) {
			read_command(line, sizeof(line));
			answer(line);
		}
		wake_waits(waits, wait_count);
	}
}

static void block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR2);
	sigaddset(&signals, SIGRTMIN + 1);
	sigaddset(&signals, SIGRTMIN + 2);
	sigprocmask(SIG_BLOCK, &signals, NULL);
}

int main(int count, char **arguments)
{
	victim_start();
	if (unshare(CLONE_NEWIPC) < 0)
		say("the queues outlive the process: %s", strerror(errno));
	for (int i = 1; i < count; i++)
		take_argument(arguments[i]);
	if (!wait_count)
		add_wait(NULL);
	block_signals();
	start_waits(waits, wait_count);
	say("ready");
	signal(SIGUSR1, serve);
	raise(SIGUSR1);
}
