#include "cli/rules.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "cli/command_sequence.h"
#include "cli/report.h"
#include "session/interrupt.h"

#define RULES_MAX 64

ARRAY_DEFINE(rule_array, struct rule *)

struct rules {
	struct rule_array armed;
	unsigned last_number;
	bool busy;
};

static struct rules *rules_of(struct session *session)
{
	if (!session->rules)
		session->rules = calloc(1, sizeof(*session->rules));
	return session->rules;
}

static void describe(const struct rule *rule, char *text, size_t size)
{
	if (rule->condition.kind == CONDITION_SIGNAL)
		snprintf(text, size, ": `kill -USR%d %d` runs it",
			rule->condition.signal == SIGUSR1 ? 1 : 2, getpid());
	else
		text[0] = '\0';
}

static struct error *append(struct rules *rules, struct rule *rule)
{
	if (rules->armed.count == RULES_MAX)
		return error_set_hint(
			error_create(ERROR_FAILED, "%d rules are armed already", RULES_MAX),
			"`on --off N` disarms one");
	return rule_array_append(&rules->armed, rule);
}

struct error *rules_arm(struct session *session, struct rule *rule)
{
	struct rules *rules = rules_of(session);
	struct error *error = rules ? rule_begin(rule, session) : &error_no_memory;
	char details[64];

	if (!error)
		error = append(rules, rule);
	if (error) {
		rule_destroy(rule);
		return error;
	}
	rule->number = ++rules->last_number;
	describe(rule, details, sizeof(details));
	report(session, "armed as %u: %s%s", rule->number, rule->text, details);
	return NULL;
}

size_t rules_count(const struct session *session)
{
	return session->rules ? session->rules->armed.count : 0;
}

const struct rule *rules_get(const struct session *session, size_t index)
{
	return session->rules->armed.items[index];
}

static struct rule *find(const struct session *session, unsigned number)
{
	for (size_t i = 0; i < rules_count(session); i++)
		if (session->rules->armed.items[i]->number == number)
			return session->rules->armed.items[i];
	return NULL;
}

bool rules_armed(const struct session *session, unsigned number)
{
	return number == RULES_ALL ? rules_count(session) > 0 : find(session, number) != NULL;
}

bool rules_are_busy(const struct session *session)
{
	return session->rules && session->rules->busy;
}

/* Those that have ended go; none while one of them runs its commands. */
static void sweep(struct session *session)
{
	struct rule_array *armed = &session->rules->armed;
	size_t kept = 0;

	for (size_t i = 0; i < armed->count; i++) {
		if (armed->items[i]->ended)
			rule_destroy(armed->items[i]);
		else
			armed->items[kept++] = armed->items[i];
	}
	armed->count = kept;
}

struct error *rules_disarm(struct session *session, unsigned number)
{
	if (number != RULES_ALL && !find(session, number))
		return error_set_hint(error_create(ERROR_NOT_FOUND, "no rule %u is armed", number),
			"`on` lists those that are");
	for (size_t i = 0; i < rules_count(session); i++) {
		struct rule *rule = session->rules->armed.items[i];

		rule->ended |= number == RULES_ALL || rule->number == number;
	}
	if (session->rules && !session->rules->busy)
		sweep(session);
	return NULL;
}

void rules_destroy(struct session *session)
{
	if (!session->rules)
		return;
	ARRAY_FOR_EACH (rule, &session->rules->armed)
		rule_destroy(*rule);
	rule_array_deinit(&session->rules->armed);
	free(session->rules);
	session->rules = NULL;
}

/* As of the script that armed it. */
static void note_failure(struct session *session, const struct rule *rule, struct error *error)
{
	if (rule->position && !session->error_position)
		session->error_position = strdup(rule->position);
	int status = (int)report_error(session, error);
	if (!session->failure)
		session->failure = status;
}

static void end(struct session *session, struct rule *rule, const char *why)
{
	rule->ended = true;
	report(session, "rule %u ends: %s", rule->number, why);
}

static bool is_watched_to_its_end(const struct session *session, pid_t pid)
{
	for (size_t i = 0; i < rules_count(session); i++) {
		const struct rule *rule = rules_get(session, i);

		if (rule->condition.kind == CONDITION_EXIT && rule->pid == pid)
			return true;
	}
	return false;
}

/* Its process has gone before it could run: what the user waited for will never be. */
static void end_with_process(struct session *session, struct rule *rule)
{
	char text[64];

	snprintf(text, sizeof(text), "process %d has ended", rule->pid);
	if (rule->runs || is_watched_to_its_end(session, rule->pid)) {
		end(session, rule, text);
		return;
	}
	rule->ended = true;
	note_failure(session, rule,
		error_create(
			ERROR_GONE, "rule %u (%s) never ran: %s", rule->number, rule->text, text));
}

