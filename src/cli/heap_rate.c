#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/files.h"
#include "cli/heap_request.h"
#include "cli/jemalloc_access.h"
#include "cli/json.h"
#include "cli/report.h"

static struct error *note_rate(struct heap_request *request, const char *rate)
{
	uint64_t former = request->status.lg_sample;
	char before[32], undo[64];

	snprintf(before, sizeof(before), "%" PRIu64, former);
	snprintf(undo, sizeof(undo), "heap rate %" PRIu64, former);
	return note_switched(
		request->session, request->arguments, "prof.lg_sample", before, rate, undo, NULL);
}

/* A command alone would keep them for nobody. */
static struct error *nowhere_to_keep(const struct heap_request *request)
{
	if (!request->session->one_command || arguments_has(request->arguments, "output"))
		return NULL;
	return error_set_hint(
		error_create(ERROR_USAGE,
			"the samples taken so far would be lost: jemalloc cannot keep them with "
			"another rate"),
		"-o FILE saves them first, --discard gives them up");
}

static struct error *keep(struct heap_request *request, struct heap_taken *taken)
{
	const char *output = arguments_value(request->arguments, "output");
	const struct session_profile *kept;
	struct error *error = nowhere_to_keep(request);

	if (!error)
		error = heap_keep_dump(request, taken, NULL, "before its rate was changed", &kept);
	if (!error && output)
		error = file_save(
			kept, value_type_name(request->session, request->arguments), output);
	if (!error && request->session->json) {
		answer_put(request->session, "profile", json_integer(kept->number));
		answer_put_saved(request->session, output);
	}
	if (!error)
		report(request->session,
			"what was sampled so far, which jemalloc forgets now, is kept as @%u%s%s",
			kept->number, output ? ", and saved in " : "", output ? output : "");
	return error;
}

static struct error *keep_samples(struct heap_request *request)
{
	CLEANUP(heap_taken_deinit) struct heap_taken taken = {0};
	struct error *error;

	if (arguments_has(request->arguments, "discard"))
		return NULL;
	error = heap_take_dump(request, &taken);
	return error || !taken.profile->samples.count ? error : keep(request, &taken);
}

/* Threads that jemalloc does not tell of a new rate by itself. */
static struct error *renew_waits(struct heap_request *request)
{
	enum sample_wait wait = request->status.wait;

	if (wait == SAMPLE_WAIT_KEPT)
		report(request->session,
			"each thread first allocates what it drew at the old rate, and goes by the "
			"new one from its next sample on");
	return wait == SAMPLE_WAIT_LOST && request->status.active ? heap_wake_threads(request)
								  : NULL;
}

static struct error *change(struct heap_request *request, const char *text, uint64_t rate)
{
	char bytes[QUANTITY_SIZE];
	struct error *error = profiler_reset(&request->jemalloc, &rate);

	if (error)
		return error;
	if (request->session->json)
		answer_put(request->session, "lg_sample", json_integer((json_int_t)rate));
	else
		fprintf(request->session->out, "one sample in %s from now on\n",
			format_bytes(exp2((double)rate), bytes));
	error = note_rate(request, text);
	return error ? error : renew_waits(request);
}

struct error *heap_rate(struct heap_request *request)
{
	const char *output = arguments_value(request->arguments, "output");
	const char *text = arguments_word(request->arguments, 1);
	struct error *error;
	uint64_t rate;

	if (!text)
		return heap_status(request);
	if (!parse_unsigned(text, &rate) || rate > LG_SAMPLE_MAX)
		return error_set_hint(
			arguments_error(request->arguments, "'%s' is no sampling rate", text),
			"it takes the power of two of the bytes between two samples: 19 (512 kB) "
			"is the default, less is finer and costs more");
	error = output ? file_check(output) : NULL;
	if (!error)
		error = keep_samples(request);
	return error ? error : change(request, text, rate);
}
