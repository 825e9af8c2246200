#include "cli/filter_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "cli/files.h"
#include "cli/report.h"
#include "export/units.h"
#include "export/value_type.h"
#include "profile/addition.h"
#include "profile/threads.h"

#define THREADS_LISTED 8

static const char *const option_names[FILTER_RULE_COUNT] = {
	[FILTER_THREAD] = "-t",
	[FILTER_IGNORE] = "--ignore",
	[FILTER_IGNORE_LEAF] = "--ignore-leaf",
	[FILTER_ONLY] = "--only",
};

static struct profile_filter_options read_options(
	const struct arguments *arguments, const char *thread, const struct filter_words *words)
{
	const char *only = arguments_value(arguments, "only");
	const char *focus = words->focus ? words->focus : arguments_value(arguments, "focus");
	const char *ignore = words->ignore ? words->ignore : arguments_value(arguments, "ignore");

	return (struct profile_filter_options){
		.rules =
			{
				[FILTER_THREAD] = thread,
				[FILTER_IGNORE] = ignore,
				[FILTER_IGNORE_LEAF] = arguments_value(arguments, "ignore-leaf"),
				[FILTER_ONLY] = only ? only : focus,
			},
		.per_thread = arguments_has(arguments, "per-thread"),
	};
}

static struct error *create(const struct arguments *arguments, const char *thread,
	const struct filter_words *words, struct profile_filter **ret)
{
	struct profile_filter_options options = read_options(arguments, thread, words);
	bool some = options.per_thread;

	for (int i = 0; i < FILTER_RULE_COUNT; i++)
		some |= options.rules[i] != NULL;
	*ret = NULL;
	return some ? profile_filter_create(&options, ret) : NULL;
}

struct error *filter_read(
	const struct arguments *arguments, const char *thread, struct profile_filter **ret)
{
	return create(arguments, thread, &(struct filter_words){0}, ret);
}

/* What is told of a filtering. */
struct outcome {
	const struct session *session;
	const struct profile *source;
	const char *unit;
	const struct filter_result *result;
	const struct profile_filter_options *options;
	enum filter_remarks remarks;
	bool only; /* by that name; else it is focus */
};

static bool is_listed(const struct profile *profile, const char *name, uint32_t before)
{
	struct profile_thread thread;

	for (uint32_t i = 0; i < before; i++)
		if (profile_find_thread(profile, i, &thread) && strcmp(thread.name, name) == 0)
			return true;
	return false;
}

static void append_threads(struct string_builder *text, const struct profile *profile)
{
	struct profile_thread thread;
	int count = 0;

	for (uint32_t i = 0; i < profile->label_sets.entries.count; i++) {
		if (!profile_find_thread(profile, i, &thread) ||
			(*thread.name && is_listed(profile, thread.name, i)))
			continue;
		if (count++ == THREADS_LISTED) {
			string_append(text, ", ...");
			return;
		}
		string_append(text, count == 1 ? "the profile has the threads " : ", ");
		if (*thread.name)
			string_append(text, thread.name);
		else
			string_append_format(text, "%" PRId64, thread.id);
	}
	if (!count)
		string_append(text, "the profile does not say of which threads its samples are");
}

static const char *option_name(const struct outcome *outcome, enum filter_rule rule)
{
	return rule == FILTER_ONLY && !outcome->only ? "--focus" : option_names[rule];
}

static void append_matches(
	struct string_builder *text, const struct outcome *outcome, enum filter_rule rule)
{
	const struct filter_account *account = &outcome->result->rules[rule];
	const char *of_what = text->length ? " of the rest" : "";

	string_append(text, text->length ? "; " : "");
	string_append_format(text, "%s '%s' matches ", option_name(outcome, rule),
		outcome->options->rules[rule]);
	if (!account->matches)
		string_append_format(text, "no function, source file or module%s", of_what);
	for (size_t i = 0; i < account->matches && i < FILTER_EXAMPLES; i++) {
		const char *name = profile_text(outcome->source, account->examples[i]);

		string_append_format(
			text, "%s%s", i ? ", " : "", *name ? name : "what has no name");
	}
	if (account->matches > FILTER_EXAMPLES)
		string_append(text, ", ...");
}

static struct error *nothing_left(const struct outcome *outcome, const char *total)
{
	STRING_BUILDER(hint);

