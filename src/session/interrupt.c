#include "session/interrupt.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <time.h>

#include "base/clock.h"

#define INTERRUPTS_TO_DIE 3

static volatile sig_atomic_t interrupts;
static volatile sig_atomic_t interrupts_ever;
static volatile sig_atomic_t ended;
static volatile sig_atomic_t signals[2]; /* SIGUSR1, SIGUSR2 */
static void (*volatile last_resort)(void);

static void count_interrupt(int number)
{
	interrupts = interrupts + 1;
	interrupts_ever = interrupts_ever + 1;
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
	if (!ended)
		interrupts = interrupts + 1;
	ended = 1;
	interrupts_ever = interrupts_ever + 1;
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

unsigned session_key_presses(void)
{
	return (unsigned)(interrupts - ended);
}

void session_clear_interrupts(void)
{
	interrupts = ended;
}

/* Another one may come meanwhile. */
void session_take_interrupt(void)
{
	sigset_t interrupt, before;

	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	sigprocmask(SIG_BLOCK, &interrupt, &before);
	if (interrupts > ended)
		interrupts = interrupts - 1;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

bool session_ended(void)
{
	return ended;
}

unsigned session_interrupts_ever(void)
{
	return (unsigned)interrupts_ever;
}

void session_begin_cleanup(void)
{
	ended = 0;
	interrupts = 0;
}

static void count_signal(int number)
{
	volatile sig_atomic_t *count = number == SIGUSR1 ? &signals[0] : &signals[1];

	*count = *count + 1;
}

bool session_catch_signal(int number)
{
	/* What is being read or written goes on; a wait does not (signal(7)). */
	struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};

	if (number != SIGUSR1 && number != SIGUSR2)
		return false;
	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
	return true;
}

unsigned session_signals(int number)
{
	return (unsigned)signals[number == SIGUSR1 ? 0 : 1];
}

void session_take_signals(int number)
{
	signals[number == SIGUSR1 ? 0 : 1] = 0;
}

/* They are let in only while waiting, so that none can come between the look and the wait. */
static void wait_unless(bool came(void), struct pollfd *descriptors, size_t count, uint64_t until)
{
	static const int heeded[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2};
	sigset_t blocked, before;

	sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof(heeded) / sizeof(heeded[0]); i++)
		sigaddset(&blocked, heeded[i]);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	if (!came()) {
		struct timespec left = clock_time_left(until);

		ppoll(descriptors, count, &left, &before);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
}

static bool anything_came(void)
{
	return interrupts || signals[0] || signals[1];
}

void session_wait(struct pollfd *descriptors, size_t count, uint64_t until)
{
	wait_unless(anything_came, descriptors, count, until);
}

bool session_sleep(uint64_t duration)
{
	uint64_t end = clock_monotonic() + duration;

	while (clock_monotonic() < end && !interrupts)
		wait_unless(session_interrupted, NULL, 0, end);
	return !interrupts;
}
