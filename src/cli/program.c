#include "cli/program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/text.h"
#include "cli/answer.h"
#include "cli/command_set.h"
#include "cli/configuration.h"
#include "cli/doctor.h"
#include "cli/foreign_words.h"
#include "cli/help.h"
#include "cli/jemalloc_access.h"
#include "cli/naming_options.h"
#include "cli/process_options.h"
#include "cli/processes.h"
#include "cli/report.h"
#include "cli/rules.h"
#include "cli/run.h"
#include "cli/script.h"
#include "cli/serve.h"
#include "cli/shell.h"
#include "cli/table.h"
#include "cli/top_view.h"
#include "target/live.h"

struct invocation {
	struct session *session;
	struct arguments arguments;
	struct process_choice processes;
	char *const *words;       /* those of the command, as many as there are arguments */
	struct arguments command; /* what they were parsed to, if there is one command */
};

static bool has_scripts(const struct arguments *arguments)
{
	return arguments_has(arguments, "execute") || arguments_has(arguments, "script");
}

static bool reads_stdin(const struct arguments *arguments)
{
	return arguments->words.count == 1 && strcmp(arguments->words.items[0], "-") == 0;
}

/* It has said itself what stays switched. */
static bool is_one_command(const struct arguments *arguments)
{
	return arguments->words.count && !reads_stdin(arguments) && !has_scripts(arguments);
}

static void tell(const struct session *session, const char *text)
{
	report(session, "%s", text);
}

static struct error *check(const struct arguments *arguments)
{
	const char *word = arguments_word(arguments, 0);

	if (!word || reads_stdin(arguments))
		return NULL;
	if (strcmp(word, "-") == 0)
		return arguments_error(arguments, "nothing can follow -");
	if (has_scripts(arguments))
		return arguments_error(arguments, "there is a script and a command, '%s'", word);
	return NULL;
}

static struct error *configure(struct session *session, const struct arguments *arguments)
{
	const char *color = arguments_value(arguments, "color");
	struct naming_settings former;
	struct error *error;

	session->quiet = arguments_has(arguments, "quiet");
	session->keep_going = arguments_has(arguments, "keep-going");
	session->keeps_switched = arguments_has(arguments, "keep");
	if (!arguments_has(arguments, "no-config"))
		configuration_read_file(session);
	configuration_read_environment(session);
	error = color ? setting_assign(session, "color", color, "--color") : NULL;
	if (!error && arguments_has(arguments, "json"))
		error = setting_assign(session, "json", "on", "--json");
	if (!error && arguments_has(arguments, "no-cache"))
		error = setting_assign(session, "cache_size", "0", "--no-cache");
	if (!error && arguments_has(arguments, "no-pager"))
		error = setting_assign(session, "pager", "off", "--no-pager");
	if (!error)
		error = naming_options_apply(session, arguments, &former);
	if (!error && arguments_has(arguments, "processes"))
		error = setting_assign(session, "processes",
			arguments_value(arguments, "processes"), "--processes");
	if (error)
		return error;
	for (enum setting_id id = 0; !error && id < SETTING_COUNT; id++)
		if (former.former[id])
			error = settings_set_origin(&session->settings, id, "an option of limpet");
	naming_settings_keep(&former);
	return error;
}

/* Those that name the process, before the command or behind it. */
static const struct arguments *process_arguments(const struct invocation *invocation)
{
	return process_options_given(&invocation->command) ? &invocation->command
							   : &invocation->arguments;
}

/* Behind the command it is -p or --name alone. */
static struct error *choose_processes(struct invocation *invocation)
{
	const struct arguments *before = &invocation->arguments;
	const struct arguments *naming = process_arguments(invocation);
	struct process_choice *choice = &invocation->processes;
	struct error *error = NULL;

