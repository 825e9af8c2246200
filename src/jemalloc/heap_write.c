#include "jemalloc/heap_write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "jemalloc/heap_lines.h"
#include "profile/saturating.h"

#define NO_THREAD (-1)

/* One sample's figures. */
struct heap_part {
	uint32_t stack;
	uint32_t name;  /* of the thread: a string id, or 0 */
	int64_t thread; /* jemalloc's number */
	struct heap_row row;
};
ARRAY_DEFINE(heap_parts, struct heap_part)

struct heap_writer {
	const struct profile *profile;
	size_t live_count, live_bytes, total_count, total_bytes; /* value types */
	bool accumulated;
	struct heap_parts parts;
	struct string_builder text;
};

static void heap_writer_deinit(struct heap_writer *writer)
{
	heap_parts_deinit(&writer->parts);
	string_builder_deinit(&writer->text);
}

static struct error *cannot(const char *why)
{
	return error_set_hint(error_create(ERROR_UNSUPPORTED, "%s", why),
		"save it as .pb.gz: that holds everything");
}

static struct error *find_values(struct heap_writer *writer)
{
	const struct profile *profile = writer->profile;
	bool found = profile_find_value_type(profile, "inuse_objects", &writer->live_count) &&
		     profile_find_value_type(profile, "inuse_space", &writer->live_bytes);

	if (!found)
		found = profile_find_value_type(profile, "objects", &writer->live_count) &&
			profile_find_value_type(profile, "space", &writer->live_bytes);
	writer->accumulated =
		profile_find_value_type(profile, "alloc_objects", &writer->total_count) &&
		profile_find_value_type(profile, "alloc_space", &writer->total_bytes);
	return found ? NULL : cannot("the profile is not one of a heap");
}

static void add_row(struct heap_row *sum, const struct heap_row *row)
{
	const struct {
		uint64_t *sum, value;
	} figures[] = {
		{&sum->live_count, row->live_count},
		{&sum->live_bytes, row->live_bytes},
		{&sum->total_count, row->total_count},
		{&sum->total_bytes, row->total_bytes},
	};

	/* All of them began as int64_t, and stay below its end. */
	for (size_t i = 0; i < ARRAY_SIZE(figures); i++)
		*figures[i].sum = (uint64_t)add_saturating(
			(int64_t)*figures[i].sum, (int64_t)figures[i].value);
}

static bool is_nothing(const struct heap_row *row)
{
	return !row->live_count && !row->live_bytes && !row->total_count && !row->total_bytes;
}

static void find_thread(const struct profile *profile, uint32_t set, struct heap_part *ret)
{
	size_t count;
	const struct profile_label *labels = profile_labels(profile, set, &count);

	ret->thread = NO_THREAD;
	for (size_t i = 0; i < count; i++) {
		const char *key = profile_text(profile, labels[i].key);

		if (labels[i].text && strcmp(key, "thread") == 0)
			ret->name = labels[i].text;
		else if (!labels[i].text && labels[i].number >= 0 &&
			 strcmp(key, "jemalloc_thread") == 0)
			ret->thread = labels[i].number;
	}
}

/* Names of what has no address, such as "[no stack]" and "0x0", say that nothing is known. */
static bool has_name_only(const struct profile *profile, const struct profile_location *location)
{
	if (location->address || !location->line_count)
		return false;
	uint32_t function = profile->lines.items[location->first_line].function;
	const char *name = profile_text(profile, profile_function(profile, function)->name);
	return *name != '[' && strncmp(name, "0x", 2) != 0;
}

static struct error *check_stack(const struct profile *profile, uint32_t stack)
{
	size_t depth;
	const uint32_t *locations = profile_stack(profile, stack, &depth);

	for (size_t i = 0; i < depth; i++)
		if (has_name_only(profile, &profile->locations.items[locations[i]]))
			return cannot("its frames have no addresses");
	return NULL;
}

static struct error *add_part(struct heap_writer *writer, uint32_t index)
{
	const struct profile *profile = writer->profile;
	const struct profile_sample *sample = &profile->samples.items[index];
	const int64_t *values = &profile->values.items[index * profile->value_types.count];
	struct heap_part part = {
		.stack = sample->stack,
		.row.live_count = (uint64_t)values[writer->live_count],
		.row.live_bytes = (uint64_t)values[writer->live_bytes],
	};
	struct error *error = check_stack(profile, sample->stack);

