#include "jemalloc/dump_maps.h"

#include <stdbool.h>
#include <string.h>

#include "target/proc.h"

static bool ends_with_title(const struct u8_array *dump)
{
	static const char title[] = "\nMAPPED_LIBRARIES:\n";
	size_t length = sizeof(title) - 1;

	return dump->count >= length &&
	       memcmp(dump->items + dump->count - length, title, length) == 0;
}

struct error *dump_maps_complete(pid_t process, struct u8_array *dump)
{
	CLEANUP(u8_array_deinit) struct u8_array maps = {0};
	struct error *error;
	pid_t task;

	if (!ends_with_title(dump) || !proc_find_living(process, &task))
		return NULL;
	error = error_unless(proc_read(process, task, "maps", &maps), ERROR_GONE);
	if (!error)
		error = u8_array_reserve(dump, dump->count + maps.count);
	if (error || !maps.count)
		return error;
	memcpy(dump->items + dump->count, maps.items, maps.count);
	dump->count += maps.count;
	return NULL;
}
