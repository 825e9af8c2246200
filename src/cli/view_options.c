#include "cli/view_options.h"

#include <string.h>

/* In the order of enum profile_grain, and of enum name_form. */
static const char *const grain_options[GRAIN_COUNT] = {
	"functions", "lines", "addresses", "filefunctions", "files"};
static const char *const name_options[] = {"full", "short", "mangled"};

/* The last one given counts. value: what it is without any. */
static int last_of(
	const struct arguments *arguments, const char *const *names, int count, int value)
{
	ARRAY_FOR_EACH (given, &arguments->options)
		for (int i = 0; i < count; i++)
			if (strcmp(given->option->name, names[i]) == 0)
				value = i;
	return value;
}

enum profile_grain view_read_grain(const struct session *session, const struct arguments *arguments)
{
	int setting = (int)settings_number(&session->settings, SETTING_GRANULARITY);

	return (enum profile_grain)last_of(arguments, grain_options, GRAIN_COUNT, setting);
}

struct profile_view_options view_read_names(
	const struct session *session, const struct arguments *arguments)
{
	const struct settings *settings = &session->settings;
	struct profile_view_options options = {
		.grain = (enum profile_grain)settings_number(settings, SETTING_GRANULARITY),
		.names = (enum name_form)last_of(arguments, name_options, ARRAY_SIZE(name_options),
			(int)settings_number(settings, SETTING_NAMES)),
		.no_inlines = settings_number(settings, SETTING_INLINES) != 0 ||
			      arguments_has(arguments, "no-inlines") ||
			      arguments_has(arguments, "noinlines"),
		.fold_runtime = settings_number(settings, SETTING_RUNTIME) != 0,
	};

	return options;
}

struct profile_view_options view_read(
	const struct session *session, const struct arguments *arguments)
{
	struct profile_view_options options = view_read_names(session, arguments);

	options.grain = view_read_grain(session, arguments);
	options.fold_runtime |= arguments_has(arguments, "fold-runtime");
	return options;
}

struct error *shown_profile_init(const struct session *session, const struct arguments *arguments,
	const struct session_profile *profile, struct shown_profile *ret)
{
	const struct profile_view_options options = view_read(session, arguments);

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
