#include "cli/shell.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/hints.h"
#include "cli/history.h"
#include "cli/lexer.h"
#include "cli/line_completion.h"
#include "cli/prompt.h"
#include "cli/report.h"
#include "cli/rules.h"
#include "cli/run.h"
#include "cli/table.h"
#include "session/follow.h"
#include "session/interrupt.h"

/* readline's callbacks have no argument to pass it through. */
static struct session *prompting_session;

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
	hints_clear();
	rl_point = rl_end;
	rl_redisplay();
	fputs("^C\n", rl_outstream);
	rl_replace_line("", 1);
	rl_on_new_line();
	rl_redisplay();
	return 0;
}

/*
 * Asked for by readline while nothing is typed. What a rule prints takes the place of the line,
 * which comes back below; meanwhile the terminal and the signals are limpet's own.
 */
static int look_at_rules(void)
{
	struct session *session = prompting_session;

	/* With this hook set, readline does not call the one for signals. */
	if (session_interrupted())
		return clear_line();
	if (!rules_are_due(session))
		return 0;
	hints_clear();
	rl_clear_visible_line();
	fflush(rl_outstream);
	rl_deprep_terminal();
	rl_clear_signals();
	error_destroy(rules_act(session)); /* Ctrl-C, which has ended what ran */
	session_clear_interrupts();
	rl_set_signals();
	rl_prep_terminal(1);
	if (session->quit) {
		rl_replace_line("", 1);
		rl_done = 1;
	}
	rl_on_new_line();
	rl_redisplay();
	return 0;
}

static void set_up_readline(struct session *session)
{
	prompting_session = session;
	rl_readline_name = "limpet";
	rl_change_environment = 0;
	rl_outstream = isatty(STDOUT_FILENO) ? stdout : stderr;
	rl_signal_event_hook = clear_line;
	/* With the user's own keys, and the size of the terminal. */
	rl_initialize();
	line_completion_set_up(session);
	hints_set_up(session);
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
	report_error(session, session_pick_up_now(session));

	CLEANUP(cleanup_free)
	char *prompt = prompt_make(session, session_wants_color(session, rl_outstream));

	session_clear_interrupts();
	/* It may have changed while a command had the terminal. */
	rl_reset_screen_size();
	rl_event_hook = rules_armed(session, RULES_ALL) ? look_at_rules : NULL;
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
	line_completion_end();
}
