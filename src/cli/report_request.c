#include "cli/report_request.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/files.h"
#include "profile/pattern.h"

struct words {
	const char *profile;  /* NULL: the last one */
	const char *doubtful; /* the first word, if it might have been meant to be a file */
};

void report_request_deinit(struct report_request *request)
{
	report_deinit(&request->report);
	pattern_destroy(request->matching);
	profile_argument_deinit(&request->argument);
	string_builder_deinit(&request->focus);
	string_builder_deinit(&request->ignore);
	ARRAY_FOR_EACH (filter, &request->filters)
		free((char *)(uintptr_t)*filter);
	report_filters_deinit(&request->filters);
}

/* "@", "@2" */
static bool is_profile_number(const char *word)
{
	return word[0] == '@' && (!word[1] || text_is_number(word + 1));
}

static bool is_called_as_profile(const char *word)
{
	static const char *const suffixes[] = {".pb.gz", ".pb", ".heap", ".folded", ".prof"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (text_ends_with(word, suffixes[i]))
			return true;
	return false;
}

/* Whether the word is a file, or hardly anything else. */
static bool is_file(const char *word)
{
	struct stat status;

	if (stat(word, &status) == 0)
		return !S_ISDIR(status.st_mode);
	return is_called_as_profile(word) || word[0] == '/' || strncmp(word, "./", 2) == 0;
}

/* Of a word behind others, which may be a pattern. */
static bool is_profile_file(const char *word)
{
	return is_called_as_profile(word) && access(word, F_OK) == 0;
}

static void add_alternative(struct string_builder *pattern, const char *text)
{
	string_append(pattern, pattern->length ? "|" : "");
	string_append(pattern, text);
}

/*
 * In the order of `go tool pprof`, but that a profile may stand first. A pattern that a command
 * needs is one even if there is a file of that name, unless another word is there for it.
 */
static struct error *read_words(const struct arguments *arguments, enum request_kind kind,
	struct report_request *request, struct words *ret)
{
	size_t count = arguments->words.count;
	bool needs_pattern = kind == REQUEST_MATCHES;

	for (size_t i = 0; i < count; i++) {
		const char *word = arguments->words.items[i];

		if (!ret->profile &&
			(is_profile_number(word) || (i > 0 && is_profile_file(word)) ||
				(i == 0 && is_file(word) && !(needs_pattern && count == 1))))
			ret->profile = word;
		else if (needs_pattern && !request->pattern)
			request->pattern = word;
		else if (word[0] == '-')
			add_alternative(&request->ignore, word + 1);
		else if (!text_is_number(word))
			add_alternative(&request->focus, word);
		if (i == 0 && word[0] != '-' && !(needs_pattern && count == 1))
			ret->doubtful = word;
	}
	if (request->focus.failed || request->ignore.failed)
		return &error_no_memory;
	if (needs_pattern && !request->pattern)
		return arguments_error(arguments, "a pattern of functions' names is needed");
	request->argument.words = (struct filter_words){
		.focus = request->focus.text,
		.ignore = request->ignore.text,
	};
	return NULL;
}

static const char *text_of(const struct session *session, const struct arguments *arguments,
	const char *option, enum setting_id id)
{
	const char *given = arguments_value(arguments, option);

	return given ? given : settings_text(&session->settings, id);
}

static bool boolean_of(const struct session *session, const struct arguments *arguments,
	const char *option, enum setting_id id)
{
	return arguments_boolean(arguments, option, settings_number(&session->settings, id) != 0);
}

static struct error *read_number(const struct session *session, const struct arguments *arguments,
	const char *option, enum setting_id id, double maximum, double *ret)
{
	const char *text = text_of(session, arguments, option, id);
	char *end;
	double number = strtod(text, &end);

	if (end == text || *end || isspace((unsigned char)*text) || !isfinite(number) ||
		number < 0 || number > maximum)
		return error_set_hint(
			arguments_error(arguments, "'%s' is no value of --%s", text, option),
			"it takes a number such as 0.01, up to %g", maximum);
	*ret = number;
	return NULL;
}

/* The setting counts where it was changed: what is usual differs between commands. */
static struct error *read_limit(const struct session *session, const struct arguments *arguments,
	uint64_t usual, struct report_options *ret)
{
	const char *setting = settings_text(&session->settings, SETTING_NODECOUNT);
	const char *option = arguments_has(arguments, "nodecount") ? "nodecount" : "number";
	struct error *error;

	if (strcmp(setting, setting_describe(SETTING_NODECOUNT)->initial) != 0)
		usual = settings_number(&session->settings, SETTING_NODECOUNT);
	error = arguments_number(arguments, option, usual, 0, UINT32_MAX, &usual);
	ret->limit = usual;
	return error;
}

static bool sorts_by_cumulative(const struct session *session, const struct arguments *arguments)
{
	bool cumulative = settings_number(&session->settings, SETTING_SORT) != 0;

	ARRAY_FOR_EACH (given, &arguments->options) {
		if (strcmp(given->option->name, "cum") == 0)
			cumulative = true;
		else if (strcmp(given->option->name, "flat") == 0)
			cumulative = false;
	}
	return cumulative;
}

static struct error *read_row_options(const struct session *session,
	const struct arguments *arguments, uint64_t limit, struct report_options *ret)
{
	struct error *error = read_limit(session, arguments, limit, ret);

	if (!error)
		error = read_number(session, arguments, "nodefraction", SETTING_NODEFRACTION, 1,
			&ret->node_fraction);
	if (!error)
		error = read_number(session, arguments, "edgefraction", SETTING_EDGEFRACTION, 1,
			&ret->edge_fraction);
	if (error)
		return error;
	ret->own_fractions = true;
	ret->everything = arguments_has(arguments, "all");
	if (!boolean_of(session, arguments, "trim", SETTING_TRIM)) {
		ret->everything = true;
		ret->limit = 0;
	}
	return NULL;
}

static struct error *read_options(const struct session *session, const struct arguments *arguments,
	enum request_kind kind, uint64_t limit, struct report_options *ret)
{
	struct error *error;

	*ret = (struct report_options){
		.value_type = value_type_name(session, arguments),
		.everything = true,
		.unit = text_of(session, arguments, "unit", SETTING_UNIT),
		.by_cumulative = sorts_by_cumulative(session, arguments),
		.drop_negative =
			boolean_of(session, arguments, "drop-negative", SETTING_DROP_NEGATIVE),
		.mean = boolean_of(session, arguments, "mean", SETTING_MEAN),
		.source_path = text_of(session, arguments, "source-path", SETTING_SOURCE_PATH),
		.trim_path = text_of(session, arguments, "trim-path", SETTING_TRIM_PATH),
	};
	error = read_number(
		session, arguments, "divide-by", SETTING_DIVIDE_BY, 1e18, &ret->divide_by);
	if (!error && !(ret->divide_by > 0))
		error = arguments_error(arguments, "nothing can be divided by 0");
	if (!error && kind == REQUEST_ROWS)
		error = read_row_options(session, arguments, limit, ret);
	return error;
}

/* Whether options that are limpet's own choose samples: what they leave is the new whole. */
static bool has_own_filter(const struct arguments *arguments)
{
	return arguments_has(arguments, "only") || arguments_has(arguments, "ignore-leaf") ||
	       arguments_has(arguments, "thread");
}

static struct error *add_filter(
	struct report_request *request, const char *name, const char *pattern)
{
	struct error *error;
	char *text;

	if (!pattern || !*pattern)
		return NULL;
	if (asprintf(&text, "%s=%s", name, pattern) < 0)
		return &error_no_memory;
	error = report_filters_append(&request->filters, text);
	if (error)
		free(text);
	return error;
}

/* What pprof tells as active, in its order. */
static struct error *list_filters(const struct session *session, const struct arguments *arguments,
	struct report_request *request)
{
	const struct filter_words *words = &request->argument.words;
	const struct pruning_options pruning = pruning_read(session, arguments);
	bool tells_focus = !has_own_filter(arguments);
	struct error *error = NULL;

	if (tells_focus)
		error = add_filter(request, "focus",
			words->focus ? words->focus
				     : text_of(session, arguments, "focus", SETTING_FOCUS));
	if (!error && tells_focus)
		error = add_filter(request, "ignore",
			words->ignore ? words->ignore
				      : text_of(session, arguments, "ignore", SETTING_IGNORE));
	for (enum pruning_rule rule = 0; !error && rule < PRUNING_PRUNE_FROM; rule++)
		error = add_filter(request, pruning_rule_name(rule), pruning.rules[rule]);
	if (!error)
		error = report_filters_append(&request->filters, NULL);
	request->options.filters = request->filters.items;
	return error;
}

static struct error *find_profile(
	struct session *session, const struct words *words, struct report_request *request)
{
	const char *spec = words->profile;

	/* A pattern for the last profile, of which there is none, must have been meant as a file.
	 */
	if (!spec && !session->profiles.count)
		spec = words->doubtful;
	return profile_argument_init(session, spec, &request->argument);
}

/* Percentages are of all that there was before any filter, unless they are relative. */
static struct error *find_samples(
	struct session *session, const struct arguments *arguments, struct report_request *request)
{
	struct profile_argument *argument = &request->argument;
	bool relative =
		has_own_filter(arguments) || boolean_of(session, arguments, "relative-percentages",
						     SETTING_RELATIVE_PERCENTAGES);
	struct error *error = profile_argument_compare(session, arguments, argument);

	if (!error && !relative) {
		error = report_total(
			argument->profile->profile, &request->options, &request->total);
		request->options.total = &request->total;
	}
	return error ? error : profile_argument_filter(session, arguments, argument);
}

struct error *report_request_init(struct session *session, const struct arguments *arguments,
	enum request_kind kind, uint64_t limit, enum report_scope scope, struct report_request *ret)
{
	struct words words = {0};
	struct error *error;

	ret->argument.heeds_settings = true;
	ret->argument.remarks = has_own_filter(arguments) ? FILTER_REMARKS : FILTER_IS_SILENT;
	error = read_words(arguments, kind, ret, &words);
	if (!error)
		error = read_options(session, arguments, kind, limit, &ret->options);
	if (!error)
		error = list_filters(session, arguments, ret);
	if (!error)
		error = find_profile(session, &words, ret);
	if (!error)
		error = find_samples(session, arguments, ret);
	if (!error && ret->pattern)
		error = pattern_create(ret->pattern, PATTERN_ANYWHERE, &ret->matching);
	return error ? error
		     : report_init(
			       ret->argument.profile->profile, &ret->options, scope, &ret->report);
}

struct error *report_no_match(const struct report_request *request)
{
	return error_set_hint(
		error_create(ERROR_NOT_FOUND, "no function matches '%s'", request->pattern),
		"`top -n 0 --all` lists them all");
}

struct error *report_request_print(struct session *session, struct string_builder *text)
{
	if (text->failed)
		return &error_no_memory;
	fwrite(text->text, 1, text->length, session->out);
	text->length = 0;
	return NULL;
}
