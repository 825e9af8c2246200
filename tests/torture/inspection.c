#include "inspection.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>

#include "clock.h"
#include "limpet_run.h"

#define SETTLE_TIME  (2 * SECOND)
#define SETTLE_PAUSE (20 * MILLISECOND)
#define NOISE_LOOKS  10
#define SETTLE_LOOKS 100 /* at least: on a busy machine the target needs its turns, too */
#define ANSWER_TIME  (60 * SECOND)

static bool ask(struct inspection *inspection, const char *command)
{
	if (talk_ask(&inspection->talk, command, ANSWER_TIME))
		return true;
	report_say("HANG no answer to %s", command);
	process_describe(inspection->options->pid);
	inspection->report->hangs++;
	return false;
}

/* What the target had open just then, or a mask that it had for one call, is no rule. */
static void take_baseline(struct inspection *inspection)
{
	state_deinit(&inspection->baseline);
	difference_deinit(&inspection->noise);
	if (!state_take(inspection->options->pid, &inspection->baseline))
		report_fail("process %d cannot be read", inspection->options->pid);
	for (int i = 0; i < NOISE_LOOKS; i++) {
		struct state now;

		clock_sleep(SETTLE_PAUSE);
		if (!state_take(inspection->options->pid, &now))
			break;
		state_forget_passing(&inspection->baseline, &now);
		state_compare(&inspection->baseline, &now, inspection->options->allocates,
			&inspection->noise);
		state_deinit(&now);
	}
}

void inspection_begin(
	struct inspection *inspection, const struct options *options, struct report *report)
{
	*inspection = (struct inspection){.options = options, .report = report};
	inspection->process = pidfd_open(options->pid, 0);
	if (inspection->process < 0)
		report_fail("process %d: %s", options->pid, strerror(errno));
	talk_begin(&inspection->talk, options->input, options->output, report);
	if (options->quiets)
		ask(inspection, "quiet");
	take_baseline(inspection);
	if (options->quiets)
		ask(inspection, "go");
}

bool inspection_target_lives(struct inspection *inspection)
{
	struct pollfd end = {.fd = inspection->process, .events = POLLIN};

	return poll(&end, 1, 0) == 0;
}

static bool compare_once(struct inspection *inspection, struct difference_list *ret)
{
	struct state now;

	if (!state_take(inspection->options->pid, &now))
		return false;
	state_compare(&inspection->baseline, &now, inspection->options->allocates, ret);
	state_deinit(&now);
	return true;
}

/* What was otherwise every time that was looked: threads that go on change by themselves. */
static void settle(struct inspection *inspection, struct difference_list *ret)
{
	uint64_t until = clock_now() + SETTLE_TIME;

	if (!compare_once(inspection, ret))
		return;
	difference_subtract(ret, &inspection->noise);
	for (int looks = 0; ret->count && (clock_now() < until || looks < SETTLE_LOOKS); looks++) {
		struct difference_list again = {0};

		clock_sleep(SETTLE_PAUSE);
		if (!compare_once(inspection, &again))
			break;
		difference_intersect(ret, &again);
		difference_deinit(&again);
	}
}

/* Whether it stands still: there is no use in asking it then. */
static bool count_differences(struct inspection *inspection, const struct difference_list *list)
{
	bool stopped = false;

	for (size_t i = 0; i < list->count; i++) {
		report_say("%s", list->lines[i]);
		if (strncmp(list->lines[i], "STOPPED", 7) == 0) {
			inspection->report->hangs++;
			stopped = true;
		} else {
			inspection->report->leftovers++;
		}
	}
	if (list->count)
		take_baseline(inspection);
	return stopped;
}

static unsigned long count_missing(const char *answer, const struct sender_plan *signals)
{
	unsigned long missing = 0;

	for (size_t i = 0; i < signals->count; i++) {
		unsigned long taken = 0;

		talk_find(answer, signals->signals[i].name, &taken);
		missing += signals->signals[i].sent > taken ? signals->signals[i].sent - taken : 0;
	}
	return missing;
}

/* The last ones may still be on their way. */
static const char *ask_until_all_are_taken(
	struct inspection *inspection, const struct sender_plan *signals)
{
	uint64_t until = clock_now() + SETTLE_TIME;
	const char *answer;

	do {
		answer = talk_ask(&inspection->talk, "check", ANSWER_TIME);
	} while (answer && count_missing(answer, signals) && clock_now() < until);
	return answer;
}

static void count_lost(
	struct inspection *inspection, const char *answer, struct sender_plan *signals)
{
	for (size_t i = 0; i < signals->count; i++) {
		unsigned long taken = 0, *sent = &signals->signals[i].sent;

		talk_find(answer, signals->signals[i].name, &taken);
		if (taken == *sent)
			continue;
		report_say("LOST %s: %lu sent, %lu taken", signals->signals[i].name, *sent, taken);
		if (taken > *sent)
			inspection->report->wrong += taken - *sent;
		else
			inspection->report->lost_signals += *sent - taken;
		*sent = taken;
	}
}

static unsigned long complaints(const struct report *report)
{
	return report->hangs + report->interrupted + report->leftovers + report->wrong +
	       report->lost_signals;
}

static bool question(struct inspection *inspection, struct sender_plan *signals)
{
	const char *answer = ask_until_all_are_taken(inspection, signals);

	if (!answer) {
		report_say("HANG no answer to check");
		process_describe(inspection->options->pid);
		inspection->report->hangs++;
		return false;
	}
	count_lost(inspection, answer, signals);
	if (strncmp(answer, "ok", 2) != 0 && !complaints(inspection->report)) {
		report_say("BAD answer: %s", answer);
		inspection->report->wrong++;
	}
	return true;
}

static bool look(struct inspection *inspection)
{
	struct difference_list differences = {0};
	bool stopped;

	if (inspection->options->quiets && !ask(inspection, "quiet"))
		return false;
	settle(inspection, &differences);
	stopped = count_differences(inspection, &differences);
	difference_deinit(&differences);
	return !stopped && (!inspection->options->quiets || ask(inspection, "go"));
}

bool inspection_make(struct inspection *inspection, struct sender_plan *signals)
{
	bool answers = inspection_target_lives(inspection) && look(inspection) &&
		       question(inspection, signals);

	talk_drain(&inspection->talk);
	if (inspection_target_lives(inspection))
		return answers;
	report_say("DEAD process %d", inspection->options->pid);
	inspection->report->deaths++;
	return false;
}
