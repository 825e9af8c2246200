#include "cli/view_options.h"

/* In the order of enum profile_grain. */
static const char *const grain_options[GRAIN_COUNT] = {"functions", "lines", "addresses"};

struct profile_view_options view_read_names(
	const struct session *session, const struct arguments *arguments)
{
	const struct settings *settings = &session->settings;
	struct profile_view_options options = {
		.grain = (enum profile_grain)settings_number(settings, SETTING_GRANULARITY),
		.names = (enum name_form)settings_number(settings, SETTING_NAMES),
		.no_inlines = settings_number(settings, SETTING_INLINES) != 0 ||
			      arguments_has(arguments, "no-inlines") ||
			      arguments_has(arguments, "noinlines"),
		.fold_runtime = settings_number(settings, SETTING_RUNTIME) != 0,
	};

	if (arguments_has(arguments, "short"))
		options.names = NAMES_SHORT;
	if (arguments_has(arguments, "mangled"))
		options.names = NAMES_MANGLED;
	return options;
}

struct error *shown_profile_init(const struct session *session, const struct arguments *arguments,
	const struct session_profile *profile, struct shown_profile *ret)
{
	struct profile_view_options options = view_read_names(session, arguments);

	for (int i = 0; i < GRAIN_COUNT; i++)
		if (arguments_has(arguments, grain_options[i]))
			options.grain = (enum profile_grain)i;
	options.fold_runtime |= arguments_has(arguments, "fold-runtime");
	return shown_profile_of(&options, profile, ret);
}

struct error *shown_profile_of(const struct profile_view_options *options,
	const struct session_profile *profile, struct shown_profile *ret)
{
	struct error *error;

	ret->profile = profile;
	if (profile_view_is_plain(options) && options->grain == profile->profile->grain)
		return NULL;
	ret->view = *profile;
	if (profile_view_is_plain(options)) {
		ret->regrained = *profile->profile;
		ret->regrained.grain = options->grain;
		ret->view.profile = &ret->regrained;
	} else {
		error = profile_view_create(profile->profile, options, &ret->made);
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
