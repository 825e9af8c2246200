#include "../base/test_support.h"

#include <malloc.h>
#include <stdlib.h>

#include "base/clock.h"
#include "replay.h"

/*
 * test_endurance [ROUNDS]: as long a capture as one likes, at a clock that jumps. Four workers use
 * their CPUs all the time, on many different stacks, while others come and go; after a quarter of
 * the rounds nothing comes that has not been there.
 */

#define RATE    999
#define WORKERS 4
#define STACKS  4000
#define DEPTH   50
#define ENDING  90000 /* threads that come and go, in all; more than get labels of their own */
#define LIFE    2     /* rounds */

#define FIRST_WORKER 100
#define FIRST_ENDING 1000
#define STACK        0x7000
#define PARSING      0x7ffff7ffd23bUL
#define SERVE_TINY   0x7ffff7ffd25bUL
#define SERVE_STORE  0x7ffff7ffd263UL
#define IN_MAIN      0x7ffff7ffd26dUL
#define IN_START     0x7ffff7ffd234UL
#define GROWTH_MAX   (64 * 1024)
#define LIST_COST    2000ULL /* ns a thread */

#define SNAPSHOT                                                                                   \
	"limpet-snapshot 1\n"                                                                      \
	"process 100 tiny /usr/bin/tiny\n"                                                         \
	"mapping 7ffff7ffd000-7ffff7ffe000 r-xp 00000000 fe:00 7 /usr/bin/tiny\n"                  \
	"round 1 0\n"

struct fake_thread {
	pid_t id;
	uint64_t time;
	uint64_t base;   /* as it was read last before the first round */
	uint64_t latest; /* as it was read last */
	size_t left;     /* rounds; of those that end */
};
ARRAY_DEFINE(fake_threads, struct fake_thread)

struct endurance {
	struct target target;
	struct target *files; /* what the modules are */
	size_t rounds;
	size_t round;
	uint64_t now;
	uint64_t total;        /* CPU time of all threads */
	uint64_t total_before; /* ... when it was read last before the first round */
	struct fake_threads threads;
	size_t begun; /* of those that end */
	size_t next[WORKERS + 1];
	uint64_t stacks[STACKS][DEPTH];
	uint64_t captured[STACKS]; /* how often */
	size_t samples;
	size_t memory_early, memory_late;
};

/* Of the sanitizers' own allocator, where that is there. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static size_t memory_in_use(void)
{
	if (__sanitizer_get_current_allocated_bytes)
		return __sanitizer_get_current_allocated_bytes();
	struct mallinfo2 information = mallinfo2();

	return information.uordblks + information.hblkhd;
}

static struct endurance *endurance_of(struct target *target)
{
	return (struct endurance *)target;
}

static struct fake_thread *find(struct endurance *endurance, pid_t id)
{
	ARRAY_FOR_EACH (thread, &endurance->threads)
		if (thread->id == id)
			return thread;
	return NULL;
}

static uint64_t read_time(const struct endurance *endurance, struct fake_thread *thread)
{
	thread->latest = thread->time;
	if (!endurance->round)
		thread->base = thread->time;
	return thread->time;
}

static void pass(struct endurance *endurance, uint64_t time)
{
	uint64_t since = time > endurance->now ? time - endurance->now : 0;

	ARRAY_FOR_EACH (thread, &endurance->threads)
		thread->time += since;
	endurance->total += since * endurance->threads.count;
	endurance->now += since;
}

static void begin_thread(struct endurance *endurance, pid_t id)
{
	assert_success(fake_threads_append(
		&endurance->threads, (struct fake_thread){.id = id, .left = LIFE}));
}

/* Once a round: some end, some begin. */
static void come_and_go(struct endurance *endurance)
{
	size_t kept = WORKERS, wanted = endurance->round * ENDING / endurance->rounds;

	for (size_t i = WORKERS; i < endurance->threads.count; i++)
		if (--endurance->threads.items[i].left)
			endurance->threads.items[kept++] = endurance->threads.items[i];
	endurance->threads.count = kept;
	for (; endurance->begun < wanted; endurance->begun++)
		begin_thread(endurance, FIRST_ENDING + (pid_t)endurance->begun);
}

static struct error *list_threads(struct target *target, struct thread_array *ret)
{
	struct endurance *endurance = endurance_of(target);
	struct error *error = NULL;

