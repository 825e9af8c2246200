#include "cli/run.h"
#include "cli/process_options.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/command_set.h"
#include "cli/foreign_words.h"
#include "cli/front.h"
#include "cli/help.h"
#include "cli/lexer.h"
#include "cli/naming_options.h"
#include "cli/output_name.h"
#include "cli/pager.h"
#include "cli/pprof_words.h"
#include "cli/report.h"
#include "cli/table.h"
#include "cli/variable_values.h"
#include "symbolize/name_cache.h"

/* Exit statuses of sh. */
#define SHELL_CANNOT_RUN 126
#define SHELL_NOT_FOUND  127
#define SHELL_SIGNALED   128 /* and the signal's number */

/* Where a line's data goes while it runs. */
struct output {
	const struct line *line;
	char *path; /* of a file; owned */
	FILE *former;
	FILE *stream; /* NULL: not redirected */
	bool paged;
};

/* Commands within commands: only what somebody typed is paged. */
static unsigned run_depth;

static FILE *open_pipe(const struct session *session, const char *command)
{
	variables_export(session);
	return popen(command, "we");
}

static struct error *open_destination(
	struct session *session, const struct line *line, struct output *output)
{
	bool append = line->redirection == REDIRECTION_APPEND;
	const char *name = line->destination;
	struct error *error;

	if (line->redirection == REDIRECTION_PIPE) {
		output->stream = open_pipe(session, name);
	} else {
		error = output_name_choose(session, line->destination, append, &output->path);
		if (error)
			return error;
		name = output->path;
		output->stream = fopen(name, append ? "ae" : "we");
	}
	/* Its kind is not that of errno: the target denied nothing. */
	if (output->stream)
		return NULL;
	error = error_create(ERROR_FAILED, "cannot write '%s': %s", name, strerror(errno));
	free(TAKE_POINTER(output->path));
	return error;
}

/* Not what is for a program to read. */
static bool is_for_reading(const struct session *session, const struct arguments *arguments)
{
	return !arguments->command->unpaged && !answer_wanted(session, arguments);
}

static struct error *output_open(struct session *session, const struct line *line,
	const struct arguments *arguments, struct output *ret)
{
	struct output output = {.line = line, .former = session->out};

	if (line->redirection != REDIRECTION_NONE) {
		fflush(session->out);
		struct error *error = open_destination(session, line, &output);
		if (error)
			return error;
		session->out = output.stream;
	} else if (run_depth > 1) {
		pager_let_through();
	} else if (is_for_reading(session, arguments)) {
		output.paged = pager_begin(session);
	}
	*ret = output;
	return NULL;
}

static bool reader_has_gone(FILE *stream)
{
	struct pollfd state = {.fd = fileno(stream), .events = POLLOUT};

	return poll(&state, 1, 0) == 1 && (state.revents & POLLERR);
}

/* A reader that wanted no more is nothing wrong. What could not be written is dropped. */
static struct error *flush(struct session *session)
{
	FILE *out = session->out;
	int number = fflush(out) == 0 ? EIO : errno;

	if (!ferror(out))
		return NULL;
	bool gone = reader_has_gone(out);
	__fpurge(out);
	clearerr(out);
	session->output_gone |= gone;
	return gone ? NULL
		    : error_create(ERROR_FAILED, "cannot write the output: %s", strerror(number));
}

static struct error *interrupted(void)
{
	return error_create(ERROR_INTERRUPTED, "interrupted");
}

/* As system(3) does it: a pager takes Ctrl-C for itself. */
static int wait_for_shell(FILE *stream)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;

	sigemptyset(&ignore.sa_mask);
	sigaction(SIGINT, &ignore, &before);
	int status = pclose(stream);
	sigaction(SIGINT, &before, NULL);
	return WIFSIGNALED(status) ? SHELL_SIGNALED + WTERMSIG(status) : WEXITSTATUS(status);
}

/* sh dies of a Ctrl-C that its pager took, too. At the prompt there is nothing to be ended. */
static struct error *close_pipe(const struct session *session, const struct output *output)
{
	bool in_script = !session->interactive || session->script_depth;
	int status = wait_for_shell(output->stream);

	if (status == SHELL_SIGNALED + SIGINT && in_script)
		return interrupted();
	if (status != SHELL_CANNOT_RUN && status != SHELL_NOT_FOUND)
		return NULL;
	return error_create(ERROR_FAILED, "the shell cannot run '%s'", output->line->destination);
}

static struct error *close_file(const struct output *output)
{
	if (fclose(output->stream) == 0)
		return NULL;
	return error_create(ERROR_FAILED, "cannot write '%s': %s", output->path, strerror(errno));
}