	process_choice_read(before, choice);
	choice->name = arguments_value(naming, "name");
	choice->followed = arguments_value(before, "follow");
	choice->follow = choice->followed != NULL;
	ARRAY_FOR_EACH (given, &naming->options)
		if (!error && strcmp(given->option->name, "pid") == 0)
			error = process_specs_add(&choice->specs, given->value);
	if (!error)
		error = arguments_duration(before, "timeout", 0, &choice->timeout);
	if (choice->name || choice->specs.count)
		choice->children |= process_options_with_descendants(&invocation->command);
	return error ? error : process_choice_check(choice, before);
}

/* Why a process cannot be attached to is what `doctor` is for. */
static bool leaves_it_to_doctor(const struct invocation *invocation)
{
	const struct process_choice *choice = &invocation->processes;
	const char *pid = choice->specs.count == 1 ? choice->specs.items[0] : NULL;

	if (invocation->command.command != &command_doctor || choice->follow || choice->all ||
		choice->children || choice->specs.count > 1)
		return false;
	if (pid ? !text_is_number(pid) : !choice->name || text_is_number(choice->name))
		return false;
	invocation->session->wanted = pid ? pid : choice->name;
	return true;
}

/* It attaches when it is asked for something, and lets go again. */
static bool leaves_it_to_serve(struct invocation *invocation)
{
	if (invocation->command.command != &command_serve)
		return false;
	invocation->session->chosen = &invocation->processes;
	return true;
}

static bool is_running(const char *name)
{
	pid_t pid;
	struct error *error = live_target_find(name, &pid);

	error_destroy(error);
	return !error;
}

/* "limpet 4242" and "limpet redis-server" are what people type first. */
static struct error *explain_word(struct error *error, const char *word)
{
	const struct command *command;
	const char *number;

	CLEANUP(cleanup_error) struct error *unknown = command_find(word, &command, &number);
	if (!unknown)
		return error;
	if (text_is_number(word))
		return error_set_hint(error, "did you mean -p %s?", word);
	if (!foreign_words_find_one(word) && is_running(word))
		return error_set_hint(error, "did you mean -n %s?", word);
	return error;
}

/* Before anything is attached to: a mistake in the words is a mistake in any case. */
static struct error *parse_command(struct invocation *invocation)
{
	const struct arguments *before = &invocation->arguments;
	size_t count = before->words.count;
	struct error *error;
	bool meant;

	if (!is_one_command(before))
		return process_options_check(before, NULL);
	error = top_view_parse(invocation->words, count, process_options_given(before),
		&invocation->command, &meant);
	if (!error && !meant) {
		error = run_parse(invocation->words, count, &invocation->command);
		if (error)
			error = explain_word(error, invocation->words[0]);
	}
	return error ? error : process_options_check(before, &invocation->command);
}

/* Of an error before any command was run. */
static int refuse(const struct invocation *invocation, struct error *error)
{
	size_t count = invocation->arguments.words.count;

	return (int)report_error(invocation->session,
		answer_refusal(invocation->session, NULL, invocation->words, count, error));
}

/* Counts the lines of all -e together. */
static struct error *run_text(struct session *session, const char *text, unsigned *number)
{
	struct cursor rest = cursor_over(text, strlen(text)), line;
	struct error *error = NULL;

	while (!error && !session->quit && cursor_take_line(&rest, &line))
		error = script_run_line(session, "-e", ++*number, line.at, cursor_left(&line));
	return error;
}

static struct error *run_scripts(struct session *session, const struct arguments *arguments)
{
	struct error *error = NULL;
	unsigned number = 0;

	ARRAY_FOR_EACH (given, &arguments->options) {
		if (error || session->quit)
			break;
		if (given->option->letter == 'e')
			error = run_text(session, given->value, &number);
		else if (given->option->letter == 'x')
			error = script_run_file(session, given->value);
	}
	if (!error && !session->quit && reads_stdin(arguments))
		error = script_run_file(session, "-");
	return error;
}

