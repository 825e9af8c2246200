#include "cli/hints.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <readline/readline.h>

#include "cli/color.h"
#include "cli/command.h"
#include "cli/lexer.h"
#include "cli/table.h"
#include "cli/text_columns.h"

#define SMALLEST 8 /* columns: less of a hint says nothing */

static struct session *hinted_session;
static bool shown;

/* What is in one pair of brackets, or a word; what lies before it is skipped. */
static struct cursor take_word(struct cursor *usage)
{
	const char *start;
	int depth = 0;

	while (usage->at < usage->end && *usage->at == ' ')
		usage->at++;
	start = usage->at;
	for (; usage->at < usage->end && (depth || *usage->at != ' '); usage->at++)
		depth += *usage->at == '[' ? 1 : *usage->at == ']' ? -1 : 0;
	return (struct cursor){start, usage->at};
}

/* A part of a usage: a word, or an option with the name of its value. */
static struct cursor take_part(struct cursor *usage)
{
	struct cursor part = take_word(usage), next = *usage;

	if (*part.at != '-' || cursor_left(&part) < 2)
		return part;
	struct cursor value = take_word(&next);
	if (value.at == value.end || !isupper((unsigned char)*value.at))
		return part;
	*usage = next;
	return (struct cursor){part.at, value.end};
}

/* "[-d TIME]" of the word "-d" or "-d5", "[--only PATTERN]" of "--only" or "--only=x". */
static bool is_about(struct cursor part, const char *word)
{
	size_t length;

	while (part.at < part.end && (*part.at == '[' || *part.at == '('))
		part.at++;
	if (*part.at != '-' || word[0] != '-')
		return false;
	length = word[1] == '-' ? strcspn(word, "=") : 2;
	return cursor_left(&part) >= length && memcmp(part.at, word, length) == 0 &&
	       (part.at + length == part.end || !isalnum((unsigned char)part.at[length]));
}

static bool is_of_option(struct cursor part)
{
	while (part.at < part.end && *part.at == '[')
		part.at++;
	return part.at < part.end && *part.at == '-';
}

static bool was_given(struct cursor part, const struct line *line)
{
	for (size_t i = 1; i < line->words.count; i++)
		if (is_about(part, line->words.items[i]))
			return true;
	return false;
}

/* The option that the last word is, if its value is still to come. */
static const struct command_option *pending(const struct command *command, const struct line *line)
{
	const char *word = line->words.items[line->words.count - 1];

	for (const struct command_option *o = command->options; o && o->name; o++) {
		bool letter = word[0] == '-' && o->letter && word[1] == o->letter && !word[2];

		if (o->argument && o->help &&
			(letter || (strncmp(word, "--", 2) == 0 && strcmp(word + 2, o->name) == 0)))
			return o;
	}
	return NULL;
}

static size_t count_arguments(const struct command *command, const struct line *line)
{
	struct line known = *line;
	size_t count = 0;

	for (known.words.count = 2; known.words.count <= line->words.count; known.words.count++) {
		if (pending(command, &known))
			known.words.count++;
		else if (line->words.items[known.words.count - 1][0] != '-')
			count++;
	}
	return count;
}

static void append_rest(
	const struct command *command, const struct line *line, struct string_builder *ret)
{
	struct cursor usage = cursor_over(command->usage, strlen(command->usage));
	size_t given = count_arguments(command, line);

	while (cursor_left(&usage)) {
		struct cursor part = take_part(&usage);

		if (was_given(part, line))
			continue;
		if (!is_of_option(part) && given) {
			given--;
			continue;
		}
		string_append_format(
			ret, "%s%.*s", ret->length ? " " : "", (int)cursor_left(&part), part.at);
	}
}

static void append_hint(const struct line *line, bool ended, struct string_builder *ret)
{
	const struct command *command;
	const struct command_option *option;
	const char *number;
	struct error *error = command_find(line->words.items[0], &command, &number);

	if (error) {
		error_destroy(error);
		return;
	}
	option = ended ? pending(command, line) : NULL;
	if (option)
		string_append_format(ret, "%s  %s", option->argument, option->help);
	else if (ended || line->words.count > 1)
		append_rest(command, line, ret);
	else if (strcmp(command->name, line->words.items[0]) == 0)
		append_rest(command, line, ret);
}

void hint_make(const char *line, struct string_builder *ret)
{
	size_t length = strlen(line);
	struct line words = {0};
	struct error *error = line_lex_unfinished(cursor_over(line, length), &words);

	if (!error && words.words.count && words.redirection == REDIRECTION_NONE)
		append_hint(&words, line[length - 1] == ' ', ret);
	error_destroy(error);
	line_deinit(&words);
}

/* Where each byte takes a column. */
static bool is_plain(const char *text)
{
	while (isprint((unsigned char)*text))
		text++;
	return !*text;
}

/* Without what readline was told takes none. */
static size_t prompt_columns(const char *prompt)
{
	size_t columns = 0;

	for (;;) {
		size_t length = strcspn(prompt, (char[]){RL_PROMPT_START_IGNORE, '\0'});

		columns += text_columns(prompt, length);
		prompt += length;
		prompt += strcspn(prompt, (char[]){RL_PROMPT_END_IGNORE, '\0'});
		if (!*prompt++)
			return columns;
	}
}

static size_t columns_left(void)
{
	int rows, columns;
	size_t used = prompt_columns(rl_prompt) + (size_t)rl_end;

	rl_get_screen_size(&rows, &columns);
	return columns > 0 ? (size_t)columns - used % (size_t)columns : 0;
}

static bool is_wanted(void)
{
	return rl_point == rl_end && rl_end && is_plain(rl_line_buffer) &&
	       !RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_DONE) &&
	       settings_number(&hinted_session->settings, SETTING_HINTS) == 0 &&
	       session_wants_color(hinted_session, rl_outstream);
}

/* The last column stays free: what is written there may move the cursor on. */
static void show(void)
{
	STRING_BUILDER(hint);
	size_t room = columns_left();
	bool blank = rl_line_buffer[rl_end - 1] == ' ';

	if (room < SMALLEST)
		return;
	room -= blank ? 1 : 2;
	hint_make(rl_line_buffer, &hint);
	if (!hint.length)
		return;
	fprintf(rl_outstream, "\0337%s%s%.*s%s\0338", blank ? "" : " ",
		color_begin(true, COLOR_HINT), (int)room, hint.text, color_begin(true, COLOR_NONE));
	fflush(rl_outstream);
	shown = true;
}

/* Where the cursor is, readline alone knows: a signal may have moved it. */
void hints_clear(void)
{
	int point = rl_point;

	if (!shown)
		return;
	shown = false;
	rl_point = rl_end;
	rl_redisplay();
	fputs("\033[K", rl_outstream);
	fflush(rl_outstream);
	rl_point = point;
	rl_redisplay();
}

static void redisplay(void)
{
	hints_clear();
	rl_redisplay();
	if (is_wanted())
		show();
}

static int accept_line(int count, int key)
{
	hints_clear();
	return rl_newline(count, key);
}

void hints_set_up(struct session *session)
{
	static const char *const maps[] = {"emacs-standard", "vi-insert", "vi-command"};

	hinted_session = session;
	rl_redisplay_function = redisplay;
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		rl_bind_key_in_map('\r', accept_line, rl_get_keymap_by_name(maps[i]));
		rl_bind_key_in_map('\n', accept_line, rl_get_keymap_by_name(maps[i]));
	}
}
