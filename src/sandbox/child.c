#include "sandbox/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "sandbox/confine.h"
#include "sandbox/filter.h"
#include "sandbox/message.h"

#define FIRST_DESCRIPTOR 3 /* behind the standard streams; the socket */
#define REPORT_MAX       4096
#define END_PATIENCE     (2 * NANOSECONDS_PER_SECOND)

/* The first message of a child: an error_kind and what is wrong; or this, alone. */
#define CONFINED 0xff

static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	signal(SIGINT, SIG_IGN); /* is for whoever started it */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Leaves the standard streams, which lead nowhere, the socket and the given ones, in this order.
 * First out of the way of each other, then to their places.
 */
static struct error *keep_descriptors(
	int socket, const int *descriptors, size_t count, int ret[SANDBOX_DESCRIPTORS_MAX + 1])
{
	const int end = FIRST_DESCRIPTOR + 1 + (int)count;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return error_from_errno(errno, "cannot open '/dev/null'");
	null = fcntl(null, F_DUPFD_CLOEXEC, end);
	ret[0] = fcntl(socket, F_DUPFD_CLOEXEC, end);
	for (size_t i = 0; i < count; i++)
		ret[i + 1] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, end);
	for (int i = 0; i < FIRST_DESCRIPTOR; i++)
		if (dup2(null, i) < 0)
			return error_from_errno(errno, "cannot replace the standard streams");
	for (size_t i = 0; i <= count; i++) {
		ret[i] = dup2(ret[i], FIRST_DESCRIPTOR + (int)i);
		if (ret[i] < 0)
			return error_from_errno(errno, "cannot keep a descriptor");
	}
	closefrom(end);
	return NULL;
}

static struct error *confine(const struct sandbox_options *options, pid_t parent)
{
	const struct sandbox_limits limits = {
		.descriptors = options->descriptors_max,
		.memory = options->memory_max,
		.processes = options->profile == SANDBOX_CLIENT,
	};
	struct error *error = sandbox_drop_rights(parent);

	if (!error)
		error = sandbox_set_limits(&limits);
	return error ? error : sandbox_filter_load(options->profile);
}

/* "K" message NUL hint NUL */
static void report(int socket, const struct error *error)
{
	char text[REPORT_MAX];
	int length = snprintf(text, sizeof(text), "%c%s%c%s", (int)error->kind, error->message, 0,
		error->hint ? error->hint : "");

	if (length > 0 && (size_t)length < sizeof(text) &&
		sandbox_send(socket, text, (size_t)length + 1, -1) != SANDBOX_SENT)
		_exit(EXIT_FAILURE);
}

static _Noreturn void become_child(const struct sandbox_options *options, int socket, pid_t parent)
{
	static const unsigned char confined = CONFINED;
	int descriptors[SANDBOX_DESCRIPTORS_MAX + 1] = {socket};
	struct error *error;

	setpgid(0, 0);
	reset_signals();
	prctl(PR_SET_NAME, options->name, 0, 0, 0);
	error = keep_descriptors(
		socket, options->descriptors, options->descriptor_count, descriptors);
	if (!error)
		error = confine(options, parent);
	if (error) {
		report(descriptors[0], error);
		_exit(EXIT_FAILURE);
	}
	if (sandbox_send(descriptors[0], &confined, sizeof(confined), -1) != SANDBOX_SENT)
		_exit(EXIT_FAILURE);
	/* Not exit(): what is buffered, and registered, is the parent's. */
	_exit(options->main(descriptors[0], descriptors + 1, options->argument));
}

/* The parent's side. */

static struct error *read_report(const char *text, size_t length)
{
	const char *message = text + 1, *end = text + length - 1;
	const char *hint = memchr(message, '\0', (size_t)(end - message));
	struct error *error;

	if (*text < 0 || *text > ERROR_INTERRUPTED || *end || !hint)
		return error_create(ERROR_FAILED, "it sent something else than a report");
	error = error_create((enum error_kind) * text, "%s", message);
	return hint[1] ? error_set_hint(error, "%s", hint + 1) : error;
}

/* Until the child says that it is confined, why it is not, or ends. */
static struct error *await_confinement(int socket)
{
	struct pollfd wait = {.fd = socket, .events = POLLIN};
	char text[REPORT_MAX];
	size_t length;
	enum sandbox_received received;

	do {
		if (poll(&wait, 1, -1) < 0 && errno != EINTR)
			return error_from_errno(errno, "cannot wait for it");
		received = sandbox_receive(socket, text, sizeof(text), &length, NULL);
	} while (received == SANDBOX_NOTHING);
	if (received != SANDBOX_RECEIVED)
		return error_create(ERROR_FAILED, "it has ended at once");
	if (length == 1 && (unsigned char)text[0] == CONFINED)
		return NULL;
	if (length < 3)
		return error_create(ERROR_FAILED, "it sent something else than a report");
	return read_report(text, length);
}

static struct error *check_options(const struct sandbox_options *options)
{
	if (options->descriptor_count > SANDBOX_DESCRIPTORS_MAX)
		return error_create(ERROR_USAGE, "too many descriptors");
	if (options->descriptors_max < FIRST_DESCRIPTOR + 1 + options->descriptor_count)
		return error_create(ERROR_USAGE, "too few descriptors are allowed");
	return NULL;
}

struct error *sandbox_start(const struct sandbox_options *options, struct sandbox_child *ret)
{
	struct sandbox_child child = {0};
	struct error *error = check_options(options);
	const pid_t parent = getpid();
	int ends[2];

	if (error)
		return error_add_context(error, "cannot start '%s'", options->name);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
		return error_from_errno(errno, "cannot start '%s'", options->name);
	child = (struct sandbox_child){.process = fork(), .socket = ends[0]};
	if (child.process == 0)
		become_child(options, ends[1], parent);
	close(ends[1]);
	if (child.process < 0) {
		error = error_from_errno(errno, "cannot start '%s'", options->name);
		close(ends[0]);
		return error;
	}
	error = await_confinement(child.socket);
	if (error) {
		sandbox_end(&child);
		return error_add_context(error, "cannot start '%s'", options->name);
	}
	*ret = child;
	return NULL;
}

/* Root without CAP_KILL may not signal nobody: the socket's end tells it, too. */
static void await_end(pid_t process, bool killed)
{
	const uint64_t end = clock_monotonic() + END_PATIENCE;
	uint64_t pause = NANOSECONDS_PER_MILLISECOND;

	for (;;) {
		const pid_t ended = waitpid(process, NULL, killed ? 0 : WNOHANG);

		if (ended > 0 || (ended < 0 && errno != EINTR) || clock_monotonic() > end)
			return;
		if (ended == 0)
			clock_back_off(&pause, 100 * NANOSECONDS_PER_MILLISECOND);
	}
}

void sandbox_end(struct sandbox_child *child)
{
	if (child->process <= 0)
		return;
	close(child->socket);
	await_end(child->process, kill(child->process, SIGKILL) == 0);
	*child = (struct sandbox_child){.socket = -1};
}
