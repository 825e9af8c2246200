#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/quantity.h"
#include "base/string_builder.h"
#include "cli/answer.h"
#include "cli/files.h"
#include "cli/heap_request.h"
#include "cli/json.h"
#include "cli/name_profile.h"
#include "cli/profile_table.h"
#include "cli/report.h"
#include "cli/view_options.h"
#include "jemalloc/heap_dump.h"
#include "profile/difference.h"

static struct error *describe(
	struct heap_request *request, const char *what, const struct profile *profile, char **ret)
{
	char total[QUANTITY_SIZE];
	size_t type;

	if (!profile_find_value_type(profile, "inuse_space", &type) ||
		asprintf(ret, "heap of %s, %s %s", request->session->target_text,
			format_bytes((double)profile_total(profile, type), total), what) < 0)
		return &error_no_memory;
	return NULL;
}

void heap_taken_deinit(struct heap_taken *taken)
{
	u8_array_deinit(&taken->bytes);
	profile_destroy(taken->profile);
}

/* The modules may have come since: a library that was loaded late. */
struct error *heap_take_dump(struct heap_request *request, struct heap_taken *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	int64_t time = (int64_t)clock_wall();
	struct error *error = profiler_dump(
		&request->jemalloc, request->attachment->target->identity.pid, &bytes);

	if (!error)
		error = attachment_refresh(request->attachment);
	if (!error)
		error = heap_dump_parse(bytes.items, bytes.count, &ret->profile);
	if (error)
		return error;
	ret->profile->time = time; /* which jemalloc's text does not have */
	ret->bytes = bytes;
	bytes = (struct u8_array){0};
	return NULL;
}

/* The bytes of a dump are kept as long as they are what the profile was made of. */
static void keep_whole(struct session_profile *kept, struct heap_taken *taken)
{
	kept->profile = taken->profile;
	kept->raw = taken->bytes;
	*taken = (struct heap_taken){0};
}

/* Its time is that of the later dump, as in Go's net/http/pprof, and the duration that in between.
 */
static struct error *make_profile(
	struct session_profile *kept, struct heap_taken *taken, const struct profile *base)
{
	int64_t time = taken->profile->time;
	struct error *error = NULL;

	if (base && base->samples.count)
		error = profile_difference(taken->profile, base, &kept->profile);
	else
		keep_whole(kept, taken);
	if (error || !base)
		return error;
	kept->profile->time = time;
	kept->profile->duration = time - base->time;
	return NULL;
}

struct error *heap_keep_dump(struct heap_request *request, struct heap_taken *taken,
	const struct profile *base, const char *what, const struct session_profile **ret)
{
	CLEANUP(session_profile_deinit)
	struct session_profile kept = {.name = strdup("heap"), .origin = strdup("")};
	struct error *error = NULL;

	if (!kept.name || !kept.origin)
		return &error_no_memory;
	error = make_profile(&kept, taken, base);
	if (!error)
		error = name_profile(request->session, request->attachment, kept.profile);
	/* Whoever presses Ctrl-C now does not want it: the dump itself took no time to be ended. */
	if (!error && session_key_presses())
		error = error_create(
			ERROR_INTERRUPTED, "interrupted: what was dumped is discarded");
	if (!error && arguments_has(request->arguments, "all-frames"))
		kept.profile->drop_frames = 0;
	if (!error)
		error = describe(request, what, kept.profile, &kept.description);
	return error ? error : session_add_profile(request->session, &kept, ret);
}

struct error *heap_show(struct heap_request *request, const struct session_profile *kept)
{
	CLEANUP(shown_profile_deinit) struct shown_profile shown = {0};
	const struct session *session = request->session;
	const char *output = arguments_value(request->arguments, "output");
	struct error *error = shown_profile_init(session, request->arguments, kept, &shown);

	if (!error && output)
		error = file_save(
			shown.profile, value_type_name(session, request->arguments), output);
	return error ? error
		     : print_profile_table(
			       request->session, request->arguments, shown.profile->profile);
}

void heap_report_dump(const struct heap_request *request, const struct session_profile *kept)
{
	const char *output = arguments_value(request->arguments, "output");
	const struct call_report *call = &request->jemalloc.report;
	struct session *session = request->session;
	char duration[QUANTITY_SIZE];
	STRING_BUILDER(done);

	if (session->json)
		answer_put(session, "call", json_call(call));
	format_duration((double)call->duration, duration);
	if (call->own)
		string_append_format(&done, "dumped in %s on limpet's own thread", duration);
	else
		string_append_format(&done, "thread %d (%s) was borrowed for %s", call->thread,
			call->thread_name, duration);
	report_kept(session, kept, output, done.text);
}

struct error *heap_dump(struct heap_request *request)
{
	const char *output = arguments_value(request->arguments, "output");
	CLEANUP(heap_taken_deinit) struct heap_taken taken = {0};
	const struct session_profile *kept;
	struct error *error = output ? file_check(output) : NULL;

	if (!error)
		error = heap_take_dump(request, &taken);
	if (!error)
		error = heap_keep_dump(request, &taken, NULL, "in use", &kept);
	if (!error)
		error = heap_show(request, kept);
	if (error)
		return error;
	heap_report_dump(request, kept);
	if (!request->status.active)
		report(request->session,
			"the profiler is off: what was allocated since then is not in it");
	return NULL;
}
