#include <stdint.h>
#include <stdlib.h>

#include <readline/history.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/command.h"
#include "cli/history.h"
#include "cli/report.h"

#define USUAL_LINES 20

static void print(FILE *out, uint64_t wanted)
{
	int count = history_length;
	int first = (uint64_t)count > wanted ? count - (int)wanted : 0;

	for (int i = first; i < count; i++) {
		fprintf(out, "%5d  ", i + 1);
		print_text(out, history_get(history_base + i)->line);
		fputc('\n', out);
	}
}

/* A script has no history of its own: it sees that of the prompt. */
static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *text = arguments_word(arguments, 0);
	CLEANUP(cleanup_free) char *path = NULL;
	uint64_t wanted = USUAL_LINES;
	struct error *error = NULL;

	if (text && !parse_unsigned(text, &wanted))
		return arguments_error(arguments, "'%s' is no number of lines", text);
	if (!session->interactive && !history_length)
		error = history_load(&path);
	if (!error)
		print(session->out, wanted);
	return error;
}

const struct command command_history = {
	.name = "history",
	.group = GROUP_SHELL,
	.usage = "[N]",
	.summary = "print the lines that were typed last",
	.description =
		"The last N lines, 20 without a number. They are kept in "
		"$XDG_STATE_HOME/limpet/history (~/.local/state/limpet/history), readable by you "
		"alone, 5,000 at most. Lines that begin with a blank are not kept, and none that "
		"speak of a token, a password, an authorization or another secret. Arrow keys, and "
		"Ctrl-R with a part of a line, bring a line back.",
	.examples =
		(const char *const[]){"history", "history 100", "history 5000 | grep cpu", NULL},
	.maximum = 1,
	.repeatable = true,
	.reach = REACH_SESSION,
	.run = run,
};
