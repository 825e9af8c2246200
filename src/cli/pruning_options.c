#include "cli/pruning_options.h"

#include "base/string_builder.h"
#include "cli/report.h"

static const enum setting_id rule_settings[PRUNING_RULE_COUNT] = {
	[PRUNING_HIDE] = SETTING_HIDE,
	[PRUNING_SHOW] = SETTING_SHOW,
	[PRUNING_SHOW_FROM] = SETTING_SHOW_FROM,
	[PRUNING_TAG_FOCUS] = SETTING_TAGFOCUS,
	[PRUNING_TAG_IGNORE] = SETTING_TAGIGNORE,
	[PRUNING_TAG_SHOW] = SETTING_TAGSHOW,
	[PRUNING_TAG_HIDE] = SETTING_TAGHIDE,
	[PRUNING_PRUNE_FROM] = SETTING_PRUNE_FROM,
};

struct pruning_options pruning_read(
	const struct session *session, const struct arguments *arguments)
{
	struct pruning_options options = {0};

	for (enum pruning_rule rule = 0; rule < PRUNING_RULE_COUNT; rule++) {
		const char *setting =
			session ? settings_text(&session->settings, rule_settings[rule]) : "";

		options.rules[rule] = arguments_value(arguments, pruning_rule_name(rule));
		if (!options.rules[rule] && *setting)
			options.rules[rule] = setting;
	}
	return options;
}

static struct error *nothing_left(
	const struct pruning_options *options, const struct pruned_profile *pruned)
{
	STRING_BUILDER(hint);

	for (enum pruning_rule rule = 0; rule < PRUNING_RULE_COUNT; rule++)
		if (options->rules[rule])
			string_append_format(&hint, "%s%s '%s' matches %s", hint.length ? "; " : "",
				pruning_rule_name(rule), options->rules[rule],
				pruned->matched[rule] ? "something" : "nothing");
	if (hint.failed)
		return &error_no_memory;
	struct error *error = error_create(ERROR_NOT_FOUND, "no sample is left");
	return hint.length ? error_set_hint(error, "%s", hint.text) : error;
}

struct error *pruning_apply(const struct session *session, const struct pruning_options *options,
	const struct profile *profile, struct pruned_profile *ret)
{
	struct pruned_profile pruned;
	struct error *error = pruned_profile_init(profile, options, &pruned);

	if (error)
		return error;
	if (profile->samples.count && !pruned.profile.samples.count) {
		error = nothing_left(options, &pruned);
		pruned_profile_deinit(&pruned);
		return error;
	}
	for (enum pruning_rule rule = 0; rule < PRUNING_RULE_COUNT; rule++)
		if (options->rules[rule] && !pruned.matched[rule])
			report(session, "%s '%s' matches nothing", pruning_rule_name(rule),
				options->rules[rule]);
	*ret = pruned;
	return NULL;
}