static struct error *output_close(struct session *session, struct output *output)
{
	struct error *error, *close_error;

	if (output->paged)
		pager_end(session);
	error = flush(session);
	session->out = output->former;
	if (!output->stream)
		return error;
	session->output_gone = false;
	close_error = output->line->redirection == REDIRECTION_PIPE ? close_pipe(session, output)
								    : close_file(output);
	free(TAKE_POINTER(output->path));
	if (!error)
		return close_error;
	error_destroy(close_error);
	return error;
}

static struct error *call(struct session *session, const struct arguments *arguments)
{
	struct naming_settings former = {0};
	struct error *error;

	name_cache_set_size(settings_number(&session->settings, SETTING_CACHE_SIZE) << 20);
	if (session_interrupted())
		error = interrupted();
	else
		error = naming_options_apply(session, arguments, &former);
	if (!error)
		error = arguments->command->run(session, arguments);
	naming_options_restore(session, &former);
	if (!error && session_interrupted() && !arguments->command->takes_interrupts)
		error = interrupted();
	session_clear_interrupts();
	return error;
}

static struct error *call_and_answer(struct session *session, const struct arguments *arguments)
{
	struct answer_scope scope;
	struct error *error = answer_begin(session, arguments, &scope);

	return error ? error : answer_end(session, &scope, call(session, arguments));
}

static bool asks_for_help(const struct command *command, char *const *words, size_t count)
{
	for (size_t i = 1; i < count && strcmp(words[i], "--") != 0; i++) {
		if (strcmp(words[i], "--help") == 0 || strcmp(words[i], "-h") == 0)
			return true;
		if (command->stops_at_argument && words[i][0] != '-')
			return false;
		if (command->rest_after && strcmp(words[i], command->rest_after) == 0)
			return false;
	}
	return false;
}

/* "info threads" begins with a command, too. */
static struct error *refuse_foreign(char *const *words, size_t count)
{
	const struct foreign_word *foreign = foreign_words_find(words, count);

	if (!foreign)
		return NULL;
	return error_set_hint(error_create(ERROR_USAGE, "there is no command '%s'", foreign->words),
		"`%s`: %s", foreign->command, foreign->text);
}

static struct error *parse(char *const *words, size_t count, struct arguments *ret)
{
	const struct command *command;
	const char *number;
	struct error *error = refuse_foreign(words, count);

	if (!error)
		error = command_find(words[0], &command, &number);
	if (error)
		return error;
	if (asks_for_help(command, words, count))
		return arguments_parse(&command_help, words, 1, ret);
	error = arguments_parse(command, words + 1, count - 1, ret);
	if (error || !number)
		return error;
	error = arguments_set_number(ret, number);
	if (error)
		arguments_deinit(ret);
	return error;
}

/* pprof's way to change a setting: a line of "nodecount=5". */
static bool is_assignment(const char *word)
{
	CLEANUP(cleanup_free) char *name = strndup(word, strcspn(word, "="));
	enum setting_id id;

	if (!name || !strchr(word, '='))
		return false;
	CLEANUP(cleanup_error) struct error *error = setting_find(name, &id);
	return !error;
}

struct error *run_parse(char *const *words, size_t count, struct arguments *ret)
{
	static char set[] = "set";
	char *assignment[] = {set, words[0]};

	if (count == 1 && is_assignment(words[0]))
		return parse(assignment, ARRAY_SIZE(assignment), ret);
	return parse(words, count, ret);
}

/* Before the command was run. */
static struct error *refuse(
	struct session *session, const struct arguments *arguments, struct error *error)
{
	static char json[] = "--json";
	char *words[] = {json};

	return answer_refusal(session, arguments->command->name, words,
		arguments_has(arguments, "json") ? 1 : 0, error);
}

/* For each process, or in the session, too. */
static struct error *call_in_front(
	struct session *session, const struct arguments *arguments, const struct line_words *words)
{
	struct naming_settings former = {0};
	struct error *error = NULL;

	if (session_interrupted()) {
		session_clear_interrupts();
		return refuse(session, arguments, interrupted());
	}
	if (arguments->command->reach == REACH_BOTH)
		error = call_and_answer(session, arguments);
	if (error || (arguments->command->reach == REACH_BOTH && !arguments->words.count))
		return error;
	error = naming_options_apply(session, arguments, &former);
	if (!error)
		error = front_run(session, arguments, words);
	naming_options_restore(session, &former);
	if (!error && session_interrupted() && !arguments->command->takes_interrupts)
		error = interrupted();
	session_clear_interrupts();
	return error;
}

