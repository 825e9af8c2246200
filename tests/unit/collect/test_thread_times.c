#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "collect/thread_times.h"

#define MOST     10000
#define FIRST_ID 100
#define ROUND    (10 * NANOSECONDS_PER_MILLISECOND)
#define USED     NANOSECONDS_PER_MILLISECOND

/* What reading takes, as on a common machine, ns. */
#define LIST_COST    10000ULL /* a thread */
#define REFRESH_COST 2000ULL
#define TOTAL_COST   50ULL

/* A process whose threads use what the test gives them. */
struct fake {
	struct target target;
	uint64_t now;
	uint64_t times[MOST];
	bool gone[MOST];
	uint64_t ended; /* CPU time of those that were never seen */
	size_t count;
	size_t lists, refreshed, totals, names;
	bool recorded;
};

static struct fake *fake_of(struct target *target)
{
	return (struct fake *)target;
}

static struct error *list(struct target *target, struct thread_array *ret)
{
	struct fake *fake = fake_of(target);

	fake->lists++;
	for (size_t i = 0; i < fake->count; i++) {
		fake->now += fake->recorded ? 0 : LIST_COST;
		if (!fake->gone[i])
			assert_success(
				thread_array_append(ret, (struct thread){.id = FIRST_ID + (pid_t)i,
								 .cpu_time = fake->times[i]}));
	}
	return NULL;
}

static struct error *refresh(struct target *target, struct thread *threads, size_t count)
{
	struct fake *fake = fake_of(target);

	for (size_t i = 0; i < count; i++) {
		size_t index = (size_t)(threads[i].id - FIRST_ID);

		assert_true(index < fake->count);
		threads[i].cpu_time = fake->times[index];
		if (fake->gone[index])
			threads[i].id = 0;
		fake->refreshed++;
		fake->now += REFRESH_COST;
	}
	return NULL;
}

static bool status(struct target *target, pid_t thread, struct thread_status *ret)
{
	*ret = (struct thread_status){.state = 'S'};
	snprintf(ret->name, sizeof(ret->name), "thread-%hu", (unsigned short)(thread - FIRST_ID));
	fake_of(target)->names++;
	return true;
}

static struct error *cpu_time(struct target *target, uint64_t *ret)
{
	struct fake *fake = fake_of(target);

	*ret = fake->ended;
	for (size_t i = 0; i < fake->count; i++)
		*ret += fake->times[i];
	fake->totals++;
	fake->now += fake->recorded ? 0 : TOTAL_COST * fake->count;
	return NULL;
}

static uint64_t now(struct target *target)
{
	return fake_of(target)->now;
}

static const struct target_operations operations = {
	.list_threads = list,
	.refresh_threads = refresh,
	.thread_status = status,
	.cpu_time = cpu_time,
	.now = now,
};

static const struct target_operations recorded_operations = {
	.list_threads = list,
	.thread_status = status,
	.cpu_time = cpu_time,
	.now = now,
};

static struct fake *make_fake(size_t count, bool recorded)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	assert_non_null(fake);
	fake->target.operations = recorded ? &recorded_operations : &operations;
	fake->target.identity = (struct target_identity){.pid = FIRST_ID, .name = (char[]){"fake"}};
	fake->count = count;
	fake->recorded = recorded;
	fake->now = NANOSECONDS_PER_SECOND;
	return fake;
}

static void begin(struct thread_times *times, struct fake *fake, const char *filter)
{
	assert_success(thread_times_begin(times, &fake->target, filter));
	fake->lists = 0;
	fake->refreshed = 0;
	fake->totals = 0;
}

static void end(struct thread_times *times, struct fake *fake)
{
	thread_times_deinit(times);
	free(fake);
}

/* The threads from first on use so much, all together, then the sampler looks. */
static void pass_round(
	struct thread_times *times, struct fake *fake, size_t first, size_t count, uint64_t used)
{
	struct thread_indexes none = {0};

	for (size_t i = first; i < first + count; i++)
		fake->times[i] += used;
	fake->now += ROUND;
	assert_success(thread_times_update(times, &none));
}

