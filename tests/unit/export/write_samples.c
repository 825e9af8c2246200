#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "export/flame_svg.h"
#include "export/folded.h"
#include "export/pprof.h"
#include "export/report.h"
#include "sample_profiles.h"

/* Writes the sample profiles in every format to a directory, for other programs to judge. */

static void must(struct error *error)
{
	if (!error)
		return;
	fprintf(stderr, "write_samples: %s\n", error->message);
	exit(1);
}

static void save(const char *directory, const char *name, const char *suffix, struct u8_array bytes)
{
	CLEANUP(cleanup_free) char *path = NULL;

	if (asprintf(&path, "%s/%s%s", directory, name, suffix) < 0)
		abort();
	must(file_write(path, bytes.items, bytes.count, 0644));
	u8_array_deinit(&bytes);
}

static void write_profile(const char *directory, const char *name)
{
	static const struct {
		const char *suffix;
		struct report_options options;
	} reports[] = {
		{".top", {0}},
		{".cum", {.by_cumulative = true}},
		{".ten", {.limit = 10}},
		{".two", {.limit = 2, .by_cumulative = true}},
		{".all", {.everything = true}},
	};
	CLEANUP(cleanup_profile) struct profile *profile = sample_profile_create(name);
	struct u8_array bytes;

	must(pprof_write(profile, &bytes));
	save(directory, name, ".pb.gz", bytes);
	must(pprof_write_uncompressed(profile, &bytes));
	save(directory, name, ".pb", bytes);
	must(folded_write(profile, NULL, &bytes));
	save(directory, name, ".folded", bytes);
	must(flame_svg_write(profile, &(struct flame_options){0}, &bytes));
	save(directory, name, ".svg", bytes);
	for (size_t i = 0; i < ARRAY_SIZE(reports); i++) {
		must(report_top(profile, &reports[i].options, &bytes));
		save(directory, name, reports[i].suffix, bytes);
	}
	for (size_t i = 0; i < profile->value_types.count; i++) {
		const char *type = profile_text(profile, profile->value_types.items[i].type);
		char suffix[64];

		snprintf(suffix, sizeof(suffix), ".type.%s", type);
		must(report_top(profile, &(struct report_options){.value_type = type}, &bytes));
		save(directory, name, suffix, bytes);
	}
	for (profile->grain = 0; profile->grain < GRAIN_COUNT; profile->grain++) {
		static const char *const suffixes[GRAIN_COUNT] = {
			".functions", ".lines", ".addresses", ".filefunctions", ".files"};

		must(report_top(profile, &(struct report_options){.everything = true}, &bytes));
		save(directory, name, suffixes[profile->grain], bytes);
	}
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	for (size_t i = 0; i < sample_profile_count; i++) {
		write_profile(argv[1], sample_profiles[i].name);
		puts(sample_profiles[i].name);
	}
	return 0;
}
