#include "victim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define LINE_SIZE 4096

struct start {
	const char *name;
	void *(*run)(void *);
	void *argument;
	pid_t tid;
	sem_t started;
};

void victim_start(void)
{
	pid_t parent = getppid();

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		exit(1);
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
}

static void print_line(int fd, const char *format, va_list arguments)
{
	char line[LINE_SIZE];
	int length = vsnprintf(line, sizeof(line) - 1, format, arguments);

	if (length < 0)
		return;
	if (length > (int)sizeof(line) - 2)
		length = (int)sizeof(line) - 2;
	line[length++] = '\n';
	if (write(fd, line, (size_t)length) != length)
		_exit(2);
}

void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(STDOUT_FILENO, format, arguments);
	va_end(arguments);
}

void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print_line(STDERR_FILENO, format, arguments);
	va_end(arguments);
	_exit(2);
}

static void *run_named(void *argument)
{
	struct start *start = argument;
	void *(*run)(void *) = start->run;
	void *its_argument = start->argument;

	pthread_setname_np(pthread_self(), start->name);
	start->tid = gettid();
	sem_post(&start->started);
	return run(its_argument);
}

pid_t spawn_with_stack(const char *name, size_t bytes, void *(*run)(void *), void *argument)
{
	struct start start = {.name = name, .run = run, .argument = argument};
	pthread_attr_t attributes;
	pthread_t thread;

	sem_init(&start.started, 0, 0);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (bytes && pthread_attr_setstacksize(&attributes, bytes))
		fail("no stack of %zu bytes", bytes);
	if (pthread_create(&thread, &attributes, run_named, &start))
		fail("cannot start thread %s", name);
	pthread_attr_destroy(&attributes);
	while (sem_wait(&start.started) < 0 && errno == EINTR)
		;
	say("thread %s %d", name, (int)start.tid);
	return start.tid;
}

pid_t spawn(const char *name, void *(*run)(void *), void *argument)
{
	return spawn_with_stack(name, 0, run, argument);
}

/* The letter behind "TID (NAME) " in the thread's stat file. */
static char thread_state(pid_t tid)
{
	char path[64];
	char line[LINE_SIZE];
	const char *name_end;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail("%s: %s", path, strerror(errno));
	length = read(fd, line, sizeof(line) - 1);
	close(fd);
	line[length > 0 ? length : 0] = '\0';
	name_end = strrchr(line, ')');
	return name_end && name_end[1] ? name_end[2] : '?';
}

static void wait_until_state(pid_t tid, const char *states)
{
	while (!strchr(states, thread_state(tid)))
		sched_yield();
}

void wait_until_asleep(pid_t tid)
{
	wait_until_state(tid, "S");
}

void wait_until_blocked(pid_t tid)
{
	wait_until_state(tid, "SD");
}

void read_command(char *line, size_t size)
{
	size_t length = 0;
	char byte;

	for (;;) {
		ssize_t got = read(STDIN_FILENO, &byte, 1);

		if (got < 0)
			fail("read(0): %s", strerror(errno));
		if (got == 0)
			_exit(0);
		if (byte == '\n')
			break;
		if (length + 1 < size)
			line[length++] = byte;
	}
	line[length] = '\0';
}

void wait_for_end(void)
{
	char line[LINE_SIZE];

	say("ready");
	for (;;)
		read_command(line, sizeof(line));
}

long number_argument(int count, char **arguments, int index, long otherwise)
{
	char *end;
	long number;

	if (index >= count)
		return otherwise;
	number = strtol(arguments[index], &end, 10);
	if (*end || end == arguments[index] || number < 0)
		fail("not a number: %s", arguments[index]);
	return number;
}