	if (error)
		return error;
	if (writer->accumulated) {
		part.row.total_count = (uint64_t)values[writer->total_count];
		part.row.total_bytes = (uint64_t)values[writer->total_bytes];
	}
	if ((part.row.live_count | part.row.live_bytes | part.row.total_count |
		    part.row.total_bytes) > INT64_MAX)
		return cannot("a heap dump cannot hold negative values");
	if (is_nothing(&part.row))
		return NULL;
	find_thread(profile, sample->labels, &part);
	return heap_parts_append(&writer->parts, part);
}

static int compare_stacks(const void *left, const void *right)
{
	const struct heap_part *a = left, *b = right;

	return (a->stack > b->stack) - (a->stack < b->stack);
}

static int compare_threads(const void *left, const void *right)
{
	const struct heap_part *a = left, *b = right;

	return (a->thread > b->thread) - (a->thread < b->thread);
}

static int compare_parts(const void *left, const void *right)
{
	int order = compare_stacks(left, right);

	return order ? order : compare_threads(left, right);
}

static struct error *prepare(struct heap_writer *writer)
{
	struct error *error = find_values(writer);

	for (uint32_t i = 0; !error && i < writer->profile->samples.count; i++)
		error = add_part(writer, i);
	if (!error && writer->parts.count)
		qsort(writer->parts.items, writer->parts.count, sizeof(struct heap_part),
			compare_parts);
	return error;
}

/* The sum of the parts from *at on that compare equal; *at is behind them then. */
static struct heap_part next_sum(const struct heap_parts *parts, size_t *at,
	int (*compare)(const void *left, const void *right))
{
	struct heap_part sum = parts->items[(*at)++];

	while (*at < parts->count && compare(&sum, &parts->items[*at]) == 0) {
		if (!sum.name)
			sum.name = parts->items[*at].name;
		add_row(&sum.row, &parts->items[(*at)++].row);
	}
	return sum;
}

static void append_row(struct string_builder *text, const struct heap_row *row)
{
	string_append_format(text, "%" PRIu64 ": %" PRIu64 " [%" PRIu64 ": %" PRIu64 "]",
		row->live_count, row->live_bytes, row->total_count, row->total_bytes);
}

/* name: a string id. */
static void append_thread(
	struct heap_writer *writer, int64_t thread, const struct heap_row *row, uint32_t name)
{
	string_append_format(&writer->text, "  t%" PRId64 ": ", thread);
	append_row(&writer->text, row);
	if (name) {
		string_append_char(&writer->text, ' ');
		for (const char *c = profile_text(writer->profile, name); *c; c++)
			string_append_char(&writer->text, *c == '\n' ? ' ' : *c);
	}
	string_append_char(&writer->text, '\n');
}

static void append_process(struct heap_writer *writer, const struct heap_row *row)
{
	string_append(&writer->text, "  t*: ");
	append_row(&writer->text, row);
	string_append_char(&writer->text, '\n');
}

static void append_addresses(struct heap_writer *writer, uint32_t stack)
{
	size_t depth;
	const uint32_t *locations = profile_stack(writer->profile, stack, &depth);

	string_append_char(&writer->text, '@');
	for (size_t i = 0; i < depth; i++)
		string_append_format(&writer->text, " 0x%" PRIx64,
			writer->profile->locations.items[locations[i]].address + 1);
	string_append(&writer->text, depth ? "\n" : " 0x1\n");
}

static int compare_starts(const void *left, const void *right)
{
	const struct profile_mapping *a = left, *b = right;

	return (a->start > b->start) - (a->start < b->start);
}

static void append_mapping(struct heap_writer *writer, const struct profile_mapping *mapping)
{
	string_append_format(&writer->text, "%" PRIx64 "-%" PRIx64 " r-xp %08" PRIx64 " 00:00 0 ",
		mapping->start, mapping->limit, mapping->offset);
	for (const char *c = profile_text(writer->profile, mapping->path); *c; c++)
		if (*c == '\n')
			string_append(&writer->text, "\\012");
		else
			string_append_char(&writer->text, *c);
	string_append_char(&writer->text, '\n');
}

