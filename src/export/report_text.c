#include "export/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/path.h"
#include "export/report_internal.h"
#include "export/utf8.h"
#include "profile/pattern.h"
#include "profile/saturating.h"

#define FILTER_LENGTH 80
#define TREE_LINE     "----------------------------------------------------------+-------------\n"
#define TREE_LEGEND   "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n"

static void append_line(struct string_builder *ret, const char *label, const char *text)
{
	string_append(ret, label);
	utf8_append_printable(ret, text, strlen(text));
	string_append_char(ret, '\n');
}

static void append_program(const struct profile *profile, struct string_builder *ret)
{
	if (!profile->mappings.count)
		return;
	const char *path = profile_text(profile, profile->mappings.items[0].path);
	const char *build_id = profile_text(profile, profile->mappings.items[0].build_id);
	if (*path)
		append_line(ret, "File: ", path_file_name(path));
	if (*build_id)
		append_line(ret, "Build ID: ", build_id);
}

/* pprof keeps remarks with a # to itself. */
static void append_comments(const struct profile *profile, struct string_builder *ret)
{
	ARRAY_FOR_EACH (comment, &profile->comments) {
		const char *text = profile_text(profile, *comment);

		if (*text != '#')
			append_line(ret, "", text);
	}
}

static void append_time(const struct profile *profile, struct string_builder *ret)
{
	time_t seconds = profile->time / (int64_t)NANOSECONDS_PER_SECOND;
	struct tm local;
	char text[64];

	if (profile->time && localtime_r(&seconds, &local) &&
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &local))
		append_line(ret, "Time: ", text);
}

static void append_duration(const struct report *report, struct string_builder *ret)
{
	int64_t duration = report->profile->duration;
	char duration_text[UNITS_TEXT_SIZE], total_text[UNITS_TEXT_SIZE];
	char percentage[PERCENTAGE_SIZE];
	const char *unit;

	if (!duration)
		return;
	double busy = units_convert(report->total, report->unit.text, "nanoseconds", &unit);
	string_append_format(ret, "Duration: %s, Total samples = %s ",
		units_format(duration, "nanoseconds", UNITS_AUTO, duration_text),
		report_value(report, report->total, total_text));
	if (strcmp(unit, "ns") == 0 && busy >= 1 && busy < (double)INT64_MAX)
		string_append_format(
			ret, "(%s)", units_percentage((int64_t)busy, duration, percentage));
	string_append_char(ret, '\n');
}

void report_print_header(const struct report *report, struct string_builder *ret)
{
	const struct profile *profile = report->profile;
	const char *type =
		profile_text(profile, profile->value_types.items[report->values.value].type);

	append_program(profile, ret);
	append_comments(profile, ret);
	if (*type)
		append_line(ret, report->options->mean ? "Type: mean_" : "Type: ", type);
	append_time(profile, ret);
	append_duration(report, ret);
}

static void append_filters(const struct report *report, struct string_builder *ret)
{
	const char *const *filter = report->options->filters;

	if (!filter || !*filter)
		return;
	string_append(ret, "Active filters:\n");
	for (; *filter; filter++) {
		size_t length = strlen(*filter);
		bool cut = length > FILTER_LENGTH;

		string_append(ret, "   ");
		utf8_append_printable(ret, *filter, cut ? FILTER_LENGTH : length);
		string_append(ret, cut ? "…\n" : "\n");
	}
}

static void append_what_is_shown(const struct report *report, struct string_builder *ret)
{
	char shown_text[UNITS_TEXT_SIZE], total_text[UNITS_TEXT_SIZE], percentage[PERCENTAGE_SIZE];
	int64_t shown = 0;

	ARRAY_FOR_EACH (row, &report->rows)
		shown = add_saturating(shown, graph_node_flat(row->node));
	const char *trimmed = units_percentage(shown, report->total, percentage);
	string_append_format(ret, "Showing nodes accounting for %s, %s of %s total\n",
		report_value(report, shown, shown_text), trimmed + strspn(trimmed, " "),
		report_value(report, report->total, total_text));
	if (!report->total)
		return;
	if (report->dropped)
		string_append_format(ret, "Dropped %zu node%s (cum <= %s)\n", report->dropped,
			report->dropped > 1 ? "s" : "",
			report_value(report, report_cutoff(report), shown_text));
	if (report->rows.count && report->rows.count < report->kept)
		string_append_format(ret, "Showing top %zu nodes out of %zu\n", report->rows.count,
			report->kept);
}

