#include "profile/filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/addition.h"
#include "profile/pattern.h"
#include "profile/saturating.h"
#include "profile/threads.h"
#include "profile/visible_frames.h"

enum verdict {
	UNKNOWN,
	MATCHES,
	DIFFERS,
};

struct profile_filter {
	struct profile_filter_options options;
	struct pattern *patterns[FILTER_RULE_COUNT];
};

ARRAY_DEFINE(choice_array, struct profile_choice)

struct filtering {
	const struct profile_filter *filter;
	const struct profile *source;
	struct visible_locations visible;
	struct u8_array verdicts[FILTER_RULE_COUNT]; /* by string */
	struct u32_array roots;                      /* by label set; PROFILE_NONE: not asked */
	struct choice_array choices;
	struct filter_result result;
};

static void filtering_deinit(struct filtering *filtering)
{
	visible_locations_deinit(&filtering->visible);
	for (int i = 0; i < FILTER_RULE_COUNT; i++)
		u8_array_deinit(&filtering->verdicts[i]);
	u32_array_deinit(&filtering->roots);
	choice_array_deinit(&filtering->choices);
	profile_destroy(filtering->result.profile);
}

struct error *profile_filter_create(
	const struct profile_filter_options *options, struct profile_filter **ret)
{
	CLEANUP(cleanup_profile_filter) struct profile_filter *filter = calloc(1, sizeof(*filter));
	struct error *error = NULL;

	if (!filter)
		return &error_no_memory;
	filter->options = *options;
	for (int i = FILTER_THREAD + 1; !error && i < FILTER_RULE_COUNT; i++)
		if (options->rules[i])
			error = pattern_create(
				options->rules[i], PATTERN_ANYWHERE, &filter->patterns[i]);
	if (!error)
		*ret = TAKE_POINTER(filter);
	return error;
}

void profile_filter_destroy(struct profile_filter *filter)
{
	if (!filter)
		return;
	for (int i = 0; i < FILTER_RULE_COUNT; i++)
		pattern_destroy(filter->patterns[i]);
	free(filter);
}

void cleanup_profile_filter(struct profile_filter **filter)
{
	profile_filter_destroy(*filter);
}

const struct profile_filter_options *profile_filter_options(const struct profile_filter *filter)
{
	return &filter->options;
}

static void note_match(struct filter_account *account, uint32_t string)
{
	if (account->matches < FILTER_EXAMPLES)
		account->examples[account->matches] = string;
	account->matches++;
}

static bool text_matches(struct filtering *filtering, enum filter_rule rule, uint32_t string)
{
	uint8_t *verdict = &filtering->verdicts[rule].items[string];

	if (*verdict == UNKNOWN) {
		const char *text = profile_text(filtering->source, string);
		bool matches = pattern_matches(filtering->filter->patterns[rule], text);

		*verdict = matches ? MATCHES : DIFFERS;
		if (matches)
			note_match(&filtering->result.rules[rule], string);
	}
	return *verdict == MATCHES;
}

/* lines: how many of those that are shown, the innermost first. */
static bool location_matches(
	struct filtering *filtering, enum filter_rule rule, uint32_t index, uint32_t lines)
{
	const struct profile *source = filtering->source;
	const struct profile_location *location = &source->locations.items[index];
	uint32_t first = filtering->visible.items[index].first_line;

	for (uint32_t i = first; i < location->line_count && i - first < lines; i++) {
		const struct profile_function *function = profile_function(
			source, source->lines.items[location->first_line + i].function);

		if (text_matches(filtering, rule, function->name) ||
			text_matches(filtering, rule, function->file))
			return true;
	}
	return location->mapping != PROFILE_NONE &&
	       text_matches(filtering, rule, source->mappings.items[location->mapping].path);
}

/* A frame that stands for what the kernel did: "write(2)", "[uninterruptible sleep]". */
static bool is_in_kernel(const struct profile *profile, uint32_t index)
{
	const struct profile_location *location = &profile->locations.items[index];

	if (location->mapping != PROFILE_NONE || location->line_count != 1)
		return false;
	uint32_t function = profile->lines.items[location->first_line].function;
	const char *name = profile_text(profile, profile_function(profile, function)->name);
	size_t length = strlen(name);
	return name[0] == '[' || (length > 3 && strcmp(name + length - 3, "(2)") == 0);
}

/* Whether any of the locations does. */
static bool any_matches(
	struct filtering *filtering, enum filter_rule rule, const uint32_t *stack, size_t depth)
{
	for (size_t i = 0; i < depth; i++)
		if (location_matches(filtering, rule, stack[i], UINT32_MAX))
			return true;
	return false;
}

static bool leaf_matches(struct filtering *filtering, const uint32_t *stack, size_t depth)
{
	for (size_t i = 0; i < depth; i++) {
		if (location_matches(filtering, FILTER_IGNORE_LEAF, stack[i], 1))
			return true;
		if (!is_in_kernel(filtering->source, stack[i]))
			break;
	}
	return false;
}

