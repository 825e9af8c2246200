#include "target/live_sleeper.h"

#include "target/proc.h"
#include "target/thread_file.h"

#define RED_ZONE 128

static bool read_arrivals(pid_t process, pid_t thread, uint64_t *ret)
{
	char text[THREAD_FILE_MAX];

	return proc_parse_arrivals(thread_file_read(process, thread, "schedstat", text), ret);
}

/* false: it runs, too. */
static bool read_system_call(pid_t process, pid_t thread, struct proc_system_call *ret)
{
	char text[THREAD_FILE_MAX];

	return proc_parse_system_call(thread_file_read(process, thread, "syscall", text), ret) &&
	       ret->stack_pointer;
}

static bool read_state(pid_t process, pid_t thread, char *ret)
{
	char text[THREAD_FILE_MAX];
	struct proc_stat stat;

	if (!proc_parse_stat(thread_file_read(process, thread, "stat", text), &stat))
		return false;
	*ret = stat.state;
	return true;
}

/* It was asleep in between, and has not come onto a CPU since before that: it slept all the time.
 */
bool live_sleeper_read(struct target *target, pid_t thread, uint8_t *room,
	const struct stack_wish *wish, struct sleeper *ret)
{
	pid_t process = target->identity.pid;
	struct proc_system_call call;
	uint64_t before, after;

	if (!read_arrivals(process, thread, &before) || !read_system_call(process, thread, &call))
		return false;
	if (!read_state(process, thread, &ret->state))
		return false;
	ret->system_call = call.number;
	ret->unknown = registers_of_sleeper(call.program_counter, call.stack_pointer,
		call.number < 0 ? NULL : call.arguments, &ret->registers);
	ret->stack_address = call.stack_pointer - RED_ZONE;
	ret->stack = room;
	ret->stack_length = target_read(target, ret->stack_address, room, wish->own);
	ret->other = (struct stack_copy){wish->other_address, room + wish->own, 0};
	if (wish->other_address)
		ret->other.length =
			target_read(target, wish->other_address, room + wish->own, wish->other);
	return ret->stack_length && read_arrivals(process, thread, &after) && before == after;
}
