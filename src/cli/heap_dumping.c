#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/files.h"
#include "cli/heap_request.h"
#include "cli/profile_table.h"
#include "cli/report.h"
#include "jemalloc/heap_dump.h"
#include "symbolize/symbolize.h"

static struct error *describe(struct session *session, const struct profile *profile, char **ret)
{
	char total[QUANTITY_SIZE];
	size_t type;

	if (!profile_find_value_type(profile, "inuse_space", &type) ||
		asprintf(ret, "heap of %s, %s in use", session->target_text,
			format_bytes((double)profile_total(profile, type), total)) < 0)
		return &error_no_memory;
	return NULL;
}

/* Takes over the dump's text. */
static struct error *keep_dump(
	struct heap_request *request, struct u8_array *text, const struct session_profile **ret)
{
	CLEANUP(session_profile_deinit)
	struct session_profile kept = {.name = strdup("heap"), .origin = strdup("")};
	struct error *error = NULL;

	kept.raw = *text;
	*text = (struct u8_array){0};
	if (!kept.name || !kept.origin)
		error = &error_no_memory;
	if (!error)
		error = heap_dump_parse(kept.raw.items, kept.raw.count, &kept.profile);
	if (!error)
		error = symbolize_profile(kept.profile, request->attachment->modules);
	if (!error && arguments_has(request->arguments, "all-frames"))
		kept.profile->drop_frames = 0;
	if (!error)
		error = describe(request->session, kept.profile, &kept.description);
	return error ? error : session_add_profile(request->session, &kept, ret);
}

static void report_dump(const struct heap_request *request, const struct session_profile *kept)
{
	const char *output = arguments_value(request->arguments, "output");
	const struct call_report *call = &request->jemalloc.report;
	char duration[QUANTITY_SIZE];

	format_duration((double)call->duration, duration);
	if (call->own)
		report(request->session, "dumped in %s on limpet's own thread; kept as @%u%s%s",
			duration, kept->number, output ? ", saved in " : "", output ? output : "");
	else
		report(request->session, "thread %d (%s) was borrowed for %s; kept as @%u%s%s",
			call->thread, call->thread_name, duration, kept->number,
			output ? ", saved in " : "", output ? output : "");
	if (!request->status.active)
		report(request->session,
			"the profiler is off: what was allocated since then is not in it");
}

struct error *heap_dump(struct heap_request *request)
{
	const char *output = arguments_value(request->arguments, "output");
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	const struct session_profile *kept;
	struct error *error = output ? file_check(output) : NULL;

	if (!error)
		error = profiler_dump(
			&request->jemalloc, request->attachment->target->identity.pid, &text);
	/* The modules may have come since: a library that was loaded late. */
	if (!error)
		error = attachment_refresh(request->attachment);
	if (!error)
		error = keep_dump(request, &text, &kept);
	if (!error && output)
		error = file_save(
			kept, value_type_name(request->session, request->arguments), output);
	if (!error)
		error = print_profile_table(request->session, request->arguments, kept->profile);
	if (!error)
		report_dump(request, kept);
	return error;
}
