/*
 * identity [slow]: changes its effective user to nobody and back without end, which the C library
 * has all its threads do; each of them sees to it that they all have. Without root's rights it
 * stays itself. slow: one of them cannot do it for 20 ms at a time, while it lends its memory to a
 * child; the C library waits for it, and holds the lock of all threads' stacks meanwhile.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "answers.h"
#include "victim.h"
#include "waits.h"

#define NOBODY 65534
#define PAUSE  1000000 /* ns */
#define SLOW   20000000

static uid_t own, other;
static atomic_ulong changes;

static void *wait_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void become(uid_t user)
{
	if (setresuid((uid_t)-1, user, (uid_t)-1) < 0)
		complain("BAD setresuid: %s", strerror(errno));
	if ((uid_t)syscall(SYS_geteuid) != user)
		complain("BAD user %ld", syscall(SYS_geteuid));
	prctl(PR_SET_DUMPABLE, 1);
}

static void change(void *unused)
{
	const struct timespec pause = {.tv_nsec = PAUSE};

	(void)unused;
	become(other);
	become(own);
	atomic_fetch_add(&changes, 1);
	nanosleep(&pause, NULL);
}

static void lend_to_child(void *unused)
{
	const struct timespec length = {.tv_nsec = SLOW};
	pid_t child = vfork();

	(void)unused;
	if (child == 0) {
		syscall(SYS_nanosleep, &length, NULL);
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) != child)
		complain("BAD vfork: %s", strerror(errno));
	nanosleep(&length, NULL);
}

static void append_changes(char *line, size_t size)
{
	append(line, size, " changes=%lu", atomic_load(&changes));
}

int main(int count, char **arguments)
{
	victim_start();
	own = geteuid();
	other = own == 0 ? NOBODY : own;
	spawn("waiter", wait_for_ever, NULL);
	spawn("waiter", wait_for_ever, NULL);
	spawn_worker("changer", change, NULL);
	if (count > 1 && strcmp(arguments[1], "slow") == 0)
		spawn_worker("lender", lend_to_child, NULL);
	answer_commands(append_changes, NULL);
}