static size_t count_due(struct thread_times *times)
{
	struct thread_indexes due = {0};
	size_t count;

	assert_success(thread_times_due(times, &due));
	count = due.count;
	thread_indexes_deinit(&due);
	return count;
}

static uint64_t sum_of_latest(const struct thread_times *times)
{
	uint64_t sum = 0;

	ARRAY_FOR_EACH (thread, &times->threads)
		sum += thread->latest - thread->base;
	return sum;
}

/* The process has used what no thread that is looked at has: then it is time to look at all. */
static void few_threads_are_all_read_as_soon_as_one_more_runs(void **state)
{
	struct fake *fake = make_fake(8, false);
	struct thread_times times;

	(void)state;
	begin(&times, fake, NULL);
	for (size_t i = 0; i < 8; i++) {
		pass_round(&times, fake, 0, i + 1, ROUND / 10);
		assert_int_equal(count_due(&times), i + 1);
		assert_int_equal(sum_of_latest(&times), (i + 1) * (i + 2) / 2 * ROUND / 10);
	}
	assert_int_equal(fake->lists, 8);
	for (size_t i = 0; i < 100; i++)
		pass_round(&times, fake, 0, 8, ROUND / 10);
	/* Else ten times a second. */
	assert_in_range(fake->lists, 8 + 8, 8 + 11);
	assert_int_equal(sum_of_latest(&times), (36 + 800) * ROUND / 10);
	end(&times, fake);
}

static void of_many_threads_those_that_run_are_read(void **state)
{
	struct fake *fake = make_fake(MOST, false);
	struct thread_times times;
	uint64_t before;

	(void)state;
	begin(&times, fake, NULL);
	pass_round(&times, fake, 5000, 8, ROUND / 4);
	for (size_t i = 0; i < 5000; i++)
		pass_round(&times, fake, 5000, 8, ROUND / 4);
	before = fake->now;
	fake->lists = 0;
	fake->totals = 0;
	fake->refreshed = 0;
	for (size_t i = 0; i < 2000; i++)
		pass_round(&times, fake, 5000, 8, ROUND / 4);
	/* All of them take 100 ms, their sum 0.5 ms: together at most 2 % of the time. */
	assert_in_range(fake->lists, 1, (fake->now - before) / (100 * LIST_COST * MOST) + 1);
	assert_in_range(fake->totals, 1, (fake->now - before) / (100 * TOTAL_COST * MOST) + 3);
	assert_in_range(fake->refreshed, 1990 * 8, 2000 * 8);
	assert_int_equal(count_due(&times), 8);
	assert_int_equal(sum_of_latest(&times), 7001 * 8 * ROUND / 4);
	/* Nobody asks for names that will not be needed. */
	assert_int_equal(fake->names, 8);
	end(&times, fake);
}

static void note(struct thread_times *times, struct fake *fake, size_t count)
{
	for (size_t i = 0; i < count; i++)
		thread_times_note(times, i, fake->times[i], fake->now);
}

static void begin_eight_that_run(struct thread_times *times, struct fake *fake)
{
	begin(times, fake, NULL);
	for (size_t i = 0; i < 5; i++)
		pass_round(times, fake, 0, 8, ROUND / 10);
	fake->lists = 0;
	fake->refreshed = 0;
	fake->now += ROUND;
}

/* Whoever has read them anyway, right before. */
static void those_that_were_noted_are_not_read_again(void **state)
{
	struct fake *fake = make_fake(8, false);
	struct thread_times times;

	(void)state;
	begin_eight_that_run(&times, fake);
	for (size_t i = 0; i < 8; i++)
		fake->times[i] += ROUND / 10;
	note(&times, fake, 6);
	assert_success(thread_times_update(&times, &(struct thread_indexes){0}));
	assert_int_equal(fake->refreshed, 2);
	assert_int_equal(sum_of_latest(&times), 6 * 8 * ROUND / 10);
	assert_int_equal(count_due(&times), 8);
	/* Once only. */
	pass_round(&times, fake, 0, 8, ROUND / 10);
	assert_int_equal(fake->refreshed, 2 + 8);
	assert_int_equal(sum_of_latest(&times), 7 * 8 * ROUND / 10);
	end(&times, fake);
}

