#include "base/clock.h"
#include "base/quantity.h"
#include "cli/command.h"
#include "cli/rules.h"

static const struct command_option options[] = {
	{.name = "timeout", .argument = "TIME", .help = "fail if they have not ended by then"},
	{0},
};

static struct error *take_number(
	struct session *session, const struct arguments *arguments, unsigned *ret)
{
	const char *text = arguments_word(arguments, 0);
	uint64_t number = RULES_ALL;

	if (text && (!parse_unsigned(text, &number) || !number || number >= RULES_NONE))
		return error_set_hint(arguments_error(arguments, "'%s' is no rule", text),
			"it takes the number of one, as `on` lists them");
	if (!rules_armed(session, (unsigned)number))
		return error_set_hint(
			number ? error_create(ERROR_NOT_FOUND, "no rule %lu is armed", number)
			       : error_create(ERROR_NOT_FOUND, "no rule is armed"),
			"`on CONDITION do COMMAND` arms one");
	*ret = (unsigned)number;
	return NULL;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	uint64_t timeout, until = RULES_WAIT_FOR_EVER;
	struct error *error = arguments_duration(arguments, "timeout", 0, &timeout);
	char text[QUANTITY_SIZE];
	unsigned number = RULES_ALL;

	if (!error && rules_are_busy(session))
		error = error_create(ERROR_USAGE, "the commands of a rule cannot wait for rules");
	if (!error)
		error = take_number(session, arguments, &number);
	if (error)
		return error;
	if (timeout)
		until = clock_monotonic() + timeout;
	error = rules_wait(session, number, until);
	if (error || session->quit || !rules_armed(session, number))
		return error;
	return error_create(
		ERROR_FAILED, "not all has come within %s", format_duration((double)timeout, text));
}

const struct command command_wait = {
	.name = "wait",
	.group = GROUP_SCRIPTS,
	.usage = "[N] [--timeout TIME]",
	.summary = "wait for what `on` has armed",
	.description =
		"Until all rules have ended, or the one of that number: because they have run "
		"as often as they may, or the process has gone. Ctrl-C ends it; what is "
		"armed stays so.",
	.examples = (const char *const[]){"wait", "wait 2 --timeout 1h", NULL},
	.options = options,
	.maximum = 1,
	.unpaged = true,
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run,
};
