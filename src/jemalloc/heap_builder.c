#include "jemalloc/heap_builder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define RECENT_LOCATIONS (1 << 14)

/*
 * pprof cuts a stack at the frame nearest to the root that matches, and drops it with all it
 * called. So these are the doors through which programs enter the allocator, and, for a door that
 * left no frame (a tail call) or has no name (a stripped library), what lies right behind. Nothing
 * may match that has the program's own frames below it, as Rust's __rust_try has.
 */
#define RUST_HASH "(::h[0-9a-f]+)?"
static const char drop_frames[] =
	"(je_|_rjem_).*"
	"|(__libc_)?(malloc|calloc|realloc|reallocarray|memalign|valloc|pvalloc)"
	"|aligned_alloc|posix_memalign|[mrx]allocx"
	"|operator new(\\[\\])?|_Zn[aw][jm].*"
	"|(do_rallocx|prof_backtrace|prof_alloc_prep|prof_tctx_create"
	"|imalloc|malloc_default)[_a-z]*(\\..*)?"
	"|libjemalloc\\.so[.0-9]*\\+0x[0-9a-f]+"
	"|(__rustc(\\[[0-9a-f]+\\])?::)?__(rust|rg|rdl)_(alloc|alloc_zeroed|realloc)" RUST_HASH
	"|alloc::alloc::(alloc|alloc_zeroed|realloc|exchange_malloc|Global::.*)" RUST_HASH
	"|<alloc::alloc::Global as .*>::.*"
	"|<(tikv_)?jemallocator::Jemalloc as .*>::.*";

static struct error *set_period(struct heap_builder *builder)
{
	struct profile *profile = builder->profile;
	struct error *error = profile_string(profile, "space", &profile->period_type.type);

	profile->period = builder->scale.factor ? heap_round(builder->scale.rate) : 1;
	return error ? error : profile_string(profile, "bytes", &profile->period_type.unit);
}

static struct error *add_strings(struct heap_builder *builder)
{
	struct profile *profile = builder->profile;
	const struct {
		const char *text;
		uint32_t *id;
	} strings[] = {
		{"thread", &builder->thread_key},
		{"jemalloc_thread", &builder->number_key},
		{"bytes", &builder->size_key},
		{"bytes", &builder->size_unit},
		{drop_frames, &profile->drop_frames},
	};
	struct error *error = NULL;

	for (size_t i = 0; !error && i < ARRAY_SIZE(strings); i++)
		error = profile_string(profile, strings[i].text, strings[i].id);
	return error;
}

struct error *heap_builder_init(
	struct heap_builder *builder, struct heap_scale scale, struct cursor maps)
{
	struct error *error;

	*builder = (struct heap_builder){.scale = scale};
	builder->recent = calloc(RECENT_LOCATIONS, sizeof(*builder->recent));
	error = builder->recent ? profile_create(&builder->profile) : &error_no_memory;
	if (!error)
		error = set_period(builder);
	if (!error)
		error = add_strings(builder);
	if (!error)
		error = heap_mappings_init(&builder->mappings, maps, builder->profile);
	if (error)
		heap_builder_deinit(builder);
	return error;
}

void heap_builder_deinit(struct heap_builder *builder)
{
	profile_destroy(builder->profile);
	heap_mappings_deinit(&builder->mappings);
	free(builder->recent);
	intern_table_deinit(&builder->threads);
	u32_array_deinit(&builder->names);
	u32_array_deinit(&builder->locations);
	heap_shares_deinit(&builder->shares);
	*builder = (struct heap_builder){0};
}

struct error *heap_builder_add_thread(
	struct heap_builder *builder, uint64_t thread, struct cursor name)
{
	CLEANUP(cleanup_free) char *text = strndup(name.at, cursor_left(&name));
	uint32_t id, string;
	struct error *error;

	if (!text)
		return &error_no_memory;
	error = profile_string(builder->profile, text, &string);
	if (!error)
		error = intern(&builder->threads, &thread, sizeof(thread), &id);
	if (error)
		return error;
	if (id == builder->names.count)
		return u32_array_append(&builder->names, string);
	builder->names.items[id] = string;
	return NULL;
}

