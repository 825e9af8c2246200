#include <stdlib.h>

#include "base/cleanup.h"
#include "export/flame_svg.h"
#include "export/folded.h"
#include "export/pprof.h"
#include "export/report.h"
#include "export/report_list.h"
#include "profile/filter.h"
#include "profile/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(struct error *error)
{
	if (error)
		abort();
}

static void print_reports(const struct profile *profile)
{
	const struct report_options options = {
		.mean = true, .divide_by = 1e-3, .trim_path = "/", .source_path = "/nonexistent"};
	CLEANUP(report_deinit) struct report calls = {0};
	CLEANUP(report_deinit) struct report values = {0};
	CLEANUP(listing_deinit) struct listing listing = {0};
	CLEANUP(cleanup_pattern) struct pattern *pattern = NULL;
	STRING_BUILDER(text);

	must(report_init(profile, &options, REPORT_CALLS, &calls));
	report_print_tree(&calls, &text);
	must(report_init(profile, &options, REPORT_VALUES, &values));
	must(report_print_traces(&values, &text));
	must(pattern_create(".", PATTERN_ANYWHERE, &pattern));
	must(error_unless(listing_init(&values, pattern, ".", &listing), ERROR_NOT_FOUND));
	listing_print(&values, &listing, &text);
}

/* Every export must cope with whatever was read. */
static void export_all(const struct profile *profile)
{
	CLEANUP(u8_array_deinit) struct u8_array report = {0};
	CLEANUP(u8_array_deinit) struct u8_array folded = {0};
	CLEANUP(u8_array_deinit) struct u8_array flame = {0};

	must(report_top(profile, &(struct report_options){0}, &report));
	must(folded_write(profile, NULL, &folded));
	must(flame_svg_write(profile, &(struct flame_options){0}, &flame));
	print_reports(profile);
}

/* What was written is what is read, and it is sound. */
static void read_back(const struct profile *profile)
{
	CLEANUP(cleanup_profile) struct profile *again = NULL;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	must(pprof_write_uncompressed(profile, &bytes));
	must(pprof_read(bytes.items, bytes.count, &again));
	must(profile_check(again));
	if (again->samples.count != profile->samples.count)
		abort();
}

/* And every filter, of whatever names and labels there are. */
static void filter_all(const struct profile *profile)
{
	static const struct profile_filter_options all[] = {
		{.rules[FILTER_THREAD] = "1"},
		{.rules[FILTER_IGNORE] = "a"},
		{.rules[FILTER_IGNORE_LEAF] = "^[a-m]"},
		{.rules[FILTER_ONLY] = "i|n", .per_thread = true},
	};

	for (size_t i = 0; profile->value_types.count && i < ARRAY_SIZE(all); i++) {
		CLEANUP(cleanup_profile_filter) struct profile_filter *filter = NULL;
		struct filter_result result;

		must(profile_filter_create(&all[i], &filter));
		must(profile_filter_apply(filter, profile, 0, &result));
		must(profile_check(result.profile));
		if (result.profile->samples.count > profile->samples.count)
			abort();
		profile_destroy(result.profile);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_profile) struct profile *profile = NULL;
	struct error *error = pprof_read(data, size, &profile);

	if (error) {
		error_destroy(error);
		return 0;
	}
	must(profile_check(profile));
	read_back(profile);
	export_all(profile);
	filter_all(profile);
	return 0;
}
