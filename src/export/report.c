#include "export/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "export/report_internal.h"
#include "export/utf8.h"
#include "export/value_type.h"
#include "profile/saturating.h"

static double node_fraction(const struct report_options *options)
{
	if (options->everything)
		return 0;
	return options->own_fractions ? options->node_fraction : REPORT_NODE_FRACTION;
}

static double edge_fraction(const struct report_options *options)
{
	if (options->everything)
		return 0;
	return options->own_fractions ? options->edge_fraction : REPORT_EDGE_FRACTION;
}

void report_deinit(struct report *report)
{
	frames_deinit(&report->frames);
	graph_deinit(&report->graph);
	report_rows_deinit(&report->rows);
	graph_edges_deinit(&report->callers);
	graph_edges_deinit(&report->callees);
	string_builder_deinit(&report->unit);
}

/* As Go does it, toward zero; a double may be beyond int64_t. */
static int64_t scale(int64_t value, double factor)
{
	double scaled = (double)value * factor;

	if (scaled >= (double)INT64_MAX)
		return INT64_MAX;
	return scaled <= (double)INT64_MIN ? INT64_MIN : (int64_t)scaled;
}

static double ratio(const struct report_options *options)
{
	return options->divide_by > 0 ? 1 / options->divide_by : 1;
}

char *report_value(const struct report *report, int64_t value, char buffer[static UNITS_TEXT_SIZE])
{
	double factor = ratio(report->options);

	return units_format(factor == 1 ? value : scale(value, factor), report->unit.text,
		report->shown_unit, buffer);
}

static int64_t fraction_of(int64_t total, double fraction)
{
	return magnitude_saturating(scale(total, fraction));
}

int64_t report_cutoff(const struct report *report)
{
	return fraction_of(report->total, node_fraction(report->options));
}

static int compare_magnitudes(int64_t a, int64_t b)
{
	int64_t a_size = magnitude_saturating(a), b_size = magnitude_saturating(b);

	return (a_size < b_size) - (a_size > b_size);
}

/* Names differ, and their nodes are in the order of names. */
static int compare_names(const struct report_row *a, const struct report_row *b)
{
	return (a->node > b->node) - (a->node < b->node);
}

static int compare_flat(const void *left, const void *right)
{
	const struct report_row *a = left, *b = right;
	int order = compare_magnitudes(a->node->flat, b->node->flat);

	return order ? order : compare_names(a, b);
}

static int compare_cumulative(const void *left, const void *right)
{
	const struct report_row *a = left, *b = right;
	int order = compare_magnitudes(a->node->cumulative, b->node->cumulative);

	return order ? order : compare_names(a, b);
}

static bool is_shown(const struct report_options *options, const struct graph_node *node)
{
	if (!node->flat && !node->cumulative)
		return false;
	return !options->drop_negative || node->flat > 0 || (!node->flat && node->cumulative >= 0);
}

static int64_t sum_flat(const struct report *report)
{
	int64_t sum = 0;

	ARRAY_FOR_EACH (row, &report->rows)
		sum = add_saturating(sum, row->node->flat);
	return sum;
}

static struct error *list_rows(struct report *report)
{
	struct error *error = report_rows_reserve(&report->rows, report->graph.nodes.count);

	for (uint32_t i = 0; !error && i < report->graph.nodes.count; i++) {
		const struct graph_node *node = &report->graph.nodes.items[i];

		if (is_shown(report->options, node))
			report->rows.items[report->rows.count++] = (struct report_row){
				.name = frame_name(&report->frames, i), .node = node};
	}
	return error;
}

static size_t drop_light_rows(struct report *report, int64_t cutoff)
{
	size_t kept = 0, count = report->rows.count;

	ARRAY_FOR_EACH (row, &report->rows)
		if (magnitude_saturating(row->node->cumulative) >= cutoff)
			report->rows.items[kept++] = *row;
	report->rows.count = kept;
	return count - kept;
}

/* only: what else there is, is stepped over from now on. */
static void mark_rows(struct report *report, bool only)
{
	ARRAY_FOR_EACH (node, &report->graph.nodes)
		node->kept = !only;
	ARRAY_FOR_EACH (row, &report->rows) {
		struct graph_node *node =
			&report->graph.nodes.items[row->node - report->graph.nodes.items];

		node->kept = node->listed = true;
	}
}

/*
 * Functions that are worth a line, sorted, up to the limit. pprof makes its graph anew only after
 * something was dropped: until then there are edges to nodes that have no line.
 */
static struct error *choose_rows(struct report *report, int64_t *ret_edge_cutoff)
{
	const struct report_options *options = report->options;
	struct error *error = list_rows(report);

	if (error)
		return error;
	int64_t sum = sum_flat(report);
	*ret_edge_cutoff = fraction_of(sum, edge_fraction(options));
	report->dropped = drop_light_rows(report, fraction_of(sum, node_fraction(options)));
	report->kept = report->rows.count;
	if (report->rows.count)
		qsort(report->rows.items, report->rows.count, sizeof(struct report_row),
			options->by_cumulative ? compare_cumulative : compare_flat);
	if (options->limit && report->rows.count > options->limit)
		report->rows.count = options->limit;
	mark_rows(report, report->dropped || report->rows.count < report->kept);
	return NULL;
}

