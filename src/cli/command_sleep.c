#include "base/clock.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/rules.h"

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *text = arguments_word(arguments, 0);
	uint64_t duration;

	if (!parse_duration(text, &duration))
		return error_set_hint(arguments_error(arguments, "'%s' is no duration", text),
			"it takes seconds, or a time such as 500ms or 1m30s");
	if (session->json)
		answer_put(session, "duration_ns", json_integer((json_int_t)duration));
	return rules_wait(session, RULES_NONE, clock_monotonic() + duration);
}

const struct command command_sleep = {
	.name = "sleep",
	.group = GROUP_SCRIPTS,
	.usage = "DURATION",
	.summary = "wait",
	.description = "Seconds, or a time such as 500ms or 1m30s. Ctrl-C ends it, and the script. "
		       "What `on` has armed is looked at meanwhile.",
	.examples = (const char *const[]){"sleep 10", "sleep 1m30s", NULL},
	.minimum = 1,
	.maximum = 1,
	.unpaged = true,
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run,
};
