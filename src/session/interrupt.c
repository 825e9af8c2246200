#include "session/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "base/clock.h"

#define INTERRUPTS_TO_DIE 3

static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t ended;
static void (*volatile last_resort)(void);

static void count_interrupt(int number)
{
	interrupts = interrupts + 1;
	if (interrupts < INTERRUPTS_TO_DIE)
		return;
	if (last_resort)
		last_resort();
	signal(number, SIG_DFL);
	raise(number);
}

void session_set_last_resort(void (*new_last_resort)(void))
{
	last_resort = new_last_resort;
}

/* limpet lets go of the process first. */
static void note_end(int number)
{
	(void)number;
	ended = 1;
	interrupts = interrupts + 1;
}

/* Not SIG_IGN, which programs started from here would inherit. */
static void ignore(int number)
{
	(void)number;
}

void session_catch_signals(void)
{
	struct sigaction action = {.sa_handler = count_interrupt};

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	action.sa_handler = note_end;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	action.sa_handler = ignore;
	sigaction(SIGPIPE, &action, NULL);
}

bool session_interrupted(void)
{
	return interrupts > 0;
}

unsigned session_interrupts(void)
{
	return (unsigned)interrupts;
}

void session_clear_interrupts(void)
{
	interrupts = ended;
}

bool session_ended(void)
{
	return ended;
}

/* SIGINT is let in only while waiting, so that none can come between the look and the wait. */
bool session_sleep(uint64_t duration)
{
	uint64_t end = clock_monotonic() + duration;
	sigset_t interrupt, before;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &before);
	for (uint64_t now = clock_monotonic(); now < end && !interrupts; now = clock_monotonic()) {
		struct timespec left = {
			.tv_sec = (time_t)((end - now) / NANOSECONDS_PER_SECOND),
			.tv_nsec = (long)((end - now) % NANOSECONDS_PER_SECOND),
		};

		ppoll(NULL, 0, &left, &before);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return !interrupts;
}
