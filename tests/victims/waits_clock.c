#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "victim.h"
#include "waits_all.h"

#define LONG_TIME 100000 /* s */

static const struct timespec long_time = {.tv_sec = LONG_TIME};

static bool sleep_nanoseconds(struct wait *self)
{
	const struct timespec span = timed_wait_span();

	(void)self;
	return nanosleep(&span, NULL) == 0;
}

static bool sleep_clock(struct wait *self)
{
	const struct timespec span = timed_wait_span();

	(void)self;
	return clock_nanosleep(CLOCK_MONOTONIC, 0, &span, NULL) == 0;
}

static bool sleep_clock_until(struct wait *self)
{
	const struct timespec end = timed_wait_end(CLOCK_MONOTONIC);

	(void)self;
	return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == 0;
}

static struct wait sleeps[] = {
	{.name = "nanosleep-timed", .wait = sleep_nanoseconds, .ends = true},
	{.name = "clock_nanosleep", .wait = sleep_clock, .ends = true},
	{.name = "clock_until", .wait = sleep_clock_until, .ends = true},
};
const struct wait_table clock_waits = WAIT_TABLE(sleeps);

static long futex(struct wait *self, int operation, unsigned value, const struct timespec *time)
{
	return syscall(SYS_futex, &self->word, operation | FUTEX_PRIVATE_FLAG, value, time, NULL,
		FUTEX_BITSET_MATCH_ANY);
}

enum { ASLEEP, WAKING, WOKEN }; /* what the word says */

/*
 * Too late to sleep, too: the waker was first. It may not have made its call yet, which would end
 * the next wait then.
 */
static bool is_woken(struct wait *self, long result)
{
	bool good = result == 0 || (result < 0 && errno == EAGAIN);

	if (!good || atomic_load(&self->word) == ASLEEP)
		return false;
	while (atomic_load(&self->word) != WOKEN)
		sched_yield();
	atomic_store(&self->word, ASLEEP);
	errno = UNTOUCHED;
	return true;
}

static bool futex_endless(struct wait *self)
{
	return is_woken(self, futex(self, FUTEX_WAIT, ASLEEP, NULL));
}

static bool futex_limited(struct wait *self)
{
	return is_woken(self, futex(self, FUTEX_WAIT, ASLEEP, &long_time));
}

static bool futex_timed(struct wait *self)
{
	const struct timespec span = timed_wait_span();

	return failed_with(futex(self, FUTEX_WAIT, 0, &span), ETIMEDOUT);
}

static bool futex_until(struct wait *self)
{
	const struct timespec end = timed_wait_end(CLOCK_MONOTONIC);

	return failed_with(futex(self, FUTEX_WAIT_BITSET, 0, &end), ETIMEDOUT);
}

static void wake_futex(struct wait *self)
{
	atomic_store(&self->word, WAKING);
	checked((int)futex(self, FUTEX_WAKE, 1, NULL), "futex");
	atomic_store(&self->word, WOKEN);
}

static long futex_waitv(struct wait *self, const struct timespec *end)
{
	struct futex_waitv wanted = {
		.uaddr = (uintptr_t)&self->word, .flags = FUTEX_32 | FUTEX_PRIVATE_FLAG};

	return syscall(SYS_futex_waitv, &wanted, 1, 0, end, CLOCK_MONOTONIC);
}

static bool waitv_endless(struct wait *self)
{
	return is_woken(self, futex_waitv(self, NULL));
}

static bool waitv_timed(struct wait *self)
{
	const struct timespec end = timed_wait_end(CLOCK_MONOTONIC);

	return failed_with(futex_waitv(self, &end), ETIMEDOUT);
}

static struct wait futexes[] = {
	{.name = "futex", .wait = futex_endless, .wake = wake_futex},
	{.name = "futex-limited", .wait = futex_limited, .wake = wake_futex},
	{.name = "futex-timed", .wait = futex_timed, .ends = true},
	{.name = "futex-until", .wait = futex_until, .ends = true},
	{.name = "futex_waitv", .wait = waitv_endless, .wake = wake_futex},
	{.name = "waitv-timed", .wait = waitv_timed, .ends = true},
};
const struct wait_table futex_waits = WAIT_TABLE(futexes);
