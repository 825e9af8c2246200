#include "cli/profile_table.h"

#include "cli/answer.h"
#include "cli/files.h"
#include "cli/json.h"

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

static void add_row(void *context, const struct report_row *row)
{
	json_t **rows = context, *object = json_object();

	json_put(&object, "function", json_text(row->name));
	json_put(&object, "flat", json_integer(row->flat));
	json_put(&object, "cum", json_integer(row->cumulative));
	if (row->has_samples)
		json_put(&object, "samples", json_integer(row->samples));
	json_put(&object, "inlined", json_boolean(row->inlined));
	json_add(rows, object);
}

static struct error *answer(struct session *session, const struct profile *profile,
	const struct report_options *options)
{
	json_t *rows = json_array(), *table = json_object();
	struct report_figures figures;
	struct error *error = report_top_rows(profile, options, add_row, &rows, &figures);

	if (error) {
		json_decref(rows);
		json_decref(table);
		return error;
	}
	json_put(&table, "type", json_text(figures.type));
	json_put(&table, "unit", json_text(figures.unit));
	json_put(&table, "total", json_integer(figures.total));
	json_put(&table, "taken", json_time(profile->time));
	json_put(&table, "duration_ns", json_integer(profile->duration));
	json_put(&table, "functions", json_integer((json_int_t)figures.functions));
	json_put(&table, "rows", rows);
	answer_put(session, "table", table);
	return NULL;
}

struct error *print_table(struct session *session, const struct profile *profile,
	const struct report_options *options)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error;

	if (session->json)
		return answer(session, profile, options);
	error = report_top(profile, options, &text);
	if (!error)
		fwrite(text.items, 1, text.count, session->out);
	return error;
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
	answer_put(session, "saved", json_text(path));
	return NULL;
}
