#include <stdlib.h>

#include "base/cleanup.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/help_topics.h"
#include "cli/json.h"
#include "cli/manual.h"
#include "cli/table.h"

/* Hidden: the man page and the list are for who builds and tests limpet. */
static const struct command_option options[] = {
	{.name = "scdoc"},
	{.name = "list"},
	{0},
};

static struct error *answer_text(
	struct session *session, const char *key, void (*print)(FILE *stream))
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return &error_no_memory;
	print(stream);
	if (fclose(stream) != 0)
		return &error_no_memory;
	answer_put(session, key, json_text(text));
	return NULL;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *word = arguments_word(arguments, 0);
	bool color = session_wants_color(session, session->out);
	const struct command *command;
	const struct help_topic *topic = word ? help_topic_find(word) : NULL;
	const char *number;
	struct error *error;

	if (arguments_has(arguments, "scdoc") && session->json)
		return answer_text(session, "manual", manual_print);
	if (arguments_has(arguments, "scdoc")) {
		manual_print(session->out);
		return NULL;
	}
	if (arguments_has(arguments, "list")) {
		help_print_list(session->out);
		return NULL;
	}
	if (!word && session->json) {
		help_answer(session, NULL);
		return NULL;
	}
	if (!word) {
		help_print_overview(session->out, color);
		return NULL;
	}
	if (topic && session->json)
		return answer_text(session, "topic", topic->print);
	if (topic) {
		topic->print(session->out);
		return NULL;
	}
	error = command_find(word, &command, &number);
	if (error)
		return error;
	if (session->json)
		help_answer(session, command);
	else
		help_print_command(session->out, command, color);
	return NULL;
}

static void complete(struct completion *completion)
{
	size_t count;
	const struct help_topic *topics = help_topics(&count);

	complete_commands(completion);
	for (size_t i = 0; i < count; i++)
		completion_add(completion, topics[i].name);
}

const struct command command_help = {
	.name = "help",
	.group = GROUP_SHELL,
	.usage = "[COMMAND | TOPIC]",
	.summary = "list the commands, or explain one",
	.description =
		"Without an argument, one line for each command and each topic. With one, what the "
		"command does, its options, and examples. --json prints the table of commands "
		"itself: all that help, completion and man page are made of.",
	.examples = (const char *const[]){"help", "help top", "help words", NULL},
	.options = options,
	.maximum = 1,
	.prints_json = true,
	.reach = REACH_SESSION,
	.run = run,
	.complete = complete,
};