/* What a script has armed, it waits for. */
static struct error *wait_for_rules(struct session *session, struct error *error)
{
	if (error || session->quit || !rules_armed(session, RULES_ALL))
		return error;
	return rules_wait(session, RULES_ALL, RULES_WAIT_FOR_EVER);
}

/* A script that cannot even be opened failed, too. */
static int finish_scripts(struct session *session, struct error *error)
{
	static const struct switched_before nothing = {0};
	int status = (int)report_error(session, wait_for_rules(session, error));

	if (status != EXIT_DONE)
		script_undo(session, &nothing);

	if (status == EXIT_COMMAND_FAILED)
		status = EXIT_SCRIPT_FAILED;
	return session->failure ? session->failure : status;
}

static int finish_command(struct session *session, struct error *error)
{
	int status = (int)report_error(session, error);

	return status ? status : session->failure;
}

static int dispatch(struct invocation *invocation)
{
	const struct arguments *arguments = &invocation->arguments;
	struct session *session = invocation->session;

	if (session->one_command)
		return finish_command(session, run_arguments(session, &invocation->command,
						       invocation->words, arguments->words.count));
	if (has_scripts(arguments) || reads_stdin(arguments))
		return finish_scripts(session, run_scripts(session, arguments));
	if (!isatty(STDIN_FILENO))
		return finish_scripts(session, script_run_file(session, "-"));
	shell_run(session);
	return EXIT_DONE;
}

static bool print_information(const struct invocation *invocation)
{
	struct session *session = invocation->session;

	if (arguments_has(&invocation->arguments, "help"))
		help_print_command_line(stdout, session_wants_color(session, stdout));
	else if (arguments_has(&invocation->arguments, "version"))
		puts("limpet " LIMPET_VERSION);
	else
		return false;
	return true;
}

static int start(struct invocation *invocation)
{
	struct session *session = invocation->session;
	struct error *error = check(&invocation->arguments);

	if (!error)
		error = configure(session, &invocation->arguments);
	if (error)
		return refuse(invocation, error);
	if (print_information(invocation))
		return fflush(stdout) == 0 ? EXIT_DONE : EXIT_COMMAND_FAILED;
	error = parse_command(invocation);
	if (!error)
		error = choose_processes(invocation);
	session->one_command = is_one_command(&invocation->arguments);
	if (!error && !leaves_it_to_serve(invocation) && !leaves_it_to_doctor(invocation))
		error = processes_attach(session, &invocation->processes);
	if (error)
		return refuse(invocation, error);
	return dispatch(invocation);
}

int program_run(int count, char **words)
{
	CLEANUP(cleanup_session) struct session *session = NULL;
	struct invocation invocation = {0};
	struct error *error = session_create(&session);

	if (error) {
		fprintf(stderr, "limpet: %s\n", error->message);
		error_destroy(error);
		return EXIT_COMMAND_FAILED;
	}
	session_catch_signals();
	session->before_leaving = remind_of_switched;
	session->tell = tell;
	invocation.session = session;
	error = arguments_parse(&command_line, words + 1, (size_t)count - 1, &invocation.arguments);
	if (error)
		return (int)report_error(session,
			answer_refusal(session, NULL, words + 1, (size_t)count - 1, error));
	/* Options end at the first argument, so that all after them are the command's words. */
	invocation.words = words + count - invocation.arguments.words.count;
	int status = start(&invocation);
	if (rules_armed(session, RULES_ALL))
		report(session, "what was armed and has not come is given up: %zu",
			rules_count(session));
	rules_destroy(session);
	if (session->one_command) /* it has said so itself */
		session->before_leaving = NULL;
	/* What could not be taken out of the process again is a failure, whatever else went well.
	 */
	int left = (int)report_error(session, processes_detach(session));
	process_specs_free(&invocation.processes.specs);
	arguments_deinit(&invocation.command);
	arguments_deinit(&invocation.arguments);
	return status ? status : left;
}
