#include "waits.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "victim.h"

#define PATIENCE        10 /* seconds until one that was woken counts as stuck */
#define MOST_COMPLAINTS 50

static atomic_ulong complaints;
static sem_t served_one;
static uint64_t expected_mask;

void complain(const char *format, ...)
{
	char line[128];
	va_list arguments;

	if (atomic_fetch_add(&complaints, 1) >= MOST_COMPLAINTS)
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	say("%s", line);
}

unsigned long complaint_count(void)
{
	return atomic_load(&complaints);
}

/* From the kernel itself: libc hides its own signals. */
static uint64_t signal_mask(void)
{
	uint64_t mask = 0;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof(mask));
	return mask;
}

void check_signal_mask(const char *name)
{
	if (signal_mask() == expected_mask)
		return;
	complain("MASK %s", name);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &expected_mask, NULL, sizeof(expected_mask));
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void wait_once(struct wait *self)
{
	uint64_t start = nanoseconds();
	bool good;

	errno = 0;
	good = self->wait(self) && (self->wake || self->ends);
	if (!good && errno == EINTR)
		complain("EINTR %s", self->name);
	else if (!good)
		complain("BAD %s: %s", self->name, strerror(errno));
	else if (self->ends && nanoseconds() - start < TIMED_WAIT)
		complain("EARLY %s", self->name);
	check_signal_mask(self->name);
	if (!good)
		return;
	atomic_fetch_add(&self->served, 1);
	if (self->wake)
		sem_post(&served_one);
}

static void *wait_for_ever(void *argument)
{
	for (;;)
		wait_once(argument);
	return NULL;
}

void start_waits(struct wait *waits, size_t count)
{
	sem_init(&served_one, 0, 0);
	expected_mask = signal_mask();
	for (size_t i = 0; i < count; i++) {
		pid_t tid;

		if (waits[i].prepare)
			waits[i].prepare(&waits[i]);
		tid = spawn(waits[i].name, wait_for_ever, &waits[i]);
		if (!waits[i].ends)
			wait_until_asleep(tid);
	}
}

/* Whether one more was served before the deadline. */
static bool wait_for_one(const struct timespec *deadline)
{
	while (sem_timedwait(&served_one, deadline) < 0)
		if (errno != EINTR)
			return false;
	return true;
}

static void complain_of_stuck(const struct wait *waits, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (waits[i].wake && atomic_load(&waits[i].served) != waits[i].wakes)
			complain("STUCK %s", waits[i].name);
}

void wake_waits(struct wait *waits, size_t count)
{
	struct timespec deadline;
	size_t woken = 0;

	for (size_t i = 0; i < count; i++) {
		if (!waits[i].wake)
			continue;
		waits[i].wakes++;
		waits[i].wake(&waits[i]);
		woken++;
	}
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += PATIENCE;
	for (; woken; woken--) {
		if (!wait_for_one(&deadline)) {
			complain_of_stuck(waits, count);
			return;
		}
	}
}

void append_served(char *line, size_t size, struct wait *waits, size_t count)
{
	size_t length = strlen(line);

	for (size_t i = 0; i < count && length < size; i++)
		length += (size_t)snprintf(line + length, size - length, " %s=%lu", waits[i].name,
			atomic_load(&waits[i].served));
}
