#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "waiting_threads.h"

#define STACK 0x7000

#define SNAPSHOT                                                                                   \
	"limpet-snapshot 1\n"                                                                      \
	"process 1 tiny /usr/bin/tiny\n"                                                           \
	"mapping 7ffff7ffd000-7ffff7ffe000 r-xp 00000000 fe:00 7 /usr/bin/tiny\n"                  \
	"round 1 0\n"

/* In serve(), in main(), in _start. */
static const uint64_t stack[] = {0x7ffff7ffd25b, 0x7ffff7ffd26d, 0x7ffff7ffd234};

static struct waiting_process *clock_of;

uint64_t __wrap_clock_monotonic(void);

uint64_t __wrap_clock_monotonic(void)
{
	return clock_of->now;
}

static struct waiting_process *process_of(struct target *target)
{
	return (struct waiting_process *)target;
}

static struct waiting_thread *find(struct target *target, pid_t id)
{
	struct waiting_process *process = process_of(target);

	for (size_t i = 0; i < process->count; i++)
		if (process->threads[i].id == id)
			return &process->threads[i];
	return NULL;
}

static struct error *list_threads(struct target *target, struct thread_array *ret)
{
	struct waiting_process *process = process_of(target);
	struct error *error = NULL;

	if (process->gone)
		return error_create(ERROR_GONE, "gone");
	for (size_t i = 0; !error && i < process->count; i++)
		error = thread_array_append(ret, (struct thread){.id = process->threads[i].id,
							 .runs = process->threads[i].runs});
	return error;
}

static bool thread_status(struct target *target, pid_t id, struct thread_status *ret)
{
	const struct waiting_thread *thread = find(target, id);

	if (thread)
		*ret = thread->status;
	return thread;
}

static uint64_t asleep_for(struct target *target, pid_t id)
{
	return find(target, id)->slept;
}

static bool read_sleeper(
	struct target *target, pid_t id, const struct stack_wish *wish, struct sleeper *ret)
{
	struct waiting_thread *thread = find(target, id);

	(void)wish;
	if (!thread || thread->runs_now)
		return false;
	thread->reads++;
	*ret = (struct sleeper){
		.unknown = thread->needs_stop ? 1U << REGISTER_RSP : 0,
		.state = thread->status.state,
		.system_call = thread->status.system_call,
		.stack_address = STACK,
		.stack = (const uint8_t *)stack,
		.stack_length = sizeof(stack),
	};
	ret->registers.values[REGISTER_PC] = thread->pc;
	ret->registers.values[REGISTER_RSP] = STACK;
	return true;
}

/* A sleeper wakes up for it, goes to sleep for it, and then goes to sleep again. */
static void stop(struct waiting_thread *thread, struct capture *capture)
{
	thread->stops++;
	thread->left = capture->time_left;
	capture->outcome = thread->outcome;
	capture->system_call = thread->status.system_call;
	capture->held = 10;
	capture->registers.values[REGISTER_PC] = thread->pc;
	capture->registers.values[REGISTER_RSP] = STACK;
	capture->stack_address = STACK;
	capture->stack = (const uint8_t *)stack;
	capture->stack_length = sizeof(stack);
	if (thread->runs_now)
		return;
	thread->runs += 2;
	thread->status.sleeps += 2;
	if (!thread->left.replaces && thread->status.system_call == SYS_poll)
		thread->status.system_call = SYS_restart_syscall;
}

static struct error *capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count)
{
	(void)time;
	assert_in_range(count, 1, CAPTURE_BATCH_MAX);
	for (size_t i = 0; i < count; i++)
		stop(find(target, captures[i].thread), &captures[i]);
	return NULL;
}

static size_t read_memory(struct target *target, uint64_t address, void *buffer, size_t length)
{
	const struct waiting_process *process = process_of(target);

	for (size_t i = 0; i < process->count; i++)
		if (address == process->threads[i].pc - sizeof(process->code) &&
			length == sizeof(process->code)) {
			memcpy(buffer, process->code, length);
			return length;
		}
	return 0;
}

static struct error *list_mappings(struct target *target, struct mappings *ret)
{
	return target_list_mappings(process_of(target)->replay.target, ret);
}

static uint64_t now(struct target *target)
{
	return process_of(target)->now;
}

/* As late as it always is. */
static struct error *wait_until(struct target *target, uint64_t time)
{
	(void)time;
	process_of(target)->now += ROUND;
	return NULL;
}

static const struct target_operations operations = {
	.list_threads = list_threads,
	.thread_status = thread_status,
	.asleep_for = asleep_for,
	.read_sleeper = read_sleeper,
	.capture = capture,
	.read = read_memory,
	.list_mappings = list_mappings,
	.now = now,
	.wait_until = wait_until,
};

bool waiting_process_is_over(void *context)
{
	struct waiting_process *process = context;

	if (process->round == process->rounds)
		return true;
	process->round++;
	if (process->change)
		process->change(process);
	return false;
}

int waiting_process_set_up(void **state)
{
	struct waiting_process *process = calloc(1, sizeof(*process));

	assert_non_null(process);
	replay_init_text(&process->replay, SNAPSHOT);
	process->target = (struct target){
		.operations = &operations, .identity = process->replay.target->identity};
	process->replay.collector.target = &process->target;
	process->now = SECONDS(1000);
	clock_of = process;
	*state = process;
	return 0;
}

int waiting_process_tear_down(void **state)
{
	struct waiting_process *process = *state;

	replay_deinit(&process->replay);
	free(process);
	return 0;
}

struct waiting_thread *add_waiting(
	struct waiting_process *process, const char *name, int64_t system_call)
{
	struct waiting_thread *thread = &process->threads[process->count++];

	assert_in_range(process->count, 1, WAITING_MAX);
	*thread = (struct waiting_thread){
		.id = (pid_t)process->count,
		.pc = PARSING,
		.runs = 10,
		.slept = 1,
		.status = {.state = 'S', .system_call = system_call, .sleeps = 5},
	};
	snprintf(thread->status.name, sizeof(thread->status.name), "%s", name);
	return thread;
}
