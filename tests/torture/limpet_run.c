#include "limpet_run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#define POLL_PAUSE (200 * MICROSECOND)

void limpet_adopt_orphans(void)
{
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		report_fail("prctl: %s", strerror(errno));
}

static void become_limpet(
	const char *limpet, pid_t target, const char *script, const char *messages)
{
	char pid[16];
	int output = open(messages, O_WRONLY | O_CREAT | O_APPEND, 0600);
	int input = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It would wait for ever for its own child, if that were the one that is killed. */
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	close_range(STDERR_FILENO + 1, ~0U, 0);
	snprintf(pid, sizeof(pid), "%d", target);
	execl(limpet, limpet, "-k", "-p", pid, "-x", script, NULL);
	_exit(127);
}

void limpet_start(const char *limpet, pid_t target, const char *script, const char *messages,
	struct limpet_run *ret)
{
	struct limpet_run run = {.started = clock_now(), .pid = fork()};

	if (run.pid < 0)
		report_fail("fork: %s", strerror(errno));
	if (run.pid == 0)
		become_limpet(limpet, target, script, messages);
	*ret = run;
}

bool limpet_has_ended(struct limpet_run *run)
{
	if (run->ended || waitpid(run->pid, &run->status, WNOHANG) != run->pid)
		return run->ended;
	run->ended = clock_now();
	if (WIFEXITED(run->status) && WEXITSTATUS(run->status) == 127)
		report_fail("limpet cannot be run");
	return true;
}

bool limpet_await_end(struct limpet_run *run, uint64_t moment)
{
	while (!limpet_has_ended(run)) {
		if (clock_now() >= moment)
			return false;
		clock_sleep(POLL_PAUSE);
	}
	return true;
}

/*
 * Of the first thread, which starts them. To look at all threads would have the kernel wait,
 * busily, for one that ends to be done with its entries in /proc, when its process is waited for.
 */
size_t limpet_children(const struct limpet_run *run, pid_t ret[static MOST_CHILDREN])
{
	char path[64];
	size_t count = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", run->pid, run->pid);
	file = fopen(path, "re");
	while (file && count < MOST_CHILDREN && fscanf(file, "%d", &ret[count]) == 1)
		count++;
	if (file)
		fclose(file);
	return count;
}

/* One line of /proc/PID/task/TID/FILE each. */
static void describe_thread(pid_t pid, const char *thread)
{
	static const char *const files[] = {"stat", "syscall", "wchan", "stack"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[384], text[1024];
		FILE *file;
		size_t length;

		snprintf(path, sizeof(path), "/proc/%d/task/%s/%s", pid, thread, files[i]);
		file = fopen(path, "re");
		if (!file)
			continue;
		length = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
		text[length] = '\0';
		for (char *newline = text; (newline = strchr(newline, '\n')); newline++)
			*newline = ' ';
		report_say("  %s %s: %s", thread, files[i], text);
	}
}

void process_describe(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			describe_thread(pid, entry->d_name);
	if (folder)
		closedir(folder);
}

static void kill_orphans(struct report *report)
{
	const struct limpet_run own = {.pid = getpid()};
	pid_t children[MOST_CHILDREN];
	size_t count = limpet_children(&own, children);

	for (size_t i = 0; i < count; i++) {
		report_say("HANG process %d of a limpet that has ended lives on", children[i]);
		report->hangs++;
		kill(children[i], SIGKILL);
	}
	while (waitpid(-1, NULL, __WALL) > 0)
		;
}

void limpet_reap_orphans(uint64_t moment, struct report *report)
{
	for (;;) {
		pid_t got = waitpid(-1, NULL, WNOHANG | __WALL);

		if (got > 0)
			continue;
		if (got < 0)
			return;
		if (clock_now() >= moment) {
			kill_orphans(report);
			return;
		}
		clock_sleep(POLL_PAUSE);
	}
}
