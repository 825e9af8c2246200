#include "arch/blocking_calls.h"

#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/array.h"
#include "base/clock.h"

static uint64_t of_milliseconds(uint64_t argument)
{
	int32_t milliseconds = (int32_t)argument;

	return milliseconds < 0 ? 0 : (uint64_t)milliseconds * NANOSECONDS_PER_MILLISECOND;
}

static uint64_t of_timespec(uint64_t address, const struct memory_reader *reader)
{
	struct timespec time;

	if (!address)
		return 0;
	if (memory_read(reader, address, &time, sizeof(time)) != sizeof(time))
		return TIME_OUT_UNKNOWN;
	if (time.tv_sec < 0 || time.tv_sec > 1000000000 ||
		(uint64_t)time.tv_nsec >= NANOSECONDS_PER_SECOND)
		return TIME_OUT_UNKNOWN;
	return (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND + (uint64_t)time.tv_nsec;
}

static uint64_t receive_messages_time(
	const uint64_t arguments[6], const struct memory_reader *reader)
{
	return of_timespec(arguments[4], reader);
}

static uint64_t clock_nanosleep_time(
	const uint64_t arguments[6], const struct memory_reader *reader)
{
	return arguments[1] & TIMER_ABSTIME ? 0 : of_timespec(arguments[2], reader);
}

static uint64_t futex_time(const uint64_t arguments[6], const struct memory_reader *reader)
{
	switch (arguments[1] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
		return of_timespec(arguments[3], reader);
	case FUTEX_WAIT_BITSET:
		return 0;
	default:
		return TIME_OUT_UNKNOWN;
	}
}

/* Sockets that have SO_SNDTIMEO, perhaps, or a state that an interrupted call has changed. */
static uint64_t socket_time(const uint64_t arguments[6], const struct memory_reader *reader)
{
	(void)arguments;
	(void)reader;
	return TIME_OUT_UNKNOWN;
}

/* What a stop finds half done returns short to the program. */
static uint64_t partial(const uint64_t arguments[6], const struct memory_reader *reader)
{
	(void)arguments;
	(void)reader;
	return TIME_OUT_UNKNOWN;
}

static uint64_t receive_time(const uint64_t arguments[6], const struct memory_reader *reader)
{
	(void)reader;
	return arguments[3] & MSG_WAITALL ? TIME_OUT_UNKNOWN : 0;
}

static uint64_t receive_message_time(
	const uint64_t arguments[6], const struct memory_reader *reader)
{
	(void)reader;
	return arguments[2] & MSG_WAITALL ? TIME_OUT_UNKNOWN : 0;
}

static const struct blocking_call calls[] = {
	{.number = SYS_read, .name = "read", .fails = true, .receives = true},
	{.number = SYS_readv, .name = "readv", .fails = true, .receives = true},
	{.number = SYS_write, .name = "write", .fails = true, .time_out = partial},
	{.number = SYS_writev, .name = "writev", .fails = true, .time_out = partial},
	{.number = SYS_accept, .name = "accept", .fails = true, .receives = true},
	{.number = SYS_accept4, .name = "accept4", .fails = true, .receives = true},
	{.number = SYS_connect, .name = "connect", .fails = true, .time_out = socket_time},
	{.number = SYS_recvfrom,
		.name = "recvfrom",
		.fails = true,
		.receives = true,
		.time_out = receive_time},
	{.number = SYS_recvmsg,
		.name = "recvmsg",
		.fails = true,
		.receives = true,
		.time_out = receive_message_time},
	{.number = SYS_recvmmsg,
		.name = "recvmmsg",
		.fails = true,
		.receives = true,
		.time_out = receive_messages_time,
		.written = 5},
	{.number = SYS_sendto, .name = "sendto", .fails = true, .time_out = partial},
	{.number = SYS_sendmsg, .name = "sendmsg", .fails = true, .time_out = partial},
	{.number = SYS_epoll_wait,
		.name = "epoll_wait",
		.fails = true,
		.form = TIME_OUT_MILLISECONDS,
		.time_argument = 3},
	{.number = SYS_epoll_pwait,
		.name = "epoll_pwait",
		.fails = true,
		.form = TIME_OUT_MILLISECONDS,
		.time_argument = 3},
	{.number = SYS_epoll_pwait2,
		.name = "epoll_pwait2",
		.fails = true,
		.form = TIME_OUT_TIMESPEC,
		.time_argument = 3},
	{.number = SYS_rt_sigtimedwait,
		.name = "rt_sigtimedwait",
		.fails = true,
		.form = TIME_OUT_TIMESPEC,
		.time_argument = 2},
	{.number = SYS_semop, .name = "semop", .fails = true},
	{.number = SYS_semtimedop,
		.name = "semtimedop",
		.fails = true,
		.form = TIME_OUT_TIMESPEC,
		.time_argument = 3},
	{.number = SYS_io_getevents,
		.name = "io_getevents",
		.fails = true,
		.form = TIME_OUT_TIMESPEC,
		.time_argument = 4},
	{.number = SYS_io_uring_enter,
		.name = "io_uring_enter",
		.fails = true,
		.time_out = socket_time},
	{.number = SYS_poll, .name = "poll", .form = TIME_OUT_MILLISECONDS, .time_argument = 2},
	{.number = SYS_ppoll, .name = "ppoll", .written = 3},
	{.number = SYS_select, .name = "select", .written = 5},
	{.number = SYS_pselect6, .name = "pselect6", .written = 5},
	{.number = SYS_futex,
		.name = "futex",
		.time_out = futex_time,
		.form = TIME_OUT_TIMESPEC,
		.time_argument = 3},
	{.number = SYS_nanosleep,
		.name = "nanosleep",
		.form = TIME_OUT_TIMESPEC,
		.time_argument = 0,
		.written = 2},
	{.number = SYS_clock_nanosleep,
		.name = "clock_nanosleep",
		.time_out = clock_nanosleep_time,
		.form = TIME_OUT_TIMESPEC,
		.time_argument = 2,
		.written = 4},
	{.number = SYS_pause, .name = "pause"},
	{.number = SYS_wait4, .name = "wait4"},
	{.number = SYS_waitid, .name = "waitid"},
	{.number = SYS_msgrcv, .name = "msgrcv"},
	{.number = SYS_msgsnd, .name = "msgsnd"},
	{.number = SYS_flock, .name = "flock"},
	{.number = SYS_rt_sigsuspend, .name = "rt_sigsuspend"},
	{.number = SYS_futex_waitv, .name = "futex_waitv"},
	{.number = SYS_mq_timedreceive, .name = "mq_timedreceive"},
	{.number = SYS_mq_timedsend, .name = "mq_timedsend"},
	{.number = SYS_io_pgetevents,
		.name = "io_pgetevents",
		.fails = true,
		.form = TIME_OUT_TIMESPEC,
		.time_argument = 4},
};

const struct blocking_call *blocking_call_find(int64_t number)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].number == number)
			return &calls[i];
	return NULL;
}

