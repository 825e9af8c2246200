#include "cli/rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/quantity.h"
#include "cli/jemalloc_access.h"
#include "jemalloc/mallctl.h"
#include "session/attachment.h"
#include "session/interrupt.h"

#define NEVER   UINT64_MAX
#define PERCENT 100
#define MINUTE  60

/* Of the process itself: with each look. */
static bool is_figure(enum condition_kind kind)
{
	return kind <= CONDITION_DESCRIPTORS || kind == CONDITION_GROWTH;
}

/* The session may have another process by now, or none. */
static struct target *find_target(const struct rule *rule, const struct session *session)
{
	struct target *target = session->attachment ? session->attachment->target : NULL;

	if (target && target->identity.pid == rule->pid &&
		target->identity.start_time == rule->start_time)
		return target;
	return NULL;
}

static struct error *not_attached(const struct rule *rule)
{
	return error_create(ERROR_USAGE, "process %d is attached no longer", rule->pid);
}

/* CPU in cores, since the last look; false: that was the first. */
static bool take_cpu(struct rule *rule, uint64_t cpu_time, uint64_t now, double *ret)
{
	bool known = rule->looked_at && now > rule->looked_at;

	if (known)
		*ret = ((double)cpu_time - (double)rule->cpu_time) /
		       (double)(now - rule->looked_at);
	rule->cpu_time = cpu_time;
	return known;
}

static bool take_growth(struct rule *rule, uint64_t resident, uint64_t now, double *ret)
{
	double level;

	slope_add(&rule->slope, now, (double)resident);
	if (!slope_estimate(&rule->slope, ret, &level))
		return false;
	if (rule->condition.relative)
		*ret = level > 0 ? *ret / level : 0;
	return true;
}

static struct error *read_figure(
	struct rule *rule, struct target *target, uint64_t now, bool *ret_known, double *ret)
{
	struct target_figures figures;
	struct error *error = target_read_figures(
		target, rule->condition.kind == CONDITION_DESCRIPTORS, &figures);

	if (error)
		return error;
	*ret_known = true;
	switch (rule->condition.kind) {
	case CONDITION_CPU:
		*ret_known = take_cpu(rule, figures.cpu_time, now, ret);
		break;
	case CONDITION_GROWTH:
		*ret_known = take_growth(rule, figures.resident, now, ret);
		break;
	case CONDITION_THREADS:
		*ret = (double)figures.threads;
		break;
	case CONDITION_DESCRIPTORS:
		*ret = (double)figures.descriptors;
		break;
	default:
		*ret = (double)figures.resident;
	}
	return NULL;
}

static struct error *to_number(
	const struct condition *condition, const struct mallctl_value *value, double *ret)
{
	switch (value->type) {
	case MALLCTL_UNSIGNED:
	case MALLCTL_SIZE:
	case MALLCTL_UINT64:
		*ret = (double)value->number;
		return NULL;
	case MALLCTL_SSIZE:
		*ret = (double)value->signed_number;
		return NULL;
	case MALLCTL_BOOL:
		*ret = value->boolean;
		return NULL;
	default:
		return error_create(ERROR_USAGE, "%s is no number", condition->name);
	}
}

static struct error *read_ctl(struct rule *rule, struct session *session, double *ret)
{
	CLEANUP(mallctl_value_deinit) struct mallctl_value value = {.type = MALLCTL_NONE};
	const struct mallctl_name *entry;
	struct jemalloc jemalloc;
	struct error *error = mallctl_check(rule->condition.name, MALLCTL_READ, &entry);

	if (!error)
		error = attachment_jemalloc(session->attachment,
			settings_text(&session->settings, SETTING_INSTANCE), &jemalloc);
	if (error)
		return error;
	caller_prefer(session->attachment->caller,
		(enum call_way)settings_number(&session->settings, SETTING_CALLS));
	error = mallctl_read(&jemalloc, rule->condition.name, &value);
	finish_jemalloc(session, &jemalloc);
	return error ? error : to_number(&rule->condition, &value, ret);
}

static bool is_met(const struct rule *rule, double value)
{
	if (rule->condition.kind == CONDITION_GROWTH)
		return value > rule->condition.limit;
	return condition_holds(&rule->condition, value);
}

