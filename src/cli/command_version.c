#include <stdio.h>

#include "cli/command.h"

static struct error *run(struct session *session, const struct arguments *arguments)
{
	(void)arguments;
	fputs("limpet " LIMPET_VERSION "\n", session->out);
	return NULL;
}

const struct command command_version = {
	.name = "version",
	.group = GROUP_SHELL,
	.usage = "",
	.summary = "print the version",
	.description = "`limpet --version` does the same.",
	.examples = (const char *const[]){"version", NULL},
	.reach = REACH_SESSION,
	.run = run,
};