uint64_t blocking_call_time_out(const struct blocking_call *call, const uint64_t arguments[6],
	const struct memory_reader *reader)
{
	if (call->time_out)
		return call->time_out(arguments, reader);
	switch (call->form) {
	case TIME_OUT_MILLISECONDS:
		return of_milliseconds(arguments[call->time_argument]);
	case TIME_OUT_TIMESPEC:
		return of_timespec(arguments[call->time_argument], reader);
	default:
		return 0;
	}
}

struct time_left time_left_of(const struct blocking_call *call, const uint64_t arguments[6],
	uint64_t left, uint64_t scratch)
{
	bool by_address = call->form == TIME_OUT_TIMESPEC;
	struct time_left time_left = {
		.replaces = call->form != TIME_OUT_FIXED && (scratch || !by_address),
		.system_call = call->number,
		.argument = call->time_argument,
		.value = by_address ? scratch : left / NANOSECONDS_PER_MILLISECOND + 1,
		.scratch = by_address ? scratch : 0,
		.timespec = {left / NANOSECONDS_PER_SECOND, left % NANOSECONDS_PER_SECOND},
	};

	memcpy(time_left.arguments, arguments, sizeof(time_left.arguments));
	return time_left;
}

bool time_left_concerns(const struct time_left *left, const struct raw_registers *found)
{
	uint64_t arguments[6];

	raw_arguments(found, arguments);
	return left->replaces && raw_interrupted_system_call(found) == left->system_call &&
	       memcmp(arguments, left->arguments, sizeof(arguments)) == 0;
}

uint64_t blocking_call_written(const struct blocking_call *call, const uint64_t arguments[6])
{
	return call->written ? arguments[call->written - 1] : 0;
}