static uint32_t name_of_thread(const struct heap_builder *builder, uint64_t thread)
{
	uint32_t id;

	if (!intern_find(&builder->threads, &thread, sizeof(thread), &id))
		return 0;
	return builder->names.items[id];
}

struct error *heap_builder_set_accumulated(struct heap_builder *builder, bool accumulated)
{
	static const struct {
		const char *type, *unit;
		bool accumulated;
	} types[] = {
		{"alloc_objects", "count", true},
		{"alloc_samples", "count", true},
		{"alloc_space", "bytes", true},
		{"inuse_objects", "count", false},
		{"inuse_samples", "count", false},
		{"inuse_space", "bytes", false},
	};
	struct error *error = NULL;

	builder->accumulated = accumulated;
	for (size_t i = 0; !error && i < ARRAY_SIZE(types); i++)
		if (accumulated || !types[i].accumulated)
			error = profile_add_value_type(
				builder->profile, types[i].type, types[i].unit);
	return error;
}

/* A return address minus one lies inside the call. */
static struct error *add_location(
	struct heap_builder *builder, uint64_t return_address, uint32_t *ret)
{
	uint64_t address = return_address ? return_address - 1 : 0;
	struct heap_location *recent = &builder->recent[address % RECENT_LOCATIONS];
	uint32_t location;

	if (!recent->location || recent->address != address) {
		struct error *error = profile_add_location(builder->profile,
			heap_mappings_find(&builder->mappings, address), address, &location);

		if (error)
			return error;
		*recent = (struct heap_location){address, location + 1};
	}
	*ret = recent->location - 1;
	return NULL;
}

struct error *heap_builder_set_stack(
	struct heap_builder *builder, const struct u64_array *addresses)
{
	struct error *error = u32_array_reserve(&builder->locations, addresses->count + 1);
	uint32_t *locations = builder->locations.items;
	size_t count = 0;

	while (!error && count < addresses->count) {
		error = add_location(builder, addresses->items[count], &locations[count]);
		count++;
	}
	if (!error && !count)
		error = profile_add_named_location(
			builder->profile, "[no stack]", &locations[count++]);
	return error ? error
		     : profile_add_stack(builder->profile, locations, count, &builder->stack);
}

/* The mean size of a block; 0 if unknown. */
static int64_t mean_size(const struct heap_row *row)
{
	if (row->live_count)
		return heap_round((double)row->live_bytes / (double)row->live_count);
	if (row->total_count)
		return heap_round((double)row->total_bytes / (double)row->total_count);
	return 0;
}

static struct error *add_labels(struct heap_builder *builder, const uint64_t *thread,
	const struct heap_row *row, uint32_t *ret)
{
	uint32_t name = thread ? name_of_thread(builder, *thread) : 0;
	int64_t size = mean_size(row);
	struct profile_label labels[3];
	size_t count = 0;

	if (name)
		labels[count++] = (struct profile_label){.key = builder->thread_key, .text = name};
	if (thread)
		labels[count++] = (struct profile_label){
			.key = builder->number_key, .number = (int64_t)*thread};
	if (size)
		labels[count++] = (struct profile_label){
			.key = builder->size_key, .number = size, .unit = builder->size_unit};
	return profile_add_labels(builder->profile, labels, count, ret);
}

#define FIGURES           6
#define FIRST_LIVE_FIGURE 3

/* In the order of the value types: allocated and in use; objects, samples, bytes; scaled. */
struct estimate {
	double figures[FIGURES];
};

static struct estimate estimate_row(const struct heap_builder *builder, const struct heap_row *row)
{
	struct heap_figures total = {(double)row->total_count, (double)row->total_bytes};
	struct heap_figures live = {(double)row->live_count, (double)row->live_bytes};
	double total_samples = total.count, live_samples = live.count;

	total = heap_scale(&builder->scale, total);
	live = heap_scale(&builder->scale, live);
	return (struct estimate){
		{total.count, total_samples, total.bytes, live.count, live_samples, live.bytes}};
}