/* What CPU was used, and what grew, did so since before. */
static uint64_t met_at(const struct rule *rule, uint64_t now)
{
	return rule->condition.kind == CONDITION_CPU && rule->looked_at ? rule->looked_at : now;
}

static void judge(struct rule *rule, double value, uint64_t now)
{
	uint64_t needed = rule->condition.kind == CONDITION_GROWTH ? 0 : rule->condition.duration;

	rule->value = value;
	rule->has_value = true;
	if (!is_met(rule, value)) {
		rule->met_since = 0;
		rule->ran_for_this = false;
		return;
	}
	if (!rule->met_since)
		rule->met_since = met_at(rule, now);
	if (now - rule->met_since < needed)
		return;
	if (rule->ran_for_this &&
		!(rule->options.cools_down && now - rule->ran_at >= rule->options.cooldown))
		return;
	rule->due = !rule->ran_at || now - rule->ran_at >= rule->options.cooldown;
}

static struct error *look_at_level(struct rule *rule, struct session *session, uint64_t now)
{
	struct target *target = find_target(rule, session);
	bool known = true;
	double value;
	struct error *error;

	if (!target)
		return not_attached(rule);
	if (is_figure(rule->condition.kind))
		error = read_figure(rule, target, now, &known, &value);
	else
		error = read_ctl(rule, session, &value);
	if (!error && known)
		judge(rule, value, now);
	return error;
}

static struct error *look_at_process(struct rule *rule, struct session *session)
{
	struct target *target = find_target(rule, session);
	struct target_figures figures;

	return target ? target_read_figures(target, false, &figures) : not_attached(rule);
}

static bool may_run_again(const struct rule *rule, uint64_t now)
{
	return !rule->ran_at || now - rule->ran_at >= rule->options.cooldown;
}

static void look_at_signal(struct rule *rule, uint64_t now)
{
	rule->due = session_signals(rule->condition.signal) && may_run_again(rule, now);
}

static void look_at_time(struct rule *rule, uint64_t now)
{
	time_t clock = time(NULL);

	if (clock < rule->next_time)
		return;
	rule->due = may_run_again(rule, now);
	rule->next_time = condition_next_time(&rule->condition, clock);
}

/* Counted from when it was armed; what passed while commands ran is not made up for. */
static void look_at_period(struct rule *rule, uint64_t now)
{
	uint64_t period = rule->condition.duration;

	if (now < rule->next_look)
		return;
	rule->due = true;
	rule->next_look += ((now - rule->next_look) / period + 1) * period;
}

static struct error *look(struct rule *rule, struct session *session, uint64_t now)
{
	switch (rule->condition.kind) {
	case CONDITION_SIGNAL:
		look_at_signal(rule, now);
		return NULL;
	case CONDITION_TIME:
		look_at_time(rule, now);
		return NULL;
	case CONDITION_EVERY:
		look_at_period(rule, now);
		return NULL;
	case CONDITION_EXIT:
		return look_at_process(rule, session);
	default:
		return look_at_level(rule, session, now);
	}
}

static struct error *too_late(const struct rule *rule)
{
	char text[QUANTITY_SIZE];

	return error_create(ERROR_FAILED, "%s did not come within %s", rule->text,
		format_duration((double)rule->options.timeout, text));
}

static bool has_ended(const struct rule *rule)
{
	struct pollfd state = {.fd = rule->end, .events = POLLIN};

	return rule->end >= 0 && poll(&state, 1, 0) == 1;
}

static void note_error(struct rule *rule, struct error *error)
{
	if (error && error->kind == ERROR_GONE) {
		rule->gone = true;
		error_destroy(error);
		return;
	}
	rule->problem = error;
}

void rule_look(struct rule *rule, struct session *session)
{
	uint64_t now = clock_monotonic();
	bool by_event = rule->condition.kind == CONDITION_SIGNAL;

	if (has_ended(rule)) {
		rule->gone = true;
	} else if (by_event || now >= rule->next_look) {
		if (rule->condition.kind != CONDITION_EVERY && !by_event)
			rule->next_look = now + rule->options.interval;
		note_error(rule, look(rule, session, now));
		rule->looked_at = now;
	}
	if (rule->condition.kind == CONDITION_EXIT && rule->gone)
		rule->due = true;
	if (!rule->due && !rule->gone && !rule->problem && now >= rule->deadline)
		rule->problem = too_late(rule);
}

