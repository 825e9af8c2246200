#include "arch/blocking_calls.h"

#include <linux/futex.h>
#include <stddef.h>
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

static uint64_t milliseconds_third(const uint64_t arguments[6], const struct memory_reader *reader)
{
	(void)reader;
	return of_milliseconds(arguments[2]);
}

static uint64_t milliseconds_fourth(const uint64_t arguments[6], const struct memory_reader *reader)
{
	(void)reader;
	return of_milliseconds(arguments[3]);
}

static uint64_t timespec_first(const uint64_t arguments[6], const struct memory_reader *reader)
{
	return of_timespec(arguments[0], reader);
}

static uint64_t timespec_third(const uint64_t arguments[6], const struct memory_reader *reader)
{
	return of_timespec(arguments[2], reader);
}

static uint64_t timespec_fourth(const uint64_t arguments[6], const struct memory_reader *reader)
{
	return of_timespec(arguments[3], reader);
}

static uint64_t timespec_fifth(const uint64_t arguments[6], const struct memory_reader *reader)
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

/* Sockets: SO_RCVTIMEO and SO_SNDTIMEO make them fail, and cannot be seen from outside. */
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
	{SYS_read, "read", true, NULL},
	{SYS_readv, "readv", true, NULL},
	{SYS_write, "write", true, partial},
	{SYS_writev, "writev", true, partial},
	{SYS_accept, "accept", true, NULL},
	{SYS_accept4, "accept4", true, NULL},
	{SYS_connect, "connect", true, socket_time},
	{SYS_recvfrom, "recvfrom", true, receive_time},
	{SYS_recvmsg, "recvmsg", true, receive_message_time},
	{SYS_recvmmsg, "recvmmsg", true, timespec_fifth},
	{SYS_sendto, "sendto", true, partial},
	{SYS_sendmsg, "sendmsg", true, partial},
	{SYS_epoll_wait, "epoll_wait", true, milliseconds_fourth},
	{SYS_epoll_pwait, "epoll_pwait", true, milliseconds_fourth},
	{SYS_epoll_pwait2, "epoll_pwait2", true, timespec_fourth},
	{SYS_rt_sigtimedwait, "rt_sigtimedwait", true, timespec_third},
	{SYS_semop, "semop", true, NULL},
	{SYS_semtimedop, "semtimedop", true, timespec_fourth},
	{SYS_io_getevents, "io_getevents", true, timespec_fifth},
	{SYS_io_uring_enter, "io_uring_enter", true, socket_time},
	{SYS_poll, "poll", false, milliseconds_third},
	{SYS_ppoll, "ppoll", false, NULL},
	{SYS_select, "select", false, NULL},
	{SYS_pselect6, "pselect6", false, NULL},
	{SYS_futex, "futex", false, futex_time},
	{SYS_nanosleep, "nanosleep", false, timespec_first},
	{SYS_clock_nanosleep, "clock_nanosleep", false, clock_nanosleep_time},
	{SYS_pause, "pause", false, NULL},
	{SYS_wait4, "wait4", false, NULL},
	{SYS_waitid, "waitid", false, NULL},
	{SYS_msgrcv, "msgrcv", false, NULL},
	{SYS_msgsnd, "msgsnd", false, NULL},
	{SYS_flock, "flock", false, NULL},
	{SYS_rt_sigsuspend, "rt_sigsuspend", false, NULL},
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
	return call->time_out ? call->time_out(arguments, reader) : 0;
}
