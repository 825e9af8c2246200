#include "killer.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"

#define HOLD_WINDOW    (150 * MICROSECOND)
#define LONGEST_HUNT   (4 * MILLISECOND)
#define ACTIVITY_LOOKS 256 /* in the time that limpet takes to come to work */
#define MOST_WATCHED   8   /* threads whose hold is watched for */

uint64_t draw_below(uint64_t limit, uint64_t *seed)
{
	*seed = *seed * 6364136223846793005 + 1442695040888963407;
	return limit ? (*seed >> 20) % limit : 0;
}

static int signal_of_mode(char mode)
{
	switch (mode) {
	case 'n':
		return 0;
	case 'k':
	case 'l':
		return SIGKILL;
	case 's':
		return SIGSTOP;
	case 't':
		return SIGTERM;
	case 'h':
		return SIGHUP;
	default:
		report_fail("no mode '%c'", mode);
	}
}

static uint64_t draw_delay(
	enum attack_origin origin, const struct calibration *calibration, uint64_t *seed)
{
	switch (origin) {
	case FROM_START:
		return draw_below(calibration->duration, seed);
	case FROM_ACTIVITY:
		return draw_below(calibration->duration - calibration->activity, seed);
	default:
		return draw_below(HOLD_WINDOW, seed);
	}
}

/* What happens before it comes to work matters least. */
static const enum attack_origin origins[] = {FROM_START, FROM_ACTIVITY, FROM_ACTIVITY,
	FROM_ACTIVITY, FROM_ACTIVITY, FROM_HOLD, FROM_HOLD, FROM_HOLD};

/* A limpet that lost its tracer goes on for seconds: the fewest are of that kind. */
static const enum attack_aim aims[] = {AIM_MAIN, AIM_MAIN, AIM_MAIN, AIM_MAIN, AIM_CHILD,
	AIM_ALL_MAIN_FIRST, AIM_ALL_MAIN_FIRST, AIM_ALL_MAIN_FIRST, AIM_ALL_CHILD_FIRST,
	AIM_ALL_CHILD_FIRST};

struct attack attack_draw(char mode, const struct calibration *calibration, uint64_t *seed)
{
	struct attack attack = {.signal = signal_of_mode(mode)};

	attack.origin = origins[draw_below(sizeof(origins) / sizeof(origins[0]), seed)];
	attack.aim = aims[draw_below(sizeof(aims) / sizeof(aims[0]), seed)];
	if (mode == 's')
		attack.aim = AIM_CHILD;
	if (mode == 'l' || mode == 't' || mode == 'h')
		attack.aim = AIM_MAIN;
	if (attack.aim == AIM_CHILD && attack.origin == FROM_START)
		attack.origin = FROM_ACTIVITY;
	attack.hunt = draw_delay(FROM_ACTIVITY, calibration, seed);
	attack.delay = draw_delay(attack.origin, calibration, seed);
	return attack;
}

/* The load of the machine changes, and with it what limpet takes. */
static void learn(uint64_t *known, uint64_t seen)
{
	*known = (3 * *known + seen) / 4;
}

static void learn_duration(struct calibration *calibration, const struct limpet_run *run)
{
	if (!run->ended)
		return;
	learn(&calibration->duration, run->ended - run->started);
	if (calibration->duration < calibration->activity)
		calibration->activity = calibration->duration;
}

static void learn_activity(struct calibration *calibration, const struct limpet_run *run)
{
	uint64_t work = calibration->duration - calibration->activity;

	learn(&calibration->activity, clock_now() - run->started);
	calibration->duration = calibration->activity + work;
}

static bool has_children(struct limpet_run *run)
{
	pid_t children[MOST_CHILDREN];

	return limpet_children(run, children) > 0;
}

/* To look for it takes CPU time, and it does not come at once. */
static bool await_activity(struct calibration *calibration, struct limpet_run *run)
{
	clock_sleep_until(run->started + calibration->activity / 2);
	while (!has_children(run)) {
		if (limpet_has_ended(run))
			return false;
		clock_sleep(calibration->activity / ACTIVITY_LOOKS);
	}
	learn_activity(calibration, run);
	return true;
}

