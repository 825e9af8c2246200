#include "cli/answer.h"
#include "cli/command.h"
#include "cli/json.h"
#include "session/attachment.h"

static struct error *run(struct session *session, const struct arguments *arguments)
{
	struct attachment *attachment;
	struct error *error = session_attachment(session, &attachment);

	(void)arguments;
	if (!error && session->json)
		error = answer_put_all(session, json_process(&attachment->target->identity));
	return error ? error : session_detach(session);
}

const struct command command_detach = {
	.name = "detach",
	.group = GROUP_PROCESS,
	.usage = "",
	.summary = "let go of the process",
	.description =
		"Takes away the memory that limpet had in the process, if any. What `heap on` "
		"or `ctl` switched stays as it is; the profiles stay, too.",
	.examples = (const char *const[]){"detach", NULL},
	.prints_json = true,
	.run = run,
};
