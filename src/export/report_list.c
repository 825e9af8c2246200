#include "export/report_list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "export/utf8.h"
#include "profile/pattern.h"
#include "profile/saturating.h"

#define MARGIN 5

/* What pprof tells lines apart by: interned by its bytes, no padding. */
struct line_key {
	uint32_t name, file, start_line, line, path;
};

struct line_node {
	struct line_key key;
	int64_t flat, cumulative;
	uint32_t last_sample;
};
ARRAY_DEFINE(line_nodes, struct line_node)

struct lister {
	const struct report *report;
	const struct pattern *pattern;
	struct u8_array verdicts; /* by string */
	struct intern_table keys;
	struct line_nodes nodes;
};

enum verdict { UNKNOWN, MATCHES, DIFFERS };

static void lister_deinit(struct lister *lister)
{
	u8_array_deinit(&lister->verdicts);
	intern_table_deinit(&lister->keys);
	line_nodes_deinit(&lister->nodes);
}

static bool is_wanted(struct lister *lister, uint32_t name)
{
	uint8_t *verdict = &lister->verdicts.items[name];

	if (*verdict == UNKNOWN) {
		const char *text = profile_text(lister->report->profile, name);

		*verdict = *text && pattern_matches(lister->pattern, text) ? MATCHES : DIFFERS;
	}
	return *verdict == MATCHES;
}

/* *ret is NULL if the function is not wanted. */
static struct error *find_node(
	struct lister *lister, const struct frame_slot *slot, struct line_node **ret)
{
	const struct profile *profile = lister->report->profile;
	struct error *error;
	uint32_t id;

	*ret = NULL;
	if (slot->function == PROFILE_NONE)
		return NULL;
	const struct profile_function *function = profile_function(profile, slot->function);
	if (!is_wanted(lister, function->name))
		return NULL;
	const struct line_key key = {
		.name = function->name,
		.file = function->file,
		.start_line = function->start_line,
		.line = slot->line,
		.path = slot->mapping == PROFILE_NONE ? 0
						      : profile->mappings.items[slot->mapping].path,
	};
	error = intern(&lister->keys, &key, sizeof(key), &id);
	if (!error && id == lister->nodes.count)
		error = line_nodes_append(&lister->nodes, (struct line_node){.key = key});
	if (!error)
		*ret = &lister->nodes.items[id];
	return error;
}

static struct error *count_sample(
	struct lister *lister, uint32_t index, int64_t value, struct frame_slots *slots)
{
	const struct report *report = lister->report;
	struct error *error = frames_of_stack(
		&report->frames, report->profile->samples.items[index].stack, slots);
	struct line_node *node = NULL;

	for (size_t i = 0; !error && i < slots->count; i++) {
		error = find_node(lister, &slots->items[i], &node);
		if (error || !node || node->last_sample == index + 1)
			continue;
		node->last_sample = index + 1;
		node->cumulative = add_saturating(node->cumulative, value);
	}
	if (!error && node)
		node->flat = add_saturating(node->flat, value);
	return error;
}

static struct error *count_samples(struct lister *lister)
{
	const struct profile *profile = lister->report->profile;
	CLEANUP(frame_slots_deinit) struct frame_slots slots = {0};
	size_t strings = profile->strings.entries.count;
	struct error *error = u8_array_reserve(&lister->verdicts, strings);

	for (size_t i = 0; !error && i < strings; i++)
		lister->verdicts.items[i] = UNKNOWN;
	for (uint32_t i = 0; !error && i < profile->samples.count; i++) {
		int64_t value = profile->values.items[i * profile->value_types.count +
						      lister->report->values.value];

		if (value)
			error = count_sample(lister, i, value, &slots);
	}
	return error;
}

static int compare_nodes(const void *left, const void *right, void *context)
{
	const struct line_node *a = left, *b = right;
	const struct profile *profile = context;
	int order = strcmp(profile_text(profile, a->key.name), profile_text(profile, b->key.name));

	if (!order)
		order = strcmp(
			profile_text(profile, a->key.file), profile_text(profile, b->key.file));
	return order ? order : (a->key.line > b->key.line) - (a->key.line < b->key.line);
}

