#include "cli/profile_table.h"

#include "cli/files.h"

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

struct error *print_table(struct session *session, const struct profile *profile,
	const struct report_options *options)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	struct error *error = report_top(profile, options, &text);

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
