#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "victim.h"
#include "waits_all.h"

#define STATUS 7

/* In the child: lives until a byte comes, or its parent has gone. */
static void wait_and_exit(struct wait *self, pid_t parent)
{
	char byte;

	syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (syscall(SYS_getppid) == parent)
		syscall(SYS_read, self->fds[0], &byte, 1);
	syscall(SYS_exit_group, STATUS);
}

static pid_t start_child(struct wait *self)
{
	pid_t parent = getpid(), child = fork();

	if (child < 0)
		fail("fork: %s", strerror(errno));
	if (child > 0)
		return child;
	wait_and_exit(self, parent);
	return -1;
}

static bool is_end(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == STATUS;
}

static bool wait_for_child(struct wait *self)
{
	pid_t child = start_child(self);
	int status = 0;

	errno = UNTOUCHED;
	return waitpid(child, &status, 0) == child && is_end(status);
}

static bool wait_for_child_by_id(struct wait *self)
{
	pid_t child = start_child(self);
	siginfo_t info = {0};

	errno = UNTOUCHED;
	return waitid(P_PID, (id_t)child, &info, WEXITED) == 0 && info.si_pid == child &&
	       info.si_status == STATUS;
}

/* The parent cannot be stopped until the child is done with its memory. */
static bool wait_for_borrower(struct wait *self)
{
	pid_t parent = getpid(), child = vfork();
	int status = 0;

	if (child == 0)
		wait_and_exit(self, parent);
	errno = UNTOUCHED;
	return child > 0 && waitpid(child, &status, 0) == child && is_end(status);
}

static struct wait processes[] = {
	{.name = "wait4", .prepare = prepare_pipe, .wait = wait_for_child, .wake = wake_pipe},
	{.name = "waitid",
		.prepare = prepare_pipe,
		.wait = wait_for_child_by_id,
		.wake = wake_pipe},
	{.name = "vfork", .prepare = prepare_pipe, .wait = wait_for_borrower, .wake = wake_pipe},
};
const struct wait_table process_waits = WAIT_TABLE(processes);

/*
 * The waker holds the lock, lets the waiter have it, and takes it again, before the waiter tries
 * for the next time: fds[0] is the waiter's, fds[1] the waker's own opening of the file, and word
 * counts the times that the waiter has let go.
 */
static void prepare_file(struct wait *self)
{
	char path[32];

	self->fds[0] = checked(memfd_create("locked", 0), "memfd_create");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fds[0]);
	self->fds[1] = checked(open(path, O_RDWR), path);
}

static int lock_record(int fd, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLKW, &lock);
}

static int lock_file(int fd, short type)
{
	return flock(fd, type == F_UNLCK ? LOCK_UN : LOCK_EX);
}

static bool take_turn(struct wait *self, int (*lock)(int fd, short type))
{
	unsigned turn = atomic_load(&self->word);
	bool good = lock(self->fds[0], F_WRLCK) == 0;

	/* In between the waker wants it back. */
	good = lock(self->fds[0], F_UNLCK) == 0 && good;
	atomic_store(&self->word, turn + 1);
	while (atomic_load(&self->word) == turn + 1)
		usleep(100);
	return good;
}

static void give_turn(struct wait *self, int (*lock)(int fd, short type))
{
	unsigned turn = atomic_load(&self->word);

	checked(lock(self->fds[1], F_UNLCK), "unlock");
	while (atomic_load(&self->word) == turn)
		usleep(100);
	checked(lock(self->fds[1], F_WRLCK), "lock");
	atomic_store(&self->word, turn + 2);
}

static void prepare_flock(struct wait *self)
{
	prepare_file(self);
	checked(lock_file(self->fds[1], F_WRLCK), "flock");
}

static bool wait_for_flock(struct wait *self)
{
	return take_turn(self, lock_file);
}

static void wake_flock(struct wait *self)
{
	give_turn(self, lock_file);
}

static void prepare_record(struct wait *self)
{
	prepare_file(self);
	checked(lock_record(self->fds[1], F_WRLCK), "F_OFD_SETLKW");
}

static bool wait_for_record(struct wait *self)
{
	return take_turn(self, lock_record);
}

static void wake_record(struct wait *self)
{
	give_turn(self, lock_record);
}

static struct wait locks[] = {
	{.name = "flock", .prepare = prepare_flock, .wait = wait_for_flock, .wake = wake_flock},
	{.name = "OFD_SETLKW",
		.prepare = prepare_record,
		.wait = wait_for_record,
		.wake = wake_record},
};
const struct wait_table lock_waits = WAIT_TABLE(locks);