static bool is_nothing(const struct heap_builder *builder, const int64_t values[FIGURES])
{
	for (int i = builder->accumulated ? 0 : FIRST_LIVE_FIGURE; i < FIGURES; i++)
		if (values[i])
			return false;
	return true;
}

static struct error *add_sample(struct heap_builder *builder, const uint64_t *thread,
	const struct heap_row *row, const int64_t values[FIGURES])
{
	struct error *error;
	uint32_t labels;

	if (is_nothing(builder, values))
		return NULL;
	error = add_labels(builder, thread, row, &labels);
	if (error)
		return error;
	return profile_add_sample(builder->profile, builder->stack, labels,
		builder->accumulated ? values : values + FIRST_LIVE_FIGURE);
}

struct error *heap_builder_add_share(
	struct heap_builder *builder, uint64_t thread, const struct heap_row *row)
{
	return heap_shares_append(&builder->shares, (struct heap_share){thread, *row});
}

static struct estimate sum_of_shares(const struct heap_builder *builder)
{
	struct estimate sum = {0};

	ARRAY_FOR_EACH (share, &builder->shares) {
		struct estimate estimate = estimate_row(builder, &share->row);

		for (int i = 0; i < FIGURES; i++)
			sum.figures[i] += estimate.figures[i];
	}
	return sum;
}

/* Rounds what has come up to here, so that no fraction is lost on the way to the total. */
static struct error *add_shares(
	struct heap_builder *builder, const struct estimate *total, const struct estimate *sum)
{
	struct estimate reached = {0};
	struct error *error = NULL;

	for (size_t at = 0; !error && at < builder->shares.count; at++) {
		const struct heap_share *share = &builder->shares.items[at];
		struct estimate estimate = estimate_row(builder, &share->row);
		int64_t values[FIGURES];

		for (int i = 0; i < FIGURES; i++) {
			double before = reached.figures[i];

			if (sum->figures[i] > 0)
				reached.figures[i] +=
					estimate.figures[i] / sum->figures[i] * total->figures[i];
			values[i] = heap_round(reached.figures[i]) - heap_round(before);
		}
		error = add_sample(builder, &share->thread, &share->row, values);
	}
	return error;
}

/* Figures of the process that no thread shares in. */
static struct error *add_unshared(struct heap_builder *builder, const struct heap_row *process,
	const struct estimate *total, const struct estimate *sum)
{
	int64_t values[FIGURES];

	for (int i = 0; i < FIGURES; i++)
		values[i] = sum->figures[i] > 0 ? 0 : heap_round(total->figures[i]);
	return add_sample(builder, NULL, process, values);
}

struct error *heap_builder_end_stack(struct heap_builder *builder, const struct heap_row *process)
{
	struct estimate total = estimate_row(builder, process);
	struct estimate sum = sum_of_shares(builder);
	struct error *error = add_shares(builder, &total, &sum);

	if (!error)
		error = add_unshared(builder, process, &total, &sum);
	builder->raw_samples += process->live_count;
	builder->shares.count = 0;
	return error;
}

static struct error *add_comments(struct heap_builder *builder)
{
	struct profile *profile = builder->profile;
	struct error *error;

	error = profile_add_comment(profile, "raw samples: %" PRIu64, builder->raw_samples);
	if (!error && builder->scale.factor)
		error = profile_add_comment(
			profile, "sampling rate: %.0f bytes", builder->scale.rate);
	if (!error && !builder->scale.factor)
		error = profile_add_comment(profile, "sampling rate: not told, figures as dumped");
	return error ? error
		     : profile_add_comment(profile, "%s",
			       builder->accumulated
				       ? "alloc_space and alloc_objects count what was freed, too"
				       : "what was freed is not counted: that takes "
					 "prof_accum:true "
					 "at the program's start");
}

struct error *heap_builder_finish(struct heap_builder *builder, struct profile **ret)
{
	struct error *error = add_comments(builder);

	if (!error)
		*ret = TAKE_POINTER(builder->profile);
	return error;
}
