#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/name_profile.h"
#include "cli/naming_options.h"
#include "cli/process_options.h"
#include "cli/report.h"
#include "cli/stacks_print.h"
#include "cli/view_options.h"
#include "session/attachment.h"

static const struct command_option options[] = {
	TARGET_OPTIONS,
	{.name = "thread",
		.letter = 't',
		.argument = "THREAD",
		.help = "one thread, by name or id"},
	{.name = "output", .letter = 'o', .argument = "FILE", .help = "save the profile, too"},
	NAMING_OPTIONS,
	NAME_VIEW_OPTIONS,
	{0},
};

static struct error *keep(struct session *session, struct profile *profile, size_t threads,
	const struct session_profile **ret)
{
	CLEANUP(session_profile_deinit)
	struct session_profile kept = {
		.profile = profile, .name = strdup("stacks"), .origin = strdup("")};

	if (!kept.name || !kept.origin ||
		asprintf(&kept.description, "stacks of %zu threads of %s", threads,
			session->target_text) < 0) {
		kept.description = NULL;
		return &error_no_memory;
	}
	return session_add_profile(session, &kept, ret);
}

static void report_looks(struct session *session, const struct stack_listing *listing,
	const struct session_profile *kept, const char *output)
{
	char elapsed[QUANTITY_SIZE], longest[QUANTITY_SIZE];
	size_t stopped = 0;

	ARRAY_FOR_EACH (thread, &listing->threads)
		stopped += thread->stopped;
	if (session->json) {
		answer_put(session, "elapsed_ns", json_integer((json_int_t)listing->elapsed));
		answer_put(session, "held_longest_ns",
			json_integer((json_int_t)listing->held_longest));
		answer_put(session, "stopped", json_integer((json_int_t)stopped));
	}
	format_duration((double)listing->elapsed, elapsed);
	format_duration((double)listing->held_longest, longest);
	if (stopped)
		report(session, "%zu threads in %s; %zu were stopped for it, %s at most",
			listing->threads.count, elapsed, stopped, longest);
	else
		report(session, "%zu threads in %s; none was stopped for it",
			listing->threads.count, elapsed);
	report_kept(session, kept, output, NULL);
}

/* Takes over the profile. */
static struct error *show(struct session *session, const struct arguments *arguments,
	const struct attachment *attachment, struct profile *profile, struct stack_listing *listing)
{
	CLEANUP(stack_groups_deinit) struct stack_groups groups = {0};
	const char *output = arguments_value(arguments, "output");
	const struct profile_view_options view = view_read_names(session, arguments);
	CLEANUP(shown_profile_deinit) struct shown_profile shown = {0};
	const struct session_profile *kept;
	struct error *error = keep(session, profile, listing->threads.count, &kept);

	if (!error)
		error = stack_groups_make(listing, &groups);
	if (error)
		return error;
	const struct stacks_report report = {
		.process = attachment->target->identity.pid,
		.profile = kept->profile,
		.listing = listing,
		.groups = &groups,
		.view = &view,
	};
	error = session->json ? answer_put_all(session, stacks_json(&report))
			      : stacks_print_text(session->out, &report);
	if (!error && output)
		error = shown_profile_of(&view, kept, &shown);
	if (!error && output)
		error = file_save(shown.profile, NULL, output);
	if (!error)
		report_looks(session, listing, kept, output);
	return error;
}

static struct error *run(struct session *session, const struct arguments *arguments)
{
	const char *output = arguments_value(arguments, "output");
	struct attachment *attachment;
	struct stack_listing listing;
	struct profile *profile;
	struct error *error = session_attachment(session, &attachment);

	if (!error && output)
		error = file_check(output);
	if (error)
		return error;
	struct collector collector = attachment_collector(attachment);
	error = collect_stacks(
		&collector, arguments_value(arguments, "thread"), &profile, &listing);
	if (error)
		return error;
	error = name_profile(session, attachment, profile);
	if (error)
		profile_destroy(profile);
	else
		error = show(session, arguments, attachment, profile, &listing);
	stack_listing_deinit(&listing);
	return error;
}

const struct command command_stacks = {
	.name = "stacks",
	.group = GROUP_CPU,
	.usage = "[-t THREAD] [-o FILE]",
	.summary = "show what every thread does at this moment",
	.description =
		"Each thread's stack, the innermost function first; threads that do the same are "
		"one "
		"group. A thread that sleeps is read while it does; only where its stack cannot be "
		"followed so, and where what it waits in goes on as if nothing had been, is it "
		"stopped for a moment, as are those that run. A frame such as futex(2) is the "
		"system call that a thread is in.\n\n"
		"The profile, with one sample for each thread, is kept as @1, @2, ...; -o saves it "
		"as "
		"well: " FILE_FORMATS ".\n\n"
		"Each inlined function is a line, with the file and the line of the source where "
		"they are known; --no-inlines, --short and --mangled are those of `help top`.",
	.examples = (const char *const[]){"stacks", "stacks -t worker-3", "stacks --json",
		"stacks -o stacks.svg", NULL},
	.options = options,
	.repeatable = true,
	.prints_json = true,
	.run = run,
};
