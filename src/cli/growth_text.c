#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "base/text.h"
#include "cli/heap_growth.h"
#include "export/frames.h"
#include "export/timeline_svg.h"
#include "export/utf8.h"
#include "symbolize/short_name.h"

#define FRAMES_SHOWN 6

const char *const growth_figure_names[GROWTH_FIGURE_COUNT] = {
	[GROWTH_ALLOCATED] = "allocated",
	[GROWTH_ACTIVE] = "active",
	[GROWTH_RESIDENT] = "resident",
	[GROWTH_RSS] = "RSS",
};

static char *format_change(double bytes, char buffer[static QUANTITY_SIZE + 1])
{
	buffer[0] = bytes < 0 ? '-' : '+';
	format_bytes(fabs(bytes), buffer + 1);
	return buffer;
}

static void append_row(struct string_builder *text, const char *name, double was, double is)
{
	char first[QUANTITY_SIZE], last[QUANTITY_SIZE], change[QUANTITY_SIZE + 1];

	string_append_format(text, "%-12s %10s %10s %11s\n", name, format_bytes(was, first),
		format_bytes(is, last), format_change(is - was, change));
}

static void append_figures(struct string_builder *text, const struct growth_moments *moments)
{
	size_t last = moments->times.count - 1;

	for (int i = 0; i < GROWTH_FIGURE_COUNT; i++) {
		const uint64_t *values = moments->figures[i].items;

		if (values[0] != TIMELINE_UNKNOWN && values[last] != TIMELINE_UNKNOWN)
			append_row(text, growth_figure_names[i], (double)values[0],
				(double)values[last]);
	}
}

static void append_all(struct string_builder *text, const struct growth *all)
{
	char first[QUANTITY_SIZE], last[QUANTITY_SIZE], change[QUANTITY_SIZE + 1];
	char margin[QUANTITY_SIZE];

	string_append_format(text, "%-12s %10s %10s %11s \u00b1%s\n", "dumps",
		format_bytes(all->first, first), format_bytes(all->last, last),
		format_change(all->bytes, change), format_bytes(all->margin, margin));
}

static const char *symbol_of(const struct frames *frames, const struct frame_slot *slot)
{
	if (slot->function == PROFILE_NONE)
		return "";
	return profile_text(
		frames->profile, profile_function(frames->profile, slot->function)->system_name);
}

static void append_frame(struct string_builder *text, const struct frames *frames,
	enum name_form names, const struct frame_slot *slot)
{
	const char *name = frame_name(frames, slot->name), *symbol = symbol_of(frames, slot);

	if (names == NAMES_SHORT)
		short_name_append(text, name);
	else if (names == NAMES_MANGLED && *symbol)
		utf8_append_printable(text, symbol, strlen(symbol));
	else
		string_append(text, name);
}

/* The function that allocated, and who called it, as far as there is room. */
static void append_stack(struct string_builder *text, const struct frames *frames,
	const struct profile_view_options *view, const struct frame_slots *slots)
{
	size_t shown = 0;

	for (size_t i = slots->count; i-- > 0;) {
		const struct frame_slot *slot = &slots->items[i];

		if (view->no_inlines && slot->inlined)
			continue;
		if (shown == FRAMES_SHOWN) {
			string_append(text, " < ...");
			break;
		}
		string_append(text, shown++ ? " < " : "");
		append_frame(text, frames, view->names, slot);
	}
	string_append_char(text, '\n');
}

static struct error *append_entry(struct string_builder *text, const struct frames *frames,
	const struct growth_report *report, const struct growth_entry *entry)
{
	CLEANUP(frame_slots_deinit) struct frame_slots slots = {0};
	const struct growth *growth = &entry->growth;
	char change[QUANTITY_SIZE + 1], margin[QUANTITY_SIZE], last[QUANTITY_SIZE];
	struct error *error = frames_of_stack(frames, entry->stack, &slots);

	if (error)
		return error;
	string_append_format(text, "%11s %10s %3u/%zu %10s  ", format_change(growth->bytes, change),
		format_bytes(growth->margin, margin), growth->rises, report->series->dumps - 1,
		format_bytes(growth->last, last));
	append_stack(text, frames, report->view, &slots);
	return NULL;
}

static size_t count_sure(const struct growth_entries *entries)
{
	size_t count = 0;

	while (count < entries->count && growth_least(&entries->items[count].growth) > 0)
		count++;
	return count;
}

static void append_rest(
	struct string_builder *text, const struct growth_report *report, size_t sure)
{
	size_t unsure = 0;
	double bytes = 0;
	char sum[QUANTITY_SIZE];

	for (size_t i = sure; i < report->entries->count; i++) {
		const struct growth *growth = &report->entries->items[i].growth;

		unsure += growth->bytes > 0;
		bytes += growth->bytes > 0 ? growth->bytes : 0;
	}
	if (sure > report->limit)
		string_append_format(text, "%zu more stacks grew\n", sure - report->limit);
	if (unsure)
		string_append_format(text,
			"%zu stacks may have grown, by %s together: too few samples, or up and "
			"down\n",
			unsure, format_bytes(bytes, sum));
}

static struct error *append_stacks(struct string_builder *text, const struct growth_report *report)
{
	CLEANUP(frames_deinit) struct frames frames = {0};
	size_t sure = count_sure(report->entries);
	struct error *error = frames_init(report->series->profile, 0, &frames);

	if (!error && sure)
		string_append_format(text, "\n%11s %10s %5s %10s  %s\n", "growth", "\u00b1",
			"rises", "now", "stack, as far as it grew for sure");
	else if (!error)
		string_append(text, "\nno stack grew for sure\n");
	for (size_t i = 0; !error && i < sure && i < report->limit; i++)
		error = append_entry(text, &frames, report, &report->entries->items[i]);
	if (!error)
		append_rest(text, report, sure);
	return error;
}

struct error *growth_format(const struct growth_report *report, struct u8_array *ret)
{
	STRING_BUILDER(text);
	struct error *error;

	string_append_format(&text, "%-12s %10s %10s %11s\n", "", "begin", "end", "growth");
	append_figures(&text, report->moments);
	append_all(&text, &report->all);
	error = append_stacks(&text, report);
	return error ? error : text_finish(&text, ret);
}