	pass(endurance, endurance->now + LIST_COST * endurance->threads.count);
	ARRAY_FOR_EACH (thread, &endurance->threads)
		if (!error)
			error = thread_array_append(
				ret, (struct thread){.id = thread->id,
					     .cpu_time = read_time(endurance, thread)});
	return error;
}

static struct error *refresh_threads(struct target *target, struct thread *threads, size_t count)
{
	struct endurance *endurance = endurance_of(target);

	for (size_t i = 0; i < count; i++) {
		struct fake_thread *thread = find(endurance, threads[i].id);

		if (thread)
			threads[i].cpu_time = read_time(endurance, thread);
		else
			threads[i].id = 0;
	}
	return NULL;
}

static bool thread_status(struct target *target, pid_t id, struct thread_status *ret)
{
	*ret = (struct thread_status){.state = 'R', .name = "ending", .system_call = -1};
	if (id < FIRST_ENDING)
		strcpy(ret->name, "worker");
	return find(endurance_of(target), id);
}

static struct error *cpu_time(struct target *target, uint64_t *ret)
{
	struct endurance *endurance = endurance_of(target);

	*ret = endurance->total;
	if (!endurance->round)
		endurance->total_before = endurance->total;
	return NULL;
}

static uint64_t now(struct target *target)
{
	return endurance_of(target)->now;
}

static struct error *wait_until(struct target *target, uint64_t time)
{
	pass(endurance_of(target), time);
	return NULL;
}

/* One after the other, so that none is left out. */
static void fill_capture(struct endurance *endurance, struct capture *capture)
{
	size_t *next = &endurance->next[capture->thread < FIRST_ENDING
						? (size_t)(capture->thread - FIRST_WORKER)
						: WORKERS];

	if (!find(endurance, capture->thread)) {
		capture->outcome = CAPTURE_THREAD_GONE;
		return;
	}
	capture->outcome = CAPTURE_DONE;
	capture->system_call = -1;
	capture->registers.values[REGISTER_RSP] = STACK;
	capture->registers.values[REGISTER_PC] = PARSING;
	capture->stack_address = STACK;
	capture->stack = (const uint8_t *)endurance->stacks[*next];
	capture->stack_length = sizeof(endurance->stacks[*next]);
	endurance->captured[*next]++;
	endurance->samples++;
	*next = (*next + 1) % STACKS;
}

static struct error *capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count)
{
	struct endurance *endurance = endurance_of(target);

	pass(endurance, time);
	for (size_t i = 0; i < count; i++)
		fill_capture(endurance, &captures[i]);
	return NULL;
}

static struct error *list_mappings(struct target *target, struct mappings *ret)
{
	return target_list_mappings(endurance_of(target)->files, ret);
}

static const struct target_operations operations = {
	.list_threads = list_threads,
	.refresh_threads = refresh_threads,
	.list_mappings = list_mappings,
	.thread_status = thread_status,
	.cpu_time = cpu_time,
	.capture = capture,
	.now = now,
	.wait_until = wait_until,
};

/* Asked at every round. */
static bool is_over(void *context)
{
	struct endurance *endurance = context;

	if (endurance->round == endurance->rounds / 4)
		endurance->memory_early = memory_in_use();
	if (endurance->round == endurance->rounds) {
		endurance->memory_late = memory_in_use();
		return true;
	}
	endurance->round++;
	come_and_go(endurance);
	return false;
}

/* The bits of a number tell from where serve() was left at each level. */
static void make_stack(uint64_t *stack, size_t number)
{
	for (size_t i = 0; i < DEPTH - 2; i++)
		stack[i] = number >> i % 12 & 1 ? SERVE_STORE : SERVE_TINY;
	stack[DEPTH - 2] = IN_MAIN;
	stack[DEPTH - 1] = IN_START;
}

static struct endurance *endurance_create(struct replay *replay, size_t rounds)
{
	struct endurance *endurance = calloc(1, sizeof(*endurance));

