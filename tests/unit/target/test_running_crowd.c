#include "../base/test_support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "target/running_crowd.h"

#define COUNT 20

/* Threads of this process: each runs when it is asked to, and sleeps until then. */
struct member_thread {
	pthread_t thread;
	pid_t id;
	int ask[2], answer[2];
};

struct process {
	struct tracer_shared *shared;
	struct crowd crowd;
	struct member_thread sleepers[COUNT];
};

static void *answer_all(void *context)
{
	struct member_thread *sleeper = context;
	char byte = 0;

	sleeper->id = (pid_t)syscall(SYS_gettid);
	do
		if (write(sleeper->answer[1], &byte, 1) != 1)
			break;
	while (read(sleeper->ask[0], &byte, 1) == 1);
	return NULL;
}

static void await_answer(struct member_thread *sleeper)
{
	struct tracer_item item;
	char byte;

	assert_int_equal(read(sleeper->answer[0], &byte, 1), 1);
	item = (struct tracer_item){.thread = sleeper->id, .runnable = true};
	while (item.runnable)
		running_look(getpid(), &item);
}

static void let_run(struct member_thread *sleeper)
{
	assert_int_equal(write(sleeper->ask[1], "", 1), 1);
	await_answer(sleeper);
}

static int set_up(void **state)
{
	struct process *process = calloc(1, sizeof(*process));

	assert_non_null(process);
	process->shared = calloc(1, sizeof(*process->shared));
	assert_non_null(process->shared);
	for (size_t i = 0; i < COUNT; i++) {
		struct member_thread *sleeper = &process->sleepers[i];

		assert_int_equal(pipe(sleeper->ask), 0);
		assert_int_equal(pipe(sleeper->answer), 0);
		assert_int_equal(pthread_create(&sleeper->thread, NULL, answer_all, sleeper), 0);
		await_answer(sleeper);
	}
	*state = process;
	return 0;
}

static int tear_down(void **state)
{
	struct process *process = *state;

	for (size_t i = 0; i < COUNT; i++) {
		struct member_thread *sleeper = &process->sleepers[i];

		close(sleeper->ask[1]);
		pthread_join(sleeper->thread, NULL);
		close(sleeper->ask[0]);
		close(sleeper->answer[0]);
		close(sleeper->answer[1]);
	}
	free(process->shared);
	free(process);
	return 0;
}

static void gather(struct process *process)
{
	struct tracer_shared *shared = process->shared;

	shared->process = getpid();
	shared->count = COUNT;
	for (size_t i = 0; i < COUNT; i++)
		shared->items[i] = (struct tracer_item){
			.thread = process->sleepers[i].id, .running_only = true};
	crowd_gather(shared, &process->crowd);
}

static void note_all_asleep(struct process *process)
{
	for (size_t i = 0; i < process->crowd.count; i++)
		crowd_note(process->crowd.items[i], RUNNING_NOT);
}

static void who_has_not_run_since_is_not_looked_at(void **state)
{
	struct process *process = *state;

	gather(process);
	assert_int_equal(process->crowd.count, COUNT);
	note_all_asleep(process);
	gather(process);
	assert_int_equal(process->crowd.count, 0);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(process->shared->items[i].stage, STAGE_RESOLVED);
		assert_int_equal(process->shared->items[i].outcome, CAPTURE_ASLEEP);
		assert_true(process->shared->items[i].cpu_time > 0);
	}
	let_run(&process->sleepers[7]);
	gather(process);
	assert_int_equal(process->crowd.count, 1);
	assert_int_equal(process->crowd.items[0]->thread, process->sleepers[7].id);
	assert_int_equal(process->crowd.items[0]->stage, STAGE_UNTOUCHED);
}

