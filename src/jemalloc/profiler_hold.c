#include "jemalloc/profiler_hold.h"

#include "jemalloc/profiler.h"

#define ACTIVE "prof.active"

static const struct mallctl_value off = {.type = MALLCTL_BOOL, .boolean = false};

/* Where calls are made on borrowed threads there is nobody to do it. */
static struct error *guard(struct jemalloc *jemalloc, struct profiler_hold *hold)
{
	struct error *error = mallctl_write_on_leaving(jemalloc, ACTIVE, &off);

	hold->guarded = !error;
	return error_unless(error, ERROR_UNSUPPORTED);
}

struct error *profiler_hold_on(struct jemalloc *jemalloc, bool active, struct profiler_hold *ret)
{
	struct error *error;

	*ret = (struct profiler_hold){0};
	if (active)
		return NULL;
	error = guard(jemalloc, ret);
	if (!error)
		error = profiler_set_active(jemalloc, true);
	ret->switched = !error;
	if (error && ret->guarded)
		error_destroy(mallctl_write_nothing_on_leaving(jemalloc));
	return error;
}

struct error *profiler_hold_end(struct jemalloc *jemalloc, struct profiler_hold *hold)
{
	const struct call_wait wait = jemalloc->wait;
	struct mallctl_value before;
	struct error *error;

	if (!hold->switched)
		return NULL;
	jemalloc->wait = (struct call_wait){0};
	error = mallctl_exchange(jemalloc, ACTIVE, &off, &before);
	if (!error) {
		hold->switched = false;
		hold->was_off = !before.boolean;
	}
	if (!error && hold->guarded)
		error = mallctl_write_nothing_on_leaving(jemalloc);
	jemalloc->wait = wait;
	return error ? error_set_hint(error, "`heap off` switches it off") : NULL;
}
