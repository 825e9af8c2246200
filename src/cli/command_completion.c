#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/completion_scripts.h"
#include "cli/report.h"
#include "target/live.h"

/* Hidden are those that the scripts ask with. */
static const struct command_option options[] = {
	{.name = "processes"},
	{.name = "before", .argument = "LINE"},
	{.name = "word", .argument = "WORD"},
	{0},
};

static const struct completion_script *const scripts[] = {
	&completion_bash, &completion_zsh, &completion_fish};

static void print_process(void *context, pid_t pid, const char *name)
{
	FILE *stream = context;

	fprintf(stream, "%d\t", pid);
	print_text(stream, name);
	putc('\n', stream);
}

static void print_candidates(struct session *session, const char *before, const char *word)
{
	CLEANUP(completion_deinit) struct completion completion;

	completion_make(session, cursor_over(before, strlen(before)), word, &completion);
	ARRAY_FOR_EACH (candidate, &completion.candidates)
		fprintf(session->out, "%s\n", candidate->text);
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *shell = arguments_word(arguments, 0);
	const char *before = arguments_value(arguments, "before");
	const char *word = arguments_value(arguments, "word");

	if (arguments_has(arguments, "processes"))
		return live_target_visit_all(print_process, session->out);
	if (before || word) {
		print_candidates(session, before ? before : "", word ? word : "");
		return NULL;
	}
	for (size_t i = 0; shell && i < ARRAY_SIZE(scripts); i++)
		if (strcmp(scripts[i]->shell, shell) == 0) {
			scripts[i]->print(session->out, session);
			return NULL;
		}
	return error_set_hint(
		shell ? arguments_error(arguments, "there is no completion for '%s'", shell)
		      : arguments_error(arguments, "the name of a shell is needed"),
		"it is one of bash, zsh, fish");
}

static void complete(struct completion *completion)
{
	for (size_t i = 0; completion->index == 0 && i < ARRAY_SIZE(scripts); i++)
		completion_add(completion, scripts[i]->shell);
}

const struct command command_completion = {
	.name = "completion",
	.group = GROUP_SHELL,
	.usage = "bash|zsh|fish",
	.summary = "print what completes limpet's command line in that shell",
	.description =
		"What is installed has it already. Otherwise, for bash: `. <(limpet completion "
		"bash)` in ~/.bashrc; for zsh the same in ~/.zshrc, below compinit; for fish: "
		"`limpet completion fish > ~/.config/fish/completions/limpet.fish`. Commands, "
		"options and their values are completed, processes by number and name, files, "
		"settings, and the names of `ctl`.",
	.examples = (const char *const[]){"completion bash", NULL},
	.options = options,
	.maximum = 1,
	.reach = REACH_SESSION,
	.run = run,
	.complete = complete,
};
