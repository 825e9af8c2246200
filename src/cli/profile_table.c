#include "cli/profile_table.h"

#include "cli/files.h"
#include "export/report.h"

struct error *print_profile_table(
	struct session *session, const struct arguments *arguments, const struct profile *profile)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	uint64_t limit = settings_number(&session->settings, SETTING_NODECOUNT);
	struct report_options options = {.value_type = value_type_name(session, arguments)};
	struct error *error = arguments_number(arguments, "number", limit, 1, UINT32_MAX, &limit);

	options.limit = limit;
	if (!error)
		error = report_top(profile, &options, &text);
	if (!error)
		fwrite(text.items, 1, text.count, session->out);
	return error;
}
