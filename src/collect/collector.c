#include "collect/collector.h"

struct error *collector_refresh(const struct collector *collector, bool *ret_changed)
{
	struct mappings mappings;
	struct error *error = target_list_mappings(collector->target, &mappings);

	if (error)
		return error;
	error = unwinder_update_modules(collector->unwinder, &mappings, ret_changed);
	mappings_deinit(&mappings);
	return error;
}

struct error *collector_no_thread(const char *filter)
{
	return error_set_hint(
		error_create(ERROR_NOT_FOUND, "no thread has the name or id '%s'", filter),
		"`threads` lists them");
}
