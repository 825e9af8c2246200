#pragma once

#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"

/*
 * ARRAY_DEFINE(thread_array, struct thread) makes struct thread_array {items, count, capacity}
 * and thread_array_reserve/_append/_deinit. A zeroed struct is an empty array. The array owns its
 * items' storage, not what they point to.
 */
#define ARRAY_DEFINE(name, type)                                                                   \
	struct name {                                                                              \
		type *items;                                                                       \
		size_t count;                                                                      \
		size_t capacity;                                                                   \
	};                                                                                         \
	/* Room for count items in all. */                                                         \
	MUST_CHECK MAYBE_UNUSED static inline struct error *name##_reserve(                        \
		struct name *array, size_t count)                                                  \
	{                                                                                          \
		return array_reserve(                                                              \
			(void **)&array->items, &array->capacity, count, sizeof(type));            \
	}                                                                                          \
	MUST_CHECK MAYBE_UNUSED static inline struct error *name##_append(                         \
		struct name *array, type item)                                                     \
	{                                                                                          \
		struct error *error = name##_reserve(array, array->count + 1);                     \
                                                                                                   \
		if (!error)                                                                        \
			array->items[array->count++] = item;                                       \
		return error;                                                                      \
	}                                                                                          \
	MAYBE_UNUSED static inline void name##_deinit(struct name *array)                          \
	{                                                                                          \
		free(array->items);                                                                \
		*array = (struct name){0};                                                         \
	}

/* Grows *items to hold count items of item_size bytes; doubles, so that appending is linear. */
struct error *array_reserve(void **items, size_t *capacity, size_t count, size_t item_size)
	MUST_CHECK;

#define ARRAY_FOR_EACH(item, array)                                                                \
	for (__auto_type item = (array)->items; item && item < (array)->items + (array)->count;    \
		item++)

/*
 * How many items, from the first on, have a member that stands in the comparison to the value:
 * SORTED_COUNT(items, count, start, <=, address). They are sorted so that those come first.
 */
#define SORTED_COUNT(items, count, member, comparison, value)                                      \
	({                                                                                         \
		size_t sorted_low = 0, sorted_high = (count);                                      \
                                                                                                   \
		while (sorted_low < sorted_high) {                                                 \
			size_t sorted_middle = sorted_low + (sorted_high - sorted_low) / 2;        \
                                                                                                   \
			if ((items)[sorted_middle].member comparison(value))                       \
				sorted_low = sorted_middle + 1;                                    \
			else                                                                       \
				sorted_high = sorted_middle;                                       \
		}                                                                                  \
		sorted_low;                                                                        \
	})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

ARRAY_DEFINE(u8_array, uint8_t)
ARRAY_DEFINE(u32_array, uint32_t)
ARRAY_DEFINE(u64_array, uint64_t)
