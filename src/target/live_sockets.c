#include "target/live_sockets.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

/* Nothing else is borrowed: to close a file may mean something to who provides it. */
static bool is_socket(pid_t process, int descriptor)
{
	static const char kind[] = "socket:";
	char path[64], link[sizeof(kind)] = "";

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", process, descriptor);
	return readlink(path, link, sizeof(link) - 1) > 0 && strcmp(link, kind) == 0;
}

uint64_t live_receive_time_out(pid_t process, int descriptor)
{
	struct timeval time;
	socklen_t length = sizeof(time);

	if (!is_socket(process, descriptor))
		return 0;
	CLEANUP(cleanup_close) int handle = (int)syscall(SYS_pidfd_open, process, 0);
	if (handle < 0)
		return 0;
	CLEANUP(cleanup_close) int socket = (int)syscall(SYS_pidfd_getfd, handle, descriptor, 0);
	if (socket < 0 || getsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &time, &length) < 0)
		return 0;
	return (uint64_t)time.tv_sec * NANOSECONDS_PER_SECOND +
	       (uint64_t)time.tv_usec * NANOSECONDS_PER_MICROSECOND;
}
