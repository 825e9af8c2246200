#include "export/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/path.h"
#include "base/text.h"
#include "export/frames.h"
#include "export/graph.h"
#include "export/units.h"
#include "export/utf8.h"
#include "export/value_type.h"
#include "profile/saturating.h"

#define NODE_FRACTION 0.005
#define EDGE_FRACTION 0.001

struct row {
	const char *name;
	const struct graph_node *node;
};
ARRAY_DEFINE(rows, struct row)

struct report {
	const struct profile *profile;
	const struct report_options *options;
	size_t value_type, samples_type;
	struct frames frames;
	struct graph graph;
	struct rows rows;
	size_t node_count, dropped, kept; /* functions: all, below the fraction, the others */
	int64_t total;
	struct string_builder unit; /* of the values */
	const char *shown_unit;
	struct string_builder text;
};

static void report_deinit(struct report *report)
{
	frames_deinit(&report->frames);
	graph_deinit(&report->graph);
	rows_deinit(&report->rows);
	string_builder_deinit(&report->unit);
	string_builder_deinit(&report->text);
}

static char *format_value(
	const struct report *report, int64_t value, char buffer[static UNITS_TEXT_SIZE])
{
	return units_format(value, report->unit.text, report->shown_unit, buffer);
}

static int64_t fraction_of(int64_t total, double fraction)
{
	return magnitude_saturating((int64_t)((double)total * fraction));
}

static int compare_magnitudes(int64_t a, int64_t b)
{
	int64_t a_size = magnitude_saturating(a), b_size = magnitude_saturating(b);

	return (a_size < b_size) - (a_size > b_size);
}

static int compare_flat(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = compare_magnitudes(a->node->flat, b->node->flat);

	return order ? order : strcmp(a->name, b->name);
}

static int compare_cumulative(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = compare_magnitudes(a->node->cumulative, b->node->cumulative);

	return order ? order : strcmp(a->name, b->name);
}

static int64_t sum_flat(const struct report *report)
{
	int64_t sum = 0;

	ARRAY_FOR_EACH (node, &report->graph.nodes)
		sum = add_saturating(sum, node->flat);
	return sum;
}

/* Functions that are worth a line, sorted, up to the limit. */
static struct error *choose_rows(struct report *report)
{
	const struct report_options *options = report->options;
	int64_t cutoff = options->everything ? 0 : fraction_of(sum_flat(report), NODE_FRACTION);
	struct error *error = rows_reserve(&report->rows, report->graph.nodes.count);

	if (error)
		return error;
	for (uint32_t i = 0; i < report->graph.nodes.count; i++) {
		struct graph_node *node = &report->graph.nodes.items[i];

		if (!node->flat && !node->cumulative)
			continue;
		report->node_count++;
		if (cutoff && magnitude_saturating(node->cumulative) < cutoff)
			continue;
		report->rows.items[report->rows.count++] =
			(struct row){frame_name(&report->frames, i), node};
	}
	report->kept = report->rows.count;
	report->dropped = report->node_count - report->kept;
	if (report->rows.count)
		qsort(report->rows.items, report->rows.count, sizeof(struct row),
			options->by_cumulative ? compare_cumulative : compare_flat);
	if (options->limit && report->rows.count > options->limit)
		report->rows.count = options->limit;
	return NULL;
}

static struct error *mark_inlined(struct report *report)
{
	int64_t cutoff =
		report->options->everything ? 0 : fraction_of(sum_flat(report), EDGE_FRACTION);

	ARRAY_FOR_EACH (row, &report->rows)
		report->graph.nodes.items[row->node - report->graph.nodes.items].kept = true;
	return graph_mark_inlined(&report->graph, &report->frames, report->value_type, cutoff);
}