static bool thread_matches(struct filtering *filtering, uint32_t labels)
{
	struct profile_thread thread;

	return profile_find_thread(filtering->source, labels, &thread) &&
	       profile_thread_is_meant(&thread, filtering->filter->options.rules[FILTER_THREAD]);
}

static bool speaks_against(
	struct filtering *filtering, enum filter_rule rule, const struct profile_sample *sample)
{
	size_t whole;
	const uint32_t *stack = profile_stack(filtering->source, sample->stack, &whole);
	size_t depth = visible_depth(&filtering->visible, stack, whole);

	if (whole > depth)
		stack += whole - depth;
	switch (rule) {
	case FILTER_THREAD:
		return !thread_matches(filtering, sample->labels);
	case FILTER_IGNORE:
		return !depth || any_matches(filtering, rule, stack, depth);
	case FILTER_IGNORE_LEAF:
		return leaf_matches(filtering, stack, depth);
	default:
		return !any_matches(filtering, rule, stack, depth);
	}
}

static bool is_wanted(struct filtering *filtering, uint32_t index, int64_t value)
{
	for (int rule = 0; rule < FILTER_RULE_COUNT; rule++) {
		struct filter_account *account = &filtering->result.rules[rule];

		if (!filtering->filter->options.rules[rule] ||
			!speaks_against(filtering, rule, &filtering->source->samples.items[index]))
			continue;
		account->samples++;
		account->value = add_saturating(account->value, value);
		return false;
	}
	return true;
}

/* A profile that was saved with such frames has them already. */
static bool has_root(const struct filtering *filtering, uint32_t stack, uint32_t root)
{
	const struct profile *source = filtering->source, *result = filtering->result.profile;
	size_t depth;
	const uint32_t *locations = profile_stack(source, stack, &depth);

	if (!depth)
		return false;
	const struct profile_location *last = &source->locations.items[locations[depth - 1]];
	const struct profile_location *added = &result->locations.items[root];
	if (last->mapping != PROFILE_NONE || last->line_count != 1)
		return false;
	uint32_t has = source->lines.items[last->first_line].function;
	uint32_t wanted = result->lines.items[added->first_line].function;
	return strcmp(profile_text(source, profile_function(source, has)->name),
		       profile_text(result, profile_function(result, wanted)->name)) == 0;
}

static struct error *choose_root(
	struct filtering *filtering, const struct profile_sample *sample, uint32_t *ret)
{
	uint32_t *root = &filtering->roots.items[sample->labels];
	struct error *error = NULL;
	struct profile_thread thread;

	*ret = PROFILE_NONE;
	if (!profile_find_thread(filtering->source, sample->labels, &thread))
		return NULL;
	filtering->result.with_thread++;
	if (!filtering->filter->options.per_thread)
		return NULL;
	if (*root == PROFILE_NONE)
		error = profile_add_thread_location(filtering->result.profile, &thread, root);
	if (!error && !has_root(filtering, sample->stack, *root))
		*ret = *root;
	return error;
}

static struct error *choose(struct filtering *filtering, uint32_t index, int64_t value)
{
	struct profile_choice choice = {
		.wanted = is_wanted(filtering, index, value), .root = PROFILE_NONE};
	struct error *error = NULL;

	if (choice.wanted)
		error = choose_root(
			filtering, &filtering->source->samples.items[index], &choice.root);
	return error ? error : choice_array_append(&filtering->choices, choice);
}

static struct error *prepare(struct filtering *filtering)
{
	const struct profile *source = filtering->source;
	size_t strings = source->strings.entries.count, sets = source->label_sets.entries.count;
	struct error *error = visible_locations_find(source, &filtering->visible);

	for (int i = 0; !error && i < FILTER_RULE_COUNT; i++) {
		error = u8_array_reserve(&filtering->verdicts[i], strings);
		if (!error)
			memset(filtering->verdicts[i].items, UNKNOWN, strings);
	}
	if (!error)
		error = u32_array_reserve(&filtering->roots, sets);
	for (size_t i = 0; !error && i < sets; i++)
		filtering->roots.items[i] = PROFILE_NONE;
	if (!error)
		error = profile_create(&filtering->result.profile);
	ARRAY_FOR_EACH (type, &source->value_types)
		if (!error)
			error = profile_add_value_type(filtering->result.profile,
				profile_text(source, type->type), profile_text(source, type->unit));
	return error;
}

struct error *profile_filter_apply(const struct profile_filter *filter,
	const struct profile *profile, size_t value_type, struct filter_result *ret)
{
	CLEANUP(filtering_deinit)
	struct filtering filtering = {.filter = filter, .source = profile};
	size_t width = profile->value_types.count;
	struct error *error = prepare(&filtering);

	filtering.result.total = profile_total(profile, value_type);
	for (uint32_t i = 0; !error && i < profile->samples.count; i++)
		error = choose(&filtering, i, profile->values.items[i * width + value_type]);
	if (!error)
		error = profile_copy_texts(filtering.result.profile, profile);
	const struct profile_addition how = {.choices = filtering.choices.items};
	if (!error)
		error = profile_add(filtering.result.profile, profile, &how);
	if (error)
		return error;
	*ret = filtering.result;
	filtering.result = (struct filter_result){0};
	return NULL;
}