static bool has_inlined(const struct frames *frames)
{
	ARRAY_FOR_EACH (slot, &frames->slots)
		if (slot->inlined)
			return true;
	return false;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_callers(const void *left, const void *right)
{
	const struct graph_edge *a = left, *b = right;
	int order = compare_numbers(a->callee, b->callee);

	if (!order)
		order = compare_magnitudes(a->weight, b->weight);
	return order ? order : compare_numbers(a->caller, b->caller);
}

static int compare_callees(const void *left, const void *right)
{
	const struct graph_edge *a = left, *b = right;
	int order = compare_numbers(a->caller, b->caller);

	if (!order)
		order = compare_magnitudes(a->weight, b->weight);
	return order ? order : compare_numbers(a->callee, b->callee);
}

static struct error *sort_edges(struct report *report)
{
	struct graph_edges *callers = &report->callers, *callees = &report->callees;
	struct error *error = graph_edges_reserve(callees, callers->count);

	if (error || !callers->count)
		return error;
	memcpy(callees->items, callers->items, callers->count * sizeof(*callers->items));
	callees->count = callers->count;
	qsort(callers->items, callers->count, sizeof(*callers->items), compare_callers);
	qsort(callees->items, callees->count, sizeof(*callees->items), compare_callees);
	ARRAY_FOR_EACH (row, &report->rows) {
		uint32_t node = (uint32_t)(row->node - report->graph.nodes.items);

		row->first_caller = SORTED_COUNT(callers->items, callers->count, callee, <, node);
		row->caller_count = SORTED_COUNT(callers->items, callers->count, callee, <=, node) -
				    row->first_caller;
		row->first_callee = SORTED_COUNT(callees->items, callees->count, caller, <, node);
		row->callee_count = SORTED_COUNT(callees->items, callees->count, caller, <=, node) -
				    row->first_callee;
	}
	return NULL;
}

static struct error *find_calls(struct report *report, enum report_scope scope, int64_t cutoff)
{
	struct error *error;

	if (scope == REPORT_FUNCTIONS && !has_inlined(&report->frames))
		return NULL;
	error = graph_find_edges(
		&report->graph, &report->frames, &report->values, cutoff, &report->callers);
	return error || scope == REPORT_FUNCTIONS ? error : sort_edges(report);
}

/* The unit of the smallest figure, or one that shows it with two decimals. */
static void choose_unit(struct report *report)
{
	double factor = ratio(report->options);
	int64_t smallest = 0, total = scale(report->total, factor);
	const char *small_unit, *large_unit;

	ARRAY_FOR_EACH (row, &report->rows) {
		int64_t value = magnitude_saturating(graph_node_flat(row->node));

		if (!value)
			value = magnitude_saturating(graph_node_cumulative(row->node));
		if (value && (!smallest || value < smallest))
			smallest = value;
	}
	smallest = scale(smallest ? smallest : report->total, factor);
	units_convert(smallest, report->unit.text, UNITS_AUTO, &small_unit);
	units_convert(total, report->unit.text, UNITS_AUTO, &large_unit);
	if (strcmp(small_unit, large_unit) != 0 && smallest < total / 100 + 1 &&
		smallest * 100 < total)
		units_convert(smallest * 100, report->unit.text, UNITS_AUTO, &small_unit);
	report->shown_unit = *small_unit ? small_unit : report->unit.text;
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
	return GRAPH_NO_VALUES;
}

static struct error *find_values(const struct profile *profile,
	const struct report_options *options, struct graph_values *ret)
{
	struct error *error = export_find_value_type(profile, options->value_type, &ret->value);

	if (error)
		return error;
	ret->samples = find_samples_type(profile, ret->value);
	ret->divisor = options->mean ? 0 : GRAPH_NO_VALUES;
	return NULL;
}

struct error *report_total(
	const struct profile *profile, const struct report_options *options, int64_t *ret)
{
	struct graph_values values;
	struct error *error = find_values(profile, options, &values);

	if (!error)
		*ret = graph_total(profile, &values);
	return error;
}

static struct error *prepare(struct report *report, enum report_scope scope)
{
	const struct profile *profile = report->profile;
	struct error *error = find_values(profile, report->options, &report->values);

	if (error)
		return error;
	const char *unit =
		profile_text(profile, profile->value_types.items[report->values.value].unit);
	string_append(&report->unit, "");
	utf8_append_printable(&report->unit, unit, strlen(unit));
	if (report->unit.failed)
		return &error_no_memory;
	report->total = report->options->total ? *report->options->total
					       : graph_total(profile, &report->values);
	report->shown_unit = report->options->unit ? report->options->unit : REPORT_UNIT;
	/* pprof's -traces has the names of files as they are. */
	if (scope == REPORT_VALUES)
		return frames_init(profile, 0, &report->frames);
	return frames_init_trimmed(
		profile, report->options->trim_path, report->options->source_path, &report->frames);
}

static struct error *fill(struct report *report, enum report_scope scope)
{
	int64_t edge_cutoff;
	struct error *error = graph_init(&report->frames, &report->values, &report->graph);

	if (!error)
		error = choose_rows(report, &edge_cutoff);
	if (!error)
		error = find_calls(report, scope, edge_cutoff);
	if (!error && report->rows.count && strcmp(report->shown_unit, REPORT_UNIT) == 0)
		choose_unit(report);
	return error;
}

struct error *report_init(const struct profile *profile, const struct report_options *options,
	enum report_scope scope, struct report *ret)
{
	CLEANUP(report_deinit) struct report report = {.profile = profile, .options = options};
	struct error *error = prepare(&report, scope);

	if (!error && scope != REPORT_VALUES)
		error = fill(&report, scope);
	if (error)
		return error;
	*ret = report;
	report = (struct report){0};
	return NULL;
}

struct error *report_top(
	const struct profile *profile, const struct report_options *options, struct u8_array *ret)
{
	CLEANUP(report_deinit) struct report report = {0};
	STRING_BUILDER(text);
	struct error *error = report_init(profile, options, REPORT_FUNCTIONS, &report);

	if (error)
		return error;
	report_print_top(&report, &text);
	return text_finish(&text, ret);
}