	assert_non_null(endurance);
	replay_init_text(replay, SNAPSHOT);
	endurance->target =
		(struct target){.operations = &operations, .identity = replay->target->identity};
	endurance->files = replay->target;
	endurance->rounds = rounds;
	endurance->now = NANOSECONDS_PER_SECOND;
	for (size_t i = 0; i < STACKS; i++)
		make_stack(endurance->stacks[i], i);
	for (pid_t i = 0; i < WORKERS; i++)
		begin_thread(endurance, FIRST_WORKER + i);
	replay->collector.target = &endurance->target;
	return endurance;
}

static void endurance_destroy(struct endurance *endurance)
{
	fake_threads_deinit(&endurance->threads);
	free(endurance);
}

static int compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* Each stack that was captured is there as often, and nothing else. */
static void assert_stacks(const struct profile *profile, struct endurance *endurance)
{
	size_t count = profile->stacks.entries.count, length;
	uint64_t *found = calloc(count, sizeof(*found));

	assert_non_null(found);
	for (size_t i = 0; i < profile->samples.count; i++)
		found[profile->samples.items[i].stack] += (uint64_t)profile->values.items[2 * i];
	for (uint32_t i = 0; i < count; i++) {
		profile_stack(profile, i, &length);
		assert_int_equal(length, found[i] ? DEPTH + 1 : 1);
	}
	qsort(found, count, sizeof(*found), compare_numbers);
	qsort(endurance->captured, STACKS, sizeof(*found), compare_numbers);
	assert_memory_equal(found + count - STACKS, endurance->captured, STACKS * sizeof(*found));
	for (size_t i = 0; i < count - STACKS; i++)
		assert_int_equal(found[i], 0);
	free(found);
}

static pid_t thread_of(const struct profile *profile, uint32_t labels)
{
	size_t count;
	const struct profile_label *items = profile_labels(profile, labels, &count);

	return count ? (pid_t)items[count - 1].number : 0;
}

/* What each worker has used from the first reading to the last, sampled or not. */
static void assert_workers(const struct profile *profile, const struct endurance *endurance)
{
	int64_t times[WORKERS] = {0};

	for (size_t i = 0; i < profile->samples.count; i++) {
		pid_t thread = thread_of(profile, profile->samples.items[i].labels);

		if (thread >= FIRST_WORKER && thread < FIRST_WORKER + WORKERS)
			times[thread - FIRST_WORKER] += profile->values.items[2 * i + 1];
	}
	for (size_t i = 0; i < WORKERS; i++) {
		const struct fake_thread *thread = &endurance->threads.items[i];

		assert_int_equal(times[i], thread->latest - thread->base);
	}
}

/* An array of which a part is used has room for twice as much at most; it does not grow further. */
static void assert_memory(const struct endurance *endurance)
{
	print_message(
		"%zu rounds, %zu samples, %zu threads: %zu KiB after a quarter, %zu at the end\n",
		endurance->rounds, endurance->samples, endurance->begun + WORKERS,
		endurance->memory_early / 1024, endurance->memory_late / 1024);
	assert_in_range(endurance->memory_late, 0, endurance->memory_early + GROWTH_MAX);
}

static size_t rounds = 40000;

static void memory_does_not_grow_and_totals_are_exact(void **state)
{
	struct replay replay;
	struct endurance *endurance = endurance_create(&replay, rounds);
	const struct cpu_options options = {
		.duration = INT64_MAX,
		.rate = RATE,
		.interrupted = is_over,
		.context = endurance,
	};
	const struct cpu_statistics *statistics = &replay.statistics;

	(void)state;
	assert_success(replay_collect(&replay, &options));
	assert_int_equal(statistics->rounds, rounds);
	assert_int_equal(statistics->samples, endurance->samples);
	assert_int_equal(profile_total(replay.profile, 0), endurance->samples);
	assert_int_equal(profile_total(replay.profile, 1), statistics->cpu_time);
	assert_int_equal(statistics->cpu_time, endurance->total - endurance->total_before);
	assert_true(statistics->labels_left_out);
	for (enum unwind_end end = 0; end < UNWIND_END_COUNT; end++)
		assert_int_equal(statistics->truncated[end], 0);
	assert_stacks(replay.profile, endurance);
	assert_workers(replay.profile, endurance);
	assert_success(profile_check(replay.profile));
	assert_memory(endurance);
	replay_deinit(&replay);
	endurance_destroy(endurance);
}

int main(int count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_does_not_grow_and_totals_are_exact),
	};

	if (count > 1)
		rounds = strtoul(arguments[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