static struct error *run_to(
	struct session *session, const struct line *line, struct arguments *arguments)
{
	CLEANUP(owned_texts_free) struct owned_texts names = {0};
	bool in_front = front_takes(session, arguments);
	struct output output = {0};
	/* The workers fill in the names, each those of its process. */
	struct error *error = in_front ? NULL : output_names_apply(session, arguments, &names),
		     *close_error = NULL;

	if (error)
		return refuse(session, arguments, error);
	run_depth++;
	error = output_open(session, line, arguments, &output);
	if (error) {
		error = refuse(session, arguments, error);
	} else {
		error = in_front ? call_in_front(session, arguments, &line->words)
				 : call_and_answer(session, arguments);
		close_error = output_close(session, &output);
	}
	run_depth--;
	if (!error)
		return close_error;
	error_destroy(close_error);
	return error;
}

static struct error *note_status(struct session *session, struct error *error)
{
	session->status = (int)exit_status_of(session, error);
	return error;
}

static struct error *run(struct session *session, const struct line *line)
{
	CLEANUP(arguments_deinit) struct arguments arguments = {0};
	struct pprof_word word = {0};
	struct error *error = NULL;

	if (line->words.count == 1)
		error = pprof_word_run(session, line->words.items[0], &word);
	if (!error && word.done)
		return note_status(session, settings_answer(session, word.settings, word.count));
	if (!error)
		error = run_parse(line->words.items, line->words.count, &arguments);
	/* That of a worker has been chosen by them. */
	if (!error && !session->serves_front)
		error = process_options_refuse(&arguments);
	if (error)
		error = answer_refusal(session, arguments.command ? arguments.command->name : NULL,
			line->words.items, line->words.count, error);
	else
		error = run_to(session, line, &arguments);
	return note_status(session, error);
}

static struct error *copy_words(char *const *words, size_t count, struct line_words *ret)
{
	struct error *error = NULL;

	for (size_t i = 0; i < count && !error; i++)
		error = line_words_append(ret, words[i]);
	return error;
}

struct error *run_arguments(
	struct session *session, struct arguments *arguments, char *const *words, size_t count)
{
	CLEANUP(line_words_deinit) struct line_words copy = {0};
	struct error *error = copy_words(words, count, &copy);

	if (error)
		return note_status(session, error);
	return note_status(session, run_to(session, &(struct line){.words = copy}, arguments));
}

struct error *run_words(struct session *session, char *const *words, size_t count)
{
	CLEANUP(line_words_deinit) struct line_words copy = {0};
	struct error *error = copy_words(words, count, &copy);

	return error ? error : run(session, &(struct line){.words = copy});
}

static struct error *find_variable(void *context, const char *name, char **ret)
{
	return variable_value(context, name, ret);
}

/* Of the line's first word, as far as it is one: how the rest is to be understood depends on it. */
static const struct command *find_command(struct cursor text)
{
	const struct command *command = NULL;
	const char *number;

	cursor_skip_spaces(&text);
	size_t length = 0;
	while (length < cursor_left(&text) && !strchr(" \t\r", text.at[length]))
		length++;
	CLEANUP(cleanup_free) char *word = strndup(text.at, length);
	if (!word || !word[0])
		return NULL;
	CLEANUP(cleanup_error) struct error *error = command_find(word, &command, &number);
	return error ? NULL : command;
}

static struct error *lex(struct session *session, struct cursor text, struct line *ret)
{
	const struct command *command = find_command(text);
	struct line_variables variables = {
		.find = find_variable,
		.context = session,
		.names_one = command && command->names_variable,
	};

	if (command && command->rest_after)
		return line_lex_until(text, command->rest_after, &variables, ret);
	return line_lex_expanded(text, &variables, ret);
}

struct error *run_line(struct session *session, struct cursor text)
{
	CLEANUP(line_deinit) struct line line = {0};
	struct error *error = lex(session, text, &line);

	if (error)
		return note_status(session, error);
	return line.words.count ? run(session, &line) : NULL;
}

struct error *run_check_words(struct session *session, char *const *words, size_t count)
{
	CLEANUP(arguments_deinit) struct arguments arguments = {0};
	struct error *error = is_assignment(words[0]) ? NULL : parse(words, count, &arguments);

	return error || !arguments.command ? error : output_names_check(session, &arguments);
}

struct error *run_check_line(struct session *session, struct cursor text)
{
	const struct command *command = find_command(text);
	CLEANUP(line_deinit) struct line line = {0};
	struct error *error = command && command->rest_after
				      ? line_lex_until(text, command->rest_after, NULL, &line)
				      : line_lex(text, &line);

	if (error || !line.words.count)
		return error;
	if (line.redirection == REDIRECTION_FILE || line.redirection == REDIRECTION_APPEND)
		error = output_name_check(session, line.destination);
	return error ? error : run_check_words(session, line.words.items, line.words.count);
}
