#include "cli/profile_table.h"

#include "cli/answer.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/report_request.h"

struct error *read_table_options(const struct session *session, const struct arguments *arguments,
	struct report_options *ret)
{
	uint64_t limit = settings_number(&session->settings, SETTING_NODECOUNT);
	struct error *error = arguments_number(arguments, "number", limit, 1, UINT32_MAX, &limit);

	if (error)
		return error;
	*ret = (struct report_options){
		.value_type = value_type_name(session, arguments),
		.limit = limit,
	};
	return NULL;
}

json_t *row_json(const struct report *report, const struct report_row *row)
{
	json_t *object = json_object();

	json_put(&object, "function", json_text(row->name));
	json_put(&object, "flat", json_integer(graph_node_flat(row->node)));
	json_put(&object, "cum", json_integer(graph_node_cumulative(row->node)));
	if (report->values.samples != GRAPH_NO_VALUES)
		json_put(&object, "samples", json_integer(row->node->samples));
	json_put(&object, "inlined", json_boolean(row->node->inlined));
	return object;
}

json_t *values_json(const struct report *report)
{
	const struct profile *profile = report->profile;
	const struct profile_value_type *type = &profile->value_types.items[report->values.value];
	json_t *object = json_object();

	json_put(&object, "type", json_text(profile_text(profile, type->type)));
	json_put(&object, "unit", json_text(report->unit.text));
	json_put(&object, "total", json_integer(report->total));
	json_put(&object, "taken", json_time(profile->time));
	json_put(&object, "duration_ns", json_integer(profile->duration));
	return object;
}

json_t *table_json(const struct report *report)
{
	json_t *table = values_json(report);

	json_put(&table, "functions", json_integer((json_int_t)(report->kept + report->dropped)));
	return table;
}

struct error *answer_table(struct session *session, const struct report *report)
{
	json_t *rows = json_array(), *table = table_json(report);

	ARRAY_FOR_EACH (row, &report->rows)
		json_add(&rows, row_json(report, row));
	json_put(&table, "rows", rows);
	answer_put(session, "table", table);
	return NULL;
}

struct error *print_table(struct session *session, const struct profile *profile,
	const struct report_options *options)
{
	CLEANUP(report_deinit) struct report report = {0};
	STRING_BUILDER(text);
	struct error *error = report_init(profile, options, REPORT_FUNCTIONS, &report);

	if (error)
		return error;
	if (session->json)
		return answer_table(session, &report);
	report_print_top(&report, &text);
	return report_request_print(session, &text);
}

struct error *print_profile_table(
	struct session *session, const struct arguments *arguments, const struct profile *profile)
{
	struct report_options options;
	struct error *error = read_table_options(session, arguments, &options);

	return error ? error : print_table(session, profile, &options);
}

struct error *save_and_answer(struct session *session, const struct arguments *arguments,
	const struct session_profile *profile, const char *path)
{
	struct error *error = file_save(profile, value_type_name(session, arguments), path);

	if (error || !session->json)
		return error;
	answer_put(session, "profile", json_profile(profile));
	answer_put_saved(session, path);
	return NULL;
}