	for (int rule = 0; rule < FILTER_RULE_COUNT; rule++) {
		if (!outcome->options->rules[rule] || !outcome->result->rules[rule].samples)
			continue;
		if (rule == FILTER_THREAD)
			append_threads(&hint, outcome->source);
		else
			append_matches(&hint, outcome, rule);
	}
	if (hint.failed)
		return &error_no_memory;
	struct error *error =
		error_create(ERROR_NOT_FOUND, "the filter leaves nothing of %s", total);
	return hint.length ? error_set_hint(error, "%s", hint.text) : error;
}

static struct error *note_left_out(
	const struct outcome *outcome, enum filter_rule rule, const char *total)
{
	const struct filter_account *account = &outcome->result->rules[rule];
	CLEANUP(cleanup_free) char *text = NULL;
	char value[UNITS_TEXT_SIZE];

	units_format(account->value, outcome->unit, UNITS_AUTO, value);
	if (asprintf(&text, "left out %s of %s by %s '%s'", value, total,
		    option_name(outcome, rule), outcome->options->rules[rule]) < 0) {
		text = NULL;
		return &error_no_memory;
	}
	if (outcome->remarks == FILTER_REPORTS)
		report(outcome->session, "%s", text);
	return profile_add_comment(outcome->result->profile, "%s", text);
}

static bool is_difference(const struct profile *profile)
{
	for (uint32_t i = 0; i < profile->label_sets.entries.count; i++)
		if (profile_is_base(profile, i))
			return true;
	return false;
}

/* Once, also of a profile that was filtered before. Of a difference they are of its base. */
static struct error *note_whole(struct profile *profile)
{
	static const char remark[] = "percentages are of what is left";

	ARRAY_FOR_EACH (comment, &profile->comments)
		if (strcmp(profile_text(profile, *comment), remark) == 0)
			return NULL;
	return is_difference(profile) ? NULL : profile_add_comment(profile, "%s", remark);
}

static struct error *tell_left_out(const struct outcome *outcome, const char *total)
{
	struct error *error = NULL;
	bool some = false;

	for (int rule = 0; !error && rule < FILTER_RULE_COUNT; rule++) {
		const char *text = outcome->options->rules[rule];

		if (outcome->result->rules[rule].samples && outcome->remarks == FILTER_IS_SILENT)
			continue;
		some |= outcome->result->rules[rule].samples != 0;
		if (outcome->result->rules[rule].samples)
			error = note_left_out(outcome, rule, total);
		else if (text && (rule == FILTER_IGNORE || rule == FILTER_IGNORE_LEAF))
			report(outcome->session, "left out nothing by %s '%s': no sample matches",
				option_names[rule], text);
	}
	return error || !some ? error : note_whole(outcome->result->profile);
}

static struct error *tell(const struct outcome *outcome)
{
	const struct filter_result *result = outcome->result;
	size_t left = result->profile->samples.count;
	char total[UNITS_TEXT_SIZE];

	units_format(result->total, outcome->unit, UNITS_AUTO, total);
	if (!left && outcome->source->samples.count)
		return nothing_left(outcome, total);
	if (left && outcome->options->per_thread && !result->with_thread)
		return error_create(ERROR_NOT_FOUND,
			"the profile does not say of which threads its samples are");
	return tell_left_out(outcome, total);
}

struct error *filter_apply(const struct session *session, const struct arguments *arguments,
	const struct profile_filter *filter, const struct profile *profile,
	enum filter_remarks remarks, struct profile **ret)
{
	struct filter_result result;
	size_t type;
	struct error *error =
		export_find_value_type(profile, value_type_name(session, arguments), &type);

	if (!error)
		error = profile_filter_apply(filter, profile, type, &result);
	if (error)
		return error;
	const struct outcome outcome = {
		.session = session,
		.source = profile,
		.unit = profile_text(profile, profile->value_types.items[type].unit),
		.result = &result,
		.options = profile_filter_options(filter),
		.remarks = remarks,
		.only = arguments_has(arguments, "only"),
	};
	error = tell(&outcome);
	if (error)
		profile_destroy(result.profile);
	else
		*ret = result.profile;
	return error;
}

struct error *filter_saved(const struct session *session, const struct arguments *arguments,
	const struct filter_words *words, const struct profile *profile,
	enum filter_remarks remarks, struct profile **ret)
{
	CLEANUP(cleanup_profile_filter) struct profile_filter *filter = NULL;
	struct error *error =
		create(arguments, arguments_value(arguments, "thread"), words, &filter);

	*ret = NULL;
	if (error || !filter)
		return error;
	return filter_apply(session, arguments, filter, profile, remarks, ret);
}
