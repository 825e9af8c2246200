#include "cli/live_page.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "cli/live_tables.h"
#include "cli/text_columns.h"
#include "export/utf8.h"

#define ROOM_FOR_TWO_FACTS 14 /* lines, from which on the facts have two */
#define ROOM_FOR_FORMATS   72 /* columns */
#define PIECE_GAP          3

static const char *const help_lines[] = {
	"q Ctrl-C  leave, and keep what there is",
	"p Space   pause: no samples are taken",
	"o         order by self or by total",
	"v Tab     functions, threads, or both",
	"/         only what holds a text; Esc: all",
	"s         save all since the start",
	"r         forget all, and begin anew",
	"arrows    move through the list",
	"Ctrl-Z    to the shell; fg comes back",
	"",
	"self      the function's own time",
	"total     with that of all it called",
	"cores     CPU seconds a second",
	"stops     a thread for one sample",
	"",
	"Any key ends this.",
};

void live_page_deinit(struct live_page *page)
{
	ARRAY_FOR_EACH (line, &page->lines)
		free(line->text);
	live_lines_deinit(&page->lines);
}

struct error *live_page_add(
	struct live_page *page, enum live_style style, const char *text, size_t width)
{
	struct live_line line = {.style = style};
	struct error *error;

	line.text = strndup(text, text_head(text, strlen(text), width));
	if (!line.text)
		return &error_no_memory;
	error = live_lines_append(&page->lines, line);
	if (error)
		free(line.text);
	return error;
}

static double per_second(uint64_t value, uint64_t elapsed)
{
	return elapsed ? (double)value / (double)elapsed : 0;
}

static const char *state_text(const struct live_view *view)
{
	if (view->ended)
		return "the process has ended";
	return view->paused ? "PAUSED" : "";
}

static struct error *add_title(struct live_page *page, const struct live_picture *picture,
	const struct live_view *view, size_t width)
{
	const char *state = state_text(view);
	size_t room = width - 1 - strlen(state);
	STRING_BUILDER(left);
	STRING_BUILDER(line);

	string_append_format(&left, "limpet  %s  last %.0fs  %u Hz", picture->process,
		(double)picture->window.elapsed / NANOSECONDS_PER_SECOND, picture->rate);
	text_append_padded(&line, left.text ? left.text : "", room);
	string_append_format(&line, " %s", state);
	return line.failed ? &error_no_memory : live_page_add(page, LIVE_TITLE, line.text, width);
}

/* As many of the pieces, which are separated by newlines, as have room. */
static struct error *add_pieces(
	struct live_page *page, enum live_style style, const char *pieces, size_t width)
{
	STRING_BUILDER(line);
	size_t used = 0;

	while (*pieces) {
		size_t length = strcspn(pieces, "\n");
		size_t gap = used ? PIECE_GAP : 0, columns = text_columns(pieces, length);

		if (used + gap + columns <= width || !used) {
			string_append_bytes(&line, "   ", gap);
			string_append_bytes(&line, pieces, length);
			used += gap + columns;
		}
		pieces += length + (pieces[length] == '\n');
	}
	return line.failed ? &error_no_memory
			   : live_page_add(page, style, line.text ? line.text : "", width);
}

static size_t busy_threads(const struct live_picture *picture)
{
	size_t count = 0;

	ARRAY_FOR_EACH (thread, &picture->rows.threads)
		count += thread->time != 0;
	return count;
}

static void append_use(struct string_builder *text, const struct live_picture *picture)
{
	char cpu[QUANTITY_SIZE], elapsed[QUANTITY_SIZE];

	string_append_format(text, "CPU %.2f cores\n",
		per_second(picture->window.cpu_time, picture->window.elapsed));
	string_append_format(
		text, "%zu of %zu threads used it\n", busy_threads(picture), picture->thread_count);
	string_append_format(text, "%s in %s since the start\n",
		format_duration((double)picture->since.cpu_time, cpu),
		format_duration((double)picture->since.elapsed, elapsed));
}

/* Two digits are all that is known of it. */
static char *format_pause(
	const struct live_totals *totals, unsigned percent, char buffer[static QUANTITY_SIZE])
{
	uint64_t pause = pauses_percentile(&totals->pauses, percent), unit = 1;

	while (pause / unit >= 100)
		unit *= 10;
	return format_duration((double)((pause + unit / 2) / unit * unit), buffer);
}

static void append_cost(struct string_builder *text, const struct live_picture *picture)
{
	const struct live_totals *window = &picture->window;
	char half[QUANTITY_SIZE], most[QUANTITY_SIZE];
	double second = NANOSECONDS_PER_SECOND;

	string_append_format(
		text, "%.0f samples/s\n", per_second(window->samples, window->elapsed) * second);
	if (window->samples)
		string_append_format(text, "stops p50 %s p99 %s, %.2f%% of its CPU time\n",
			format_pause(window, 50, half), format_pause(window, 99, most),
			100 * per_second(window->held, window->cpu_time));
	string_append_format(text, "limpet %.1f%% of a core\n",
		100 * per_second(window->own_time, window->elapsed));
}