static void append_head(const struct report *report, struct string_builder *ret)
{
	report_print_header(report, ret);
	append_filters(report, ret);
	append_what_is_shown(report, ret);
}

static const char *inline_mark(const struct graph_node *node)
{
	if (!node->inlined)
		return "";
	return node->called ? " (partial-inline)" : " (inline)";
}

/* What -top and -tree say of a function; sum is what the rows so far add up to. */
static void append_figures(const struct report *report, const struct graph_node *node, int64_t sum,
	struct string_builder *ret)
{
	char flat[UNITS_TEXT_SIZE], cumulative[UNITS_TEXT_SIZE];
	char flat_part[PERCENTAGE_SIZE], sum_part[PERCENTAGE_SIZE];
	char cumulative_part[PERCENTAGE_SIZE];
	int64_t node_flat = graph_node_flat(node), node_cumulative = graph_node_cumulative(node);

	string_append_format(ret, "%10s %s %s %10s %s", report_value(report, node_flat, flat),
		units_percentage(node_flat, report->total, flat_part),
		units_percentage(sum, report->total, sum_part),
		report_value(report, node_cumulative, cumulative),
		units_percentage(node_cumulative, report->total, cumulative_part));
}

void report_print_top(const struct report *report, struct string_builder *ret)
{
	bool has_samples = report->values.samples != GRAPH_NO_VALUES;
	int64_t sum = 0;

	append_head(report, ret);
	string_append_format(ret, "%10s %5s%% %5s%% %10s %5s%%%s\n", "flat", "flat", "sum", "cum",
		"cum", has_samples ? "  samples" : "");
	ARRAY_FOR_EACH (row, &report->rows) {
		sum = add_saturating(sum, graph_node_flat(row->node));
		append_figures(report, row->node, sum, ret);
		if (has_samples)
			string_append_format(ret, " %8" PRId64, row->node->samples);
		string_append(ret, "  ");
		string_append(ret, row->name);
		string_append(ret, inline_mark(row->node));
		string_append_char(ret, '\n');
	}
}

static void append_edge(const struct report *report, const struct graph_edge *edge, uint32_t other,
	const struct graph_node *node, struct string_builder *ret)
{
	char weight[UNITS_TEXT_SIZE], part[PERCENTAGE_SIZE];

	string_append_format(ret, "%50s %s |   ", report_value(report, edge->weight, weight),
		units_percentage(edge->weight, graph_node_cumulative(node), part));
	string_append(ret, frame_name(&report->frames, other));
	string_append(ret, edge->inlined ? " (inline)\n" : "\n");
}

static void append_tree_row(const struct report *report, const struct report_row *row, int64_t sum,
	struct string_builder *ret)
{
	const struct graph_edge *edges = report->callers.items;

	string_append(ret, TREE_LINE);
	for (size_t i = 0; i < row->caller_count; i++)
		append_edge(report, &edges[row->first_caller + i],
			edges[row->first_caller + i].caller, row->node, ret);
	append_figures(report, row->node, sum, ret);
	string_append(ret, "                | ");
	string_append(ret, row->name);
	string_append_char(ret, '\n');
	edges = report->callees.items;
	for (size_t i = 0; i < row->callee_count; i++)
		append_edge(report, &edges[row->first_callee + i],
			edges[row->first_callee + i].callee, row->node, ret);
}

/* pattern: of the rows that are wanted; NULL: all. */
static bool append_tree(
	const struct report *report, const struct pattern *pattern, struct string_builder *ret)
{
	int64_t sum = 0;
	bool found = false;

	append_head(report, ret);
	string_append(ret, TREE_LINE TREE_LEGEND);
	ARRAY_FOR_EACH (row, &report->rows) {
		if (pattern && !pattern_matches(pattern, row->name))
			continue;
		found = true;
		sum = add_saturating(sum, graph_node_flat(row->node));
		append_tree_row(report, row, sum, ret);
	}
	if (report->rows.count)
		string_append(ret, TREE_LINE);
	return found;
}

void report_print_tree(const struct report *report, struct string_builder *ret)
{
	append_tree(report, NULL, ret);
}

bool report_print_peek(
	const struct report *report, const struct pattern *pattern, struct string_builder *ret)
{
	return append_tree(report, pattern, ret);
}
