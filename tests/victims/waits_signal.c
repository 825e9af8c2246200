#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "victim.h"
#include "waits_all.h"

#define LONG_TIME 100000 /* s */

static __thread unsigned long own_signals;

static void count_signal(int number)
{
	(void)number;
	own_signals++;
}

/* Before any thread of these starts. */
__attribute__((constructor)) static void catch_wake(void)
{
	const struct sigaction action = {.sa_handler = count_signal};

	sigaction(SIGUSR2, &action, NULL);
}

sigset_t mask_without_wake(void)
{
	sigset_t mask;

	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	sigdelset(&mask, SIGUSR2);
	return mask;
}

bool was_woken_by_signal(long result)
{
	bool good = own_signals == 1 && failed_with(result, EINTR);

	own_signals = 0;
	return good;
}

void wake_by_signal(struct wait *self)
{
	checked(tgkill(getpid(), atomic_load(&self->tid), SIGUSR2), "tgkill");
}

static bool suspend(struct wait *self)
{
	const sigset_t mask = mask_without_wake();

	(void)self;
	return was_woken_by_signal(sigsuspend(&mask));
}

/* Only while it pauses does it take the signal: the waker waits until it does. */
static bool pause_once(struct wait *self)
{
	sigset_t signals;
	bool good;

	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR2);
	pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
	atomic_store(&self->word, 1);
	good = was_woken_by_signal(pause());
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	return good;
}

static void wake_pause(struct wait *self)
{
	while (!atomic_exchange(&self->word, 0))
		usleep(100);
	wait_until_asleep(atomic_load(&self->tid));
	wake_by_signal(self);
}

static sigset_t waited_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGRTMIN + 2);
	return signals;
}

static bool wait_for_signal(struct wait *self)
{
	const sigset_t signals = waited_signals();

	(void)self;
	return sigwaitinfo(&signals, NULL) == SIGRTMIN + 2;
}

static bool wait_for_signal_limited(struct wait *self)
{
	const struct timespec long_time = {.tv_sec = LONG_TIME};
	const sigset_t signals = waited_signals();

	(void)self;
	return sigtimedwait(&signals, NULL, &long_time) == SIGRTMIN + 2;
}

static bool wait_for_signal_timed(struct wait *self)
{
	const struct timespec span = timed_wait_span();
	const sigset_t signals = waited_signals();

	(void)self;
	return failed_with(sigtimedwait(&signals, NULL, &span), EAGAIN);
}

static void send_waited_signal(struct wait *self)
{
	checked(tgkill(getpid(), atomic_load(&self->tid), SIGRTMIN + 2), "tgkill");
}

static struct wait waits[] = {
	{.name = "sigsuspend", .wait = suspend, .wake = wake_by_signal},
	{.name = "pause", .wait = pause_once, .wake = wake_pause},
	{.name = "sigwaitinfo", .wait = wait_for_signal, .wake = send_waited_signal},
	{.name = "sigtimedwait", .wait = wait_for_signal_limited, .wake = send_waited_signal},
	{.name = "sigwait-timed", .wait = wait_for_signal_timed, .ends = true},
};
const struct wait_table signal_waits = WAIT_TABLE(waits);