/* What they have used since is not that of a thread that nobody looks at. */
static void those_that_were_noted_may_have_run_on(void **state)
{
	struct fake *fake = make_fake(8, false);
	struct thread_times times;

	(void)state;
	begin_eight_that_run(&times, fake);
	note(&times, fake, 8);
	fake->now += ROUND / 10;
	fake->times[3] += ROUND / 10;
	assert_success(thread_times_update(&times, &(struct thread_indexes){0}));
	assert_true(thread_times_are_calm(&times));
	assert_int_equal(fake->lists, 0);
	end(&times, fake);
}

static void one_that_begins_to_run_is_noticed_by_what_the_process_uses(void **state)
{
	struct fake *fake = make_fake(MOST, false);
	struct thread_times times;
	uint64_t since;

	(void)state;
	begin(&times, fake, NULL);
	for (size_t i = 0; i < 200; i++)
		pass_round(&times, fake, 0, 1, ROUND);
	assert_int_equal(count_due(&times), 1);
	since = fake->now;
	while (count_due(&times) < 2 && fake->now < since + 10 * NANOSECONDS_PER_SECOND) {
		fake->times[7000] += ROUND;
		pass_round(&times, fake, 0, 1, ROUND);
	}
	/* Ten times what it takes to read all, and that. */
	assert_true(fake->now - since < 11 * LIST_COST * MOST + 10 * ROUND);
	assert_int_equal(sum_of_latest(&times), fake->times[0] + fake->times[7000]);
	end(&times, fake);
}

static void threads_come_and_go(void **state)
{
	struct fake *fake = make_fake(4, false);
	struct thread_times times;

	(void)state;
	begin(&times, fake, NULL);
	fake->count = 6;
	pass_round(&times, fake, 0, 6, USED);
	assert_int_equal(times.threads.count, 6);
	assert_string_equal(times.threads.items[5].name, "thread-5");
	assert_int_equal(times.threads.items[5].base, 0);
	assert_success(thread_times_sort(&times));
	fake->gone[2] = true;
	pass_round(&times, fake, 3, 3, USED);
	assert_true(times.some_ended);
	assert_false(times.threads.items[2].present);
	assert_int_equal(times.threads.items[2].latest, USED);
	assert_int_equal(count_due(&times), 5);
	assert_success(thread_times_sort(&times));
	assert_int_equal(times.threads.count, 5);
	assert_int_equal(times.threads.items[2].id, FIRST_ID + 3);
	pass_round(&times, fake, 3, 3, USED);
	assert_int_equal(times.threads.items[2].latest, 3 * USED);
	end(&times, fake);
}

/* A thread that ends between two readings of all shows it when it is asked for by itself. */
static void one_of_many_ends(void **state)
{
	struct fake *fake = make_fake(MOST, false);
	struct thread_times times;

	(void)state;
	begin(&times, fake, NULL);
	for (size_t i = 0; i < 200; i++)
		pass_round(&times, fake, 40, 2, ROUND);
	fake->lists = 0;
	fake->gone[41] = true;
	pass_round(&times, fake, 40, 1, ROUND);
	assert_int_equal(fake->lists, 0);
	assert_true(times.some_ended);
	assert_int_equal(count_due(&times), 1);
	assert_success(thread_times_sort(&times));
	assert_int_equal(times.threads.count, MOST - 1);
	end(&times, fake);
}

/* They cannot all be tried at every round, but each has the same chance. */
static void where_very_many_run_some_are_tried(void **state)
{
	static unsigned tried[MOST];
	struct fake *fake = make_fake(MOST, false);
	struct thread_indexes due = {0};
	struct thread_times times;
	unsigned fewest = 1000, most = 0;

	(void)state;
	begin(&times, fake, NULL);
	pass_round(&times, fake, 0, 2560, 1000);
	fake->now += 2 * NANOSECONDS_PER_SECOND;
	pass_round(&times, fake, 0, 2560, NANOSECONDS_PER_MILLISECOND);
	for (size_t i = 0; i < 1000; i++) {
		due.count = 0;
		assert_success(thread_times_due(&times, &due));
		assert_in_range(due.count, 150, 400);
		ARRAY_FOR_EACH (index, &due)
			tried[*index]++;
	}
	for (size_t i = 0; i < 2560; i++) {
		fewest = tried[i] < fewest ? tried[i] : fewest;
		most = tried[i] > most ? tried[i] : most;
	}
	assert_in_range(fewest, 50, 100);
	assert_in_range(most, 100, 160);
	/* Nor all be read; but those that were tried are. */
	fake->refreshed = 0;
	fake->times[due.items[0]] += 5;
	fake->now += ROUND;
	assert_success(thread_times_update(&times, &due));
	assert_int_equal(fake->refreshed, due.count);
	thread_indexes_deinit(&due);
	end(&times, fake);
}

