#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "base/quantity.h"
#include "cli/command.h"
#include "cli/command_sequence.h"
#include "cli/completion.h"
#include "cli/output_name.h"
#include "cli/report.h"
#include "cli/rules.h"

#define SHORTEST  (10 * NANOSECONDS_PER_MILLISECOND)
#define NEW_PAGE  "\033[H\033[2J"
#define TIME_SIZE 32

static const struct command_option options[] = {
	{.name = "count", .letter = 'n', .argument = "COUNT", .help = "run it so often, then end"},
	{0},
};

struct watch {
	struct session *session;
	char *const *words;
	size_t word_count;
	uint64_t interval, count; /* count 0: without end */
	bool pages, json;
	struct written_files written;
};

static bool is_terminal(const struct session *session)
{
	const char *terminal = getenv("TERM");
	int fd = fileno(session->out);

	return fd >= 0 && isatty(fd) && terminal && strcmp(terminal, "dumb") != 0;
}

static void format_now(char text[static TIME_SIZE])
{
	time_t now = time(NULL);
	struct tm local;

	text[0] = '\0';
	if (localtime_r(&now, &local))
		strftime(text, TIME_SIZE, "%Y-%m-%d %H:%M:%S", &local);
}

/* Lines that fit below the header, with one left for what is typed. */
static size_t page_lines(FILE *out)
{
	struct winsize size = {0};

	if (ioctl(fileno(out), TIOCGWINSZ, &size) < 0 || size.ws_row < 4)
		return SIZE_MAX;
	return size.ws_row - 3;
}

static void print_header(const struct watch *watch, FILE *out)
{
	char now[TIME_SIZE], interval[QUANTITY_SIZE];

	format_now(now);
	fprintf(out, NEW_PAGE "%s, every %s:", now,
		format_duration((double)watch->interval, interval));
	for (size_t i = 0; i < watch->word_count; i++) {
		fputc(' ', out);
		print_text(out, watch->words[i]);
	}
	fputs("\n\n", out);
}

static void print_page(const struct watch *watch, FILE *out, const char *text, size_t length)
{
	struct cursor rest = cursor_over(text, length), line;
	size_t lines = page_lines(out);

	print_header(watch, out);
	for (size_t i = 0; i < lines && cursor_take_line(&rest, &line); i++) {
		fwrite(line.at, 1, cursor_left(&line), out);
		fputc('\n', out);
	}
	fflush(out);
}

static struct error *run_commands(struct watch *watch)
{
	struct session *session = watch->session;
	struct written_files *outer = session->written;
	struct error *error;

	if (!outer)
		session->written = &watch->written;
	error = command_sequence_run(session, watch->words, watch->word_count);
	session->written = outer;
	return error;
}

/* The page before stays until this one is there. Colors are those of the terminal that gets it. */
static struct error *run_into(struct watch *watch, FILE *stream)
{
	struct session *session = watch->session;
	CLEANUP(cleanup_free)
	char *color = strdup(settings_text(&session->settings, SETTING_COLOR));
	const char *meant = session_wants_color(session, session->out) ? "always" : "never";
	FILE *out = session->out;
	struct error *error, *other;

	if (!color)
		return &error_no_memory;
	error = settings_set(&session->settings, SETTING_COLOR, meant);
	if (error)
		return error;
	session->out = stream;
	error = run_commands(watch);
	session->out = out;
	other = settings_set(&session->settings, SETTING_COLOR, color);
	error_destroy(other);
	return error;
}

static struct error *run_page(struct watch *watch)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	struct error *error;

	if (!stream)
		return &error_no_memory;
	error = run_into(watch, stream);
	if (fclose(stream) != 0 && !error)
		error = &error_no_memory;
	if (length || !error)
		print_page(watch, watch->session->out, text, length);
	return error;
}

static struct error *run_plain(struct watch *watch)
{
	struct session *session = watch->session;
	char now[TIME_SIZE];

	format_now(now);
	if (!watch->json)
		fprintf(session->out, "--- %s\n", now);
	struct error *error = run_commands(watch);
	fflush(session->out);
	return error;
}

