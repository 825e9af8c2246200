#include "export/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "export/label_units.h"
#include "export/utf8.h"

#define TRACES_LINE "-----------+-------------------------------------------------------\n"

ARRAY_DEFINE(texts, char *)

struct traces {
	const struct report *report;
	struct label_units units;
	struct texts lines; /* of one sample's labels */
	struct string_builder *out;
};

static void drop_lines(struct traces *traces)
{
	ARRAY_FOR_EACH (line, &traces->lines)
		free(*line);
	traces->lines.count = 0;
}

static void traces_deinit(struct traces *traces)
{
	drop_lines(traces);
	texts_deinit(&traces->lines);
	label_units_deinit(&traces->units);
}

static void append_label_value(
	struct traces *traces, const struct profile_label *label, struct string_builder *line)
{
	const struct profile *profile = traces->report->profile;
	char text[UNITS_TEXT_SIZE];

	if (label->text) {
		const char *value = profile_text(profile, label->text);

		utf8_append_printable(line, value, strlen(value));
		return;
	}
	const char *unit = label_unit(&traces->units, profile, label->key);
	units_format(label->number, unit, UNITS_AUTO, text);
	utf8_append_printable(line, text, strlen(text));
}

/* All values of a key, in one line, made at the first of them. */
static struct error *make_line(
	struct traces *traces, const struct profile_label *labels, size_t count, size_t first)
{
	const char *key = profile_text(traces->report->profile, labels[first].key);
	STRING_BUILDER(line);
	STRING_BUILDER(shown_key);
	char *text;

	for (size_t i = 0; i < first; i++)
		if (labels[i].key == labels[first].key && !labels[i].text == !labels[first].text)
			return NULL;
	utf8_append_printable(&shown_key, key, strlen(key));
	string_append_format(&line, "%10s: ", shown_key.text ? shown_key.text : "");
	for (size_t i = first; i < count; i++) {
		if (labels[i].key != labels[first].key || !labels[i].text != !labels[first].text)
			continue;
		string_append_char(&line, ' ');
		append_label_value(traces, &labels[i], &line);
	}
	string_append_char(&line, '\n');
	struct error *error = string_builder_finish(&line, &text);
	if (error)
		return error;
	error = texts_append(&traces->lines, text);
	if (error)
		free(text);
	return error;
}

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static struct error *print_labels(
	struct traces *traces, const struct report_trace *trace, bool of_text)
{
	struct error *error = NULL;

	drop_lines(traces);
	for (size_t i = 0; !error && i < trace->label_count; i++)
		if ((trace->labels[i].text != 0) == of_text)
			error = make_line(traces, trace->labels, trace->label_count, i);
	if (traces->lines.count)
		qsort(traces->lines.items, traces->lines.count, sizeof(char *), compare_texts);
	ARRAY_FOR_EACH (line, &traces->lines)
		string_append(traces->out, *line);
	return error;
}

static int64_t value_of(const struct report *report, size_t sample)
{
	const int64_t *values =
		&report->profile->values.items[sample * report->profile->value_types.count];
	struct graph_node node = {.flat = values[report->values.value]};

	if (report->values.divisor != GRAPH_NO_VALUES)
		node.flat_divisor = values[report->values.divisor];
	return graph_node_flat(&node);
}

static bool has_values(const struct profile *profile, size_t sample)
{
	size_t width = profile->value_types.count;

	for (size_t i = 0; i < width; i++)
		if (profile->values.items[sample * width + i])
			return true;
	return false;
}

struct error *report_each_trace(const struct report *report,
	struct error *(*take)(void *context, const struct report_trace *trace), void *context)
{
	CLEANUP(frame_slots_deinit) struct frame_slots slots = {0};
	struct error *error = NULL;

	for (size_t i = 0; !error && i < report->profile->samples.count; i++) {
		const struct profile_sample *sample = &report->profile->samples.items[i];
		struct report_trace trace = {.value = value_of(report, i), .slots = &slots};

		if (!has_values(report->profile, i))
			continue;
		error = frames_of_stack(&report->frames, sample->stack, &slots);
		if (error || !slots.count)
			continue;
		trace.labels = profile_labels(report->profile, sample->labels, &trace.label_count);
		error = take(context, &trace);
	}
	return error;
}

static void print_stack(struct traces *traces, const struct report_trace *trace)
{
	char value[UNITS_TEXT_SIZE];

	report_value(traces->report, trace->value, value);
	for (size_t i = trace->slots->count; i-- > 0;) {
		const struct frame_slot *slot = &trace->slots->items[i];

		string_append_format(traces->out, "%10s   ", value);
		string_append(traces->out, frame_name(&traces->report->frames, slot->name));
		string_append(traces->out, slot->inlined ? " (inline)\n" : "\n");
		value[0] = '\0';
	}
}

static struct error *print_trace(void *context, const struct report_trace *trace)
{
	struct traces *traces = context;
	struct error *error;

	string_append(traces->out, TRACES_LINE);
	error = print_labels(traces, trace, true);
	if (!error)
		error = print_labels(traces, trace, false);
	if (!error)
		print_stack(traces, trace);
	return error;
}

struct error *report_print_traces(const struct report *report, struct string_builder *ret)
{
	CLEANUP(traces_deinit) struct traces traces = {.report = report, .out = ret};
	struct error *error = label_units_init(report->profile, &traces.units);

	if (error)
		return error;
	report_print_header(report, ret);
	error = report_each_trace(report, print_trace, &traces);
	string_append(ret, TRACES_LINE);
	return error;
}
