#include "sample_profiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define MAX_DEPTH 64

static void must(struct error *error)
{
	if (!error)
		return;
	fprintf(stderr, "sample profiles: %s\n", error->message);
	abort();
}

static uint32_t string(struct profile *profile, const char *text)
{
	uint32_t id;

	must(profile_string(profile, text, &id));
	return id;
}

static uint32_t mapping(struct profile *profile, uint64_t start, const char *path, bool named)
{
	uint32_t id;

	must(profile_add_mapping(profile, start, start + 0x100000, 0x1000, path, &id));
	profile->mappings.items[id].has_functions = named;
	return id;
}

static struct profile_line line(struct profile *profile, const char *name, uint32_t number)
{
	struct profile_function function = {
		.name = string(profile, name),
		.system_name = string(profile, "_ZN4main17h0123456789abcdefE"),
		.file = string(profile, "src/main.rs"),
		.start_line = number ? number - 1 : 0,
	};
	struct profile_line result = {.line = number};

	must(profile_add_function(profile, &function, &result.function));
	return result;
}

/* A location of its own for each name; "outer~inner" has inner inlined into outer. */
static uint32_t location(struct profile *profile, uint32_t in, const char *name)
{
	const char *inner = strchr(name, '~');
	struct profile_line lines[2];
	uint32_t count = 0, id;
	uint64_t address = profile->mappings.items[in].start +
			   0x10 * (hash_bytes(name, strlen(name)) % 0xffff);

	must(profile_add_location(profile, in, address, &id));
	if (inner) {
		char outer[64];

		snprintf(outer, sizeof(outer), "%.*s", (int)(inner - name), name);
		lines[count++] = line(profile, inner + 1, 12);
		lines[count++] = line(profile, outer, 34);
	} else {
		lines[count++] = line(profile, name, 56);
	}
	must(profile_set_lines(profile, id, lines, count));
	return id;
}

/* The frames are written root first, between blanks. */
static uint32_t stack(struct profile *profile, uint32_t in, const char *frames)
{
	uint32_t locations[MAX_DEPTH], reversed[MAX_DEPTH], id;
	char *copy = strdup(frames), *rest = copy, *name;
	size_t count = 0;

	while ((name = strsep(&rest, " ")))
		locations[count++] = location(profile, in, name);
	free(copy);
	for (size_t i = 0; i < count; i++)
		reversed[i] = locations[count - 1 - i];
	must(profile_add_stack(profile, reversed, count, &id));
	return id;
}

static uint32_t thread_label(struct profile *profile, const char *name, int64_t tid)
{
	const struct profile_label labels[] = {
		{.key = string(profile, "thread"), .text = string(profile, name)},
		{.key = string(profile, "tid"), .number = tid},
	};
	uint32_t id;

	must(profile_add_labels(profile, labels, 2, &id));
	return id;
}

static void add_cpu(struct profile *profile, const char *frames, int64_t samples)
{
	const int64_t values[] = {samples, samples * 10101010};

	must(profile_add_sample(profile, stack(profile, 0, frames),
		thread_label(profile, samples % 2 ? "main" : "io_thd_1", 4242 + samples % 2),
		values));
}

static void cpu_types(struct profile *profile)
{
	must(profile_add_value_type(profile, "samples", "count"));
	must(profile_add_value_type(profile, "cpu", "nanoseconds"));
	profile->period_type = profile->value_types.items[1];
	profile->period = 10101010;
	profile->time = 1700000000123456789;
	profile->duration = 10000000000;
	mapping(profile, 0x400000, "/usr/bin/redis-server", true);
	profile->mappings.items[0].build_id = string(profile, "00deadbeef");
	profile->mappings.items[0].has_filenames = true;
	profile->mappings.items[0].has_line_numbers = true;
	profile->mappings.items[0].has_inline_frames = true;
}

static void fill_cpu(struct profile *profile)
{
	cpu_types(profile);
	must(profile_add_comment(profile, "3 samples were lost"));
	must(profile_add_comment(profile, "#limpet: 99 Hz"));
	add_cpu(profile, "_start main aeMain processCommand call~lookup dictFind", 400);
	add_cpu(profile, "_start main aeMain processCommand call setCommand", 201);
	add_cpu(profile, "_start main aeMain processCommand call~lookup", 77);
	add_cpu(profile, "_start main aeMain readQuery read", 150);
	add_cpu(profile, "_start main walk walk walk visit walk", 50);
	add_cpu(profile, "_start main walk lookup", 33);
	add_cpu(profile, "_start main rare", 1);
	add_cpu(profile, "clone bioThread wait", 3);
	/* a stack that could not be taken */
	must(profile_add_sample(profile, stack(profile, 0, "main"), 0, (int64_t[]){0, 0}));
}