/* The unit of the smallest figure, or one that shows it with two decimals. */
static void choose_unit(struct report *report)
{
	int64_t smallest = 0;
	const char *small_unit, *large_unit;

	report->shown_unit = "minimum";
	if (!report->rows.count)
		return;
	ARRAY_FOR_EACH (row, &report->rows) {
		int64_t value = magnitude_saturating(
			row->node->flat ? row->node->flat : row->node->cumulative);

		if (value && (!smallest || value < smallest))
			smallest = value;
	}
	if (!smallest)
		smallest = report->total;
	units_convert(smallest, report->unit.text, UNITS_AUTO, &small_unit);
	units_convert(report->total, report->unit.text, UNITS_AUTO, &large_unit);
	if (strcmp(small_unit, large_unit) != 0 && smallest < report->total / 100 + 1 &&
		smallest * 100 < report->total)
		units_convert(smallest * 100, report->unit.text, UNITS_AUTO, &small_unit);
	report->shown_unit = *small_unit ? small_unit : report->unit.text;
}

static void append_line(struct report *report, const char *label, const char *text)
{
	string_append(&report->text, label);
	utf8_append_printable(&report->text, text, strlen(text));
	string_append_char(&report->text, '\n');
}

static void append_program(struct report *report)
{
	const struct profile *profile = report->profile;

	if (!profile->mappings.count)
		return;
	const char *path = profile_text(profile, profile->mappings.items[0].path);
	const char *build_id = profile_text(profile, profile->mappings.items[0].build_id);
	if (*path)
		append_line(report, "File: ", path_file_name(path));
	if (*build_id)
		append_line(report, "Build ID: ", build_id);
}

/* pprof keeps remarks with a # to itself. */
static void append_comments(struct report *report)
{
	ARRAY_FOR_EACH (comment, &report->profile->comments) {
		const char *text = profile_text(report->profile, *comment);

		if (*text != '#')
			append_line(report, "", text);
	}
}

static void append_time(struct report *report)
{
	time_t seconds = report->profile->time / (int64_t)NANOSECONDS_PER_SECOND;
	struct tm local;
	char text[64];

	if (report->profile->time && localtime_r(&seconds, &local) &&
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &local))
		append_line(report, "Time: ", text);
}

static void append_duration(struct report *report)
{
	int64_t duration = report->profile->duration;
	char duration_text[UNITS_TEXT_SIZE], total_text[UNITS_TEXT_SIZE];
	char percentage[PERCENTAGE_SIZE];
	const char *unit;

	if (!duration)
		return;
	double busy = units_convert(report->total, report->unit.text, "nanoseconds", &unit);
	string_append_format(&report->text, "Duration: %s, Total samples = %s ",
		units_format(duration, "nanoseconds", UNITS_AUTO, duration_text),
		format_value(report, report->total, total_text));
	if (strcmp(unit, "ns") == 0 && busy >= 1 && busy < (double)INT64_MAX)
		string_append_format(&report->text, "(%s)",
			units_percentage((int64_t)busy, duration, percentage));
	string_append_char(&report->text, '\n');
}

static void append_header(struct report *report)
{
	const struct profile *profile = report->profile;
	const char *type =
		profile_text(profile, profile->value_types.items[report->value_type].type);

	append_program(report);
	append_comments(report);
	if (*type)
		append_line(report, "Type: ", type);
	append_time(report);
	append_duration(report);
}

static void append_what_is_shown(struct report *report)
{
	char shown_text[UNITS_TEXT_SIZE], total_text[UNITS_TEXT_SIZE], percentage[PERCENTAGE_SIZE];
	int64_t shown = 0;

	ARRAY_FOR_EACH (row, &report->rows)
		shown = add_saturating(shown, row->node->flat);
	const char *trimmed = units_percentage(shown, report->total, percentage);
	string_append_format(&report->text, "Showing nodes accounting for %s, %s of %s total\n",
		format_value(report, shown, shown_text), trimmed + strspn(trimmed, " "),
		format_value(report, report->total, total_text));
	if (!report->total)
		return;
	if (report->dropped)
		string_append_format(&report->text, "Dropped %zu node%s (cum <= %s)\n",
			report->dropped, report->dropped > 1 ? "s" : "",
			format_value(
				report, fraction_of(report->total, NODE_FRACTION), shown_text));
	if (report->rows.count && report->rows.count < report->kept)
		string_append_format(&report->text, "Showing top %zu nodes out of %zu\n",
			report->rows.count, report->kept);
}

static const char *inline_mark(const struct graph_node *node)
{
	if (!node->inlined)
		return "";
	return node->called ? " (partial-inline)" : " (inline)";
}

