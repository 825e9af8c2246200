#include "cli/process_options.h"

#include <string.h>

static bool is_pid(const struct given_option *given)
{
	return strcmp(given->option->name, "pid") == 0;
}

static bool names_process(const struct given_option *given)
{
	return is_pid(given) || strcmp(given->option->name, "name") == 0;
}

/* The last one, or NULL. *ret_count: of those that cannot be given together. */
static const struct given_option *find(const struct arguments *arguments, unsigned *ret_count)
{
	const struct given_option *found = NULL;
	unsigned pids = 0, names = 0;

	ARRAY_FOR_EACH (given, &arguments->options) {
		if (!names_process(given))
			continue;
		found = given;
		pids += is_pid(given);
		names += !is_pid(given);
	}
	*ret_count = (pids > 0) + names;
	return found;
}

bool process_options_given(const struct arguments *arguments)
{
	unsigned count;

	return find(arguments, &count) != NULL;
}

bool process_options_with_descendants(const struct arguments *arguments)
{
	ARRAY_FOR_EACH (given, &arguments->options)
		if (strcmp(given->option->name, "subprocesses") == 0)
			return true;
	return false;
}

struct error *process_options_check(const struct arguments *before, const struct arguments *behind)
{
	unsigned count, behind_count = 0;

	find(before, &count);
	if (behind)
		find(behind, &behind_count);
	if (count + behind_count <= 1)
		return NULL;
	return error_set_hint(error_create(ERROR_USAGE, "a process is named more than once"),
		"one -p PID or one -n NAME is enough, before the command or behind it; several "
		"processes are -p 1234,1240");
}

struct error *process_options_refuse(const struct arguments *arguments)
{
	unsigned count;
	const struct given_option *given = find(arguments, &count);

	if (!given)
		return NULL;
	return error_set_hint(
		arguments_error(arguments, "--%s is for the command line", given->option->name),
		"here `attach %s` chooses the process that commands are about", given->value);
}
