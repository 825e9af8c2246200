#include "cli/process_options.h"

#include <string.h>

static bool names_process(const struct given_option *given)
{
	return strcmp(given->option->name, "pid") == 0 || strcmp(given->option->name, "name") == 0;
}

/* The option's value, or NULL; how many there are is added to *count. */
static const struct given_option *find(const struct arguments *arguments, unsigned *count)
{
	const struct given_option *found = NULL;

	ARRAY_FOR_EACH (given, &arguments->options) {
		if (!names_process(given))
			continue;
		found = given;
		++*count;
	}
	return found;
}

bool process_options_given(const struct arguments *arguments)
{
	unsigned count = 0;

	return find(arguments, &count) != NULL;
}

struct error *process_options_check(const struct arguments *before, const struct arguments *behind)
{
	unsigned count = 0;

	find(before, &count);
	if (behind)
		find(behind, &count);
	if (count <= 1)
		return NULL;
	return error_set_hint(error_create(ERROR_USAGE, "a process is named more than once"),
		"one -p PID or one -n NAME is enough, before the command or behind it");
}

struct error *process_options_refuse(const struct arguments *arguments)
{
	unsigned count = 0;
	const struct given_option *given = find(arguments, &count);

	if (!given)
		return NULL;
	return error_set_hint(
		arguments_error(arguments, "--%s is for the command line", given->option->name),
		"here `attach %s` chooses the process that commands are about", given->value);
}
