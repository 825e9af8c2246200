#include <stdio.h>
#include <string.h>

#include "cli/answer.h"
#include "cli/heap_request.h"
#include "cli/jemalloc_access.h"
#include "cli/report.h"

/* jemalloc may take an order and do nothing: what counts is what it says afterwards. */
static struct error *switch_to(struct heap_request *request, bool active)
{
	struct error *error = profiler_set_active(&request->jemalloc, active);
	struct mallctl_value now;

	if (!error)
		error = mallctl_read(&request->jemalloc, "prof.active", &now);
	if (error)
		return error;
	if (now.boolean != active)
		return error_create(ERROR_FAILED, "jemalloc took the order and did not follow it");
	if (request->session->json)
		answer_put(request->session, "active", json_boolean(active));
	else
		fprintf(request->session->out, "the heap profiler is %s\n", active ? "on" : "off");
	return note_switched(request->session, request->arguments, "prof.active",
		request->status.active ? "true" : "false", active ? "true" : "false",
		request->status.active ? "heap on" : "heap off", NULL);
}

struct error *heap_on(struct heap_request *request)
{
	struct error *error = switch_to(request, true);

	if (error)
		return error;
	report(request->session,
		"memory allocated from now on is sampled; it stays on after limpet has let go, "
		"until `heap off`");
	error = heap_wake_threads(request);
	/* Without a reset, which is not done unasked: it would throw away what was sampled. */
	if (!error && request->status.wait == SAMPLE_WAIT_LOST)
		report(request->session,
			"a thread that was sampled before the profiler was off for a while may "
			"need `heap reset`, which forgets all samples");
	return error;
}

struct error *heap_off(struct heap_request *request)
{
	return switch_to(request, false);
}

static struct error *switch_gdump(struct heap_request *request, bool on)
{
	const struct mallctl_value value = {.type = MALLCTL_BOOL, .boolean = on};
	struct error *error = mallctl_write(&request->jemalloc, "prof.gdump", &value);
	bool was = request->status.dumps_at_peaks;

	if (error)
		return error;
	if (request->session->json)
		answer_put(request->session, "dumps_at_peaks", json_boolean(on));
	else
		fprintf(request->session->out, "jemalloc dumps by itself at every new peak: %s\n",
			on ? "yes" : "no");
	if (on)
		report(request->session,
			"to files in the process's own directories, as `heap status` says, until "
			"`heap gdump off`");
	return note_switched(request->session, request->arguments, "prof.gdump",
		was ? "true" : "false", on ? "true" : "false",
		was ? "heap gdump on" : "heap gdump off", NULL);
}

struct error *heap_gdump(struct heap_request *request)
{
	const char *word = arguments_word(request->arguments, 1);

	if (!word || (strcmp(word, "on") != 0 && strcmp(word, "off") != 0))
		return arguments_error(request->arguments, "heap gdump takes on or off");
	return switch_gdump(request, strcmp(word, "on") == 0);
}

struct error *heap_reset(struct heap_request *request)
{
	struct error *error = profiler_reset(&request->jemalloc, NULL);

	if (!error && !request->session->json)
		fputs("all samples are forgotten; the profiler goes on as before\n",
			request->session->out);
	return error || !request->status.active ? error : heap_wake_threads(request);
}