static void append_rows(struct report *report)
{
	int64_t sum = 0;

	bool has_samples = report->samples_type != GRAPH_NO_SAMPLES;

	string_append_format(&report->text, "%10s %5s%% %5s%% %10s %5s%%%s\n", "flat", "flat",
		"sum", "cum", "cum", has_samples ? "  samples" : "");
	ARRAY_FOR_EACH (row, &report->rows) {
		const struct graph_node *node = row->node;
		char flat[UNITS_TEXT_SIZE], cumulative[UNITS_TEXT_SIZE];
		char flat_part[PERCENTAGE_SIZE], sum_part[PERCENTAGE_SIZE];
		char cumulative_part[PERCENTAGE_SIZE];

		sum = add_saturating(sum, node->flat);
		string_append_format(&report->text, "%10s %s %s %10s %s",
			format_value(report, node->flat, flat),
			units_percentage(node->flat, report->total, flat_part),
			units_percentage(sum, report->total, sum_part),
			format_value(report, node->cumulative, cumulative),
			units_percentage(node->cumulative, report->total, cumulative_part));
		if (has_samples)
			string_append_format(&report->text, " %8" PRId64, node->samples);
		string_append(&report->text, "  ");
		string_append(&report->text, row->name);
		string_append(&report->text, inline_mark(node));
		string_append_char(&report->text, '\n');
	}
}

/* The one whose name ends in "_samples" and begins as that of the values shown does. */
static size_t find_samples_type(const struct profile *profile, size_t value_type)
{
	const char *shown = profile_text(profile, profile->value_types.items[value_type].type);
	size_t length = strcspn(shown, "_");

	for (size_t i = 0; i < profile->value_types.count; i++) {
		const char *type = profile_text(profile, profile->value_types.items[i].type);

		if (i != value_type && strncmp(type, shown, length) == 0 &&
			strcmp(type + length, "_samples") == 0)
			return i;
	}
	return GRAPH_NO_SAMPLES;
}

static struct error *prepare(struct report *report)
{
	const struct profile *profile = report->profile;
	struct error *error;

	error = export_find_value_type(profile, report->options->value_type, &report->value_type);
	if (error)
		return error;
	report->samples_type = find_samples_type(profile, report->value_type);
	const char *unit =
		profile_text(profile, profile->value_types.items[report->value_type].unit);
	utf8_append_printable(&report->unit, unit, strlen(unit));
	if (report->unit.failed)
		return &error_no_memory;
	error = frames_init(profile, 0, &report->frames);
	if (!error)
		error = graph_init(
			&report->frames, report->value_type, report->samples_type, &report->graph);
	if (!error)
		error = choose_rows(report);
	return error ? error : mark_inlined(report);
}

struct error *report_top(
	const struct profile *profile, const struct report_options *options, struct u8_array *ret)
{
	CLEANUP(report_deinit)
	struct report report = {.profile = profile, .options = options};
	struct error *error = prepare(&report);

	if (error)
		return error;
	report.total = graph_total(profile, report.value_type);
	choose_unit(&report);
	append_header(&report);
	append_what_is_shown(&report);
	append_rows(&report);
	return text_finish(&report.text, ret);
}

struct error *report_top_rows(const struct profile *profile, const struct report_options *options,
	void (*take)(void *context, const struct report_row *row), void *context,
	struct report_figures *ret)
{
	CLEANUP(report_deinit)
	struct report report = {.profile = profile, .options = options};
	const struct profile_value_type *type;
	struct error *error = prepare(&report);

	if (error)
		return error;
	ARRAY_FOR_EACH (row, &report.rows)
		take(context, &(struct report_row){
				      .name = row->name,
				      .flat = row->node->flat,
				      .cumulative = row->node->cumulative,
				      .samples = row->node->samples,
				      .has_samples = report.samples_type != GRAPH_NO_SAMPLES,
				      .inlined = row->node->inlined,
			      });
	type = &profile->value_types.items[report.value_type];
	*ret = (struct report_figures){
		.type = profile_text(profile, type->type),
		.unit = profile_text(profile, type->unit),
		.total = graph_total(profile, report.value_type),
		.functions = report.node_count,
	};
	return NULL;
}
