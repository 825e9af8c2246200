#include "jemalloc/statistics_text.h"

#include <string.h>

#include "arch/call_direct.h"
#include "base/cleanup.h"
#include "jemalloc/memory_file.h"

/* malloc_stats_print(write, descriptor, options), where write is called for each piece of text. */
static struct error *plan_print(
	struct jemalloc *jemalloc, void *context, int descriptor, struct call_item *ret)
{
	const char *options = context;
	uint64_t text;
	struct error *error = caller_put(jemalloc->caller, options, strlen(options) + 1, &text);

	*ret = (struct call_item){
		.function = jemalloc->instance->stats_print,
		.arguments = {CALL_AGENT_WRITE, (uint64_t)descriptor, text},
	};
	return error;
}

struct error *statistics_print(
	struct jemalloc *jemalloc, pid_t process, bool json, struct u8_array *ret)
{
	char options[] = {json ? 'J' : '\0', '\0'};
	uint64_t nothing;
	struct error *error;

	if (!jemalloc->instance->stats_print)
		return error_set_hint(error_create(ERROR_UNSUPPORTED,
					      "the symbol %smalloc_stats_print is not known in %s",
					      jemalloc->instance->prefix, jemalloc->instance->path),
			"`stats --arenas --classes` and `ctl --list stats.` do without it");
	error = memory_file_read(jemalloc, process, plan_print, options, &nothing, ret);
	if (!error && json && (!ret->count || ret->items[0] != '{'))
		return error_set_hint(
			error_create(ERROR_UNSUPPORTED, "the jemalloc in %s prints no JSON",
				jemalloc->instance->path),
			"that came with 4.3; `stats --full` prints text");
	return error;
}
