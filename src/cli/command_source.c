#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/json.h"
#include "cli/script.h"

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *path = arguments_word(arguments, 0);

	if (session->json)
		answer_put(session, "file", json_text(path));
	return script_run_file(session, path);
}

const struct command command_source = {
	.name = "source",
	.group = GROUP_SCRIPTS,
	.usage = "FILE",
	.summary = "run the commands in a file",
	.description =
		"One command a line; what follows a # at the start of a word is a comment. The "
		"script ends at the first error, which is reported with the file's name and the "
		"line, unless limpet was started with -k.",
	.examples = (const char *const[]){"source grab.limpet", NULL},
	.minimum = 1,
	.maximum = 1,
	.takes_interrupts = true,
	.unpaged = true,
	.prints_json = true,
	.run = run,
	.complete = complete_files,
};
