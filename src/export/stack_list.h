#pragma once

#include "base/array.h"
#include "base/error.h"
#include "export/frames.h"

/* One value of a profile by stacks of names: sorted, equal ones added up, zeros left out. */

/* Where the frames are that were made one by their names. */
struct stack_place {
	uint32_t function; /* of the profile, the first one; PROFILE_NONE: none */
	uint32_t line;     /* of the source, 0: unknown, or not the same of all */
	bool inlined;      /* all of them */
	bool one_function;
};
ARRAY_DEFINE(stack_places, struct stack_place)

struct stack_entry {
	size_t first; /* into names: the root */
	size_t depth;
	int64_t value;
};
ARRAY_DEFINE(stack_entries, struct stack_entry)

struct stack_list {
	struct u32_array names;
	struct stack_places places;   /* of these */
	struct stack_entries entries; /* by their names, a shorter stack before a longer */
};

struct error *stack_list_init(
	const struct frames *frames, size_t value_type, struct stack_list *ret) MUST_CHECK;
void stack_list_deinit(struct stack_list *list);

/* What is left to say of both. */
void stack_place_join(struct stack_place *place, const struct stack_place *other);

/* The root first; NULL for an empty stack. */
static inline const uint32_t *stack_entry_names(
	const struct stack_list *list, const struct stack_entry *entry)
{
	return entry->depth ? &list->names.items[entry->first] : NULL;
}

static inline const struct stack_place *stack_entry_places(
	const struct stack_list *list, const struct stack_entry *entry)
{
	return entry->depth ? &list->places.items[entry->first] : NULL;
}
