#include "../base/test_support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "sandbox/message.h"

struct pair {
	int ends[2];
};

static int make_pair(void **state)
{
	static struct pair pair;

	*state = &pair;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.ends);
}

static int close_pair(void **state)
{
	struct pair *pair = *state;

	close(pair->ends[0]);
	if (pair->ends[1] >= 0)
		close(pair->ends[1]);
	return 0;
}

/* The lowest number that a new descriptor would have: whether all are closed that came. */
static int lowest_free(void)
{
	int fd = fcntl(0, F_DUPFD, 3);

	close(fd);
	return fd;
}

static void whole_messages(void **state)
{
	const struct pair *pair = *state;
	char *large = calloc(1, SANDBOX_MESSAGE_MAX), text[8];
	size_t length;
	int descriptor = 5;

	assert_int_equal(
		sandbox_receive(pair->ends[1], text, sizeof(text), &length, NULL), SANDBOX_NOTHING);
	assert_int_equal(sandbox_send(pair->ends[0], "one", 3, -1), SANDBOX_SENT);
	assert_int_equal(sandbox_send(pair->ends[0], "three", 5, -1), SANDBOX_SENT);
	assert_int_equal(sandbox_receive(pair->ends[1], text, sizeof(text), &length, &descriptor),
		SANDBOX_RECEIVED);
	assert_int_equal(length, 3);
	assert_memory_equal(text, "one", 3);
	assert_int_equal(descriptor, -1);
	assert_int_equal(sandbox_receive(pair->ends[1], text, sizeof(text), &length, NULL),
		SANDBOX_RECEIVED);
	assert_int_equal(length, 5);
	assert_int_equal(sandbox_send(pair->ends[0], large, SANDBOX_MESSAGE_MAX, -1), SANDBOX_SENT);
	assert_int_equal(sandbox_receive(pair->ends[1], large, SANDBOX_MESSAGE_MAX, &length, NULL),
		SANDBOX_RECEIVED);
	assert_int_equal(length, SANDBOX_MESSAGE_MAX);
	free(large);
}

static void a_descriptor_goes_along(void **state)
{
	const struct pair *pair = *state;
	int pipe_ends[2], descriptor = -1;
	char text[8];
	size_t length;

	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(sandbox_send(pair->ends[0], "take", 4, pipe_ends[1]), SANDBOX_SENT);
	close(pipe_ends[1]);
	assert_int_equal(sandbox_receive(pair->ends[1], text, sizeof(text), &length, &descriptor),
		SANDBOX_RECEIVED);
	assert_int_equal(fcntl(descriptor, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(descriptor, "through", 7), 7);
	assert_int_equal(read(pipe_ends[0], text, sizeof(text)), 7);
	close(descriptor);
	close(pipe_ends[0]);
}

static void a_descriptor_that_nobody_wants(void **state)
{
	const struct pair *pair = *state;
	const int before = lowest_free();
	char text[8];
	size_t length;

	assert_int_equal(sandbox_send(pair->ends[0], "take", 4, 0), SANDBOX_SENT);
	assert_int_equal(
		sandbox_receive(pair->ends[1], text, sizeof(text), &length, NULL), SANDBOX_BROKEN);
	assert_int_equal(lowest_free(), before);
}

static void more_descriptors_than_one(void **state)
{
	const struct pair *pair = *state;
	const int before = lowest_free(), many[3] = {0, 0, 0};
	char control[CMSG_SPACE(sizeof(many))] = {0}, text[8] = "text";
	struct iovec part = {text, 4};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	size_t length;
	int descriptor;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(many));
	memcpy(CMSG_DATA(header), many, sizeof(many));
	assert_int_equal(sendmsg(pair->ends[0], &message, 0), 4);
	assert_int_equal(sandbox_receive(pair->ends[1], text, sizeof(text), &length, &descriptor),
		SANDBOX_BROKEN);
	assert_int_equal(lowest_free(), before);
}

/* As with so many open that no more may be. */
static void no_room_for_a_descriptor(void **state)
{
	const struct pair *pair = *state;
	const int before = lowest_free();
	struct rlimit limit, none;
	char text[8];
	size_t length;
	int descriptor = 0;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){(rlim_t)before, limit.rlim_max};
	assert_int_equal(sandbox_send(pair->ends[0], "take", 4, 0), SANDBOX_SENT);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	enum sandbox_received received =
		sandbox_receive(pair->ends[1], text, sizeof(text), &length, &descriptor);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(received, SANDBOX_RECEIVED);
	assert_int_equal(length, 4);
	assert_int_equal(descriptor, -1);
}

static void longer_than_the_room(void **state)
{
	const struct pair *pair = *state;
	const int before = lowest_free();
	char text[4];
	size_t length;
	int descriptor;

	assert_int_equal(sandbox_send(pair->ends[0], "12345", 5, 0), SANDBOX_SENT);
	assert_int_equal(sandbox_receive(pair->ends[1], text, sizeof(text), &length, &descriptor),
		SANDBOX_BROKEN);
	assert_int_equal(lowest_free(), before);
}

static void a_full_socket_does_not_block(void **state)
{
	const struct pair *pair = *state;
	char *large = calloc(1, SANDBOX_MESSAGE_MAX + 1);
	const uint64_t patience = 20 * NANOSECONDS_PER_MILLISECOND;
	enum sandbox_sent sent;
	int count = 0;

	assert_int_equal(
		sandbox_send(pair->ends[0], large, SANDBOX_MESSAGE_MAX + 1, -1), SANDBOX_SEND_GONE);
	assert_int_equal(sandbox_send(pair->ends[0], large, 0, -1), SANDBOX_SEND_GONE);
	do
		sent = sandbox_send(pair->ends[0], large, SANDBOX_MESSAGE_MAX, -1);
	while (sent == SANDBOX_SENT && ++count < 1000);
	assert_int_equal(sent, SANDBOX_FULL);
	assert_true(count >= 1);
	uint64_t begin = clock_monotonic();
	sent = sandbox_send_within(pair->ends[0], large, SANDBOX_MESSAGE_MAX, -1, patience);
	assert_int_equal(sent, SANDBOX_FULL);
	assert_true(clock_monotonic() - begin >= patience);
	free(large);
}

static void the_other_end_is_closed(void **state)
{
	struct pair *pair = *state;
	char text[4];
	size_t length;

	assert_int_equal(sandbox_send(pair->ends[1], "last", 4, -1), SANDBOX_SENT);
	close(pair->ends[1]);
	pair->ends[1] = -1;
	assert_int_equal(sandbox_receive(pair->ends[0], text, sizeof(text), &length, NULL),
		SANDBOX_RECEIVED);
	assert_int_equal(
		sandbox_receive(pair->ends[0], text, sizeof(text), &length, NULL), SANDBOX_CLOSED);
	assert_int_equal(sandbox_send(pair->ends[0], "more", 4, -1), SANDBOX_SEND_GONE);
}

#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, make_pair, close_pair)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PAIR(whole_messages),
		WITH_PAIR(a_descriptor_goes_along),
		WITH_PAIR(a_descriptor_that_nobody_wants),
		WITH_PAIR(more_descriptors_than_one),
		WITH_PAIR(no_room_for_a_descriptor),
		WITH_PAIR(longer_than_the_room),
		WITH_PAIR(a_full_socket_does_not_block),
		WITH_PAIR(the_other_end_is_closed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