static bool is_shown(const struct report_options *options, const struct line_node *node)
{
	if (!node->flat && !node->cumulative)
		return false;
	return !options->drop_negative || node->flat > 0 || (!node->flat && node->cumulative >= 0);
}

static void drop_hidden(const struct report_options *options, struct line_nodes *nodes)
{
	size_t kept = 0;

	ARRAY_FOR_EACH (node, nodes)
		if (is_shown(options, node))
			nodes->items[kept++] = *node;
	nodes->count = kept;
}

static void listed_function_deinit(struct listed_function *function)
{
	free(function->file);
	listed_lines_deinit(&function->lines);
	source_file_deinit(&function->source);
	error_destroy(function->problem);
}

void listing_deinit(struct listing *listing)
{
	ARRAY_FOR_EACH (function, &listing->functions)
		listed_function_deinit(function);
	listed_functions_deinit(&listing->functions);
}

/* Nodes are sorted: the same line comes again for another module or start only. */
static struct error *add_line(struct listed_function *function, const struct line_node *node)
{
	struct listed_lines *lines = &function->lines;
	uint32_t line = node->key.line, end;
	uint32_t start = node->key.start_line ? node->key.start_line
			 : line > MARGIN      ? line - MARGIN
					      : 1;

	end = line > UINT32_MAX - MARGIN ? UINT32_MAX : line + MARGIN;
	if (!lines->count || start < function->first)
		function->first = start;
	if (!lines->count || end > function->last)
		function->last = end;
	function->flat = add_saturating(function->flat, node->flat);
	function->cumulative = add_saturating(function->cumulative, node->cumulative);
	if (!lines->count || lines->items[lines->count - 1].line != line) {
		struct error *error =
			listed_lines_append(lines, (struct listed_line){.line = line});

		if (error)
			return error;
	}
	struct listed_line *last = &lines->items[lines->count - 1];
	last->flat = add_saturating(last->flat, node->flat);
	last->cumulative = add_saturating(last->cumulative, node->cumulative);
	return NULL;
}

static const char *path_option(const char *path)
{
	return path ? path : "";
}

static struct error *add_function(
	const struct report *report, const struct line_key *key, struct listing *listing)
{
	const struct report_options *options = report->options;
	const char *file = profile_text(report->profile, key->file);
	struct listed_function function = {.name = profile_text(report->profile, key->name)};
	struct error *error;

	function.file = strdup(source_trim(
		file, path_option(options->trim_path), path_option(options->source_path)));
	if (!function.file)
		return &error_no_memory;
	path_clean(function.file);
	error = listed_functions_append(&listing->functions, function);
	if (error)
		free(function.file);
	return error;
}

static struct error *list_functions(
	const struct report *report, const struct line_nodes *nodes, struct listing *listing)
{
	const struct listed_functions *functions = &listing->functions;
	const struct line_node *former = NULL;
	struct error *error = NULL;

	ARRAY_FOR_EACH (node, nodes) {
		if (!former || former->key.name != node->key.name ||
			former->key.file != node->key.file)
			error = add_function(report, &node->key, listing);
		if (!error)
			error = add_line(&functions->items[functions->count - 1], node);
		if (error)
			return error;
		former = node;
	}
	return NULL;
}

static struct error *read_sources(const struct report_options *options, struct listing *listing)
{
	ARRAY_FOR_EACH (function, &listing->functions) {
		if (!*function->file)
			continue;
		function->problem =
			source_file_init(function->file, path_option(options->trim_path),
				path_option(options->source_path), &function->source);
		if (function->problem == &error_no_memory)
			return function->problem;
	}
	return NULL;
}