/* Whether to go on: what was typed wrongly stays wrong, and a process that has gone is gone. */
static bool is_final(const struct error *error)
{
	return error->kind == ERROR_USAGE || error->kind == ERROR_GONE ||
	       error->kind == ERROR_INTERRUPTED || error->kind == ERROR_NO_MEMORY;
}

static struct error *run_once(struct watch *watch)
{
	struct session *session = watch->session;
	struct error *error = watch->pages ? run_page(watch) : run_plain(watch);

	if (!error || is_final(error))
		return error;
	int status = (int)report_error(session, error);
	if (!session->failure)
		session->failure = status;
	return NULL;
}

/* Ctrl-C is how it ends, also where it has ended a capture early. */
static struct error *run_all(struct watch *watch)
{
	struct session *session = watch->session;
	unsigned interrupts = session_interrupts_ever();
	uint64_t next = clock_monotonic();
	struct error *error = NULL;

	for (uint64_t i = 0; !error && (!watch->count || i < watch->count); i++) {
		if (i)
			error = rules_wait(session, RULES_NONE, next);
		next = clock_monotonic() + watch->interval;
		if (!error && !session->quit)
			error = run_once(watch);
		if (session->quit || session->output_gone ||
			session_interrupts_ever() != interrupts)
			break;
	}
	if (!error || error->kind != ERROR_INTERRUPTED || session_ended())
		return error;
	error_destroy(error);
	return NULL;
}

static bool wants_json(const struct arguments *arguments)
{
	for (size_t i = 1; i < arguments->words.count; i++)
		if (strstr(arguments->words.items[i], "--json"))
			return true;
	return false;
}

static struct error *copy_words(const struct arguments *arguments, struct owned_texts *ret)
{
	struct error *error = NULL;

	for (size_t i = 1; !error && i < arguments->words.count; i++) {
		char *copy = strdup(arguments->words.items[i]);

		error = copy ? owned_texts_append(ret, copy) : &error_no_memory;
		if (error)
			free(copy);
	}
	return error;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	CLEANUP(owned_texts_free) struct owned_texts words = {0};
	struct watch watch = {.session = session};
	const char *text = arguments_word(arguments, 0);
	struct error *error = arguments_number(arguments, "count", 0, 1, UINT32_MAX, &watch.count);

	if (!error && (!parse_duration(text, &watch.interval) || watch.interval < SHORTEST))
		error = error_set_hint(
			arguments_error(arguments, "'%s' is no time between two runs", text),
			"it takes seconds, or a time such as 500ms or 1m");
	if (!error)
		error = copy_words(arguments, &words);
	if (!error)
		error = command_sequence_check(session, words.items, words.count);
	if (error)
		return error;
	watch.words = words.items;
	watch.word_count = words.count;
	watch.json = session->json || wants_json(arguments);
	watch.pages = is_terminal(session) && !watch.json;
	error = run_all(&watch);
	written_files_free(&watch.written);
	return error;
}

static void complete(struct completion *completion)
{
	if (completion->index == 1)
		complete_commands(completion);
}

const struct command command_watch = {
	.name = "watch",
	.group = GROUP_SCRIPTS,
	.usage = "[-n COUNT] TIME COMMAND...",
	.summary = "run a command again and again",
	.description =
		"Seconds, or a time such as 500ms, lie between the beginnings of two runs; Ctrl-C "
		"ends it. On a terminal each run fills a fresh page; into a file or a pipe one "
		"follows the other, below a line with the time, or with --json one object a "
		"line.\n\n"
		"A run that fails is reported, and the next one is tried all the same; the exit "
		"status tells. A mistake in the command, and the end of the process, end it.\n\n"
		"Several commands, or one with a redirection for each run, are a line in quotes. "
		"Files never replace one of an earlier run: -1, -2 is put to their names. What "
		"`on` "
		"has armed is looked at between the runs.",
	.examples = (const char *const[]){"watch 5 stats", "watch -n 10 1m heap status >> heap.txt",
		"watch 10m 'heap dump -o heap-%t.pb.gz; stats > stats-%t.txt'", NULL},
	.options = options,
	.minimum = 2,
	.maximum = UINT32_MAX,
	.takes_interrupts = true,
	.unpaged = true,
	.prints_json = true,
	.stops_at_argument = true,
	.reach = REACH_SESSION,
	.run = run,
	.complete = complete,
};
