#include "cli/processes.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/front.h"
#include "session/follow.h"
#include "target/live.h"

static const char separators[] = ", \t\r\n";
static const char snapshot_suffix[] = ".snapshot";

void process_specs_free(struct process_specs *specs)
{
	ARRAY_FOR_EACH (spec, specs)
		free(*spec);
	free(specs->items);
	*specs = (struct process_specs){0};
}

static bool is_snapshot(const char *text)
{
	size_t length = strlen(text), suffix = sizeof(snapshot_suffix) - 1;

	return length > suffix && strcmp(text + length - suffix, snapshot_suffix) == 0;
}

/* Takes over the text. */
static struct error *add(struct process_specs *specs, char *text)
{
	CLEANUP(cleanup_free) char *owned = text;
	struct error *error;

	if (!owned)
		return &error_no_memory;
	ARRAY_FOR_EACH (spec, specs)
		if (strcmp(*spec, owned) == 0)
			return NULL;
	error = process_specs_append(specs, owned);
	if (!error)
		(void)TAKE_POINTER(owned);
	return error;
}

static struct error *add_number(struct process_specs *specs, uint64_t number)
{
	char *text;

	return add(specs, asprintf(&text, "%lu", (unsigned long)number) < 0 ? NULL : text);
}

/* "007" is 7, which is there once. */
static struct error *add_item(struct process_specs *specs, const char *item, size_t length)
{
	CLEANUP(cleanup_free) char *text = strndup(item, length);
	uint64_t number;

	if (!text)
		return &error_no_memory;
	if (is_snapshot(text))
		return add(specs, TAKE_POINTER(text));
	if (parse_unsigned(text, &number) && number > 0 && number <= INT_MAX)
		return add_number(specs, number);
	return error_set_hint(error_create(ERROR_USAGE, "'%s' is no process id", text),
		"-p takes the number of a process, or several: -p 1234,1240; -n takes a name");
}

struct error *process_specs_add(struct process_specs *specs, const char *list)
{
	struct error *error = NULL;
	bool some = false;

	/* A path may hold what separates. */
	if (is_snapshot(list) && access(list, F_OK) == 0)
		return add(specs, strdup(list));
	for (const char *at = list; !error; some = true) {
		size_t length = strcspn(at += strspn(at, separators), separators);

		if (!length)
			break;
		error = add_item(specs, at, length);
		at += length;
	}
	return error || some ? error : add_item(specs, list, strlen(list));
}

static struct error *add_numbers(struct process_specs *specs, const struct u32_array *pids)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (pid, pids)
		if (!error)
			error = add_number(specs, *pid);
	return error;
}

static struct error *add_named(struct process_specs *specs, const char *name, bool all)
{
	CLEANUP(u32_array_deinit) struct u32_array pids = {0};
	struct error *error = all ? live_target_find_all(name, &pids) : NULL;
	pid_t pid;

	if (error || pids.count)
		return error ? error : add_numbers(specs, &pids);
	error = live_target_find(name, &pid);
	return error ? error : add_number(specs, (uint64_t)pid);
}

static struct error *add_descendants(struct process_specs *specs)
{
	CLEANUP(u32_array_deinit) struct u32_array pids = {0};
	struct error *error = NULL;
	uint64_t number;

	for (size_t i = 0; !error && i < specs->count; i++)
		if (parse_unsigned(specs->items[i], &number))
			error = live_target_find_descendants((pid_t)number, &pids);
	return error ? error : add_numbers(specs, &pids);
}

static struct error *collect(const struct process_choice *choice, struct process_specs *ret)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (spec, &choice->specs)
		if (!error)
			error = add(ret, strdup(*spec));
	if (!error && choice->name)
		error = add_named(ret, choice->name, choice->all);
	if (!error && choice->children)
		error = add_descendants(ret);
	return error;
}

static struct error *check_count(const struct session *session, size_t count)
{
	uint64_t limit = settings_number(&session->settings, SETTING_PROCESSES);

	if (count <= limit)
		return NULL;
	return error_set_hint(error_create(ERROR_USAGE,
				      "these are %zu processes, more than the %lu at once that the "
				      "setting processes allows",
				      count, (unsigned long)limit),
		"choose some of them by number, -p 1234,1240; or allow more: --processes %zu, or "
		"`set processes %zu`",
		count, count);
}

static struct error *attach_several(struct session *session, const struct process_choice *choice)
{
	CLEANUP(process_specs_free) struct process_specs specs = {0};
	struct error *error = collect(choice, &specs);

	if (!error)
		error = check_count(session, specs.count);
	if (!error)
		error = processes_detach(session);
	if (error)
		return error;
	session_follow_none(session);
	return front_create(session, &specs);
}

static struct error *attach_one(struct session *session, const struct process_choice *choice)
{
	struct error *error;

	/* Workers hold what a limpet of its own might be refused. */
	error = session->front ? processes_detach(session) : NULL;
	if (error)
		return error;
	error = choice->name ? session_attach_name(session, choice->name)
			     : session_attach_pid(session, choice->specs.items[0]);
	if (error)
		return error;
	if (choice->follow)
		return session_follow(session, choice->followed, choice->timeout);
	session_follow_none(session);
	return NULL;
}

/* Without a process to begin with; more than one of the name is as wrong as with -n. */
static struct error *follow_name(struct session *session, const struct process_choice *choice)
{
	struct error *error = processes_detach(session);
	pid_t pid;

	if (!error)
		error = session_follow(session, choice->followed, choice->timeout);
	if (!error)
		error = error_unless(live_target_find(choice->followed, &pid), ERROR_GONE);
	if (!error)
		error = session_pick_up(session);
	if (error)
		session_follow_none(session);
	return error;
}

void process_choice_read(const struct arguments *arguments, struct process_choice *choice)
{
	choice->all = arguments_has(arguments, "all");
	choice->children = arguments_has(arguments, "children");
}

struct error *process_choice_check(
	const struct process_choice *choice, const struct arguments *arguments)
{
	if (choice->name && choice->specs.count)
		return arguments_error(arguments, "-p and -n both name a process");
	if (choice->all && !choice->name)
		return arguments_error(arguments, "--all is about the processes of a name");
	if (choice->follow && (choice->all || choice->children || choice->specs.count > 1))
		return arguments_error(arguments, "--follow is about one process at a time");
	if (choice->followed && choice->name)
		return arguments_error(arguments,
			"-n and --follow both name a process: --follow NAME alone will do");
	if (choice->children && !choice->name && !choice->specs.count)
		return arguments_error(arguments, "--children is about those of a process");
	return NULL;
}

struct error *processes_attach(struct session *session, const struct process_choice *choice)
{
	if (!choice->name && !choice->specs.count)
		return choice->followed ? follow_name(session, choice) : NULL;
	if (choice->all || choice->children || choice->specs.count > 1)
		return attach_several(session, choice);
	return attach_one(session, choice);
}

struct error *processes_detach(struct session *session)
{
	session_follow_none(session);
	return session->front ? front_end(session) : session_detach(session);
}
