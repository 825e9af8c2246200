#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "unwind_peer.h"

/*
 * What a frame costs whose rules are known, against one whose rules are not, and against what it
 * costs with the libraries that others unwind with: in a stack of few distinct frames, and in one
 * of more than libunwind's cache holds by default.
 */

#define FEW   64
#define MANY  512
#define TURNS 50

typedef size_t level(size_t depth, struct capture *capture);

static level *const levels[MANY];

/* Functions that differ, so that each has its own return address. */
#define LEVEL(number)                                                                              \
	__attribute__((noinline)) static size_t level_##number(                                    \
		size_t depth, struct capture *capture)                                             \
	{                                                                                          \
		if (!depth) {                                                                      \
			capture_stack(capture);                                                    \
			return 0;                                                                  \
		}                                                                                  \
		return levels[depth - 1](depth - 1, capture) + 0x##number;                         \
	}
#define EIGHT(do, prefix)                                                                          \
	do                                                                                         \
	(prefix##0) do(prefix##1) do(prefix##2) do(prefix##3) do(prefix##4) do(prefix##5) do(      \
		prefix##6) do(prefix##7)
#define LEVELS_8(prefix) EIGHT(LEVEL, prefix)
#define LEVELS_64(prefix)                                                                          \
	LEVELS_8(prefix##0)                                                                        \
	LEVELS_8(prefix##1)                                                                        \
	LEVELS_8(prefix##2)                                                                        \
	LEVELS_8(prefix##3) LEVELS_8(prefix##4) LEVELS_8(prefix##5) LEVELS_8(prefix##6)            \
		LEVELS_8(prefix##7)
LEVELS_64(1)
LEVELS_64(2)
LEVELS_64(3)
LEVELS_64(4)
LEVELS_64(5)
LEVELS_64(6)
LEVELS_64(7)
LEVELS_64(8)

#define NAME(number)    level_##number,
#define NAMES_8(prefix) EIGHT(NAME, prefix)
#define NAMES_64(prefix)                                                                           \
	NAMES_8(prefix##0)                                                                         \
	NAMES_8(prefix##1)                                                                         \
	NAMES_8(prefix##2)                                                                         \
	NAMES_8(prefix##3) NAMES_8(prefix##4) NAMES_8(prefix##5) NAMES_8(prefix##6)                \
		NAMES_8(prefix##7)
static level *const levels[MANY] = {NAMES_64(1) NAMES_64(2) NAMES_64(3) NAMES_64(4) NAMES_64(5)
		NAMES_64(6) NAMES_64(7) NAMES_64(8)};

struct run {
	struct unwinder *unwinder;
	const struct capture *capture;
	bool forget;
	size_t rounds;
};

/* Nanoseconds a frame. */
static double measure_once(const struct run *run)
{
	struct unwind_result result = {0};
	uint64_t frames = 0, started = clock_monotonic();

	for (size_t i = 0; i < run->rounds; i++) {
		if (run->forget)
			unwinder_modules_changed(run->unwinder);
		if (unwind_stack(run->unwinder, &run->capture->input, &result) ||
			result.end != UNWIND_COMPLETE)
			abort();
		frames += result.addresses.count;
	}
	uint64_t taken = clock_monotonic() - started;
	unwind_result_deinit(&result);
	return (double)taken / (double)frames;
}

/* The least of many short turns: others use the machine, too. */
static double measure(const struct run *run)
{
	double least = measure_once(run);

	for (int i = 1; i < TURNS; i++) {
		double cost = measure_once(run);

		least = cost < least ? cost : least;
	}
	return least;
}

/* ... of a first round, after which everything is known. */
static size_t count_frames(const struct run *run)
{
	struct unwind_result result = {0};

	if (unwind_stack(run->unwinder, &run->capture->input, &result))
		abort();
	size_t count = result.addresses.count;
	unwind_result_deinit(&result);
	return count;
}

static const struct unwind_peer *const peers[] = {
	&peer_libunwind_global,
	&peer_libunwind_thread,
	&peer_libdwfl,
};

/* frames and warm: limpet's. */
static void bench_peer(
	const struct unwind_peer *peer, const struct capture *capture, size_t frames, double warm)
{
	void *context = peer->create(capture);
	double least = 0;

	if (peer->follow(context) != frames) {
		fprintf(stderr, "%s finds %zu frames, and not %zu\n", peer->name,
			peer->follow(context), frames);
		exit(1);
	}
	for (int i = 0; i < TURNS; i++) {
		uint64_t started = clock_monotonic(), found = 0;

		for (size_t rounds = 2000 / frames; rounds; rounds--)
			found += peer->follow(context);
		double cost = (double)(clock_monotonic() - started) / (double)found;
		least = i && least < cost ? least : cost;
	}
	peer->destroy(context);
	printf("  %-25s %6.0f ns/frame, %.1f times limpet's\n", peer->name, least, least / warm);
}

static double bench_depth(size_t depth, struct unwinder *unwinder)
{
	struct capture capture;
	struct run run = {.unwinder = unwinder, .capture = &capture};

	levels[depth - 1](depth - 1, &capture);
	size_t frames = count_frames(&run);
	run.rounds = 10000 / depth;
	double warm = measure(&run);
	run.forget = true;
	run.rounds = 2000 / depth;
	double cold = measure(&run);
	printf("unwind, %3zu distinct frames: %6.0f ns/frame, rules forgotten %6.0f, ratio %.1f\n",
		depth, warm, cold, cold / warm);
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++)
		bench_peer(peers[i], &capture, frames, warm);
	capture_deinit(&capture);
	return warm;
}

int main(void)
{
	struct module_table *modules = capture_modules();
	struct unwinder *unwinder;

	if (unwinder_create(modules, &unwinder))
		return 1;
	double few = bench_depth(FEW, unwinder), many = bench_depth(MANY, unwinder);
	printf("unwind, %d frames against %d: ratio %.2f\n", MANY, FEW, many / few);
	unwinder_destroy(unwinder);
	module_table_destroy(modules);
	return 0;
}
