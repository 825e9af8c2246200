#include "export/pruning.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "export/label_units.h"
#include "export/tag_filter.h"
#include "profile/frame_filter.h"
#include "profile/pattern.h"
#include "profile/visible_frames.h"

static const char *const rule_names[PRUNING_RULE_COUNT] = {
	[PRUNING_HIDE] = "hide",
	[PRUNING_SHOW] = "show",
	[PRUNING_SHOW_FROM] = "show_from",
	[PRUNING_TAG_FOCUS] = "tagfocus",
	[PRUNING_TAG_IGNORE] = "tagignore",
	[PRUNING_TAG_SHOW] = "tagshow",
	[PRUNING_TAG_HIDE] = "taghide",
	[PRUNING_PRUNE_FROM] = "prune_from",
};

/* What becomes of a location, wherever it stands. */
struct fate {
	bool hidden, shows_from, prunes_beneath;
};
ARRAY_DEFINE(fates, struct fate)
ARRAY_DEFINE(labels_array, struct profile_label)

struct pruner {
	const struct profile *source;
	const struct pruning_options *options;
	struct pattern *patterns[PRUNING_RULE_COUNT];
	struct tag_filter *tags[PRUNING_RULE_COUNT];
	struct label_units units;
	struct visible_locations visible;
	struct fates fates;
	struct u32_array stack;
	struct labels_array labels;
	struct pruned_profile made;
};

const char *pruning_rule_name(enum pruning_rule rule)
{
	return rule_names[rule];
}

bool pruning_is_wanted(const struct pruning_options *options)
{
	for (int i = 0; i < PRUNING_RULE_COUNT; i++)
		if (options->rules[i])
			return true;
	return options->no_inlines;
}

/* What else is in it is the source's. */
void pruned_profile_deinit(struct pruned_profile *pruned)
{
	profile_lines_deinit(&pruned->profile.lines);
	profile_locations_deinit(&pruned->profile.locations);
	intern_table_deinit(&pruned->profile.stacks);
	intern_table_deinit(&pruned->profile.label_sets);
	profile_samples_deinit(&pruned->profile.samples);
	profile_values_deinit(&pruned->profile.values);
	*pruned = (struct pruned_profile){0};
}

static void pruner_deinit(struct pruner *pruner)
{
	for (int i = 0; i < PRUNING_RULE_COUNT; i++) {
		pattern_destroy(pruner->patterns[i]);
		tag_filter_destroy(pruner->tags[i]);
	}
	label_units_deinit(&pruner->units);
	visible_locations_deinit(&pruner->visible);
	fates_deinit(&pruner->fates);
	u32_array_deinit(&pruner->stack);
	labels_array_deinit(&pruner->labels);
	pruned_profile_deinit(&pruner->made);
}

static bool matches(struct pruner *pruner, enum pruning_rule rule, uint32_t string)
{
	return pattern_matches(pruner->patterns[rule], profile_text(pruner->source, string));
}

static bool line_matches(
	struct pruner *pruner, enum pruning_rule rule, const struct profile_line *line)
{
	const struct profile_function *function = profile_function(pruner->source, line->function);

	return matches(pruner, rule, function->name) || matches(pruner, rule, function->file);
}

static bool mapping_matches(struct pruner *pruner, enum pruning_rule rule, uint32_t mapping)
{
	return mapping != PROFILE_NONE &&
	       matches(pruner, rule, pruner->source->mappings.items[mapping].path);
}

static void keep_lines(struct pruner *pruner, enum pruning_rule rule,
	struct profile_location *location, bool wanted)
{
	struct profile_line *lines = pruner->made.profile.lines.items + location->first_line;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < location->line_count; i++)
		if (line_matches(pruner, rule, &lines[i]) == wanted)
			lines[kept++] = lines[i];
	if (wanted ? kept != 0 : kept != location->line_count)
		pruner->made.matched[rule] = true;
	location->line_count = kept;
}

/* A location without any line left is hidden; with show, too, one that had none. */
static void hide_and_show(
	struct pruner *pruner, struct profile_location *location, struct fate *fate)
{
	bool *matched = pruner->made.matched;

