#include "target/running_check.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "target/proc.h"
#include "target/running_view.h"
#include "target/thread_file.h"
#include "target/tracer_stop.h"

#define BALANCE_COUNT 4096
#define RED_ZONE      128

/*
 * Between the last moment of a thread on a CPU and the first of whoever takes it, ns: the scheduler
 * notes the same time for both. One that was woken right then, and never ran, left it before.
 */
#define DISPLACED_WINDOW NANOSECONDS_PER_MICROSECOND
/* ns: compared with it, looking at the threads takes no time. */
#define SHORT_STINT       (200 * NANOSECONDS_PER_MICROSECOND)
#define STINTS_REMEMBERED 1000
/* So often one is left out; then it may be that this process cannot follow it. */
#define STRAYS_MAX 8
/* One that has a CPU does not wait for it; what the kernel notes is not exact. */
#define ON_CPU_WINDOW (2 * NANOSECONDS_PER_MICROSECOND)

/*
 * How often a thread came onto a CPU (schedstat), less how often it left one (sched): one more
 * while it is on a CPU than while it is not. The counters do not begin at the same number for every
 * thread, so what it was seen to be at least is remembered.
 */
struct balance {
	pid_t thread;
	int64_t lowest, highest;
};

static struct balance balances[BALANCE_COUNT];

enum place { OFF_CPU, ON_CPU, UNSURE };

/* Seen so for the first time, it may be either. */
static enum place place_of(pid_t thread, const struct running_view *view)
{
	struct balance *known = &balances[thread % BALANCE_COUNT];
	int64_t balance = (int64_t)(view->arrivals - view->switches);

	if (known->thread != thread)
		*known = (struct balance){thread, balance, balance};
	if (balance < known->lowest)
		known->lowest = balance;
	if (balance > known->highest)
		known->highest = balance;
	if (known->lowest == known->highest)
		return UNSURE;
	return balance > known->lowest ? ON_CPU : OFF_CPU;
}

/* When this process came onto its CPU, in this round, by the same clock; 0: not known. */
static uint64_t taken;
/* It has taken over from one at most. */
static bool found;

void running_begin(void)
{
	taken = 0;
	found = false;
}

/* This process's file stays open. */
static uint64_t find_taken(void)
{
	static int file = -1;
	char text[THREAD_FILE_MAX];

	if (taken)
		return taken;
	if (file < 0)
		file = open("/proc/self/sched", O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? -1 : pread(file, text, sizeof(text), 0);
	if (length <= 0 || !proc_parse_last_run(cursor_over(text, (size_t)length), &taken))
		taken = 0;
	return taken;
}

void running_begin_many(void)
{
	running_begin();
	(void)find_taken();
}

/*
 * Was it on this CPU until this process was woken, and took over? Then it stands where the timer's
 * interrupt found it, which is the truest sample there is: or a little further, if that was in the
 * kernel, where it may have gone to sleep, and may have been woken again, but cannot have run.
 */
static bool is_displaced(const struct running_view *view)
{
	if (found || !find_taken())
		return false;
	found = view->left <= taken && taken - view->left < DISPLACED_WINDOW;
	return found;
}

/* Whether it has been on a CPU since it was asked about last. */
static bool has_run(pid_t process, pid_t thread)
{
	static struct arrivals {
		pid_t thread;
		uint64_t count;
	} known[BALANCE_COUNT];
	struct arrivals *last = &known[thread % BALANCE_COUNT];
	struct running_view view = {0};

	if (!running_view_arrivals(process, thread, &view))
		return false;
	bool answer = last->thread == thread && last->count != view.arrivals;
	*last = (struct arrivals){thread, view.arrivals};
	return answer;
}

static void locate(pid_t process, struct tracer_item *item)
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
		locate(process, item);
}

/* It slept at the first look. */
static enum running check_sleeper(pid_t process, const struct tracer_item *item)
{
	struct running_view view = {0};

	if (!has_run(process, item->thread) || !running_view_whole(process, item->thread, &view))
		return RUNNING_NOT;
	return is_displaced(&view) ? RUNNING_ASLEEP : RUNNING_NOT;
}

/* How long a thread runs until it sleeps: the stops that it owes to this process are none of that.
 */
struct stints {
	pid_t thread;
	uint64_t sleeps, total; /* as they were last */
	bool stopped;           /* since then */
	uint64_t count, time;   /* of late: ns */
};