static void heed_limits(struct session *session, struct rule *rule)
{
	uint64_t size = written_files_size(&rule->written);
	char text[128], bytes[QUANTITY_SIZE];

	if (rule->ended)
		return;
	snprintf(text, sizeof(text), "it has written %zu files, %s, and may write no more",
		rule->written.paths.count, format_bytes((double)size, bytes));
	if (rule->written.refused ||
		(rule->options.limit_files &&
			rule->written.paths.count >= rule->options.limit_files) ||
		(rule->options.limit_disk && size >= rule->options.limit_disk))
		end(session, rule, text);
}

static void announce(const struct session *session, const struct rule *rule)
{
	char value[RULE_VALUE_SIZE], clock[16] = "";
	time_t now = time(NULL);
	struct tm local;

	rule_format_value(rule, value);
	if (localtime_r(&now, &local))
		strftime(clock, sizeof(clock), "%H:%M:%S", &local);
	report(session, "%s rule %u runs: %s%s%s", clock, rule->number, rule->text,
		value[0] ? ", it is " : "", value);
}

/* A failure is the rule's own affair; Ctrl-C is everybody's. */
static struct error *run(struct session *session, struct rule *rule)
{
	struct written_files *outer = session->written;
	unsigned interrupts = session_interrupts_ever();
	struct error *error;

	announce(session, rule);
	session->rules->busy = true;
	session->written = &rule->written;
	error = command_sequence_run(session, rule->commands.items, rule->commands.count);
	fflush(session->out);
	session->written = outer;
	session->rules->busy = false;
	rule_note_run(rule);
	if (error && error->kind != ERROR_INTERRUPTED) {
		note_failure(session, rule, error_add_context(error, "rule %u", rule->number));
		error = NULL;
	}
	heed_limits(session, rule);
	if (error || session_interrupts_ever() == interrupts)
		return error;
	return error_create(ERROR_INTERRUPTED, "interrupted");
}

static struct error *act(struct session *session, struct rule *rule)
{
	struct error *error = NULL;

	if (rule->problem) {
		rule->ended = true;
		note_failure(session, rule,
			error_add_context(TAKE_POINTER(rule->problem), "rule %u", rule->number));
	} else if (rule->due) {
		error = run(session, rule);
		if (rule->gone)
			rule->ended = true;
	} else if (rule->gone) {
		end_with_process(session, rule);
	}
	return error;
}

/* Those that were looked at just before it ended are told by the others. */
static void tell_of_end(struct session *session, const struct rule *gone)
{
	for (size_t i = 0; i < rules_count(session); i++) {
		struct rule *rule = session->rules->armed.items[i];

		if (rule->pid != gone->pid || rule->start_time != gone->start_time)
			continue;
		rule->gone = true;
		rule->due |= rule->condition.kind == CONDITION_EXIT;
	}
}

bool rules_are_due(struct session *session)
{
	bool due = false;

	if (rules_are_busy(session))
		return false;
	for (size_t i = 0; i < rules_count(session); i++) {
		struct rule *rule = session->rules->armed.items[i];

		rule_look(rule, session);
		if (rule->gone)
			tell_of_end(session, rule);
		due |= rule->due || rule->gone || rule->problem;
	}
	session_take_signals(SIGUSR1);
	session_take_signals(SIGUSR2);
	return due;
}

/* One that `exit` watches comes last: what else knows of the end is then still there to be told. */
struct error *rules_act(struct session *session)
{
	struct error *error = NULL;

	for (size_t i = 0; !error && i < rules_count(session); i++)
		if (session->rules->armed.items[i]->condition.kind != CONDITION_EXIT)
			error = act(session, session->rules->armed.items[i]);
	for (size_t i = 0; !error && i < rules_count(session); i++)
		if (session->rules->armed.items[i]->condition.kind == CONDITION_EXIT)
			error = act(session, session->rules->armed.items[i]);
	sweep(session);
	return error;
}

/* Until the next look, the end of a process, or a signal. */
static void wait_for_next(const struct session *session, uint64_t until)
{
	struct pollfd ends[RULES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < rules_count(session); i++) {
		const struct rule *rule = rules_get(session, i);
		uint64_t next = rule_next_look(rule);

		if (rule->end >= 0)
			ends[count++] = (struct pollfd){.fd = rule->end, .events = POLLIN};
		until = next < until ? next : until;
	}
	session_wait(ends, count, until);
}

static bool has_waited(const struct session *session, unsigned number, uint64_t until)
{
	if (clock_monotonic() >= until)
		return true;
	return number != RULES_NONE && !rules_armed(session, number);
}

/* Signals that rules wait for are left to them. */
static struct error *wait_idly(uint64_t until)
{
	uint64_t now = clock_monotonic();

	return now >= until || session_sleep(until - now)
		       ? NULL
		       : error_create(ERROR_INTERRUPTED, "interrupted");
}

struct error *rules_wait(struct session *session, unsigned number, uint64_t until)
{
	if (rules_are_busy(session))
		return wait_idly(until);
	for (;;) {
		struct error *error = rules_are_due(session) ? rules_act(session) : NULL;

		if (error || session->quit)
			return error;
		if (session_interrupted())
			return error_create(ERROR_INTERRUPTED, "interrupted");
		if (has_waited(session, number, until))
			return NULL;
		wait_for_next(session, until);
	}
}
