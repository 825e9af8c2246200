#include "cli/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/history.h"
#include "cli/lexer.h"
#include "cli/report.h"
#include "cli/run.h"
#include "cli/table.h"
#include "export/utf8.h"

/* readline's callbacks have no argument to pass it through. */
static struct session *completing_session;

char *shell_prompt(const struct session *session)
{
	STRING_BUILDER(prompt);
	char *text;

	string_append(&prompt, "(limpet");
	if (session->target_text) {
		string_append_char(&prompt, ' ');
		utf8_append_printable(&prompt, session->target_text, strlen(session->target_text));
	}
	string_append(&prompt, ") ");
	struct error *error = string_builder_finish(&prompt, &text);
	if (!error)
		return text;
	error_destroy(error);
	return NULL;
}

/* readline wants an array on the heap: what all have in common, the candidates, NULL. */
static char **to_matches(struct completion *completion)
{
	size_t count = completion->candidates.count;
	char **matches = count ? calloc(count + 2, sizeof(*matches)) : NULL;
	size_t common;

	if (!matches)
		return NULL;
	for (size_t i = 0; i < count; i++)
		matches[i + 1] = completion->candidates.items[i];
	completion->candidates.count = 0;
	common = strlen(matches[1]);
	for (size_t i = 1; i < count; i++) {
		size_t same = 0;

		while (same < common && matches[i + 1][same] == matches[1][same])
			same++;
		common = same;
	}
	matches[0] = strndup(matches[1], common);
	if (count == 1) {
		free(matches[1]);
		matches[1] = NULL;
	}
	return matches;
}

static char **complete(const char *text, int start, int end)
{
	CLEANUP(completion_deinit) struct completion completion;

	(void)end;
	completion_make(
		completing_session, cursor_over(rl_line_buffer, (size_t)start), text, &completion);
	char **matches = to_matches(&completion);
	/* More parts of a name follow. */
	if (matches && !matches[1] && *matches[0] && matches[0][strlen(matches[0]) - 1] == '.')
		rl_completion_append_character = '\0';
	rl_attempted_completion_over = matches || !completion.files;
	return matches;
}

/* Ctrl-C at the prompt: leave the line on the screen, start a new one. */
static int clear_line(void)
{
	if (!session_interrupted())
		return 0;
	if (session_ended()) {
		rl_done = 1;
		return 0;
	}
	session_clear_interrupts();
	rl_point = rl_end;
	rl_redisplay();
	fputs("^C\n", rl_outstream);
	rl_replace_line("", 1);
	rl_on_new_line();
	rl_redisplay();
	return 0;
}

static void set_up_readline(struct session *session)
{
	static char breaks[] = " \t\n\"'=>|";
	static char quotes[] = "\"'";

	completing_session = session;
	rl_readline_name = "limpet";
	rl_outstream = isatty(STDOUT_FILENO) ? stdout : stderr;
	rl_attempted_completion_function = complete;
	rl_completer_word_break_characters = breaks;
	rl_completer_quote_characters = quotes;
	rl_filename_quote_characters = " \t\\\"'#";
	rl_signal_event_hook = clear_line;
}

static bool is_repeatable(const char *line)
{
	CLEANUP(line_deinit) struct line words = {0};
	struct error *error = line_lex(cursor_over(line, strlen(line)), &words);
	const struct command *command = NULL;
	const char *number;

	if (!error && words.words.count)
		error = command_find(words.words.items[0], &command, &number);
	bool repeatable = !error && command && command->repeatable;
	error_destroy(error);
	return repeatable;
}

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t")] == '\0';
}

/* *last is the line that an empty one stands for, or NULL. */
static void run_input(struct session *session, const char *line, char **last)
{
	if (is_blank(line)) {
		line = *last;
	} else {
		free(*last);
		*last = is_repeatable(line) ? strdup(line) : NULL;
	}
	if (line)
		report_error(session, run_line(session, cursor_over(line, strlen(line))));
}

static char *read_input(struct session *session)
{
	CLEANUP(cleanup_free) char *prompt = shell_prompt(session);

	session_clear_interrupts();
	return readline(prompt ? prompt : "(limpet) ");
}

/* At Ctrl-D readline does so itself when it switches bracketed paste off. */
static void end_line(void)
{
	const char *bracketed = rl_variable_value("enable-bracketed-paste");

	if (!bracketed || strcmp(bracketed, "on") != 0)
		fputs("\n", rl_outstream);
}

void shell_run(struct session *session)
{
	CLEANUP(cleanup_free) char *history = NULL;
	CLEANUP(cleanup_free) char *last = NULL;
	struct error *error;

	session->interactive = true;
	set_up_readline(session);
	report(session, "limpet %s: `help` lists the commands, Ctrl-D ends", LIMPET_VERSION);
	error = history_load(&history);
	if (error)
		report_error(session, error_add_context(error, "no history is kept"));
	while (!session->quit) {
		CLEANUP(cleanup_free) char *line = read_input(session);

		if (!line || session_ended()) {
			end_line();
			break;
		}
		history_add(history, line);
		run_input(session, line, &last);
	}
	history_close(history);
}
