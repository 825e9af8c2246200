#include <stdio.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/command.h"
#include "cli/front.h"
#include "cli/json.h"
#include "cli/processes.h"
#include "session/attachment.h"

static struct error *not_attached(const char *pid, const struct attachment *attachment)
{
	char attached[16];

	snprintf(attached, sizeof(attached), "%d", attachment->target->identity.pid);
	if (!pid || strcmp(pid, attached) == 0)
		return NULL;
	return error_create(ERROR_NOT_FOUND, "the process that is attached to is %s", attached);
}

static struct error *release_each(struct session *session, const struct arguments *arguments)
{
	struct error *error = NULL;

	for (size_t i = 0; !error && session->front && i < arguments->words.count; i++)
		error = front_release(session, arguments->words.items[i]);
	return error;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	struct attachment *attachment;
	struct error *error;

	if (session->front) {
		error = session->json ? front_answer(session, arguments) : NULL;
		if (error)
			return error;
		return arguments->words.count ? release_each(session, arguments)
					      : processes_detach(session);
	}
	error = session_attachment(session, &attachment);
	if (!error)
		error = not_attached(arguments_word(arguments, 0), attachment);
	if (!error && session->json)
		error = answer_put_all(session, json_process(&attachment->target->identity));
	return error ? error : session_detach(session);
}

const struct command command_detach = {
	.name = "detach",
	.group = GROUP_PROCESS,
	.usage = "[PID...]",
	.summary = "let go of the process, or of some of several",
	.description =
		"Takes away the memory that limpet had in the process, if any. What `heap on` "
		"or `ctl` switched stays as it is; the profiles stay, too. Of "
		"several processes those that are named are let go, else all; the profiles of each "
		"go with it.",
	.examples = (const char *const[]){"detach", "detach 1240", NULL},
	.maximum = UINT32_MAX,
	.reach = REACH_SESSION,
	.prints_json = true,
	.run = run,
};
