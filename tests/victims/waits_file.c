#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "victim.h"
#include "waits_all.h"

#define BLOCK        4096
#define EVENTFD_FULL 0xfffffffffffffffe

int checked(int result, const char *what)
{
	if (result < 0)
		fail("%s: %s", what, strerror(errno));
	return result;
}

void prepare_pipe(struct wait *self)
{
	checked(pipe(self->fds), "pipe");
}

void wake_pipe(struct wait *self)
{
	checked((int)write(self->fds[1], "w", 1), "write");
}

static bool read_pipe(struct wait *self)
{
	char byte = 0;

	return read(self->fds[0], &byte, 1) == 1 && byte == 'w';
}

static char block[BLOCK];

/* Holds one block, and is full. */
static void prepare_full_pipe(struct wait *self)
{
	prepare_pipe(self);
	checked(fcntl(self->fds[0], F_SETPIPE_SZ, BLOCK), "F_SETPIPE_SZ");
	checked((int)write(self->fds[1], block, BLOCK), "write");
}

static bool write_pipe(struct wait *self)
{
	return write(self->fds[1], block, BLOCK) == BLOCK;
}

static void empty_pipe(struct wait *self)
{
	char bytes[BLOCK];

	checked((int)read(self->fds[0], bytes, BLOCK), "read");
}

void prepare_eventfd(struct wait *self)
{
	self->fds[1] = checked(eventfd(0, 0), "eventfd");
}

void wake_eventfd(struct wait *self)
{
	checked(eventfd_write(self->fds[1], 1), "eventfd_write");
}

bool take_eventfd(struct wait *self)
{
	eventfd_t value = 0;

	return eventfd_read(self->fds[1], &value) == 0 && value == 1;
}

static void prepare_full_eventfd(struct wait *self)
{
	prepare_eventfd(self);
	checked(eventfd_write(self->fds[1], EVENTFD_FULL), "eventfd_write");
}

static bool write_eventfd(struct wait *self)
{
	return eventfd_write(self->fds[1], EVENTFD_FULL) == 0;
}

static void empty_eventfd(struct wait *self)
{
	eventfd_t value;

	checked(eventfd_read(self->fds[1], &value), "eventfd_read");
}

static void prepare_timerfd(struct wait *self)
{
	self->fds[0] = checked(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");
}

static bool read_timerfd(struct wait *self)
{
	const struct itimerspec once = {.it_value = timed_wait_span()};
	uint64_t expired = 0;

	return timerfd_settime(self->fds[0], 0, &once, NULL) == 0 &&
	       read(self->fds[0], &expired, sizeof(expired)) == sizeof(expired) && expired == 1;
}

static void prepare_signalfd(struct wait *self)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGRTMIN + 1);
	self->fds[0] = checked(signalfd(-1, &signals, 0), "signalfd");
}

static bool read_signalfd(struct wait *self)
{
	struct signalfd_siginfo info = {0};

	return read(self->fds[0], &info, sizeof(info)) == sizeof(info) &&
	       (int)info.ssi_signo == SIGRTMIN + 1;
}

static void wake_signalfd(struct wait *self)
{
	checked(tgkill(getpid(), atomic_load(&self->tid), SIGRTMIN + 1), "tgkill");
}

static void name_descriptor(int fd, char path[static 32])
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

static int open_nameless_file(void)
{
	char path[] = "/tmp/file-XXXXXX";
	int fd = checked(mkstemp(path), path);

	checked(unlink(path), path);
	return fd;
}

static void prepare_inotify(struct wait *self)
{
	char path[32];

	self->fds[0] = checked(inotify_init1(0), "inotify_init1");
	self->fds[1] = open_nameless_file();
	name_descriptor(self->fds[1], path);
	checked(inotify_add_watch(self->fds[0], path, IN_MODIFY), path);
}

static bool read_inotify(struct wait *self)
{
	struct inotify_event event = {0};

	return read(self->fds[0], &event, sizeof(event)) == sizeof(event) &&
	       event.mask == IN_MODIFY;
}

static void wake_inotify(struct wait *self)
{
	checked((int)pwrite(self->fds[1], "w", 1, 0), "pwrite");
}

static void prepare_splice(struct wait *self)
{
	prepare_pipe(self);
	self->fds[2] = checked(open("/dev/null", O_WRONLY), "/dev/null");
}

static bool splice_pipe(struct wait *self)
{
	return splice(self->fds[0], NULL, self->fds[2], NULL, 1, 0) == 1;
}

/* Nameless, but for /proc: nothing is left in the file system. */
static void prepare_fifo(struct wait *self)
{
	char path[] = "/tmp/fifo-XXXXXX";

	checked(mkdtemp(path) ? 0 : -1, path);
	checked(rmdir(path), path);
	checked(mkfifo(path, 0600), path);
	self->fds[0] = checked(open(path, O_PATH), path);
	checked(unlink(path), path);
}

/* Until its other end has closed it again, or the next wait finds that one open. */
static bool open_fifo(struct wait *self)
{
	char path[32], byte;
	bool good;
	int fd;

	name_descriptor(self->fds[0], path);
	fd = open(path, O_RDONLY);
	good = fd >= 0 && read(fd, &byte, 1) == 0;
	if (fd >= 0)
		close(fd);
	return good;
}

static void wake_fifo(struct wait *self)
{
	char path[32];

	name_descriptor(self->fds[0], path);
	close(checked(open(path, O_WRONLY), "FIFO"));
}

static struct wait waits[] = {
	{.name = "read-pipe", .prepare = prepare_pipe, .wait = read_pipe, .wake = wake_pipe},
	{.name = "write-pipe",
		.prepare = prepare_full_pipe,
		.wait = write_pipe,
		.wake = empty_pipe},
	{.name = "read-eventfd",
		.prepare = prepare_eventfd,
		.wait = take_eventfd,
		.wake = wake_eventfd},
	{.name = "write-eventfd",
		.prepare = prepare_full_eventfd,
		.wait = write_eventfd,
		.wake = empty_eventfd},
	{.name = "read-timerfd", .prepare = prepare_timerfd, .wait = read_timerfd, .ends = true},
	{.name = "read-signalfd",
		.prepare = prepare_signalfd,
		.wait = read_signalfd,
		.wake = wake_signalfd},
	{.name = "read-inotify",
		.prepare = prepare_inotify,
		.wait = read_inotify,
		.wake = wake_inotify},
	{.name = "splice", .prepare = prepare_splice, .wait = splice_pipe, .wake = wake_pipe},
	{.name = "open-fifo", .prepare = prepare_fifo, .wait = open_fifo, .wake = wake_fifo},
};
const struct wait_table file_waits = WAIT_TABLE(waits);
