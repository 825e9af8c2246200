#include "target/running_check.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/cursor.h"
#include "target/proc.h"

#define FILE_MAX      4096
#define BALANCE_COUNT 4096

/*
 * How often a thread came onto a CPU (schedstat), less how often it left one (status): one more
 * while it is on a CPU than while it is not. The counters do not begin at the same number for every
 * thread, so what it was seen to be at least is remembered.
 */
struct balance {
	pid_t thread;
	int64_t lowest, highest;
};

static struct balance balances[BALANCE_COUNT];

static struct cursor read_thread_file(
	pid_t process, pid_t thread, const char *name, char text[static FILE_MAX])
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", process, thread, name);
	int file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return cursor_over(text, 0);
	ssize_t length = read(file, text, FILE_MAX);
	close(file);
	return cursor_over(text, length < 0 ? 0 : (size_t)length);
}

/* The switches are read first: one in between makes the difference too large, never too small. */
static bool read_balance(pid_t process, pid_t thread, int64_t *ret)
{
	char text[FILE_MAX];
	struct proc_status status;
	uint64_t arrivals;

	if (!proc_parse_status(read_thread_file(process, thread, "status", text), &status))
		return false;
	if (!proc_parse_arrivals(read_thread_file(process, thread, "schedstat", text), &arrivals))
		return false;
	*ret = (int64_t)(arrivals - status.switches);
	return true;
}

static bool is_on_cpu(pid_t process, pid_t thread)
{
	struct balance *known = &balances[thread % BALANCE_COUNT];
	int64_t balance;

	/* Without the counters of the scheduler: whatever is runnable. */
	if (!read_balance(process, thread, &balance))
		return true;
	if (known->thread != thread)
		*known = (struct balance){thread, balance, balance};
	if (balance < known->lowest)
		known->lowest = balance;
	if (balance > known->highest)
		known->highest = balance;
	return balance > known->lowest || known->lowest == known->highest;
}

bool running_check(pid_t process, struct tracer_item *item)
{
	char text[FILE_MAX];
	struct proc_stat stat;

	if (!proc_parse_stat(read_thread_file(process, item->thread, "stat", text), &stat))
		return false;
	item->processor = stat.processor;
	item->on_cpu = stat.state == 'R' && is_on_cpu(process, item->thread);
	return item->on_cpu;
}
