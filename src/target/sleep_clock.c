#include "target/sleep_clock.h"

#include <sched.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/clock.h"
#include "target/proc.h"

/*
 * 0 is noted of a thread that was moved to another CPU after it went to sleep: with delayed
 * dequeuing (Linux 6.12 and later) it stays in the queue of its CPU for a while.
 */
static bool read_last_run(pid_t process, pid_t thread, uint64_t *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = proc_read(process, thread, "sched", &text);

	if (!error)
		return proc_parse_last_run(cursor_over(text.items, text.count), ret) && *ret;
	error_destroy(error);
	return false;
}

static bool read_processor(pid_t process, pid_t thread, int *ret)
{
	struct proc_stat stat;
	struct error *error = proc_read_stat(process, thread, &stat);

	error_destroy(error);
	if (!error)
		*ret = stat.processor;
	return !error && stat.state == 'S';
}

/* A sleep ends with a start on the CPU, which the scheduler notes. */
static bool read_processor_clock(int processor, uint64_t *ret)
{
	cpu_set_t former, set;
	bool known;

	if (processor >= CPU_SETSIZE || sched_getaffinity(0, sizeof(former), &former) < 0)
		return false;
	CPU_ZERO(&set);
	CPU_SET((size_t)processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		return false;
	clock_sleep(1);
	known = read_last_run(getpid(), gettid(), ret);
	sched_setaffinity(0, sizeof(former), &former);
	return known;
}

uint64_t sleep_clock_read(pid_t process, pid_t thread)
{
	uint64_t slept_since, now;
	int processor;

	if (!read_processor(process, thread, &processor) ||
		!read_last_run(process, thread, &slept_since) ||
		!read_processor_clock(processor, &now))
		return 0;
	return now > slept_since ? now - slept_since : 0;
}
