#include <stdio.h>

#include "base/quantity.h"
#include "cli/answer.h"
#include "cli/heap_request.h"
#include "jemalloc/arenas.h"

/* The process allocates meanwhile: it may have more afterwards. */
static void print_purged(FILE *out, uint64_t before, uint64_t after)
{
	char was[QUANTITY_SIZE], is[QUANTITY_SIZE], given[QUANTITY_SIZE];

	format_bytes((double)before, was);
	format_bytes((double)after, is);
	if (after < before)
		fprintf(out, "gave back %s: RSS was %s, and is %s\n",
			format_bytes((double)(before - after), given), was, is);
	else
		fprintf(out, "gave back nothing that would show: RSS was %s, and is %s\n", was, is);
}

static void answer(struct session *session, uint64_t before, uint64_t after)
{
	answer_put(session, "rss_before_bytes", json_integer((json_int_t)before));
	answer_put(session, "rss_bytes", json_integer((json_int_t)after));
}

struct error *heap_purge(struct heap_request *request)
{
	struct target_memory before, after;
	struct error *error = target_memory_use(request->attachment->target, &before);

	if (!error)
		error = arenas_purge(&request->jemalloc);
	if (!error)
		error = target_memory_use(request->attachment->target, &after);
	if (!error && request->session->json)
		answer(request->session, before.resident, after.resident);
	else if (!error)
		print_purged(request->session->out, before.resident, after.resident);
	return error;
}