struct error *listing_init(const struct report *report, const struct pattern *pattern,
	const char *pattern_text, struct listing *ret)
{
	CLEANUP(lister_deinit) struct lister lister = {.report = report, .pattern = pattern};
	CLEANUP(listing_deinit) struct listing listing = {0};
	struct error *error = count_samples(&lister);

	if (error)
		return error;
	drop_hidden(report->options, &lister.nodes);
	if (!lister.nodes.count)
		return error_create(ERROR_NOT_FOUND, "no function matches '%s'", pattern_text);
	qsort_r(lister.nodes.items, lister.nodes.count, sizeof(*lister.nodes.items), compare_nodes,
		(void *)(uintptr_t)report->profile);
	error = list_functions(report, &lister.nodes, &listing);
	if (!error)
		error = read_sources(report->options, &listing);
	if (error)
		return error;
	*ret = listing;
	listing = (struct listing){0};
	return NULL;
}

static const char *value_or_dot(
	const struct report *report, int64_t value, char buffer[static UNITS_TEXT_SIZE])
{
	return value ? report_value(report, value, buffer) : ".";
}

/* Tabs are what sources are indented by. */
static void append_source(struct string_builder *ret, const char *text, size_t length)
{
	while (length) {
		const char *tab = memchr(text, '\t', length);
		size_t part = tab ? (size_t)(tab - text) : length;

		utf8_append_printable(ret, text, part);
		if (tab)
			string_append_char(ret, '\t');
		text += part + (tab ? 1 : 0);
		length -= part + (tab ? 1 : 0);
	}
}

static void print_line(const struct report *report, const struct listed_line *line,
	const struct source_file *source, struct string_builder *ret)
{
	char flat[UNITS_TEXT_SIZE], cumulative[UNITS_TEXT_SIZE];

	string_append_format(ret, "%10s %10s %6" PRIu32 ":", value_or_dot(report, line->flat, flat),
		value_or_dot(report, line->cumulative, cumulative), line->line);
	if (line->line && line->line <= source->lines.count) {
		const struct source_line *text = &source->lines.items[line->line - 1];

		append_source(ret, (const char *)source->text.items + text->start, text->length);
	}
	string_append_char(ret, '\n');
}

/* The source as far as it goes, and what the profile says of lines that it does not have. */
static void print_lines(const struct report *report, const struct listed_function *function,
	struct string_builder *ret)
{
	const struct listed_lines *lines = &function->lines;
	uint32_t end = (uint32_t)function->source.lines.count;
	size_t next = 0;

	if (end > function->last)
		end = function->last;
	while (next < lines->count && lines->items[next].line < function->first)
		next++;
	for (uint32_t at = function->first ? function->first : 1; at <= end; at++) {
		struct listed_line line = {.line = at};

		if (next < lines->count && lines->items[next].line == at)
			line = lines->items[next++];
		print_line(report, &line, &function->source, ret);
	}
	for (; next < lines->count; next++)
		print_line(report, &lines->items[next], &function->source, ret);
}

static void print_function(const struct report *report, const struct listed_function *function,
	struct string_builder *ret)
{
	char flat[UNITS_TEXT_SIZE], cumulative[UNITS_TEXT_SIZE], part[PERCENTAGE_SIZE];

	string_append(ret, *function->file ? "ROUTINE ======================== "
					   : "No source information for ");
	utf8_append_printable(ret, function->name, strlen(function->name));
	if (!*function->file) {
		string_append_char(ret, '\n');
		return;
	}
	string_append(ret, " in ");
	utf8_append_printable(ret, function->file, strlen(function->file));
	string_append_format(ret, "\n%10s %10s (flat, cum) %s of Total\n",
		report_value(report, function->flat, flat),
		report_value(report, function->cumulative, cumulative),
		units_percentage(function->cumulative, report->total, part));
	if (function->problem) {
		string_append(ret, " Error: ");
		utf8_append_printable(
			ret, function->problem->message, strlen(function->problem->message));
		string_append_char(ret, '\n');
	}
	print_lines(report, function, ret);
}

void listing_print(
	const struct report *report, const struct listing *listing, struct string_builder *ret)
{
	char total[UNITS_TEXT_SIZE];

	string_append_format(ret, "Total: %s\n", report_value(report, report->total, total));
	ARRAY_FOR_EACH (function, &listing->functions)
		print_function(report, function, ret);
}