	if (pruner->patterns[PRUNING_HIDE]) {
		uint32_t lines = location->line_count;

		if (mapping_matches(pruner, PRUNING_HIDE, location->mapping)) {
			matched[PRUNING_HIDE] = fate->hidden = true;
			location->line_count = 0;
		} else {
			keep_lines(pruner, PRUNING_HIDE, location, false);
			fate->hidden = lines && !location->line_count;
		}
	}
	if (!pruner->patterns[PRUNING_SHOW])
		return;
	if (mapping_matches(pruner, PRUNING_SHOW, location->mapping))
		matched[PRUNING_SHOW] |= location->line_count != 0;
	else
		keep_lines(pruner, PRUNING_SHOW, location, true);
	fate->hidden |= !location->line_count;
}

static void find_show_from(
	struct pruner *pruner, struct profile_location *location, struct fate *fate)
{
	const struct profile_line *lines = pruner->made.profile.lines.items + location->first_line;

	if (!pruner->patterns[PRUNING_SHOW_FROM])
		return;
	if (mapping_matches(pruner, PRUNING_SHOW_FROM, location->mapping))
		fate->shows_from = true;
	for (uint32_t i = location->line_count; !fate->shows_from && i-- > 0;)
		if (line_matches(pruner, PRUNING_SHOW_FROM, &lines[i])) {
			location->line_count = i + 1;
			fate->shows_from = true;
		}
	pruner->made.matched[PRUNING_SHOW_FROM] |= fate->shows_from;
}

static struct error *find_prune_from(
	struct pruner *pruner, struct profile_location *location, struct fate *fate)
{
	const struct pattern *pattern = pruner->patterns[PRUNING_PRUNE_FROM];

	for (uint32_t i = 0; pattern && i < location->line_count; i++) {
		uint32_t function =
			pruner->made.profile.lines.items[location->first_line + i].function;
		const char *name = profile_text(
			pruner->source, profile_function(pruner->source, function)->name);
		CLEANUP(cleanup_free) char *simple = frame_simple_name(name);

		if (!simple)
			return &error_no_memory;
		if (!*name || !pattern_matches(pattern, simple))
			continue;
		location->first_line += i;
		location->line_count -= i;
		fate->prunes_beneath = pruner->made.matched[PRUNING_PRUNE_FROM] = true;
		break;
	}
	return NULL;
}

static struct error *add_location(struct pruner *pruner, uint32_t index)
{
	const struct profile *source = pruner->source;
	struct profile *made = &pruner->made.profile;
	struct profile_location location = source->locations.items[index];
	uint32_t first = pruner->visible.items[index].first_line;
	const struct profile_line *lines = source->lines.items + location.first_line;
	struct fate fate = {0};
	struct error *error = NULL;

	location.first_line = (uint32_t)made->lines.count;
	for (uint32_t i = first; !error && i < location.line_count; i++)
		error = profile_lines_append(&made->lines, lines[i]);
	if (error)
		return error;
	location.line_count -= first;
	hide_and_show(pruner, &location, &fate);
	find_show_from(pruner, &location, &fate);
	error = find_prune_from(pruner, &location, &fate);
	if (!error && pruner->options->no_inlines && location.line_count > 1) {
		location.first_line += location.line_count - 1;
		location.line_count = 1;
	}
	if (!error)
		error = profile_locations_append(&made->locations, location);
	return error ? error : fates_append(&pruner->fates, fate);
}

/* The stack as it is to be, leaf first. *ret: it is not left out. */
static struct error *cut_stack(struct pruner *pruner, uint32_t index, bool *ret)
{
	size_t whole, first = 0, end = 0;
	const uint32_t *stack = profile_stack(pruner->source, index, &whole);
	size_t depth = visible_depth(&pruner->visible, stack, whole);
	const struct fate *fates = pruner->fates.items;
	uint32_t *kept;
	struct error *error = u32_array_reserve(&pruner->stack, depth);

	if (error)
		return error;
	kept = pruner->stack.items;
	for (size_t i = whole - depth; i < whole; i++)
		if (!fates[stack[i]].hidden)
			kept[end++] = stack[i];
	*ret = end || !(pruner->patterns[PRUNING_HIDE] || pruner->patterns[PRUNING_SHOW]);
	if (pruner->patterns[PRUNING_SHOW_FROM]) {
		while (end && !fates[kept[end - 1]].shows_from)
			end--;
		*ret &= end != 0;
	}
	while (first < end && !fates[kept[first]].prunes_beneath)
		first++;
	if (first == end)
		first = 0;
	if (first)
		memmove(kept, kept + first, (end - first) * sizeof(*kept));
	pruner->stack.count = end - first;
	return NULL;
}

