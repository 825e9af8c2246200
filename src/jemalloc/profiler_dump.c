#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "jemalloc/dump_maps.h"
#include "jemalloc/memory_file.h"
#include "jemalloc/profiler.h"

/* The thread's own descriptors: those of the first thread are gone when it has exited. */
static struct error *plan_dump(
	struct jemalloc *jemalloc, void *context, int descriptor, struct call_item *ret)
{
	struct caller *caller = jemalloc->caller;
	uint64_t name, path, pointer;
	struct error *error;
	char text[64];

	(void)context;
	snprintf(text, sizeof(text), "/proc/thread-self/fd/%d", descriptor);
	error = caller_put(caller, "prof.dump", sizeof("prof.dump"), &name);
	if (!error)
		error = caller_put(caller, text, strlen(text) + 1, &path);
	if (!error)
		error = caller_put_pointer(caller, path, &pointer);
	if (!error)
		*ret = (struct call_item){
			.function = jemalloc->instance->mallctl,
			.arguments = {name, 0, 0, pointer, sizeof(uint64_t)},
		};
	return error;
}

static struct error *explain_dump(const struct jemalloc *jemalloc, int result)
{
	if (result != EFAULT)
		return mallctl_explain(jemalloc, "prof.dump", result);
	return error_set_hint(
		error_create(ERROR_FAILED, "jemalloc could not write the dump (EFAULT)"),
		"it says no more than that: /proc may be missing in the process's root directory, "
		"memory may be short, or the borrowed thread was ending");
}

struct error *profiler_dump(struct jemalloc *jemalloc, pid_t process, struct u8_array *ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	uint64_t result;
	struct error *error = memory_file_read(jemalloc, process, plan_dump, NULL, &result, &text);

	if (!error && (int)result)
		error = explain_dump(jemalloc, (int)result);
	if (!error)
		error = dump_maps_complete(process, &text);
	if (error)
		return error_add_context(error, "heap dump");
	*ret = text;
	text = (struct u8_array){0};
	return NULL;
}
