#include <ctype.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/json.h"
#include "cli/report.h"
#include "session/attachment.h"

static bool names_process_id(const char *text)
{
	return isdigit((unsigned char)text[0]) || strstr(text, ".snapshot");
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *word = arguments_word(arguments, 0);
	struct error *error = names_process_id(word) ? session_attach_pid(session, word)
						     : session_attach_name(session, word);

	if (error)
		return error;
	report(session, "attached to %s", session->target_text);
	return session->json ? answer_put_all(session,
				       json_process(&session->attachment->target->identity))
			     : NULL;
}

const struct command command_attach = {
	.name = "attach",
	.group = GROUP_PROCESS,
	.usage = "PID|NAME",
	.summary = "choose the process that the commands are about",
	.description =
		"NAME is that of the executable file, or what ps shows; it must be the only one. "
		"A file FILE.snapshot, made by `cpu --snapshot`, stands for the process that it "
		"was recorded from.\n\n"
		"Nothing is stopped, and limpet is not attached in the kernel's sense: it is so "
		"only for the microseconds in which it copies a thread's stack.",
	.examples = (const char *const[]){"attach 1234", "attach redis-server", NULL},
	.minimum = 1,
	.maximum = 1,
	.prints_json = true,
	.run = run,
	.complete = complete_processes,
};
