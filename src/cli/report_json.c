#include "cli/report_json.h"

#include <stdlib.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/json.h"
#include "cli/profile_table.h"
#include "export/label_units.h"
#include "profile/pattern.h"

static json_t *edges_json(
	const struct report *report, const struct graph_edge *edges, size_t count, bool of_callers)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		uint32_t other = of_callers ? edges[i].caller : edges[i].callee;
		json_t *edge = json_object();

		json_put(&edge, "function", json_text(frame_name(&report->frames, other)));
		json_put(&edge, "value", json_integer(edges[i].weight));
		json_put(&edge, "inlined", json_boolean(edges[i].inlined));
		json_add(&array, edge);
	}
	return array;
}

struct error *answer_calls(struct session *session, const struct report_request *request,
	const struct pattern *pattern)
{
	const struct report *report = &request->report;
	json_t *rows = json_array(), *table = table_json(report);
	bool found = !pattern;

	ARRAY_FOR_EACH (row, &report->rows) {
		json_t *object;

		if (pattern && !pattern_matches(pattern, row->name))
			continue;
		found = true;
		object = row_json(report, row);
		json_put(&object, "callers",
			edges_json(report, report->callers.items + row->first_caller,
				row->caller_count, true));
		json_put(&object, "callees",
			edges_json(report, report->callees.items + row->first_callee,
				row->callee_count, false));
		json_add(&rows, object);
	}
	json_put(&table, "rows", rows);
	if (!found) {
		json_decref(table);
		return report_no_match(request);
	}
	answer_put(session, "profile", json_profile(request->argument.profile));
	answer_put(session, "table", table);
	return NULL;
}

/* Text of the line, if there is any: the last lines may be behind the file's end. */
static json_t *source_json(const struct source_file *source, uint32_t line)
{
	if (!line || line > source->lines.count)
		return json_null();
	const struct source_line *at = &source->lines.items[line - 1];
	char *text = strndup((const char *)source->text.items + at->start, at->length);
	json_t *json = text ? json_text(text) : NULL;

	free(text);
	return json;
}

static json_t *lines_json(const struct listed_function *function)
{
	json_t *array = json_array();

	ARRAY_FOR_EACH (line, &function->lines) {
		json_t *object = json_object();

		json_put(&object, "line", json_integer(line->line));
		json_put(&object, "flat", json_integer(line->flat));
		json_put(&object, "cum", json_integer(line->cumulative));
		json_put(&object, "source", source_json(&function->source, line->line));
		json_add(&array, object);
	}
	return array;
}

struct error *answer_listing(struct session *session, const struct report_request *request,
	const struct listing *listing)
{
	json_t *functions = json_array(), *object = values_json(&request->report);

	ARRAY_FOR_EACH (function, &listing->functions) {
		const struct error *problem = function->problem;
		json_t *one = json_object();

		json_put(&one, "function", json_text(function->name));
		json_put(&one, "file", json_text(*function->file ? function->file : NULL));
		json_put(&one, "flat", json_integer(function->flat));
		json_put(&one, "cum", json_integer(function->cumulative));
		json_put(&one, "problem", json_text(problem ? problem->message : NULL));
		json_put(&one, "lines", lines_json(function));
		json_add(&functions, one);
	}
	json_put(&object, "functions", functions);
	answer_put(session, "profile", json_profile(request->argument.profile));
	answer_put(session, "listing", object);
	return NULL;
}

struct trace_answer {
	const struct report *report;
	struct label_units units;
	json_t *samples;
};

static json_t *label_json(const struct trace_answer *answer, const struct profile_label *label)
{
	const struct profile *profile = answer->report->profile;
	json_t *object = json_object();

	json_put(&object, "key", json_text(profile_text(profile, label->key)));
	if (label->text) {
		json_put(&object, "text", json_text(profile_text(profile, label->text)));
	} else {
		json_put(&object, "number", json_integer(label->number));
		json_put(&object, "unit",
			json_text(label_unit(&answer->units, profile, label->key)));
	}
	return object;
}

static json_t *stack_json(const struct report *report, const struct frame_slots *slots)
{
	json_t *stack = json_array();

	for (size_t i = slots->count; i-- > 0;) {
		json_t *frame = json_object();

		json_put(&frame, "function",
			json_text(frame_name(&report->frames, slots->items[i].name)));
		json_put(&frame, "inlined", json_boolean(slots->items[i].inlined));
		json_add(&stack, frame);
	}
	return stack;
}

static struct error *add_trace(void *context, const struct report_trace *trace)
{
	struct trace_answer *answer = context;
	json_t *labels = json_array(), *object = json_object();

	for (size_t i = 0; i < trace->label_count; i++)
		json_add(&labels, label_json(answer, &trace->labels[i]));
	json_put(&object, "value", json_integer(trace->value));
	json_put(&object, "labels", labels);
	json_put(&object, "stack", stack_json(answer->report, trace->slots));
	json_add(&answer->samples, object);
	return NULL;
}

struct error *answer_traces(struct session *session, const struct report_request *request)
{
	struct trace_answer answer = {.report = &request->report, .samples = json_array()};
	json_t *object = values_json(&request->report);
	struct error *error = label_units_init(request->report.profile, &answer.units);

	if (!error)
		error = report_each_trace(&request->report, add_trace, &answer);
	json_put(&object, "samples", answer.samples);
	label_units_deinit(&answer.units);
	answer_put(session, "profile", json_profile(request->argument.profile));
	answer_put(session, "traces", object);
	return error;
}