static bool is_meant(struct pruner *pruner, uint32_t labels)
{
	bool meant = true;

	for (enum pruning_rule rule = PRUNING_TAG_FOCUS; rule <= PRUNING_TAG_IGNORE; rule++) {
		if (!pruner->tags[rule])
			continue;
		bool matched = tag_filter_matches(
			pruner->tags[rule], pruner->source, &pruner->units, labels);
		pruner->made.matched[rule] |= matched;
		meant &= matched == (rule == PRUNING_TAG_FOCUS);
	}
	return meant;
}

static bool label_is_shown(struct pruner *pruner, uint32_t key)
{
	bool shown = true;

	for (enum pruning_rule rule = PRUNING_TAG_SHOW; rule <= PRUNING_TAG_HIDE; rule++) {
		if (!pruner->patterns[rule])
			continue;
		bool matched = matches(pruner, rule, key);
		pruner->made.matched[rule] |= matched;
		shown &= matched == (rule == PRUNING_TAG_SHOW);
	}
	return shown;
}

static struct error *choose_labels(struct pruner *pruner, uint32_t set, uint32_t *ret)
{
	size_t count;
	const struct profile_label *labels = profile_labels(pruner->source, set, &count);
	struct error *error = labels_array_reserve(&pruner->labels, count + 1);

	if (error)
		return error;
	pruner->labels.count = 0;
	for (size_t i = 0; i < count; i++)
		if (label_is_shown(pruner, labels[i].key))
			pruner->labels.items[pruner->labels.count++] = labels[i];
	return profile_add_labels(
		&pruner->made.profile, pruner->labels.items, pruner->labels.count, ret);
}

static struct error *add_sample(struct pruner *pruner, size_t index)
{
	const struct profile *source = pruner->source;
	struct profile *made = &pruner->made.profile;
	size_t width = source->value_types.count;
	struct profile_sample sample;
	bool wanted;
	struct error *error = cut_stack(pruner, source->samples.items[index].stack, &wanted);

	if (error || !wanted || !is_meant(pruner, source->samples.items[index].labels))
		return error;
	error = profile_add_stack(made, pruner->stack.items, pruner->stack.count, &sample.stack);
	if (!error)
		error = choose_labels(pruner, source->samples.items[index].labels, &sample.labels);
	if (!error)
		error = profile_samples_append(&made->samples, sample);
	for (size_t i = 0; !error && i < width; i++)
		error = profile_values_append(
			&made->values, source->values.items[index * width + i]);
	return error;
}

static struct error *create_rules(struct pruner *pruner)
{
	struct error *error = NULL;

	for (enum pruning_rule rule = 0; !error && rule < PRUNING_RULE_COUNT; rule++) {
		const char *text = pruner->options->rules[rule];

		if (!text)
			continue;
		if (rule == PRUNING_TAG_FOCUS || rule == PRUNING_TAG_IGNORE)
			error = tag_filter_create(text, &pruner->tags[rule]);
		else
			error = pattern_create(text, PATTERN_ANYWHERE, &pruner->patterns[rule]);
	}
	return error;
}

/* Emptied is what is to be the made one's own. What drop_frames hides is left out already. */
static struct error *begin(struct pruner *pruner)
{
	struct profile *made = &pruner->made.profile;
	struct error *error;
	uint32_t none;

	*made = *pruner->source;
	made->lines = (struct profile_lines){0};
	made->locations = (struct profile_locations){0};
	made->stacks = made->label_sets = (struct intern_table){0};
	made->samples = (struct profile_samples){0};
	made->values = (struct profile_values){0};
	made->drop_frames = made->keep_frames = 0;
	error = profile_add_labels(made, NULL, 0, &none);
	if (!error)
		error = create_rules(pruner);
	if (!error)
		error = label_units_init(pruner->source, &pruner->units);
	return error ? error : visible_locations_find(pruner->source, &pruner->visible);
}

struct error *pruned_profile_init(const struct profile *source,
	const struct pruning_options *options, struct pruned_profile *ret)
{
	CLEANUP(pruner_deinit) struct pruner pruner = {.source = source, .options = options};
	struct error *error = begin(&pruner);

	for (uint32_t i = 0; !error && i < source->locations.count; i++)
		error = add_location(&pruner, i);
	for (size_t i = 0; !error && i < source->samples.count; i++)
		error = add_sample(&pruner, i);
	if (error)
		return error;
	*ret = pruner.made;
	pruner.made = (struct pruned_profile){0};
	return NULL;
}