static void fill_heap(struct profile *profile)
{
	static const struct {
		const char *frames;
		int64_t count, size;
	} stacks[] = {
		{"main serve parse alloc::vec::Vec<T>::push je_malloc je_prof_sample", 1200,
			123456789},
		{"main serve parse je_malloc", 40, 65536},
		{"main serve cache::insert je_malloc", 9, 9 << 20},
		{"main je_malloc", 1, 16},
		{"je_boot je_malloc", 2, 4096},
	};
	static const char *const types[][2] = {
		{"alloc_objects", "count"},
		{"alloc_space", "bytes"},
		{"inuse_objects", "count"},
		{"inuse_space", "bytes"},
	};
	uint32_t libjemalloc;

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		must(profile_add_value_type(profile, types[i][0], types[i][1]));
	profile->period_type =
		(struct profile_value_type){string(profile, "space"), string(profile, "bytes")};
	profile->period = 524288;
	profile->time = 1720000000000000000;
	mapping(profile, 0x500000, "/srv/app/server", true);
	libjemalloc = mapping(profile, 0x7f0000000000, "/usr/lib/libjemalloc.so.2", true);
	profile->drop_frames = string(profile, "je_.*|_rjem_.*");
	for (size_t i = 0; i < ARRAY_SIZE(stacks); i++) {
		const struct profile_label label = {
			.key = string(profile, "bytes"),
			.number = stacks[i].size / stacks[i].count,
			.unit = string(profile, "bytes"),
		};
		uint32_t labels;

		must(profile_add_labels(profile, &label, 1, &labels));
		must(profile_add_sample(profile,
			stack(profile, i % 2 ? libjemalloc : 0, stacks[i].frames), labels,
			(int64_t[]){stacks[i].count * 3, stacks[i].size * 3, stacks[i].count,
				stacks[i].size}));
	}
}

/* A generator of its own, so that the figures are the same with every C library. */
static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(*state >> 33);
}

static void fill_random(struct profile *profile)
{
	uint64_t state = 1;

	cpu_types(profile);
	for (int i = 0; i < 2000; i++) {
		char frames[MAX_DEPTH * 16] = "main";
		size_t length = strlen(frames);
		uint32_t depth = 1 + next_random(&state) % 20;
		int64_t samples = 1 + next_random(&state) % 7;

		for (uint32_t j = 0; j < depth; j++) {
			uint32_t name = next_random(&state) % (8 + 9 * j);

			length += (size_t)snprintf(frames + length, sizeof(frames) - length,
				name % 5 ? " f%u" : " f%u~g%u", name, name / 2);
		}
		add_cpu(profile, frames, i % 100 ? samples : samples * 1000);
	}
}

static void fill_difference(struct profile *profile)
{
	must(profile_add_value_type(profile, "inuse_space", "bytes"));
	mapping(profile, 0x400000, "/bin/app", true);
	must(profile_add_sample(profile, stack(profile, 0, "main grow"), 0, (int64_t[]){5 << 20}));
	must(profile_add_sample(
		profile, stack(profile, 0, "main shrink"), 0, (int64_t[]){-(3 << 20)}));
	must(profile_add_sample(profile, stack(profile, 0, "main grow more"), 0, (int64_t[]){700}));
	must(profile_add_sample(profile, stack(profile, 0, "main even"), 0, (int64_t[]){-9}));
}

/* Addresses that nothing has been found for. */
static void fill_unnamed(struct profile *profile)
{
	must(profile_add_value_type(profile, "wall", "nanoseconds"));
	profile->duration = 7200000000000;
	for (uint32_t i = 0; i < 30; i++) {
		static const char *const paths[] = {"/bin/app", "/lib/libc.so.6", "[vdso]", ""};
		uint32_t locations[2], id;

		if (i < ARRAY_SIZE(paths))
			mapping(profile, 0x400000 + 0x100000 * i, paths[i], true);
		must(profile_add_location(
			profile, i % 4, 0x400000 + 0x100000 * (i % 4) + i, &locations[0]));
		must(profile_add_location(profile, PROFILE_NONE, 0xffff000 + i, &locations[1]));
		must(profile_add_stack(profile, locations, 1 + i % 2, &id));
		must(profile_add_sample(profile, id, 0, (int64_t[]){i * 1000000000LL}));
	}
}

