#include "cli/profile_argument.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/files.h"
#include "profile/difference.h"

struct error *profile_argument_load(
	const struct session *session, const char *path, struct profile_argument *ret)
{
	struct error *error = file_load(session, path, &ret->made);

	if (!error)
		ret->profile = &ret->made;
	return error;
}

struct error *profile_argument_init(
	struct session *session, const char *spec, struct profile_argument *ret)
{
	struct error *error;

	if (!spec || spec[0] == '@')
		return session_find_profile(session, spec ? spec : "@", &ret->profile);
	error = profile_argument_load(session, spec, ret);
	if (error && error->kind == ERROR_NOT_FOUND)
		return error_set_hint(error, "a profile is a number such as @1, or a file");
	return error;
}

void profile_argument_deinit(struct profile_argument *argument)
{
	session_profile_deinit(&argument->made);
	profile_destroy(argument->filtered);
	pruned_profile_deinit(&argument->pruned);
	shown_profile_deinit(&argument->shown);
}

/* "@2", or for what is in no session the file's name. */
static void name_profile(const struct session_profile *profile, FILE *out)
{
	if (profile->number)
		fprintf(out, "@%u", profile->number);
	else
		fputs(profile->name, out);
}

static struct error *describe(
	const struct session_profile *profile, const struct session_profile *base, char **ret)
{
	size_t length;
	FILE *text = open_memstream(ret, &length);

	if (!text)
		return &error_no_memory;
	name_profile(profile, text);
	fputs(" compared with ", text);
	name_profile(base, text);
	return fclose(text) == 0 ? NULL : &error_no_memory;
}

struct error *session_profile_difference(const struct session_profile *profile,
	const struct session_profile *base, struct session_profile *ret)
{
	CLEANUP(session_profile_deinit)
	struct session_profile made = {.name = strdup("diff"), .origin = strdup("")};
	struct error *error = made.name && made.origin ? NULL : &error_no_memory;

	if (!error)
		error = describe(profile, base, &made.description);
	if (!error)
		error = profile_difference(profile->profile, base->profile, &made.profile);
	if (error)
		return error;
	*ret = made;
	made = (struct session_profile){0};
	return NULL;
}

static struct error *subtract(
	struct session *session, const char *spec, struct profile_argument *argument)
{
	CLEANUP(profile_argument_deinit) struct profile_argument base = {0};
	struct session_profile made;
	struct error *error = profile_argument_init(session, spec, &base);

	if (!error)
		error = session_profile_difference(argument->profile, base.profile, &made);
	if (error)
		return error;
	session_profile_deinit(&argument->made);
	argument->made = made;
	argument->profile = &argument->made;
	return NULL;
}

/* The profile may be the session's, which stays as it is. */
static void show_all_frames(struct profile_argument *argument)
{
	argument->with_all_frames = *argument->profile->profile;
	argument->with_all_frames.drop_frames = 0;
	argument->view = *argument->profile;
	argument->view.profile = &argument->with_all_frames;
	argument->profile = &argument->view;
}

/* For options that were not given. */
static void filter_settings(const struct session *session, const struct arguments *arguments,
	struct filter_words *words)
{
	const char *focus = settings_text(&session->settings, SETTING_FOCUS);
	const char *ignore = settings_text(&session->settings, SETTING_IGNORE);

	if (*focus && !words->focus && !arguments_has(arguments, "focus"))
		words->focus = focus;
	if (*ignore && !words->ignore && !arguments_has(arguments, "ignore"))
		words->ignore = ignore;
}

static struct error *prune(const struct session *session, const struct arguments *arguments,
	bool no_inlines, struct profile_argument *argument)
{
	struct pruning_options options =
		pruning_read(argument->heeds_settings ? session : NULL, arguments);
	struct error *error;

	options.no_inlines = no_inlines;
	if (!pruning_is_wanted(&options))
		return NULL;
	error = pruning_apply(session, &options, argument->profile->profile, &argument->pruned);
	if (error)
		return error;
	argument->pruned_view = *argument->profile;
	argument->pruned_view.profile = &argument->pruned.profile;
	argument->profile = &argument->pruned_view;
	return NULL;
}

/* It goes by the name, the number and the file of the whole one; its heap dump is of more. */
static void show_filtered(struct profile_argument *argument)
{
	argument->filtered_view = (struct session_profile){
		.number = argument->profile->number,
		.name = argument->profile->name,
		.origin = argument->profile->origin,
		.profile = argument->filtered,
	};
	argument->profile = &argument->filtered_view;
}

struct error *profile_argument_filter(struct session *session, const struct arguments *arguments,
	struct profile_argument *argument)
{
	struct profile_view_options view = view_read(session, arguments);
	struct filter_words words = argument->words;
	struct error *error;

	if (argument->heeds_settings)
		filter_settings(session, arguments, &words);
	error = filter_saved(session, arguments, &words, argument->profile->profile,
		argument->remarks, &argument->filtered);
	if (error)
		return error;
	if (argument->filtered)
		show_filtered(argument);
	error = prune(session, arguments, view.no_inlines, argument);
	if (error)
		return error;
	view.no_inlines = false;
	error = shown_profile_of(&view, argument->profile, &argument->shown);
	if (!error)
		argument->profile = argument->shown.profile;
	return error;
}

struct error *profile_argument_compare(struct session *session, const struct arguments *arguments,
	struct profile_argument *argument)
{
	const char *base = arguments_value(arguments, "base");
	struct error *error = base ? subtract(session, base, argument) : NULL;

	if (!error && arguments_has(arguments, "all-frames"))
		show_all_frames(argument);
	return error;
}

struct error *profile_argument_adjust(struct session *session, const struct arguments *arguments,
	struct profile_argument *argument)
{
	struct error *error = profile_argument_compare(session, arguments, argument);

	return error ? error : profile_argument_filter(session, arguments, argument);
}
