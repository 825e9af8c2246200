/*
 * torturer: runs limpet on a process again and again, ends it at instants drawn at random, and
 * compares the process with what it was. The options are in options.c; the modes, of which one is
 * drawn for each run, are letters:
 *   n  limpet is left alone           k  SIGKILL, to its processes as drawn
 *   l  SIGKILL to limpet, whose tracer sees to the end
 *   s  SIGSTOP to its tracer process  t  SIGTERM  h  SIGHUP
 * Each difference, each complaint of the target, is a line; the last line counts them. The exit
 * status is 0 if the target noticed nothing, EINTR aside if a tracer was killed.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "clock.h"
#include "inspection.h"
#include "killer.h"
#include "limpet_run.h"
#include "options.h"
#include "report.h"

#define CALIBRATION_RUNS 2
#define LONGEST_RUN      (120 * SECOND)
#define ORPHAN_TIME      (20 * SECOND)
#define MOST_TOGETHER    8

struct torture {
	struct options options;
	struct report report;
	struct calibration calibration;
	struct inspection inspection;
};

static void start_limpet(struct torture *torture, struct limpet_run *ret)
{
	limpet_start(torture->options.limpet, torture->options.pid, torture->options.script,
		torture->options.messages, ret);
	torture->report.runs++;
}

/* limpet ends by no signal of its own accord. */
static void judge_end(struct torture *torture, const struct limpet_run *run, int signal)
{
	if (!WIFSIGNALED(run->status) || WTERMSIG(run->status) == signal)
		return;
	report_say("BAD end of limpet: signal %d", WTERMSIG(run->status));
	torture->report.wrong++;
}

static void await_end(struct torture *torture, struct limpet_run *run, const struct attack *attack)
{
	uint64_t patience = attack_patience(attack, &torture->calibration);

	if (!limpet_await_end(run, clock_now() + patience)) {
		report_say("HANG limpet %d after signal %d", run->pid, attack->signal);
		process_describe(run->pid);
		torture->report.hangs++;
		kill(run->pid, SIGKILL);
		limpet_await_end(run, clock_now() + LONGEST_RUN);
		return;
	}
	judge_end(torture, run, attack->signal);
}

/* One run that nobody disturbs. */
static void measure(struct torture *torture, struct calibration *ret)
{
	struct limpet_run run;
	pid_t children[MOST_CHILDREN];
	uint64_t activity = 0;

	start_limpet(torture, &run);
	while (!activity && !limpet_has_ended(&run)) {
		if (limpet_children(&run, children))
			activity = clock_now();
		clock_sleep(20 * MICROSECOND);
	}
	if (!limpet_await_end(&run, run.started + LONGEST_RUN))
		report_fail("limpet does not end by itself");
	judge_end(torture, &run, 0);
	if (!activity)
		activity = run.ended;
	*ret = (struct calibration){run.ended - run.started, activity - run.started};
	if (WIFEXITED(run.status) && WEXITSTATUS(run.status))
		report_say("limpet's exit status is %d", WEXITSTATUS(run.status));
}

static void calibrate(struct torture *torture)
{
	for (int i = 0; i < CALIBRATION_RUNS; i++) {
		struct calibration measured;

		measure(torture, &measured);
		if (i == 0 || measured.duration < torture->calibration.duration)
			torture->calibration = measured;
	}
	report_say("limpet takes %llu us, its tracer is there after %llu us; seed %llu",
		(unsigned long long)(torture->calibration.duration / MICROSECOND),
		(unsigned long long)(torture->calibration.activity / MICROSECOND),
		(unsigned long long)torture->options.seed);
}

static struct attack draw(struct torture *torture)
{
	const char *modes = torture->options.modes;
	char mode = modes[draw_below(strlen(modes), &torture->options.seed)];

	return attack_draw(mode, &torture->calibration, &torture->options.seed);
}

static void run_once(struct torture *torture)
{
	size_t count = torture->options.together;
	struct limpet_run runs[MOST_TOGETHER];
	struct attack attacks[MOST_TOGETHER];

	for (size_t i = 0; i < count; i++) {
		attacks[i] = draw(torture);
		start_limpet(torture, &runs[i]);
	}
	for (size_t i = 0; i < count; i++)
		attack_perform(&attacks[i], &torture->calibration, torture->options.pid, &runs[i],
			&torture->report);
	for (size_t i = 0; i < count; i++)
		await_end(torture, &runs[i], &attacks[i]);
	limpet_reap_orphans(clock_now() + ORPHAN_TIME, &torture->report);
}

static bool inspect(struct torture *torture)
{
	bool goes_on;

	sender_pause();
	goes_on = inspection_make(&torture->inspection, &torture->options.signals);
	sender_resume();
	return goes_on;
}

static bool is_last(const struct torture *torture, unsigned long run)
{
	unsigned long enough = torture->options.kills;

	return run == torture->options.runs || (enough && torture->report.kills >= enough);
}

static void run_all(struct torture *torture)
{
	uint64_t start = clock_now();
	bool goes_on = torture->options.runs > 0;

	for (unsigned long i = 1; goes_on; i++) {
		run_once(torture);
		goes_on = !is_last(torture, i);
		if (!goes_on || i % torture->options.interval == 0)
			goes_on &= inspect(torture);
	}
	report_say("%.1f kills per second",
		(double)torture->report.kills * SECOND / (double)(clock_now() - start));
}

int main(int count, char **arguments)
{
	static struct torture torture;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_TIMERSLACK, 1);
	options_parse(count, arguments, &torture.options);
	limpet_adopt_orphans();
	inspection_begin(&torture.inspection, &torture.options, &torture.report);
	sender_start(&torture.options.signals, torture.options.pid);
	sender_resume();
	calibrate(&torture);
	if (inspect(&torture))
		run_all(&torture);
	report_print(&torture.report);
	return report_is_good(&torture.report) ? 0 : 1;
}
