#include "cli/live_tables.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/name_shortening.h"
#include "cli/text_columns.h"

#define WIDE_FROM      72 /* columns, from which on there are cores and modules */
#define MODULE_MAX     24
#define THREAD_LINES   3  /* at least, or there is one table only */
#define HOT_SHARE      10 /* percent, from which on a row matters */
#define FIGURES_WIDE   30
#define FIGURES_NARROW 15

ARRAY_DEFINE(function_list, const struct live_function *)
ARRAY_DEFINE(thread_list, const struct thread_usage *)

struct table {
	struct live_page *page;
	const struct live_picture *picture;
	struct live_view *view;
	size_t width;
};

static double share(const struct table *table, int64_t time)
{
	int64_t total = table->picture->rows.total;

	return total > 0 ? 100 * (double)time / (double)total : 0;
}

static double cores(const struct table *table, int64_t time)
{
	uint64_t elapsed = table->picture->window.elapsed;

	return elapsed ? (double)time / (double)elapsed : 0;
}

static bool is_wide(const struct table *table)
{
	return table->width >= WIDE_FROM;
}

static enum live_style row_style(const struct table *table, int64_t time)
{
	return share(table, time) >= HOT_SHARE ? LIVE_HOT : LIVE_PLAIN;
}

static struct error *add_line(
	const struct table *table, enum live_style style, const struct string_builder *line)
{
	return line->failed ? &error_no_memory
			    : live_page_add(table->page, style, line->text, table->width);
}

/* Keeps the first row within the list, and full pages full. */
static size_t first_row(const struct table *table, size_t count, size_t lines)
{
	size_t last = count > lines ? count - lines : 0;

	table->view->page = lines > 1 ? lines - 1 : 1;
	if (table->view->scroll > last)
		table->view->scroll = last;
	return table->view->scroll;
}

static struct error *shown_functions(const struct table *table, struct function_list *ret)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (function, &table->picture->rows.functions)
		if (!error && (live_view_shows(table->view, function->name) ||
				      live_view_shows(table->view, function->module)))
			error = function_list_append(ret, function);
	return error;
}

static size_t module_columns(const struct function_list *list, size_t first, size_t lines)
{
	size_t most = strlen("MODULE");

	for (size_t i = first; i < list->count && i < first + lines; i++) {
		const char *module = list->items[i]->module;
		size_t columns = text_columns(module, strlen(module));

		if (columns > most)
			most = columns;
	}
	return most < MODULE_MAX ? most : MODULE_MAX;
}

/* The module comes first, so that it stands near its name, and that has the rest of the line. */
static void append_names(const struct table *table, struct string_builder *line, const char *name,
	const char *module, size_t module_columns)
{
	size_t used = FIGURES_NARROW;

	if (is_wide(table)) {
		STRING_BUILDER(shortened);

		name_append_shortened(&shortened, module, module_columns);
		text_append_padded(line, shortened.text ? shortened.text : "", module_columns);
		string_append(line, "  ");
		used = FIGURES_WIDE + module_columns + 2;
	}
	name_append_shortened(line, name, table->width - used);
}

static struct error *add_function(
	const struct table *table, const struct live_function *function, size_t module)
{
	const int64_t key = table->view->by_total ? function->total : function->self;
	STRING_BUILDER(line);

	if (is_wide(table))
		string_append_format(&line, "%5.1f%% %6.2f  %5.1f%% %6.2f  ",
			share(table, function->self), cores(table, function->self),
			share(table, function->total), cores(table, function->total));
	else
		string_append_format(&line, "%5.1f%% %5.1f%%  ", share(table, function->self),
			share(table, function->total));
	append_names(table, &line, function->name, function->module, module);
	return add_line(table, row_style(table, key), &line);
}

static struct error *add_function_heading(const struct table *table, size_t module)
{
	bool by_total = table->view->by_total;
	const char *self = by_total ? "self" : "SELF", *total = by_total ? "TOTAL" : "total";
	STRING_BUILDER(line);

	if (is_wide(table))
		string_append_format(&line, "%6s  cores  %6s  cores  ", self, total);
	else
		string_append_format(&line, "%6s %6s  ", self, total);
	append_names(table, &line, "FUNCTION", "MODULE", module);
	return add_line(table, LIVE_HEADING, &line);
}