static void one_that_has_long_been_asleep_is_not_tried(void **state)
{
	struct fake *fake = make_fake(2, false);
	struct thread_times times;

	(void)state;
	begin(&times, fake, NULL);
	pass_round(&times, fake, 0, 2, USED);
	assert_int_equal(count_due(&times), 2);
	for (size_t i = 0; i < 600; i++)
		pass_round(&times, fake, 0, 1, USED);
	assert_int_equal(count_due(&times), 1);
	assert_int_equal(times.threads.items[1].latest - times.threads.items[1].sampled, USED);
	end(&times, fake);
}

/* Whether it has run since the last round says something about what it does now. */
static void few_are_tried_whatever_they_did(void **state)
{
	struct fake *fake = make_fake(THREADS_ALL_DUE + 16, false);
	struct thread_times times;

	(void)state;
	begin(&times, fake, NULL);
	pass_round(&times, fake, 0, THREADS_ALL_DUE, USED);
	ARRAY_FOR_EACH (thread, &times.threads)
		thread->sampled = thread->latest;
	pass_round(&times, fake, 0, 1, USED);
	assert_int_equal(count_due(&times), THREADS_ALL_DUE);
	/* One more, and there are those that ran, and one that did and was not sampled. */
	pass_round(&times, fake, 1, THREADS_ALL_DUE, USED);
	ARRAY_FOR_EACH (thread, &times.threads)
		thread->sampled = thread->latest;
	times.threads.items[5].sampled--;
	pass_round(&times, fake, 7, 10, USED);
	assert_int_equal(times.active.count, THREADS_ALL_DUE + 1);
	assert_int_equal(count_due(&times), 10 + 1);
	end(&times, fake);
}

static void a_filter_concerns_what_is_tried_and_not_what_is_read(void **state)
{
	struct fake *fake = make_fake(4, false);
	struct thread_times times;

	(void)state;
	begin(&times, fake, "thread-2");
	pass_round(&times, fake, 0, 4, USED);
	assert_int_equal(count_due(&times), 1);
	assert_int_equal(sum_of_latest(&times), 4 * USED);
	end(&times, fake);
}

static void a_recording_tells_of_all_at_once(void **state)
{
	struct fake *fake = make_fake(4, true);
	struct thread_indexes one = {0};
	struct thread_times times;

	(void)state;
	assert_success(thread_indexes_append(&one, 1));
	begin(&times, fake, NULL);
	pass_round(&times, fake, 0, 4, 1000);
	assert_success(thread_times_read(&times, &one));
	assert_int_equal(fake->lists, 2);
	assert_int_equal(sum_of_latest(&times), 4000);
	thread_indexes_deinit(&one);
	end(&times, fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_threads_are_all_read_as_soon_as_one_more_runs),
		cmocka_unit_test(of_many_threads_those_that_run_are_read),
		cmocka_unit_test(those_that_were_noted_are_not_read_again),
		cmocka_unit_test(those_that_were_noted_may_have_run_on),
		cmocka_unit_test(one_that_begins_to_run_is_noticed_by_what_the_process_uses),
		cmocka_unit_test(threads_come_and_go),
		cmocka_unit_test(one_of_many_ends),
		cmocka_unit_test(where_very_many_run_some_are_tried),
		cmocka_unit_test(one_that_has_long_been_asleep_is_not_tried),
		cmocka_unit_test(few_are_tried_whatever_they_did),
		cmocka_unit_test(a_filter_concerns_what_is_tried_and_not_what_is_read),
		cmocka_unit_test(a_recording_tells_of_all_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
