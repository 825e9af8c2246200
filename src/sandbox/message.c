#include "sandbox/message.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

/* As cmsg(3) wants it aligned. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void attach(struct msghdr *message, union control *control, int descriptor)
{
	struct cmsghdr *header;

	message->msg_control = control->bytes;
	message->msg_controllen = sizeof(control->bytes);
	header = CMSG_FIRSTHDR(message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
}

enum sandbox_sent sandbox_send(int socket, const void *bytes, size_t length, int descriptor)
{
	union control control = {0};
	struct iovec part = {.iov_len = length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t sent;

	if (!length || length > SANDBOX_MESSAGE_MAX)
		return SANDBOX_SEND_GONE;
	memcpy(&part.iov_base, &bytes, sizeof(bytes)); /* it is only read */
	if (descriptor >= 0)
		attach(&message, &control, descriptor);
	do
		sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return SANDBOX_SENT;
	/* ETOOMANYREFS: descriptors of this user that are on the way, to whomever. */
	if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == ETOOMANYREFS)
		return SANDBOX_FULL;
	return SANDBOX_SEND_GONE;
}

enum sandbox_sent sandbox_send_within(
	int socket, const void *bytes, size_t length, int descriptor, uint64_t nanoseconds)
{
	const uint64_t end = clock_monotonic() + nanoseconds;
	struct pollfd room = {.fd = socket, .events = POLLOUT};

	for (;;) {
		enum sandbox_sent sent = sandbox_send(socket, bytes, length, descriptor);
		struct timespec left = clock_time_left(end);

		if (sent != SANDBOX_FULL || (!left.tv_sec && !left.tv_nsec))
			return sent;
		if (ppoll(&room, 1, &left, NULL) < 0 && errno != EINTR)
			return SANDBOX_SEND_GONE;
	}
}

/* Closes what came; all but the first of one descriptor that was asked for. */
static int take_descriptors(struct msghdr *message)
{
	int taken = -1;

	for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
		if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; CMSG_LEN((i + 1) * sizeof(int)) <= at->cmsg_len; i++) {
			int descriptor;

			memcpy(&descriptor, CMSG_DATA(at) + i * sizeof(int), sizeof(int));
			if (taken < 0)
				taken = descriptor;
			else
				close(descriptor);
		}
	}
	return taken;
}

enum sandbox_received sandbox_receive(
	int socket, void *bytes, size_t room, size_t *ret_length, int *ret_descriptor)
{
	union control control = {0};
	struct iovec part = {.iov_base = bytes, .iov_len = room};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t length;
	int descriptor;

	if (ret_descriptor) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
	}
	do
		length = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return errno == EAGAIN ? SANDBOX_NOTHING : SANDBOX_CLOSED;
	descriptor = take_descriptors(&message);
	/* Where there is no room for a descriptor, the kernel cuts it off as well. */
	if (message.msg_flags & MSG_CTRUNC && ret_descriptor && descriptor < 0)
		message.msg_flags &= ~MSG_CTRUNC;
	if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		if (descriptor >= 0)
			close(descriptor);
		return SANDBOX_BROKEN;
	}
	if (!length) { /* an empty message looks the same, and nobody sends one */
		if (descriptor >= 0)
			close(descriptor);
		return SANDBOX_CLOSED;
	}
	if (ret_descriptor)
		*ret_descriptor = descriptor;
	*ret_length = (size_t)length;
	return SANDBOX_RECEIVED;
}
