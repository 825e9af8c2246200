/*
 * shares CASE: work whose shares of the CPU time are known, as the program itself measures them.
 *     halves     one thread, two functions, 1:2
 *     eight      eight threads, 1:2:3:4:5:6:7:8, each with a function of its own, for ms at a time
 *     bursts     two functions that run for 1 and for 2 ms, with a rest of some ms after each
 *     calls      one function that computes, one that is in a system call
 *     server     one function that waits for requests, of which another process has the next one as
 *                soon as it has the answer, one that works, and one that answers: some 10 us each
 *     recursion  one function that calls itself 5 times before it works, one 50 times
 * Beside it a thread that sleeps. The command "truth" prints "truth TIME NAME=NS...": the time, ns,
 * and the CPU time of each function so far.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "victim.h"

#define UNIT  200000 /* steps of work: some 100 us */
#define MOST  8
#define SLICE 1000000 /* ns */
#define REST  3000000 /* ns */
#define CHUNK (256 * 1024)

struct share {
	const char *name;
	_Atomic uint64_t time;
};

static struct share shares[MOST];
static size_t share_count;
static pthread_barrier_t barrier;

static uint64_t read_clock(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Adds what the thread has used since then. */
static uint64_t account(size_t index, uint64_t since)
{
	uint64_t now = read_clock(CLOCK_THREAD_CPUTIME_ID);

	atomic_fetch_add(&shares[index].time, now - since);
	return now;
}

static void rest(void)
{
	const struct timespec time = {.tv_nsec = REST};

	nanosleep(&time, NULL);
}

KEEP static void first_half(void)
{
	work(UNIT);
}

KEEP static void second_half(void)
{
	work(2 * UNIT);
}

static void *run_halves(void *unused)
{
	uint64_t since = read_clock(CLOCK_THREAD_CPUTIME_ID);

	for (;;) {
		first_half();
		since = account(0, since);
		second_half();
		since = account(1, since);
	}
	return unused;
}

#define EIGHTH(number)                                                                             \
	KEEP static void eighth_##number(void)                                                     \
	{                                                                                          \
		work(number *UNIT);                                                                \
	}
EIGHTH(1)
EIGHTH(2)
EIGHTH(3)
EIGHTH(4)
EIGHTH(5)
EIGHTH(6)
EIGHTH(7)
EIGHTH(8)

static void (*const eighths[])(void) = {
	eighth_1, eighth_2, eighth_3, eighth_4, eighth_5, eighth_6, eighth_7, eighth_8};

static void *run_eighth(void *argument)
{
	size_t index = (size_t)argument;
	uint64_t since = read_clock(CLOCK_THREAD_CPUTIME_ID);

	for (;;) {
		eighths[index]();
		since = account(index, since);
		pthread_barrier_wait(&barrier);
		since = read_clock(CLOCK_THREAD_CPUTIME_ID);
	}
	return NULL;
}

KEEP static void short_burst(void)
{
	uint64_t end = read_clock(CLOCK_THREAD_CPUTIME_ID) + SLICE;

	while (read_clock(CLOCK_THREAD_CPUTIME_ID) < end)
		work(UNIT / 4);
}

KEEP static void long_burst(void)
{
	uint64_t end = read_clock(CLOCK_THREAD_CPUTIME_ID) + 2 * SLICE;

	while (read_clock(CLOCK_THREAD_CPUTIME_ID) < end)
		work(UNIT / 4);
}

static void *run_bursts(void *unused)
{
	for (;;) {
		uint64_t since = read_clock(CLOCK_THREAD_CPUTIME_ID);

		short_burst();
		account(0, since);
		rest();
		since = read_clock(CLOCK_THREAD_CPUTIME_ID);
		long_burst();
		account(1, since);
		rest();
	}
	return unused;
}

/* Asking for the time is a part of each of them, as of the truth. */
KEEP static uint64_t compute(uint64_t since)
{
	work(UNIT);
	return account(0, since);
}

KEEP static uint64_t call(int file, uint64_t since)
{
	static char chunk[CHUNK];

	/* The kernel ends it early for whoever wants to stop the thread. */
	for (size_t got = 0; got < sizeof(chunk);) {
		ssize_t length = read(file, chunk + got, sizeof(chunk) - got);

		if (length <= 0)
			fail("cannot read /dev/zero");
		got += (size_t)length;
	}
	return account(1, since);
}

static void *run_calls(void *unused)
{
	int file = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	uint64_t since = read_clock(CLOCK_THREAD_CPUTIME_ID);

	for (;;) {
		since = compute(since);
		since = call(file, since);
	}
	return unused;
}

KEEP static uint64_t receive(int connection, uint64_t since)
{
	char byte;

	if (read(connection, &byte, 1) != 1)
		fail("the client is gone");
	return account(0, since);
}

KEEP static uint64_t handle(uint64_t since)
{
	work(UNIT / 10);
	return account(1, since);
}

KEEP static uint64_t reply(int connection, uint64_t since)
{
	if (write(connection, "", 1) != 1)
		fail("the client is gone");
	return account(2, since);
}

static void ask_all_the_time(int connection)
{
	char byte = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (write(connection, &byte, 1) == 1)
		if (read(connection, &byte, 1) != 1)
			break;
	_exit(0);
}

static void *run_server(void *unused)
{
	uint64_t since = read_clock(CLOCK_THREAD_CPUTIME_ID);
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		fail("no sockets");
	if (fork() == 0)
		ask_all_the_time(ends[1]);
	for (;;) {
		since = receive(ends[0], since);
		since = handle(since);
		since = reply(ends[0], since);
	}
	return unused;
}

KEEP static void little_deep(unsigned depth)
{
	if (depth)
		little_deep(depth - 1);
	else
		work(UNIT);
	__asm__ volatile("" ::: "memory");
}

KEEP static void very_deep(unsigned depth)
{
	if (depth)
		very_deep(depth - 1);
	else
		work(3 * UNIT);
	__asm__ volatile("" ::: "memory");
}

static void *run_recursion(void *unused)
{
	uint64_t since = read_clock(CLOCK_THREAD_CPUTIME_ID);

	for (;;) {
		little_deep(5);
		since = account(0, since);
		very_deep(50);
		since = account(1, since);
	}
	return unused;
}

KEEP static void *sleep_always(void *unused)
{
	for (;;)
		pause();
	return unused;
}

struct scenario {
	const char *name;
	void *(*run)(void *);
	size_t threads;
	const char *functions[MOST + 1];
};

static const struct scenario scenarios[] = {
	{"halves", run_halves, 1, {"first_half", "second_half"}},
	{"eight", run_eighth, 8,
		{"eighth_1", "eighth_2", "eighth_3", "eighth_4", "eighth_5", "eighth_6", "eighth_7",
			"eighth_8"}},
	{"bursts", run_bursts, 1, {"short_burst", "long_burst"}},
	{"calls", run_calls, 1, {"compute", "call"}},
	{"server", run_server, 1, {"receive", "handle", "reply"}},
	{"recursion", run_recursion, 1, {"little_deep", "very_deep"}},
};

static void start_scenario(const struct scenario *scenario)
{
	for (size_t i = 0; scenario->functions[i]; i++)
		shares[share_count++].name = scenario->functions[i];
	pthread_barrier_init(&barrier, NULL, (unsigned)scenario->threads);
	for (size_t i = 0; i < scenario->threads; i++)
		spawn(scenario->name, scenario->run, (void *)i);
	spawn("sleeper", sleep_always, NULL);
}

static void tell(const char *command)
{
	char line[512] = "";

	if (strcmp(command, "truth") != 0)
		return;
	for (size_t i = 0; i < share_count; i++)
		append(line, sizeof(line), " %s=%llu", shares[i].name,
			(unsigned long long)atomic_load(&shares[i].time));
	say("truth %llu%s", (unsigned long long)read_clock(CLOCK_MONOTONIC), line);
}

int main(int count, char **arguments)
{
	victim_start();
	for (size_t i = 0; count == 2 && i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
		if (strcmp(arguments[1], scenarios[i].name) == 0)
			start_scenario(&scenarios[i]);
	if (!share_count)
		fail("usage: shares halves|eight|bursts|calls|server|recursion");
	answer_commands(NULL, tell);
}
