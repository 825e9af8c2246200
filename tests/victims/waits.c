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
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "victim.h"

#define PATIENCE        30 /* seconds until one that was woken counts as stuck */
#define MOST_COMPLAINTS 50

#define ALTERNATE_SIZE 65536

unsigned long timed_wait = 3000000;
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

struct timespec timed_wait_span(void)
{
	return (struct timespec){
		(time_t)(timed_wait / 1000000000), (long)(timed_wait % 1000000000)};
}

struct timespec timed_wait_end(clockid_t clock)
{
	struct timespec end;

	clock_gettime(clock, &end);
	end.tv_sec += (time_t)(timed_wait / 1000000000);
	end.tv_nsec += (long)(timed_wait % 1000000000);
	if (end.tv_nsec >= 1000000000) {
		end.tv_nsec -= 1000000000;
		end.tv_sec++;
	}
	return end;
}

bool failed_with(long result, int expected)
{
	if (result >= 0 || errno != expected)
		return false;
	errno = UNTOUCHED;
	return true;
}

static void note_length(struct wait *self, uint64_t length)
{
	if (length < timed_wait)
		complain("EARLY %s by %llu ns", self->name,
			(unsigned long long)(timed_wait - length));
	else if ((length - timed_wait) / 1000 > atomic_load(&self->latest))
		atomic_store(&self->latest, (length - timed_wait) / 1000);
	if (length >= 2 * timed_wait)
		atomic_fetch_add(&self->late, 1);
}

static void set_alternate_stack(stack_t *ret)
{
	*ret = (stack_t){.ss_size = ALTERNATE_SIZE};
	ret->ss_sp = mmap(
		NULL, ALTERNATE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ret->ss_sp == MAP_FAILED || sigaltstack(ret, NULL) < 0)
		fail("alternate stack: %s", strerror(errno));
}

static void check_alternate_stack(const char *name, const stack_t *expected)
{
	stack_t now;

	if (sigaltstack(NULL, &now) == 0 && now.ss_sp == expected->ss_sp &&
		now.ss_size == expected->ss_size && now.ss_flags == expected->ss_flags)
		return;
	complain("ALTSTACK %s", name);
	sigaltstack(expected, NULL);
}

static void wait_once(struct wait *self)
{
	uint64_t start = nanoseconds();
	bool good;

	errno = UNTOUCHED;
	good = self->wait(self) && (self->wake || self->ends);
	if (!good && errno == EINTR)
		complain("EINTR %s", self->name);
	else if (!good)
		complain("BAD %s: %s", self->name, strerror(errno));
	else if (errno != UNTOUCHED)
		complain("ERRNO %s: %s", self->name, strerror(errno));
	if (good && self->ends)
		note_length(self, nanoseconds() - start);
	check_signal_mask(self->name);
	if (!good)
		return;
	atomic_fetch_add(&self->served, 1);
	if (self->wake)
		sem_post(&served_one);
}

static void *wait_for_ever(void *argument)
{
	struct wait *self = argument;
	stack_t alternate;

	set_alternate_stack(&alternate);
	atomic_store(&self->tid, gettid());
	for (;;) {
		wait_once(self);
		check_alternate_stack(self->name, &alternate);
	}
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
			wait_until_blocked(tid);
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

static void complain_of_stuck(struct wait *waits, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!waits[i].wake || waits[i].stuck ||
			atomic_load(&waits[i].served) == waits[i].wakes)
			continue;
		complain("STUCK %s", waits[i].name);
		waits[i].stuck = true;
	}
}

void wake_waits(struct wait *waits, size_t count)
{
	struct timespec deadline;
	size_t woken = 0;

	for (size_t i = 0; i < count; i++) {
		if (!waits[i].wake || waits[i].stuck)
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
