#include "profile/visible_frames.h"

#include <stdbool.h>

#include "profile/frame_filter.h"

/* Counted from the outermost, the first line that is to be hidden; what it called goes with it. */
static struct visible_location find_cut(const struct profile *profile, struct frame_filter *filter,
	const struct profile_location *location)
{
	for (uint32_t i = location->line_count; filter && i-- > 0;) {
		uint32_t function = profile->lines.items[location->first_line + i].function;

		if (!frame_filter_drops(filter, function))
			continue;
		if (i == location->line_count - 1)
			return (struct visible_location){CUT_ALL, 0};
		return (struct visible_location){CUT_CALLED, i + 1};
	}
	return (struct visible_location){CUT_NOTHING, 0};
}

struct error *visible_locations_find(
	const struct profile *profile, struct visible_locations *locations)
{
	CLEANUP(cleanup_frame_filter) struct frame_filter *filter = NULL;
	struct error *error = frame_filter_create(profile, &filter);

	if (!error)
		error = visible_locations_reserve(locations, profile->locations.count);
	if (error)
		return error;
	ARRAY_FOR_EACH (location, &profile->locations)
		locations->items[locations->count++] = find_cut(profile, filter, location);
	return NULL;
}

size_t visible_depth(const struct visible_locations *locations, const uint32_t *stack, size_t depth)
{
	bool found_user = false;

	for (size_t i = 0; i < depth; i++) {
		enum frame_cut cut = locations->items[stack[depth - 1 - i]].cut;

		if (cut == CUT_NOTHING)
			found_user = true;
		else if (found_user)
			return cut == CUT_ALL ? i : i + 1;
	}
	return depth;
}
