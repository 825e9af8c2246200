#include "cli/foreign_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/report.h"

static const struct command_option *find_option(const struct command *command, const char *name)
{
	const struct command_option *option = NULL;

	while ((option = command_next_option(command, option)))
		if (strcmp(option->name, name) == 0)
			return option;
	return NULL;
}

struct error *foreign_options_add(struct arguments *arguments, const char *name, const char *value)
{
	const struct command_option *option = find_option(arguments->command, name);

	if (!option)
		abort();
	return given_options_append(&arguments->options, (struct given_option){option, value});
}

static const struct foreign_option *find_foreign(
	const struct foreign_option *table, const char *name)
{
	while (table->name && strcmp(table->name, name) != 0)
		table++;
	return table->name ? table : NULL;
}

static struct error *translate(const struct session *session, const struct arguments *arguments,
	const struct given_option *given, const struct foreign_option *table, struct arguments *ret)
{
	const struct foreign_option *foreign = find_foreign(table, given->option->name);
	const char *becomes;

	if (!foreign)
		return foreign_options_add(ret, given->option->name, given->value);
	if (foreign->refusal)
		return error_set_hint(
			arguments_error(arguments, "%s", foreign->refusal), "%s", foreign->hint);
	if (foreign->remark && !session->serves_front)
		report(session, "%s", foreign->remark);
	becomes = given->value || !foreign->without ? foreign->becomes : foreign->without;
	return becomes ? foreign_options_add(ret, becomes, given->value) : NULL;
}

struct error *foreign_options_translate(const struct session *session,
	const struct arguments *given, const struct foreign_option *table,
	const struct command *command, struct arguments *ret)
{
	CLEANUP(arguments_deinit) struct arguments made = {.command = command};

	ARRAY_FOR_EACH (option, &given->options) {
		struct error *error = translate(session, given, option, table, &made);

		if (error)
			return error;
	}
	*ret = made;
	made = (struct arguments){0};
	return NULL;
}