/* Until that is known, it is asked about every time. */
static void who_had_a_cpu_is_looked_at_again_and_first(void **state)
{
	struct process *process = *state;
	struct tracer_item *items = process->shared->items;

	gather(process);
	gather(process);
	items[5].on_cpu = true;
	crowd_note(&items[5], RUNNING_NOW);
	gather(process);
	assert_int_equal(process->crowd.count, COUNT);
	assert_ptr_equal(process->crowd.items[0], &items[5]);
	items[11].displaced = true;
	crowd_note(&items[11], RUNNING_NOW);
	gather(process);
	assert_int_equal(process->crowd.count, COUNT - 1); /* that one lost its CPU */
	assert_ptr_equal(process->crowd.items[0], &items[5]);
	let_run(&process->sleepers[11]);
	gather(process);
	assert_int_equal(process->crowd.count, COUNT);
	assert_ptr_equal(process->crowd.items[0], &items[11]);
	assert_ptr_equal(process->crowd.items[1], &items[5]);
}

/* Without the scheduler's figures, whoever is runnable is taken to run, which says nothing. */
static void who_may_run_is_not_known_to_be_without_a_cpu(void **state)
{
	struct process *process = *state;
	struct tracer_item *items = process->shared->items;

	gather(process);
	items[3].runnable = true;
	crowd_note(&items[3], RUNNING_NOW);
	items[4].runnable = true;
	items[4].on_cpu = true;
	items[4].confirm = true;
	crowd_note(&items[4], RUNNING_NOW);
	for (size_t i = 5; i < COUNT; i++)
		crowd_note(&items[i], RUNNING_NOT);
	gather(process);
	assert_int_equal(process->crowd.count, 5);
}

static atomic_bool done;

static void *spin(void *id)
{
	*(_Atomic pid_t *)id = (pid_t)syscall(SYS_gettid);
	while (!done)
		;
	return NULL;
}

static void wait_until_it_has_run(clockid_t clock)
{
	struct timespec begin, now;

	clock_gettime(clock, &begin);
	do
		clock_gettime(clock, &now);
	while (now.tv_sec == begin.tv_sec && now.tv_nsec < begin.tv_nsec + 100000000);
}

/* Two of the others may have had the same CPU, one after the other. */
static void who_was_left_out_and_runs_all_the_same_is_looked_at(void **state)
{
	struct process *process = *state;
	_Atomic pid_t id = 0;
	pthread_t spinner;
	clockid_t clock;

	done = false;
	assert_int_equal(pthread_create(&spinner, NULL, spin, &id), 0);
	while (!id)
		;
	assert_int_equal(pthread_getcpuclockid(spinner, &clock), 0);
	process->shared->process = getpid();
	process->shared->count = 1;
	process->shared->items[0] = (struct tracer_item){.thread = id};
	crowd_gather(process->shared, &process->crowd);
	crowd_leave_out(&process->shared->items[0]);
	wait_until_it_has_run(clock);
	process->shared->items[0] = (struct tracer_item){.thread = id};
	crowd_gather(process->shared, &process->crowd);
	assert_int_equal(process->crowd.count, 1);
	done = true;
	pthread_join(spinner, NULL);
}

static void of_who_has_gone_nothing_is_known(void **state)
{
	struct process *process = *state;

	process->shared->process = getpid();
	process->shared->count = 1;
	for (size_t i = 0; i < 2; i++) {
		process->shared->items[0] = (struct tracer_item){.thread = 1 << 30};
		crowd_gather(process->shared, &process->crowd);
		assert_int_equal(process->crowd.count, 1);
		assert_int_equal(process->shared->items[0].cpu_time, 0);
		crowd_note(&process->shared->items[0], RUNNING_NOT);
	}
}

#define WITH_PROCESS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PROCESS(who_has_not_run_since_is_not_looked_at),
		WITH_PROCESS(who_had_a_cpu_is_looked_at_again_and_first),
		WITH_PROCESS(who_may_run_is_not_known_to_be_without_a_cpu),
		WITH_PROCESS(who_was_left_out_and_runs_all_the_same_is_looked_at),
		WITH_PROCESS(of_who_has_gone_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