static void fill_events(struct profile *profile)
{
	must(profile_add_value_type(profile, "faults", "count"));
	must(profile_add_value_type(profile, "weight", "furlongs"));
	profile->default_sample_type = string(profile, "faults");
	mapping(profile, 0x400000, "/bin/app", true);
	must(profile_add_sample(profile, stack(profile, 0, "main a"), 0, (int64_t[]){1, 5}));
	must(profile_add_sample(profile, stack(profile, 0, "main b"), 0, (int64_t[]){12345678, 7}));
}

static void fill_hostile(struct profile *profile)
{
	static const char *const names[] = {
		"<script>alert('&amp;')</script>",
		"]]>\"><svg onload=\"alert(1)\">",
		"semi;colon",
		"semi:colon",
		"new\nline",
		"bell\a\x1b[31mred",
		"bad\xff\xfeutf8\xc3",
		"\xe4\xbd\xa0\xe5\xa5\xbd, \xf0\x9f\xa6\x80!",
		"right\xe2\x80\xaetoleft",
		"<core::iter::adapters::Map<I, F> as Iterator>::fold<(usize, [u8; 16])>",
	};

	must(profile_add_value_type(profile, "cpu", "nanoseconds"));
	mapping(profile, 0x400000, "/bin/<app>", true);
	for (uint32_t i = 0; i < ARRAY_SIZE(names); i++) {
		uint32_t locations[2], id;

		must(profile_add_named_location(profile, names[i], &locations[0]));
		must(profile_add_named_location(profile, "main", &locations[1]));
		must(profile_add_stack(profile, locations, 2, &id));
		must(profile_add_sample(profile, id, 0, (int64_t[]){1000000 * (i + 1)}));
	}
}

/* Several functions in one another at an address, and one function at several lines. */
static void fill_inlined(struct profile *profile)
{
	static const struct {
		uint64_t offset;
		const char *names[3]; /* innermost first */
		uint32_t lines[3];
		int64_t value;
	} leaves[] = {
		{0x10, {"next", "fold", "run"}, {7, 21, 40}, 5},
		{0x14, {"next", "fold", "run"}, {7, 22, 40}, 3},
		{0x18, {"fold", "run"}, {21, 41}, 2},
		{0x1c, {"run"}, {42}, 9},
		{0x20, {"next"}, {7}, 4},
	};
	const struct profile_line main = line(profile, "main", 90);
	uint32_t root;

	must(profile_add_value_type(profile, "samples", "count"));
	mapping(profile, 0x400000, "/bin/app", true);
	profile->mappings.items[0].has_filenames = true;
	profile->mappings.items[0].has_line_numbers = true;
	profile->mappings.items[0].has_inline_frames = true;
	must(profile_add_complete_location(profile, 0, 0x400800, &main, 1, &root));
	for (size_t i = 0; i < ARRAY_SIZE(leaves); i++) {
		struct profile_line lines[3];
		uint32_t locations[2] = {0, root}, count = 0, id;

		for (; count < 3 && leaves[i].names[count]; count++)
			lines[count] = line(profile, leaves[i].names[count], 1);
		for (uint32_t j = 0; j < count; j++)
			lines[j].line = leaves[i].lines[j];
		must(profile_add_complete_location(
			profile, 0, 0x400000 + leaves[i].offset, lines, count, &locations[0]));
		must(profile_add_stack(profile, locations, 2, &id));
		must(profile_add_sample(profile, id, 0, &leaves[i].value));
	}
}

static void fill_empty(struct profile *profile)
{
	must(profile_add_value_type(profile, "cpu", "nanoseconds"));
}

const struct sample_profile sample_profiles[] = {
	{"cpu", fill_cpu},
	{"heap", fill_heap},
	{"random", fill_random},
	{"difference", fill_difference},
	{"unnamed", fill_unnamed},
	{"events", fill_events},
	{"hostile", fill_hostile},
	{"inlined", fill_inlined},
	{"empty", fill_empty},
};
const size_t sample_profile_count = ARRAY_SIZE(sample_profiles);

struct profile *sample_profile_create(const char *name)
{
	for (size_t i = 0; i < sample_profile_count; i++) {
		struct profile *profile;

		if (strcmp(sample_profiles[i].name, name) != 0)
			continue;
		must(profile_create(&profile));
		sample_profiles[i].fill(profile);
		must(profile_check(profile));
		return profile;
	}
	abort();
}
