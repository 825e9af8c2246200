#include "cli/command.h"

static struct error *run(struct session *session, const struct arguments *arguments)
{
	(void)arguments;
	session->quit = true;
	return NULL;
}

const struct command command_quit = {
	.name = "quit",
	.alias = "exit",
	.group = GROUP_SHELL,
	.usage = "",
	.summary = "let go of the process and end",
	.description = "Profiles that were not saved are lost. Ctrl-D does the same.",
	.examples = (const char *const[]){"quit", NULL},
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run,
};
