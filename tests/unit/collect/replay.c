#include "../base/test_support.h"

#include "replay.h"

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "target/snapshot.h"

#define TINY       0x7ffff7ffd000UL /* where the snapshots have it */
#define TINY_LIMIT 0x7ffff7ffe000UL

static struct error *open_mapping(void *context, const struct mapping *mapping, int *ret_fd)
{
	return target_open_mapping(context, mapping, ret_fd);
}

static void init(struct replay *replay, struct target *target)
{
	*replay = (struct replay){.target = target, .collector.target = target};
	assert_success(
		module_table_create((struct module_opener){.open = open_mapping, .context = target},
			&replay->collector.modules));
	assert_success(unwinder_create(replay->collector.modules, &replay->collector.unwinder));
}

void replay_init_text(struct replay *replay, const char *text)
{
	struct target *target;

	assert_success(
		snapshot_parse(text, strlen(text), TEST_DATA_DIRECTORY "/snapshot", &target));
	init(replay, target);
}

void replay_init_file(struct replay *replay, const char *path)
{
	struct target *target;

	assert_success(snapshot_open(path, &target));
	init(replay, target);
}

void replay_deinit(struct replay *replay)
{
	profile_destroy(replay->profile);
	unwinder_destroy(replay->collector.unwinder);
	module_table_destroy(replay->collector.modules);
	target_destroy(replay->target);
}

struct error *replay_collect(struct replay *replay, const struct cpu_options *options)
{
	static const struct cpu_options everything = {.duration = INT64_MAX, .rate = 100};

	return collect_cpu(&replay->collector, options ? options : &everything, &replay->profile,
		&replay->statistics);
}

static void describe_labels(
	struct string_builder *text, const struct profile *profile, uint32_t labels)
{
	size_t count;
	const struct profile_label *items = profile_labels(profile, labels, &count);

	for (size_t i = 0; i < count; i++) {
		assert_string_equal(
			profile_text(profile, items[i].key), i == count - 1 ? "tid" : "thread");
		if (items[i].text)
			string_append(text, profile_text(profile, items[i].text));
		else
			string_append_format(text, "/%ld", items[i].number);
	}
}

static void describe_location(
	struct string_builder *text, const struct profile *profile, uint32_t location)
{
	const struct profile_location *item = &profile->locations.items[location];
	bool of_tiny = item->address >= TINY && item->address < TINY_LIMIT;

	if (item->line_count) {
		const struct profile_line *line = &profile->lines.items[item->first_line];
		uint32_t name = profile_function(profile, line->function)->name;

		assert_int_equal(item->line_count, 1);
		string_append_format(text, " %s", profile_text(profile, name));
		return;
	}
	assert_int_equal(item->mapping != PROFILE_NONE, of_tiny);
	string_append_format(text, of_tiny ? " tiny+%lx" : " %lx",
		of_tiny ? item->address - TINY : item->address);
}

char *replay_describe(const struct replay *replay)
{
	const struct profile *profile = replay->profile;
	STRING_BUILDER(text);
	char *result;

	for (size_t i = 0; i < profile->samples.count; i++) {
		const struct profile_sample *sample = &profile->samples.items[i];
		size_t count;
		const uint32_t *stack = profile_stack(profile, sample->stack, &count);

		describe_labels(&text, profile, sample->labels);
		string_append_char(&text, ':');
		for (size_t j = 0; j < count; j++)
			describe_location(&text, profile, stack[j]);
		string_append_format(&text, " = %ld %ld\n", profile->values.items[2 * i],
			profile->values.items[2 * i + 1]);
	}
	assert_success(string_builder_finish(&text, &result));
	return result;
}

void assert_samples(const struct replay *replay, const char *expected)
{
	CLEANUP(cleanup_free) char *text = replay_describe(replay);

	assert_string_equal(text, expected);
	assert_success(profile_check(replay->profile));
}
