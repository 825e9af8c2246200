#include "target/running_check.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "target/proc.h"
#include "target/thread_file.h"

#define BALANCE_COUNT 4096

/* Between the last moment of a thread on a CPU and the first of whoever takes it, ns. */
#define DISPLACED_WINDOW (30 * NANOSECONDS_PER_MICROSECOND)
/* One that has a CPU does not wait for it; what the kernel notes is not exact. */
#define ON_CPU_WINDOW (2 * NANOSECONDS_PER_MICROSECOND)

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

/* The switches are read first: one in between makes the difference too large, never too small. */
static bool read_balance(pid_t process, pid_t thread, int64_t *ret)
{
	char text[THREAD_FILE_MAX];
	struct proc_status status;
	uint64_t arrivals;

	if (!proc_parse_status(thread_file_read(process, thread, "status", text), &status))
		return false;
	if (!proc_parse_arrivals(thread_file_read(process, thread, "schedstat", text), &arrivals))
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

/* When the scheduler last looked at the thread's run time: when it left its CPU, if it has. */
static bool read_last_run(pid_t process, pid_t thread, uint64_t *ret)
{
	char text[THREAD_FILE_MAX];

	return proc_parse_last_run(thread_file_read(process, thread, "sched", text), ret);
}

/* The same of this process, whose file stays open. */
static bool read_own_last_run(uint64_t *ret)
{
	static int file = -1;
	char text[THREAD_FILE_MAX];

	if (file < 0)
		file = open("/proc/self/sched", O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? -1 : pread(file, text, sizeof(text), 0);
	return length > 0 && proc_parse_last_run(cursor_over(text, (size_t)length), ret);
}

/*
 * Runnable, on this CPU: was it running until this process was woken, and took the CPU from it?
 * Then it stands where the timer's interrupt found it, which is the truest sample there is.
 */
static bool is_displaced(pid_t process, pid_t thread)
{
	uint64_t left, taken;

	/* Without the scheduler's figures: whatever is runnable. */
	if (!read_own_last_run(&taken) || !read_last_run(process, thread, &left))
		return true;
	return left <= taken && taken - left < DISPLACED_WINDOW;
}

static bool read_waited(pid_t process, pid_t thread, uint64_t *ret)
{
	char text[THREAD_FILE_MAX];

	return proc_parse_waited(thread_file_read(process, thread, "schedstat", text), ret);
}

void running_locate(pid_t process, struct tracer_item *item)
{
	char text[THREAD_FILE_MAX];
	struct proc_stat stat;

	item->runnable =
		proc_parse_stat(thread_file_read(process, item->thread, "stat", text), &stat) &&
		stat.state == 'R';
	item->processor = item->runnable ? stat.processor : -1;
}

/* "running" is what this file says of a thread that runs, or could: fs/proc/base.c, Linux 6.18. */
void running_look(pid_t process, struct tracer_item *item)
{
	char text[THREAD_FILE_MAX];
	struct cursor call = thread_file_read(process, item->thread, "syscall", text);

	if (cursor_left(&call))
		item->runnable = text[0] == 'r';
	else
		running_locate(process, item);
}

bool running_check(pid_t process, struct tracer_item *item, size_t here)
{
	/* The only one that is runnable, and from a process that does nothing but compute. */
	if (item->guessed && item->processor < 0)
		return item->on_cpu = true;
	if (item->processor != sched_getcpu()) {
		item->on_cpu = is_on_cpu(process, item->thread);
		/* It may be seen so for the first time, or leave its CPU right now. */
		item->confirm = item->on_cpu && read_waited(process, item->thread, &item->waited);
		return item->on_cpu;
	}
	/* To ask the scheduler takes longer than the stop: of a single one its wait tells later. */
	item->confirm = here == 1 && read_waited(process, item->thread, &item->waited);
	item->displaced = item->confirm || is_displaced(process, item->thread);
	return item->displaced;
}

bool running_confirm(pid_t process, struct tracer_item *item)
{
	uint64_t now_waited, waited, most = ON_CPU_WINDOW;

	if (!read_waited(process, item->thread, &now_waited))
		return true;
	waited = now_waited - item->waited;
	/* Who was displaced has waited for the tracer. */
	item->strayed = item->guessed && waited <= ON_CPU_WINDOW;
	if (item->displaced)
		most = clock_monotonic() - item->taken + DISPLACED_WINDOW;
	return waited <= most;
}
