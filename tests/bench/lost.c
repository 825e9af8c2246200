/*
 * lost COMMAND...: runs the command on a process with one thread that answers a client, and prints
 * by how much its answers were late meanwhile, us, all together. The command finds the process in
 * $PID. The client asks as often as leaves the thread asleep most of the time, as a service's is.
 * An answer is the time at which the question was read, by a thread that nobody but a tracer keeps
 * from it: what else the machine does must not count.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define PAUSE     20000 /* ns, between an answer and the next question */
#define USUAL     2000  /* questions, before anything is done to the process */
#define HIGHEST   (-20) /* nice value. Real-time threads would be in the tracer's way. */
#define UNNOTICED 2     /* a wait of so many usual ones is none */

struct client {
	int questions, answers;
	uint64_t usual; /* ns */
	uint64_t lost;  /* ns */
};

static void fail(const char *what)
{
	fprintf(stderr, "lost: %s: %s\n", what, strerror(errno));
	exit(1);
}

static _Noreturn void answer(int questions, int answers)
{
	char byte;

	setpriority(
		PRIO_PROCESS, 0, HIGHEST); /* without the right to it: where the machine is idle */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	free(malloc(1)); /* as in a program, the allocator is at work */
	while (read(questions, &byte, 1) == 1) {
		uint64_t now = clock_monotonic();

		if (write(answers, &now, sizeof(now)) != sizeof(now))
			break;
	}
	_exit(0);
}

static pid_t start_process(struct client *client)
{
	int questions[2], answers[2];

	if (pipe(questions) < 0 || pipe(answers) < 0)
		fail("pipe");
	pid_t pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0)
		answer(questions[0], answers[1]);
	client->questions = questions[1];
	client->answers = answers[0];
	return pid;
}

static uint64_t ask(const struct client *client)
{
	uint64_t asked = clock_monotonic(), read_at = 0;
	char byte = 0;

	if (write(client->questions, &byte, 1) != 1 ||
		read(client->answers, &read_at, sizeof(read_at)) != sizeof(read_at))
		fail("the process does not answer");
	nanosleep(&(struct timespec){.tv_nsec = PAUSE}, NULL);
	return read_at - asked;
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static void learn_usual(struct client *client)
{
	static uint64_t waits[USUAL];

	for (size_t i = 0; i < USUAL; i++)
		waits[i] = ask(client);
	qsort(waits, USUAL, sizeof(waits[0]), compare);
	client->usual = waits[USUAL / 2];
}

static void ask_once(struct client *client)
{
	uint64_t wait = ask(client);

	if (wait > UNNOTICED * client->usual)
		client->lost += wait - client->usual;
}

static void ask_while_running(struct client *client, char **command)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execvp(command[0], command);
		fail(command[0]);
	}
	if (pid < 0)
		fail("fork");
	while (waitpid(pid, &status, WNOHANG) == 0)
		ask_once(client);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	fprintf(stderr, "lost: %s failed\n", command[0]);
	exit(1);
}

int main(int count, char **arguments)
{
	struct client client = {0};
	char number[16];

	if (count < 2) {
		fprintf(stderr, "usage: lost COMMAND...\n");
		return 2;
	}
	pid_t pid = start_process(&client);
	snprintf(number, sizeof(number), "%d", pid);
	setenv("PID", number, 1);
	learn_usual(&client);
	ask_while_running(&client, arguments + 1);
	printf("%" PRIu64 "\n", client.lost / 1000);
	return 0;
}
