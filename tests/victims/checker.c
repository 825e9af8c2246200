/*
 * checker: a process that notices whatever a profiler does to it. Threads wait in system calls of
 * every kind and are woken without end, one computes with known registers, one allocates and
 * verifies what it holds, one takes SIGUSR1 and SIGRTMIN while it reads. Any difference is a line
 * at once (waits.h, registers.h, "HEAP", "SIGNALS", "ACTION n").
 *
 * The command "check" prints "ok" or "failed" and " NAME=COUNT" for all that was done, among it
 * usr1= and realtime=, the signals taken.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "registers.h"
#include "victim.h"
#include "waits.h"

#define REGISTER_STEPS 5000000
#define HEAP_SLOTS     64
#define HEAP_LARGEST   30000
#define WAKE_PAUSE     1000000 /* ns */
#define REST           300000 /* ns */
#define HEAP_ROUNDS    256 /* between two of them */

static atomic_ulong wake_rounds;
static atomic_ulong register_rounds;
static atomic_ulong heap_rounds;
static atomic_ulong usr1_signals;
static atomic_ulong realtime_signals;
static struct sigaction actions[NSIG];

static void count_signal(int number)
{
	atomic_fetch_add(number == SIGUSR1 ? &usr1_signals : &realtime_signals, 1);
}

static void *wake_for_ever(void *unused)
{
	const struct timespec pause = {.tv_nsec = WAKE_PAUSE};

	for (;;) {
		wake_waits(endless_waits, endless_wait_count);
		atomic_fetch_add(&wake_rounds, 1);
		nanosleep(&pause, NULL);
	}
	return unused;
}

/* Beside threads that never sleep, Linux 6.18 lets others wait for a minute where many wake. */
static void rest(const char *name)
{
	const struct timespec pause = {.tv_nsec = REST};

	if (nanosleep(&pause, NULL) < 0)
		complain("EINTR %s", name);
}

KEEP static void *compute(void *unused)
{
	for (unsigned long round = 1;; round++) {
		check_registers(round, REGISTER_STEPS);
		check_signal_mask("registers");
		atomic_store(&register_rounds, round);
		rest("registers");
	}
	return unused;
}

struct slot {
	unsigned char *bytes;
	size_t size;
	unsigned char mark;
};

static void check_slot(const struct slot *slot)
{
	for (size_t i = 0; i < slot->size; i++) {
		if (slot->bytes[i] != slot->mark) {
			complain("HEAP %p", (const void *)slot->bytes);
			return;
		}
	}
}

KEEP static void *allocate(void *unused)
{
	struct slot slots[HEAP_SLOTS] = {{0}};
	unsigned int seed = 1;

	for (unsigned long round = 1;; round++) {
		struct slot *slot = &slots[round % HEAP_SLOTS];

		check_slot(slot);
		free(slot->bytes);
		slot->size = 1 + (size_t)rand_r(&seed) % HEAP_LARGEST;
		slot->mark = (unsigned char)round;
		slot->bytes = malloc(slot->size);
		if (!slot->bytes)
			fail("out of memory");
		memset(slot->bytes, slot->mark, slot->size);
		atomic_store(&heap_rounds, round);
		if (round % HEAP_ROUNDS == 0)
			rest("heap");
	}
	return unused;
}

static void set_signals(int how, const int *numbers, size_t count)
{
	sigset_t signals;

	sigemptyset(&signals);
	for (size_t i = 0; i < count; i++)
		sigaddset(&signals, numbers[i]);
	pthread_sigmask(how, &signals, NULL);
}

/* Signals are taken while it reads, and the read goes on: the handlers are SA_RESTART. */
static void *take_signals(void *unused)
{
	const int taken[] = {SIGUSR1, SIGRTMIN};
	int fds[2];
	char byte;

	if (pipe(fds) < 0)
		fail("pipe: %s", strerror(errno));
	set_signals(SIG_UNBLOCK, taken, 2);
	for (;;) {
		read(fds[0], &byte, 1);
		complain("SIGNALS read: %s", strerror(errno));
	}
	return unused;
}

static void prepare_signals(void)
{
	const int blocked[] = {SIGUSR1, SIGUSR2, SIGRTMIN};
	const struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};

	set_signals(SIG_BLOCK, blocked, 3);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGRTMIN, &action, NULL);
	for (int number = 1; number < NSIG; number++)
		sigaction(number, NULL, &actions[number]);
}

static void check_actions(void)
{
	for (int number = 1; number < NSIG; number++) {
		struct sigaction now;

		if (sigaction(number, NULL, &now) == 0 &&
			(now.sa_handler != actions[number].sa_handler ||
				now.sa_flags != actions[number].sa_flags))
			complain("ACTION %d", number);
	}
}

static void check(void)
{
	char counts[512];

	check_actions();
	check_signal_mask("main");
	snprintf(counts, sizeof(counts), " wakes=%lu registers=%lu heap=%lu usr1=%lu realtime=%lu",
		atomic_load(&wake_rounds), atomic_load(&register_rounds), atomic_load(&heap_rounds),
		atomic_load(&usr1_signals), atomic_load(&realtime_signals));
	append_served(counts, sizeof(counts), endless_waits, endless_wait_count);
	append_served(counts, sizeof(counts), timed_waits, timed_wait_count);
	say("%s%s", complaint_count() ? "failed" : "ok", counts);
}

int main(void)
{
	char line[16];

	victim_start();
	prepare_signals();
	start_waits(endless_waits, endless_wait_count);
	start_waits(timed_waits, timed_wait_count);
	wait_until_asleep(spawn("signals", take_signals, NULL));
	spawn("allocator", allocate, NULL);
	if (registers_known)
		spawn("registers", compute, NULL);
	else
		say("registers unknown");
	spawn("waker", wake_for_ever, NULL);
	say("ready");
	for (;;) {
		read_command(line, sizeof(line));
		if (strcmp(line, "check") == 0)
			check();
	}
}