uint64_t rule_next_look(const struct rule *rule)
{
	bool waits = rule->condition.kind == CONDITION_SIGNAL ||
		     (rule->condition.kind == CONDITION_EXIT && rule->end >= 0);
	uint64_t next = waits ? NEVER : rule->next_look;

	return next < rule->deadline ? next : rule->deadline;
}

void rule_note_run(struct rule *rule)
{
	rule->due = false;
	rule->runs++;
	rule->ran_at = clock_monotonic();
	rule->ran_for_this = true;
	rule->deadline = NEVER;
	slope_forget(&rule->slope);
	if (rule->options.times && rule->runs >= rule->options.times)
		rule->ended = true;
}

static struct error *begin_with_process(struct rule *rule, struct session *session)
{
	struct attachment *attachment;
	struct target_figures figures;
	struct error *error = session_attachment(session, &attachment);

	if (error)
		return error;
	rule->pid = attachment->target->identity.pid;
	rule->start_time = attachment->target->identity.start_time;
	error = target_open_end(attachment->target, &rule->end);
	if (error && error->kind != ERROR_UNSUPPORTED)
		return error;
	error_destroy(error);
	error = target_read_figures(attachment->target, true, &figures);
	if (!error)
		rule->cpu_time = figures.cpu_time;
	/* What is wrong with a value of jemalloc's is to be said now. */
	if (!error && rule->condition.kind == CONDITION_CTL)
		error = read_ctl(rule, session, &rule->value);
	return error;
}

struct error *rule_begin(struct rule *rule, struct session *session)
{
	uint64_t now = clock_monotonic();
	struct error *error = NULL;

	rule->end = -1;
	rule->deadline = rule->options.timeout ? now + rule->options.timeout : NEVER;
	rule->next_look = now;
	rule->written.limit = rule->options.limit_files;
	if (rule->condition.kind == CONDITION_GROWTH)
		slope_init(&rule->slope, rule->condition.duration);
	if (rule->condition.kind == CONDITION_EVERY)
		rule->next_look = now + rule->condition.duration;
	if (rule->condition.kind == CONDITION_TIME)
		rule->next_time = condition_next_time(&rule->condition, time(NULL));
	if (rule->condition.kind == CONDITION_SIGNAL)
		session_catch_signal(rule->condition.signal);
	if (condition_needs_process(&rule->condition))
		error = begin_with_process(rule, session);
	if (!error && rule->condition.kind == CONDITION_CPU) {
		rule->looked_at = clock_monotonic();
		rule->next_look = rule->looked_at + rule->options.interval;
	}
	return error;
}

void rule_destroy(struct rule *rule)
{
	if (!rule)
		return;
	if (rule->end >= 0)
		close(rule->end);
	free(rule->text);
	free(rule->position);
	owned_texts_free(&rule->commands);
	written_files_free(&rule->written);
	error_destroy(rule->problem);
	free(rule);
}

static void format_growth(const struct rule *rule, char buffer[static RULE_VALUE_SIZE])
{
	char text[QUANTITY_SIZE];

	if (rule->condition.relative)
		snprintf(buffer, RULE_VALUE_SIZE, "%.3g%%/min", rule->value * MINUTE * PERCENT);
	else
		snprintf(buffer, RULE_VALUE_SIZE, "%s/min",
			format_bytes(rule->value * MINUTE, text));
}

/* stats.allocated and the like; what has more parts may be anything. */
static bool is_size(const struct condition *condition)
{
	const char *name = condition->name;

	return condition->kind == CONDITION_RESIDENT ||
	       (strncmp(name, "stats.", 6) == 0 && !strchr(name + 6, '.'));
}

void rule_format_value(const struct rule *rule, char buffer[static RULE_VALUE_SIZE])
{
	char text[QUANTITY_SIZE];

	buffer[0] = '\0';
	if (!rule->has_value)
		return;
	if (rule->condition.kind == CONDITION_GROWTH)
		format_growth(rule, buffer);
	else if (rule->condition.kind == CONDITION_CPU)
		snprintf(buffer, RULE_VALUE_SIZE, "%.3g%%", rule->value * PERCENT);
	else if (is_size(&rule->condition))
		snprintf(buffer, RULE_VALUE_SIZE, "%s", format_bytes(rule->value, text));
	else
		snprintf(buffer, RULE_VALUE_SIZE, "%.0f", rule->value);
}
