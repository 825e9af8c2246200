#include <ctype.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/front.h"
#include "cli/json.h"
#include "cli/processes.h"
#include "cli/report.h"
#include "session/attachment.h"

static const struct command_option options[] = {
	PROCESS_OPTIONS,
	{.name = "follow", .help = "and, when it has ended, to the next of its name"},
	{.name = "timeout", .argument = "TIME", .help = "wait so long for the next one (for ever)"},
	{0},
};

static bool names_process_id(const char *text)
{
	return isdigit((unsigned char)text[0]) || strstr(text, ".snapshot");
}

static struct error *choose(const struct arguments *arguments, struct process_choice *choice)
{
	struct error *error = arguments_duration(arguments, "timeout", 0, &choice->timeout);

	if (error)
		return error;
	process_choice_read(arguments, choice);
	choice->follow = arguments_has(arguments, "follow");
	if (!names_process_id(arguments->words.items[0])) {
		choice->name = arguments->words.items[0];
		if (arguments->words.count > 1)
			return arguments_error(arguments, "'%s' is more than the one name",
				arguments->words.items[1]);
		return process_choice_check(choice, arguments);
	}
	ARRAY_FOR_EACH (word, &arguments->words)
		if (!error)
			error = process_specs_add(&choice->specs, *word);
	return error ? error : process_choice_check(choice, arguments);
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	static const struct arguments all = {0};
	struct process_choice choice = {0};
	struct error *error = choose(arguments, &choice);

	if (!error)
		error = processes_attach(session, &choice);
	process_specs_free(&choice.specs);
	if (error)
		return error;
	report(session, "attached to %s", session->target_text);
	if (!session->json)
		return NULL;
	if (session->front)
		return front_answer(session, &all);
	return answer_put_all(session, json_process(&session->attachment->target->identity));
}

const struct command command_attach = {
	.name = "attach",
	.group = GROUP_PROCESS,
	.usage = "PID[,PID...]|NAME [--all] [--children] [--follow]",
	.summary = "choose the process, or processes, that the commands are about",
	.description =
		"NAME is that of the executable file, or what ps shows; it must be the only one. "
		"A file FILE.snapshot, made by `cpu --snapshot`, stands for the process that it "
		"was recorded from.\n\n"
		"Nothing is stopped, and limpet is not attached in the kernel's sense: it is so "
		"only for the microseconds in which it copies a thread's stack.\n\n"
		"Several processes, 1234,1240 or with --all every one of that NAME, or with "
		"--children all their descendants, too, are those that there are now: one that "
		"is started later is none of them. Each has a limpet of its own, with profiles "
		"@1, @2, ... of its own. Commands run in all of them side by side, and what they "
		"print stands below a line such as ==> 1234 redis-server <==, or once if all say "
		"the same; an object of --json has the key pid. A file that -o names is one of "
		"all, with a frame such as redis-server (1234) at the root of each process's "
		"stacks, and the labels pid and process; with %p in its name it is one for each "
		"process.\n\n"
		"A process that is refused or ends does not stop the others. In a script, one in "
		"which a command fails takes no part in the rest, and what the script has switched "
		"in it is switched back. The exit status is the highest "
		"of those of the processes. The setting processes (--processes) says how many "
		"there may be at once.\n\n"
		"With --follow (limpet --follow NAME) a process that is restarted is picked up "
		"again: a command that finds it ended attaches to the next one of its name and "
		"executable file first, or waits for it, and says so; a capture that its end cut "
		"short is kept, and a script goes on. Of several the one started first is taken. "
		"What was switched in the former, as by `heap on`, is not in the next one. "
		"limpet --follow NAME waits for the first one, too.",
	.examples = (const char *const[]){"attach 1234", "attach redis-server", "attach 1234,1240",
		"attach nginx --all", "attach 1234 --children", "attach redis-server --follow",
		NULL},
	.options = options,
	.minimum = 1,
	.maximum = UINT32_MAX,
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run,
	.complete = complete_processes,
};
