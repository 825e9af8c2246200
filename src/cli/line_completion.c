#include "cli/line_completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "cli/color.h"
#include "cli/completion.h"
#include "cli/hints.h"
#include "cli/text_columns.h"
#include "export/utf8.h"

#define NOTE_COLUMNS 50
#define GAP          2

/* readline's callbacks have no argument to pass it through. */
static struct session *completing_session;
/* What the last list was made of: readline passes on the texts alone. */
static struct completion listed;

/* readline wants an array on the heap: what all have in common, the candidates, NULL. */
static char **to_matches(const struct completion_candidates *candidates)
{
	size_t count = candidates->count;
	char **matches = count ? calloc(count + 2, sizeof(*matches)) : NULL;
	size_t common;

	if (!matches)
		return NULL;
	for (size_t i = 0; i < count; i++)
		matches[i + 1] = strdup(candidates->items[i].text);
	common = strlen(candidates->items[0].text);
	for (size_t i = 1; i < count; i++) {
		size_t same = 0;

		while (same < common &&
			candidates->items[i].text[same] == candidates->items[0].text[same])
			same++;
		common = same;
	}
	matches[0] = strndup(candidates->items[0].text, common);
	if (count == 1) {
		free(matches[1]);
		matches[1] = NULL;
	}
	return matches;
}

/* More parts of a name, or the value of an option, follow. */
static bool goes_on(char *const *matches)
{
	size_t length = strlen(matches[0]);

	return !matches[1] && length && strchr(".=", matches[0][length - 1]);
}

static char **complete(const char *text, int start, int end)
{
	(void)end;
	hints_clear();
	completion_deinit(&listed);
	completion_make(
		completing_session, cursor_over(rl_line_buffer, (size_t)start), text, &listed);
	char **matches = to_matches(&listed.candidates);
	/* Candidates are in an order of their own; names of files are not yet in any. */
	rl_sort_completion_matches = !matches;
	if (matches && goes_on(matches))
		rl_completion_append_character = '\0';
	rl_attempted_completion_over = matches || !listed.files;
	return matches;
}

static size_t columns_of(const char *text)
{
	return text_columns(text, strlen(text));
}

static size_t note_columns(const struct completion_candidate *candidate)
{
	size_t columns = candidate->note ? GAP + columns_of(candidate->note) : 0;

	return columns < NOTE_COLUMNS ? columns : NOTE_COLUMNS;
}

/* One candidate, at most that wide. */
static void print_candidate(const struct completion_candidate *candidate, size_t text_width,
	size_t width, bool color, bool last)
{
	STRING_BUILDER(text);
	STRING_BUILDER(note);
	STRING_BUILDER(shown);
	size_t used = candidate->note && text_width < width ? text_width : width;

	utf8_append_printable(&text, candidate->text, strlen(candidate->text));
	text_append_padded(&shown, text.text ? text.text : "", used);
	if (candidate->note)
		utf8_append_printable(&note, candidate->note, strlen(candidate->note));
	if (note.text && used + GAP < width) {
		string_append_format(&shown, "%*s%s", GAP, "", color_begin(color, COLOR_HINT));
		text_append_padded(&shown, note.text, width - used - GAP);
		string_append(&shown, color_begin(color, COLOR_NONE));
	}
	fprintf(rl_outstream, "%s%s", shown.text ? shown.text : "", last ? "\n" : "");
	if (!last)
		fprintf(rl_outstream, "%*s", GAP, "");
}

static size_t widest(size_t (*columns)(const struct completion_candidate *), size_t limit)
{
	size_t width = 0;

	ARRAY_FOR_EACH (candidate, &listed.candidates) {
		size_t wanted = columns(candidate);

		if (wanted > width)
			width = wanted;
	}
	return width < limit ? width : limit;
}

static size_t text_columns_of(const struct completion_candidate *candidate)
{
	return columns_of(candidate->text);
}

/* Down the columns, as ls does it; no more than the screen holds. */
static void print_candidates(size_t screen_rows, size_t screen_columns)
{
	bool color = session_wants_color(completing_session, rl_outstream);
	size_t count = listed.candidates.count;
	size_t text_width = widest(text_columns_of, screen_columns - 1);
	size_t width = text_width + widest(note_columns, NOTE_COLUMNS);
	width += !width;
	size_t rows_at_most = screen_rows > 4 ? screen_rows - 3 : 1;

	if (width > screen_columns - 1 || width * 2 + GAP > screen_columns - 1)
		width = screen_columns - 1;
	size_t across = (screen_columns - 1 + GAP) / (width + GAP);
	size_t shown = count < across * rows_at_most ? count : across * rows_at_most;
	size_t rows = (shown + across - 1) / across;

	for (size_t row = 0; row < rows; row++)
		for (size_t i = row; i < shown; i += rows)
			print_candidate(&listed.candidates.items[i], text_width, width, color,
				i + rows >= shown);
	if (shown < count)
		fprintf(rl_outstream, "and %zu more: type a little more of it\n", count - shown);
}

static void list(char **matches, int count, int longest)
{
	int rows = 24, columns = 80;

	if (!listed.candidates.count) {
		rl_display_match_list(matches, count, longest);
	} else {
		rl_get_screen_size(&rows, &columns);
		rl_crlf();
		print_candidates((size_t)rows, columns > 10 ? (size_t)columns : 10);
	}
	rl_forced_update_display();
}

static char *find_breaks(void)
{
	static char characters[16];

	snprintf(characters, sizeof(characters), "%s",
		completion_break_characters(cursor_over(rl_line_buffer, (size_t)rl_point)));
	return characters;
}

void line_completion_set_up(struct session *session)
{
	static char quotes[] = "\"'";

	completing_session = session;
	rl_attempted_completion_function = complete;
	rl_completion_word_break_hook = find_breaks;
	rl_completer_quote_characters = quotes;
	rl_filename_quote_characters = " \t\\\"'#";
	rl_completion_display_matches_hook = list;
}

void line_completion_end(void)
{
	completion_deinit(&listed);
	listed = (struct completion){0};
}
