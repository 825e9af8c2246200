/*
 * How long a thread stands still for a sample, seen from the thread itself: it reads the clock in a
 * loop and notes gaps. Beside it, in turns, the least that any tracer can do: seize, interrupt,
 * wait, detach.
 */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/scheduling.h"
#include "collect/stack_wish.h"
#include "target/live.h"

/* From one stop to the next, ns. */
#define SAMPLE_DELAY 200000

#define STOPS    2000
#define SMALLEST 1000 /* ns: shorter gaps are the loop itself */

/* The thread has a CPU of its own, if there are two: nobody is in its way but the tracer. */
static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Shared with the thread that is stopped. */
struct gaps {
	_Atomic bool over;        /* never */
	_Atomic uint64_t longest; /* since it was last set to 0, ns */
	_Atomic bool ready;
	_Atomic uint64_t top, bottom; /* of the stack that is in use */
};

static void note_gaps(struct gaps *gaps)
{
	uint64_t last = clock_monotonic();

	while (!atomic_load(&gaps->over)) {
		uint64_t now = clock_monotonic(), gap = now - last;

		if (gap > SMALLEST && gap > atomic_load(&gaps->longest))
			atomic_store(&gaps->longest, gap);
		last = now;
	}
}

static __attribute__((noinline)) void recurse(struct gaps *gaps, unsigned frames)
{
	char room[48];

	__asm__ volatile("" : : "r"(room) : "memory");
	if (frames) {
		recurse(gaps, frames - 1);
	} else {
		atomic_store(&gaps->bottom, (uint64_t)room);
		atomic_store(&gaps->ready, true);
		note_gaps(gaps);
	}
	__asm__ volatile("" : : "r"(room) : "memory");
}

static pid_t start_target(struct gaps *gaps, unsigned frames)
{
	pid_t child = fork();

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		run_on(0);
		atomic_store(&gaps->top, (uint64_t)__builtin_frame_address(0));
		recurse(gaps, frames);
	}
	while (child > 0 && !atomic_load(&gaps->ready))
		sched_yield();
	return child;
}

static bool bare_stop(pid_t pid)
{
	int status = 0;

	/* As whoever samples from time to time: its caches, and its CPU, have cooled down. */
	clock_sleep(SAMPLE_DELAY);
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
		return false;
	while (waitpid(pid, &status, __WALL | WNOHANG) == 0)
		;
	return WIFSTOPPED(status) && ptrace(PTRACE_DETACH, pid, NULL, NULL) == 0;
}

/* The copy that collect/stack_wish.c comes to for the stack. */
static size_t find_wish(struct gaps *gaps)
{
	struct stack_wish wish = {.own = CAPTURE_STACK_MAX};
	struct stack_need need = {0};

	for (int i = 0; i < STACK_WISH_STACKS; i++)
		stack_wish_fit(&wish, &need, atomic_load(&gaps->top) - atomic_load(&gaps->bottom),
			true);
	return wish.own;
}

static bool sample(struct target *target, size_t wish)
{
	struct capture capture = {
		.thread = target->identity.pid, .wish.own = wish, .running_only = true};
	struct error *error =
		target_capture(target, target_now(target) + SAMPLE_DELAY, &capture, 1);

	if (error)
		fprintf(stderr, "bench_pause: %s\n", error->message);
	if (!error && capture.outcome > CAPTURE_ASLEEP)
		fprintf(stderr, "bench_pause: %s\n", capture_outcome_text(capture.outcome));
	return !error && (capture.outcome == CAPTURE_DONE || capture.outcome == CAPTURE_ASLEEP);
}

/* The thread notes the gap once it runs on: two clock readings of its own are enough. */
static uint64_t take_gap(struct gaps *gaps)
{
	uint64_t deadline = clock_monotonic() + NANOSECONDS_PER_MILLISECOND;

	while (!atomic_load(&gaps->longest) && clock_monotonic() < deadline)
		;
	return atomic_exchange(&gaps->longest, 0);
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static double percentile(uint64_t *sorted, size_t count, double share)
{
	return (double)sorted[(size_t)((double)(count - 1) * share)] / 1000;
}

static void measure(unsigned frames)
{
	static uint64_t bare[STOPS], ours[STOPS];
	struct gaps *gaps = mmap(
		NULL, sizeof(*gaps), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid = start_target(gaps, frames);
	size_t wish = find_wish(gaps);
	struct target *target;
	struct error *error = live_target_open(pid, &target);

	if (error) {
		fprintf(stderr, "bench_pause: %s\n", error->message);
		exit(1);
	}
	for (int i = 0; i < STOPS; i++) {
		take_gap(gaps);
		if (!bare_stop(pid))
			exit(1);
		bare[i] = take_gap(gaps);
		if (!sample(target, wish))
			exit(1);
		ours[i] = take_gap(gaps);
	}
	qsort(bare, STOPS, sizeof(bare[0]), compare);
	qsort(ours, STOPS, sizeof(ours[0]), compare);
	printf("%6u  %10.1f  %10.1f  %10.1f  %10.1f  %9.2f  %9.2f\n", frames,
		percentile(bare, STOPS, 0.5), percentile(ours, STOPS, 0.5),
		percentile(bare, STOPS, 0.99), percentile(ours, STOPS, 0.99),
		percentile(ours, STOPS, 0.5) / percentile(bare, STOPS, 0.5),
		percentile(ours, STOPS, 0.99) / percentile(bare, STOPS, 0.99));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	target_destroy(target);
	munmap(gaps, sizeof(*gaps));
}

int main(void)
{
	static const unsigned depths[] = {30, 200};
	struct scheduling former;

	run_on(1);
	scheduling_raise(&former);
	printf("Pause of a stop, us, seen by the stopped thread (%d stops each)\n", STOPS);
	printf("%6s  %10s  %10s  %10s  %10s  %9s  %9s\n", "frames", "bare p50", "limpet p50",
		"bare p99", "limpet p99", "ratio p50", "ratio p99");
	for (size_t i = 0; i < ARRAY_SIZE(depths); i++)
		measure(depths[i]);
	return 0;
}
