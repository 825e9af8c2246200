#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "export/folded.h"
#include "export/pruning.h"
#include "export/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(struct error *error)
{
	if (error)
		abort();
}

static void add_sample(struct profile *profile, uint32_t stack, int64_t number, const char *unit)
{
	struct profile_label labels[2] = {{.number = number}, {0}};
	const int64_t value = 1 + number;
	uint32_t set;

	must(profile_string(profile, "bytes", &labels[0].key));
	must(profile_string(profile, unit, &labels[0].unit));
	must(profile_string(profile, "thread", &labels[1].key));
	must(profile_string(profile, "worker-1", &labels[1].text));
	must(profile_add_labels(profile, labels, 2, &set));
	must(profile_add_sample(profile, stack, set, &value));
}

static struct profile *make_profile(void)
{
	static const char text[] =
		"main;run;read 5\nmain;run(int);alloc 7\nmain 1\nother;main;run 2\n";
	struct profile *profile;

	must(folded_read(text, sizeof(text) - 1, &profile));
	for (uint32_t i = 0; i < 4; i++)
		add_sample(profile, i, (int64_t)1 << (i * 16), i % 2 ? "kb" : "");
	return profile;
}

/* A line for each rule: what is asked for. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(cleanup_free) char *text = strndup((const char *)data, size);
	CLEANUP(cleanup_profile) struct profile *profile = make_profile();
	CLEANUP(pruned_profile_deinit) struct pruned_profile pruned = {0};
	CLEANUP(report_deinit) struct report report = {0};
	struct report_options options = {0};
	struct pruning_options rules = {.no_inlines = size % 2};
	STRING_BUILDER(printed);
	char *rest = text, *line;

	for (int i = 0; i < PRUNING_RULE_COUNT && (line = strsep(&rest, "\n")); i++)
		rules.rules[i] = *line ? line : NULL;
	struct error *error = pruned_profile_init(profile, &rules, &pruned);
	if (error) {
		if (error->kind != ERROR_USAGE)
			abort();
		error_destroy(error);
		return 0;
	}
	if (pruned.profile.samples.count > profile->samples.count)
		abort();
	must(profile_check(&pruned.profile));
	must(report_init(&pruned.profile, &options, REPORT_CALLS, &report));
	report_print_tree(&report, &printed);
	must(report_print_traces(&report, &printed));
	return 0;
}
