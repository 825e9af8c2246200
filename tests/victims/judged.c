/* judged: a thread for each of the things that speak against borrowing one, and one for none. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "victim.h"

#define SMALL_STACK (32 * 1024)

static int nothing[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_ever(void *unused)
{
	char byte;

	while (read(nothing[0], &byte, 1) < 0 && errno == EINTR)
		say("EINTR");
	return unused;
}

static void *run(void *unused)
{
	for (;;)
		work(1000000);
	return unused;
}

static void *lock(void *unused)
{
	pthread_mutex_lock(&mutex);
	return unused;
}

static void handle(int signal)
{
	(void)signal;
	wait_for_ever(NULL);
}

static void *be_interrupted(void *unused)
{
	raise(SIGUSR1);
	return unused;
}

/* By its name a function of the allocator. */
void je_wait(void);
KEEP void je_wait(void)
{
	wait_for_ever(NULL);
}

static void *allocate(void *unused)
{
	je_wait();
	return unused;
}

static void *lend(void *unused)
{
	pid_t child = vfork();

	if (child == 0) {
		char byte;

		/* It does not end with its parent by itself. */
		syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
		while (syscall(SYS_read, nothing[0], &byte, 1) < 0)
			;
		_exit(0);
	}
	return unused;
}

/* All or nothing: what a stop finds half received is lost for the wait. */
static void *receive(void *unused)
{
	char bytes[16];
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0)
		fail("socketpair: %s", strerror(errno));
	while (recv(sockets[0], bytes, sizeof(bytes), MSG_WAITALL) < 0)
		say("EINTR");
	return unused;
}

static const struct {
	const char *name;
	void *(*run)(void *unused);
} threads[] = {
	{"waits", wait_for_ever},
	{"locks", lock},
	{"handles", be_interrupted},
	{"allocates", allocate},
	{"receives", receive},
};

int main(void)
{
	victim_start();
	if (pipe(nothing) < 0)
		fail("pipe: %s", strerror(errno));
	signal(SIGUSR1, handle);
	pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++)
		wait_until_asleep(spawn(threads[i].name, threads[i].run, NULL));
	wait_until_asleep(spawn_with_stack("shallow", SMALL_STACK, wait_for_ever, NULL));
	wait_until_blocked(spawn("lends", lend, NULL));
	spawn("runs", run, NULL);
	wait_for_end();
}