static struct error *say_empty(const struct table *table, const char *what)
{
	const char *why = "no CPU time was used yet";

	if (table->view->filter[0])
		why = what;
	else if (table->picture->window.elapsed && !table->view->paused)
		why = "no CPU time was used lately";
	return live_page_add(table->page, LIVE_PLAIN, why, table->width);
}

static struct error *add_functions(const struct table *table, size_t lines)
{
	CLEANUP(function_list_deinit) struct function_list list = {0};
	struct error *error = shown_functions(table, &list);
	size_t first, module;

	if (error)
		return error;
	lines--;
	first = first_row(table, list.count, lines);
	module = module_columns(&list, first, lines);
	error = add_function_heading(table, module);
	if (!error && !list.count)
		error = say_empty(table, "no function or module holds that");
	for (size_t i = first; !error && i < list.count && i < first + lines; i++)
		error = add_function(table, list.items[i], module);
	return error;
}

static const char *state_name(char state)
{
	switch (state) {
	case 'R':
		return "running";
	case 'S':
		return "sleeping";
	case 'D':
		return "disk";
	case 'T':
	case 't':
		return "stopped";
	case 'I':
		return "idle";
	case 0:
		return "-";
	default:
		return "gone";
	}
}

static struct error *shown_threads(const struct table *table, bool alone, struct thread_list *ret)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (thread, &table->picture->rows.threads)
		if (!error && (!alone || live_view_shows(table->view, thread->name)))
			error = thread_list_append(ret, thread);
	return error;
}

static struct error *add_thread(const struct table *table, const struct thread_usage *thread)
{
	STRING_BUILDER(line);

	string_append_format(&line, "%5.1f%% ", share(table, thread->time));
	if (is_wide(table))
		string_append_format(&line, "%6.2f  ", cores(table, thread->time));
	if (thread->id)
		string_append_format(&line, "%7" PRId64 "  ", thread->id);
	else
		string_append(&line, "      -  ");
	string_append_format(&line, "%-8s  %s", state_name(thread->state), thread->name);
	return add_line(table, row_style(table, thread->time), &line);
}

/* alone: no functions are shown, and what filters them and moves through them is for threads. */
static struct error *add_threads(const struct table *table, size_t lines, bool alone)
{
	CLEANUP(thread_list_deinit) struct thread_list list = {0};
	struct error *error = shown_threads(table, alone, &list);
	size_t first = 0;

	lines--;
	if (alone)
		first = first_row(table, list.count, lines);
	if (!error)
		error = live_page_add(table->page, LIVE_HEADING,
			is_wide(table) ? "   CPU  cores      TID  STATE     THREAD"
				       : "   CPU     TID  STATE     THREAD",
			table->width);
	if (!error && !list.count && alone)
		error = say_empty(table, "no thread's name holds that");
	for (size_t i = first; !error && i < list.count && i < first + lines; i++)
		error = add_thread(table, list.items[i]);
	return error;
}

/* As many lines as the process has threads, up to a third, so that nothing jumps up and down. */
static size_t thread_lines(const struct live_picture *picture, size_t height)
{
	size_t wanted = picture->thread_count + 1;

	return wanted < height / 3 ? wanted : height / 3;
}

static struct error *add_both(const struct table *table, size_t height)
{
	size_t threads = thread_lines(table->picture, height);
	size_t end = table->page->lines.count + height - threads;
	struct error *error;

	if (height < 3 * THREAD_LINES)
		return add_functions(table, height);
	error = add_functions(table, height - threads - 1);
	while (!error && table->page->lines.count < end)
		error = live_page_add(table->page, LIVE_PLAIN, "", 0);
	return error ? error : add_threads(table, threads, false);
}

struct error *live_tables_add(struct live_page *page, const struct live_picture *picture,
	struct live_view *view, size_t width, size_t height)
{
	const struct table table = {page, picture, view, width};

	switch (view->pane) {
	case LIVE_FUNCTIONS:
		return add_functions(&table, height);
	case LIVE_THREADS:
		return add_threads(&table, height, true);
	default:
		return add_both(&table, height);
	}
}
