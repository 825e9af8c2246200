#include <stdlib.h>

#include "base/cleanup.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/json.h"
#include "cli/script.h"

/* A script that is called by another one is a part of that. */
static struct error *run(struct session *session, const struct arguments *arguments)
{
	bool is_part = session->script_depth || session->script_name;
	CLEANUP(switched_before_deinit) struct switched_before known = {0};
	struct error *error = is_part ? NULL : switched_before_init(&known, session);
	const char *path = arguments_word(arguments, 0);
	char *position;

	if (session->json)
		answer_put(session, "file", json_text(path));
	if (!error)
		error = script_run_file(session, path);
	if (!error || is_part)
		return error;
	/* What is said of the undoing is not about that line. */
	position = TAKE_POINTER(session->error_position);
	script_undo(session, &known);
	free(session->error_position);
	session->error_position = position;
	return error;
}

const struct command command_source = {
	.name = "source",
	.group = GROUP_SCRIPTS,
	.usage = "FILE",
	.summary = "run the commands in a file",
	.description =
		"One command a line; what follows a # at the start of a word is a comment. The "
		"script ends at the first error, which is reported with the file's name and the "
		"line, unless limpet was started with -k. What it has switched in the process by "
		"then, such as the heap profiler, is switched back, unless limpet was started with "
		"--keep.",
	.examples = (const char *const[]){"source grab.limpet", NULL},
	.minimum = 1,
	.maximum = 1,
	.takes_interrupts = true,
	.unpaged = true,
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run,
	.complete = complete_files,
};
