#include "cli/view_options.h"

#include "symbolize/profile_view.h"

/* In the order of enum profile_grain. */
static const char *const grain_options[GRAIN_COUNT] = {"functions", "lines", "addresses"};

static struct profile_view_options read_options(
	const struct session *session, const struct arguments *arguments)
{
	const struct settings *settings = &session->settings;
	struct profile_view_options options = {
		.grain = (enum profile_grain)settings_number(settings, SETTING_GRANULARITY),
		.names = (enum name_form)settings_number(settings, SETTING_NAMES),
		.no_inlines = settings_number(settings, SETTING_INLINES) != 0 ||
			      arguments_has(arguments, "no-inlines") ||
			      arguments_has(arguments, "noinlines"),
		.fold_runtime = settings_number(settings, SETTING_RUNTIME) != 0 ||
				arguments_has(arguments, "fold-runtime"),
	};

	for (int i = 0; i < GRAIN_COUNT; i++)
		if (arguments_has(arguments, grain_options[i]))
			options.grain = (enum profile_grain)i;
	if (arguments_has(arguments, "short"))
		options.names = NAMES_SHORT;
	if (arguments_has(arguments, "mangled"))
		options.names = NAMES_MANGLED;
	return options;
}

struct error *shown_profile_init(const struct session *session, const struct arguments *arguments,
	const struct session_profile *profile, struct shown_profile *ret)
{
	const struct profile_view_options options = read_options(session, arguments);
	struct error *error;

	ret->profile = profile;
	if (profile_view_is_plain(&options) && options.grain == profile->profile->grain)
		return NULL;
	ret->view = *profile;
	if (profile_view_is_plain(&options)) {
		ret->regrained = *profile->profile;
		ret->regrained.grain = options.grain;
		ret->view.profile = &ret->regrained;
	} else {
		error = profile_view_create(profile->profile, &options, &ret->made);
		if (error)
			return error;
		ret->view.profile = ret->made;
	}
	ret->profile = &ret->view;
	return NULL;
}

void shown_profile_deinit(struct shown_profile *shown)
{
	profile_destroy(shown->made);
	*shown = (struct shown_profile){0};
}