static struct error *add_facts(
	struct live_page *page, const struct live_picture *picture, size_t width, size_t height)
{
	STRING_BUILDER(use);
	STRING_BUILDER(cost);
	struct error *error;

	append_use(&use, picture);
	append_cost(height < ROOM_FOR_TWO_FACTS ? &use : &cost, picture);
	if (use.failed || cost.failed)
		return &error_no_memory;
	error = add_pieces(page, LIVE_PLAIN, use.text, width);
	return error || !cost.text ? error : add_pieces(page, LIVE_PLAIN, cost.text, width);
}

static struct error *add_note(struct live_page *page, const struct live_view *view, size_t width)
{
	STRING_BUILDER(note);

	if (view->message[0])
		utf8_append_printable(&note, view->message, strlen(view->message));
	else if (view->filter[0] && view->prompt != LIVE_PROMPT_FILTER)
		string_append_format(&note, "Only what holds \"%s\"; Esc shows all.", view->filter);
	else if (view->ended)
		string_append(&note, "The process has ended. q leaves, s saves.");
	if (note.failed)
		return &error_no_memory;
	return note.text ? live_page_add(page, LIVE_NOTE, note.text, width) : NULL;
}

static const char *prompt_label(const struct live_view *view, size_t width)
{
	if (view->prompt == LIVE_PROMPT_FILTER)
		return "Only what holds: ";
	return width < ROOM_FOR_FORMATS ? "Save to: " : "Save to (.pb.gz, .svg, .folded, ...): ";
}

/* The end of what is typed is what must be seen. */
static struct error *add_prompt(struct live_page *page, const struct live_view *view, size_t width)
{
	const char *label = prompt_label(view, width);
	size_t room = width - strlen(label) - 1, length = strlen(view->input);
	size_t tail = text_tail(view->input, length, room);
	STRING_BUILDER(line);

	string_append_format(&line, "%s%s", label, view->input + length - tail);
	if (line.failed)
		return &error_no_memory;
	page->cursor = text_columns(line.text, line.length);
	return live_page_add(page, LIVE_PLAIN, line.text, width);
}

static struct error *add_keys(struct live_page *page, const struct live_view *view, size_t width)
{
	STRING_BUILDER(keys);

	string_append_format(&keys,
		"q quit\n? help\np %s\n/ filter\no by %s\nv %s\ns save\nr reset",
		view->paused ? "go on" : "pause", view->by_total ? "self" : "total",
		view->pane == LIVE_BOTH        ? "functions"
		: view->pane == LIVE_FUNCTIONS ? "threads"
					       : "both");
	return keys.failed ? &error_no_memory : add_pieces(page, LIVE_KEYS, keys.text, width);
}

static struct error *add_help(struct live_page *page, size_t width, size_t height)
{
	struct error *error = NULL;

	for (size_t i = 0; !error && i < ARRAY_SIZE(help_lines) && i < height; i++)
		error = live_page_add(page, LIVE_PLAIN, help_lines[i], width);
	return error;
}

static struct error *fill_up(struct live_page *page, size_t height)
{
	struct error *error = NULL;

	while (!error && page->lines.count < height)
		error = live_page_add(page, LIVE_PLAIN, "", 0);
	return error;
}

static struct error *too_small(struct live_page *page, size_t width, size_t height)
{
	STRING_BUILDER(line);
	struct error *error;

	string_append_format(&line, "too small: %zux%zu, not %dx%d", width, height, LIVE_WIDTH_MIN,
		LIVE_HEIGHT_MIN);
	if (line.failed)
		return &error_no_memory;
	error = height ? live_page_add(page, LIVE_PLAIN, line.text, width) : NULL;
	return error ? error : fill_up(page, height);
}

static struct error *make(const struct live_picture *picture, struct live_view *view, size_t width,
	size_t height, struct live_page *page)
{
	struct error *error;

	if (width < LIVE_WIDTH_MIN || height < LIVE_HEIGHT_MIN)
		return too_small(page, width, height);
	error = add_title(page, picture, view, width);
	if (!error && view->help) {
		error = add_help(page, width, height - 1);
		return error ? error : fill_up(page, height);
	}
	if (!error)
		error = add_facts(page, picture, width, height);
	if (!error)
		error = add_note(page, view, width);
	if (!error)
		error = live_tables_add(page, picture, view, width, height - 1 - page->lines.count);
	if (!error)
		error = fill_up(page, height - 1);
	if (error)
		return error;
	return view->prompt ? add_prompt(page, view, width) : add_keys(page, view, width);
}

struct error *live_page_make(const struct live_picture *picture, struct live_view *view,
	size_t width, size_t height, struct live_page *ret)
{
	CLEANUP(live_page_deinit) struct live_page page = {.cursor = SIZE_MAX};
	struct error *error = make(picture, view, width, height, &page);

	if (error)
		return error;
	*ret = page;
	page = (struct live_page){0};
	return NULL;
}