static struct stints stints[BALANCE_COUNT];

static void note_stint(pid_t thread, const struct running_view *view)
{
	struct stints *known = &stints[thread % BALANCE_COUNT];

	if (known->thread == thread) {
		uint64_t sleeps = view->sleeps - known->sleeps;

		known->count += sleeps - (sleeps && known->stopped ? 1 : 0);
		known->time += view->total - known->total;
	} else {
		*known = (struct stints){.thread = thread};
	}
	known->stopped = false;
	known->sleeps = view->sleeps;
	known->total = view->total;
	if (known->count > STINTS_REMEMBERED) {
		known->count /= 2;
		known->time /= 2;
	}
}

static void note_stop(pid_t thread)
{
	struct stints *known = &stints[thread % BALANCE_COUNT];

	known->stopped = known->thread == thread;
}

bool running_is_brief(pid_t thread)
{
	const struct stints *known = &stints[thread % BALANCE_COUNT];

	return known->time < known->count * SHORT_STINT;
}

/*
 * Of those that run elsewhere, and never for long, many have been woken since this process came,
 * and went there because this CPU was taken. Alone, such a thread is followed there for the next
 * rounds, if that can be done.
 */
static bool may_be_just_woken(pid_t thread)
{
	static unsigned in_a_row;
	bool answer = running_is_brief(thread) && in_a_row < STRAYS_MAX;

	in_a_row = answer ? in_a_row + 1 : 0;
	return answer;
}

bool running_from_before(struct tracer_item *item)
{
	item->strayed = item->alone && item->on_cpu;
	if (item->strayed && may_be_just_woken(item->thread))
		return false;
	note_stop(item->thread);
	return true;
}

static enum running check_runnable(pid_t process, struct tracer_item *item)
{
	struct running_view view = {0};
	enum place place;

	/* Without the scheduler's figures: whatever is runnable. */
	if (!running_view_whole(process, item->thread, &view))
		return RUNNING_NOW;
	place = place_of(item->thread, &view);
	item->displaced = place != ON_CPU && is_displaced(&view);
	item->confirm = place == UNSURE && !item->displaced;
	item->on_cpu = place == ON_CPU || item->confirm;
	item->waited = view.waited;
	note_stint(item->thread, &view);
	return item->on_cpu || item->displaced ? RUNNING_NOW : RUNNING_NOT;
}

/*
 * One that had a CPU, and lost it before it was interrupted, is noted wrongly here: until it is
 * seen without one.
 */
static void note_refuted(const struct tracer_item *item)
{
	struct balance *known = &balances[item->thread % BALANCE_COUNT];

	if (known->thread == item->thread && known->lowest == known->highest)
		known->highest = known->lowest + 1;
}

enum running running_check(pid_t process, struct tracer_item *item, bool apart)
{
	if (!item->runnable)
		return apart ? RUNNING_NOT : check_sleeper(process, item);
	if (!apart || !item->alone)
		return check_runnable(process, item);
	/* From a process that does nothing but compute. */
	item->on_cpu = true;
	return RUNNING_NOW;
}

bool running_confirm(pid_t process, const struct tracer_item *item)
{
	struct running_view view = {0};
	bool answer = !running_view_arrivals(process, item->thread, &view) ||
		      view.waited - item->waited <= ON_CPU_WINDOW;

	if (!answer)
		note_refuted(item);
	return answer;
}

bool running_read_sleeper(pid_t process, struct tracer_item *item, uint8_t *room)
{
	char text[THREAD_FILE_MAX];
	struct proc_system_call call;
	struct running_view before = {0}, after = {0};

	if (item->wish.other || !running_view_arrivals(process, item->thread, &before) ||
		!proc_parse_system_call(
			thread_file_read(process, item->thread, "syscall", text), &call) ||
		!call.stack_pointer)
		return false;
	item->system_call = call.number;
	item->unknown = registers_of_sleeper(call.program_counter, call.stack_pointer,
		call.number < 0 ? NULL : call.arguments, &item->registers);
	item->stack_address = call.stack_pointer - RED_ZONE;
	item->stack_length =
		stop_read_memory(item->thread, item->stack_address, room, item->wish.own);
	item->asleep = item->stack_length && running_view_arrivals(process, item->thread, &after) &&
		       before.arrivals == after.arrivals;
	return item->asleep;
}
