#pragma once

#include "base/array.h"
#include "base/error.h"
#include "export/frames.h"

/* One value of a profile by stacks of names: sorted, equal ones added up, zeros left out. */

struct stack_entry {
	size_t first; /* into names: the root */
	size_t depth;
	int64_t value;
};
ARRAY_DEFINE(stack_entries, struct stack_entry)

struct stack_list {
	struct u32_array names;
	struct stack_entries entries; /* by their names, a shorter stack before a longer */
};

struct error *stack_list_init(
	const struct frames *frames, size_t value_type, struct stack_list *ret) MUST_CHECK;
void stack_list_deinit(struct stack_list *list);

/* The root first; NULL for an empty stack. */
static inline const uint32_t *stack_entry_names(
	const struct stack_list *list, const struct stack_entry *entry)
{
	return entry->depth ? &list->names.items[entry->first] : NULL;
}