static bool is_held(const char *path)
{
	FILE *file = fopen(path, "re");
	char state = '?';

	if (!file)
		return false;
	if (fscanf(file, "%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(file);
	return state == 't';
}

static size_t list_threads(pid_t target, char paths[static MOST_WATCHED][64])
{
	char path[64];
	struct dirent *entry;
	size_t count = 0;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", target);
	folder = opendir(path);
	while (folder && count < MOST_WATCHED && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			snprintf(paths[count++], 64, "/proc/%d/task/%d/stat", target,
				atoi(entry->d_name));
	if (folder)
		closedir(folder);
	return count;
}

/* Spins: a hold lasts for some ten microseconds. Where none is seen, any instant will do. */
static void await_hold(pid_t target, uint64_t until, struct limpet_run *run)
{
	char paths[MOST_WATCHED][64];
	size_t count = list_threads(target, paths);

	while (clock_now() < until && !limpet_has_ended(run))
		for (size_t i = 0; i < count; i++)
			if (is_held(paths[i]))
				return;
}

static bool send_to(pid_t pid, int signal)
{
	return kill(pid, signal) == 0;
}

static bool send_to_children(struct limpet_run *run, int signal)
{
	pid_t children[MOST_CHILDREN];
	size_t count = limpet_children(run, children);
	bool sent = false;

	for (size_t i = 0; i < count; i++)
		sent |= send_to(children[i], signal);
	return sent;
}

static bool strike(const struct attack *attack, struct limpet_run *run)
{
	bool sent = false;

	if (limpet_has_ended(run))
		return false;
	if (attack->aim == AIM_ALL_CHILD_FIRST || attack->aim == AIM_CHILD)
		sent |= send_to_children(run, attack->signal);
	if (attack->aim == AIM_ALL_MAIN_FIRST) {
		pid_t children[MOST_CHILDREN];
		size_t count = limpet_children(run, children);

		sent |= send_to(run->pid, attack->signal);
		for (size_t i = 0; i < count; i++)
			sent |= send_to(children[i], attack->signal);
	}
	if (attack->aim == AIM_MAIN || attack->aim == AIM_ALL_CHILD_FIRST)
		sent |= send_to(run->pid, attack->signal);
	return sent;
}

/* Returns whether limpet was still there then. */
static bool await_origin(const struct attack *attack, struct calibration *calibration, pid_t target,
	struct limpet_run *run, uint64_t *ret)
{
	*ret = run->started;
	if (attack->origin == FROM_START)
		return true;
	if (!await_activity(calibration, run))
		return false;
	*ret = clock_now();
	if (attack->origin != FROM_HOLD)
		return true;
	clock_sleep_until(*ret + attack->hunt);
	await_hold(target, *ret + attack->hunt + LONGEST_HUNT, run);
	*ret = clock_now();
	return true;
}

void attack_perform(const struct attack *attack, struct calibration *calibration, pid_t target,
	struct limpet_run *run, struct report *report)
{
	uint64_t origin;

	if (!attack->signal)
		return;
	if (await_origin(attack, calibration, target, run, &origin)) {
		bool at_work;

		clock_sleep_until(origin + attack->delay);
		at_work = attack->origin != FROM_START || has_children(run);
		if (strike(attack, run)) {
			++*(at_work ? &report->kills : &report->early);
			report->tracer_kills += attack->signal == SIGKILL && attack->aim != AIM_MAIN;
		}
	}
	learn_duration(calibration, run);
}

/*
 * A stopped tracer is given up by limpet's own watchdog, the other commands then run their course.
 * What hangs does so for ever: a busy machine must not look like it.
 */
uint64_t attack_patience(const struct attack *attack, const struct calibration *calibration)
{
	if (attack->signal == SIGKILL && attack->aim != AIM_CHILD)
		return 20 * SECOND;
	return 90 * SECOND + 10 * calibration->duration;
}
