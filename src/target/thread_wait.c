#include "target/thread_wait.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/clock.h"

#define MARGIN (50 * NANOSECONDS_PER_MICROSECOND) /* rather late than early */
#define MEMORY (5 * NANOSECONDS_PER_SECOND)

/*
 * So shortly before its end, ns, a wait is left alone: by the time of the stop the thread may have
 * begun another one like it, and of one in which it has not slept yet nothing would tell. Of a
 * short one, the last quarter.
 */
#define END_MAX (5 * NANOSECONDS_PER_MILLISECOND)

/* The one of the stop itself, and that in which it waits on. */
#define SLEEPS_OF_STOP 2

/* "mov $number, %eax; syscall", as C libraries have it; -1: another way to come there. */
static int64_t number_before(const struct memory_reader *reader, uint64_t program_counter)
{
	uint8_t code[7];
	uint32_t number;

	if (memory_read(reader, program_counter - sizeof(code), code, sizeof(code)) !=
			sizeof(code) ||
		code[0] != 0xb8 || code[5] != 0x0f || code[6] != 0x05)
		return -1;
	memcpy(&number, code + 1, sizeof(number));
	return number;
}

/* What a stop does not make fail, and neither lets begin anew. */
static bool is_restarted_so(const struct blocking_call *call)
{
	return call && !call->fails && call->form != TIME_OUT_FIXED;
}

int64_t thread_wait_system_call(
	struct target *target, int64_t system_call, uint64_t program_counter)
{
	struct memory_reader reader = target_reader(target);
	int64_t number;

	if (system_call != SYS_restart_syscall)
		return system_call;
	number = number_before(&reader, program_counter);
	return is_restarted_so(blocking_call_find(number)) ? number : system_call;
}

/* The last of them. Not for long: then it may be another call with the same arguments. */
static const struct thread_wait *recall(
	const struct thread_waits *waits, pid_t thread, const uint64_t arguments[6])
{
	uint64_t now = clock_monotonic();

	for (size_t i = 1; i <= THREAD_WAITS_MAX; i++) {
		const struct remembered_wait *item =
			&waits->items[(waits->next + THREAD_WAITS_MAX - i) % THREAD_WAITS_MAX];

		if (item->thread == thread && now - item->time < MEMORY &&
			memcmp(item->wait.arguments, arguments, sizeof(item->wait.arguments)) == 0)
			return &item->wait;
	}
	return NULL;
}

static void find_restarted(struct thread_wait *wait, uint64_t program_counter,
	const struct memory_reader *reader, const struct thread_wait *before)
{
	int64_t number = number_before(reader, program_counter);

	if (number < 0 && before)
		number = before->call->number;
	wait->restarted = true;
	wait->call = blocking_call_find(number);
}

/*
 * What was restarted has the arguments that it began with, and began before the stop: that it has
 * slept since says little. It is known of a wait that was stopped once since it was remembered.
 */
static void find_beginning(struct thread_wait *wait, const struct thread_wait *before)
{
	wait->known = before && before->known && before->call == wait->call &&
		      wait->sleeps == before->sleeps + SLEEPS_OF_STOP;
	if (wait->known)
		wait->deadline = before->deadline;
}

static void find_deadline(struct thread_wait *wait, struct target *target, pid_t thread,
	const struct memory_reader *reader)
{
	uint64_t slept;

	wait->time_out = blocking_call_time_out(wait->call, wait->arguments, reader);
	if (!wait->time_out && wait->call->receives)
		wait->time_out = target_receive_time_out(target, (int)wait->arguments[0]);
	wait->timed = wait->time_out && wait->time_out != TIME_OUT_UNKNOWN;
	if (!wait->timed)
		return;
	slept = target_asleep_for(target, thread);
	wait->known = slept != 0;
	/* Not from before slept was found out: then it would be too early by what that took. */
	wait->deadline = clock_monotonic() + (wait->time_out > slept ? wait->time_out - slept : 0);
}

struct thread_wait thread_wait_find(struct target *target, pid_t thread,
	const struct thread_status *status, const struct thread_waits *waits)
{
	struct memory_reader reader = target_reader(target);
	const struct thread_wait *before = NULL;
	struct thread_wait wait = {
		.call = blocking_call_find(status->system_call), .sleeps = status->sleeps};

	memcpy(wait.arguments, status->arguments, sizeof(wait.arguments));
	if (status->system_call == SYS_restart_syscall) {
		before = recall(waits, thread, wait.arguments);
		find_restarted(&wait, status->program_counter, &reader, before);
	}
	if (wait.call)
		find_deadline(&wait, target, thread, &reader);
	if (wait.restarted && wait.timed)
		find_beginning(&wait, before);
	return wait;
}

static bool ends_soon(const struct thread_wait *wait)
{
	uint64_t end = wait->time_out / 4 < END_MAX ? wait->time_out / 4 : END_MAX;

	return wait->deadline < clock_monotonic() + end;
}

bool thread_wait_shows_stop(const struct thread_wait *wait)
{
	return !wait->call || wait->time_out == TIME_OUT_UNKNOWN ||
	       (wait->timed && (wait->call->form != TIME_OUT_MILLISECONDS || !wait->known ||
				       ends_soon(wait)));
}

void thread_wait_remember(struct thread_waits *waits, pid_t thread, const struct thread_wait *wait)
{
	waits->items[waits->next] = (struct remembered_wait){
		.thread = thread, .wait = *wait, .time = clock_monotonic()};
	waits->next = (waits->next + 1) % THREAD_WAITS_MAX;
}

struct time_left thread_wait_left(const struct thread_wait *wait, uint64_t scratch)
{
	uint64_t now = clock_monotonic();
	uint64_t left = (wait->deadline > now ? wait->deadline - now : 0) + MARGIN;

	if (!wait->timed || left >= wait->time_out)
		return (struct time_left){0};
	struct time_left time_left = time_left_of(wait->call, wait->arguments, left, scratch);
	time_left.sleeps = wait->sleeps;
	time_left.until = wait->deadline;
	return time_left;
}