/* In the order of a maps file; what could not be in one is left out. */
static struct error *append_mappings(struct heap_writer *writer)
{
	const struct profile_mappings *mappings = &writer->profile->mappings;
	CLEANUP(profile_mappings_deinit) struct profile_mappings sorted = {0};
	struct error *error = profile_mappings_reserve(&sorted, mappings->count);
	uint64_t end = 0;

	if (error)
		return error;
	ARRAY_FOR_EACH (mapping, mappings)
		sorted.items[sorted.count++] = *mapping;
	if (sorted.count)
		qsort(sorted.items, sorted.count, sizeof(*sorted.items), compare_starts);
	string_append(&writer->text, "\nMAPPED_LIBRARIES:\n");
	ARRAY_FOR_EACH (mapping, &sorted) {
		if (mapping->start < end || mapping->limit <= mapping->start)
			continue;
		append_mapping(writer, mapping);
		end = mapping->limit;
	}
	return NULL;
}

static struct heap_row total_of(const struct heap_writer *writer)
{
	struct heap_row total = {0};

	ARRAY_FOR_EACH (part, &writer->parts)
		add_row(&total, &part->row);
	return total;
}

/* The totals of the process and of each thread. */
static struct error *append_head(struct heap_writer *writer)
{
	CLEANUP(heap_parts_deinit) struct heap_parts threads = {0};
	const struct heap_row total = total_of(writer);
	struct error *error = heap_parts_reserve(&threads, writer->parts.count);
	size_t at = 0;

	if (error)
		return error;
	string_append(&writer->text, "heap_v2/1\n");
	append_process(writer, &total);
	ARRAY_FOR_EACH (part, &writer->parts)
		threads.items[threads.count++] = *part;
	if (threads.count)
		qsort(threads.items, threads.count, sizeof(*threads.items), compare_threads);
	while (at < threads.count) {
		struct heap_part sum = next_sum(&threads, &at, compare_threads);

		if (sum.thread != NO_THREAD)
			append_thread(writer, sum.thread, &sum.row, sum.name);
	}
	return NULL;
}

static void append_threaded_stacks(struct heap_writer *writer)
{
	size_t at = 0, thread_at = 0;

	while (at < writer->parts.count) {
		struct heap_part stack = next_sum(&writer->parts, &at, compare_stacks);

		append_addresses(writer, stack.stack);
		append_process(writer, &stack.row);
		while (thread_at < at) {
			struct heap_part sum = next_sum(&writer->parts, &thread_at, compare_parts);

			if (sum.thread != NO_THREAD)
				append_thread(writer, sum.thread, &sum.row, 0);
		}
	}
}

static struct error *finish(struct heap_writer *writer, struct u8_array *ret)
{
	struct error *error = append_mappings(writer);

	return error ? error : text_finish(&writer->text, ret);
}

struct error *heap_write_threaded(
	const struct profile *profile, const char *value_type, struct u8_array *ret)
{
	CLEANUP(heap_writer_deinit) struct heap_writer writer = {.profile = profile};
	struct error *error = prepare(&writer);

	(void)value_type;
	if (!error)
		error = append_head(&writer);
	if (error)
		return error;
	append_threaded_stacks(&writer);
	return finish(&writer, ret);
}

/* Where nothing was accumulated, readers know it by the figures in use that stand there again. */
static void append_plain_row(struct heap_writer *writer, struct heap_row row)
{
	if (row.live_bytes && !row.live_count)
		row.live_count = 1;
	if (row.total_bytes && !row.total_count)
		row.total_count = 1;
	if (!writer->accumulated) {
		row.total_count = row.live_count;
		row.total_bytes = row.live_bytes;
	}
	append_row(&writer->text, &row);
}

struct error *heap_write_plain(
	const struct profile *profile, const char *value_type, struct u8_array *ret)
{
	CLEANUP(heap_writer_deinit) struct heap_writer writer = {.profile = profile};
	struct error *error = prepare(&writer);
	size_t at = 0;

	(void)value_type;
	if (error)
		return error;
	string_append(&writer.text, "heap profile: ");
	append_plain_row(&writer, total_of(&writer));
	string_append(&writer.text, " @ heapprofile\n");
	while (at < writer.parts.count) {
		struct heap_part stack = next_sum(&writer.parts, &at, compare_stacks);

		append_plain_row(&writer, stack.row);
		string_append_char(&writer.text, ' ');
		append_addresses(&writer, stack.stack);
	}
	return finish(&writer, ret);
}
