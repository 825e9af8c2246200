#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

struct intern_entry {
	uint64_t hash;
	size_t offset; /* into the pool */
	size_t length;
};
ARRAY_DEFINE(intern_entries, struct intern_entry)

/* With a part of the hash, so that few entries are looked at in vain. */
struct intern_slot {
	uint32_t tag;
	uint32_t entry; /* + 1; 0: free */
};

/*
 * Gives equal byte strings the same small number: 0, 1, 2, ... in order of first appearance.
 * Used for strings, stacks and anything else that is compared by its bytes. A zeroed struct is
 * an empty table.
 */
struct intern_table {
	struct intern_entries entries;
	struct u8_array pool; /* each entry's bytes, a NUL behind each, aligned to 8 */
	struct intern_slot *slots;
	size_t slot_count; /* 0 or a power of two */
};

void intern_table_deinit(struct intern_table *table);

/* At most UINT32_MAX - 1 entries. The bytes are copied. */
struct error *intern(struct intern_table *table, const void *bytes, size_t length, uint32_t *ret)
	MUST_CHECK;
struct error *intern_string(struct intern_table *table, const char *text, uint32_t *ret) MUST_CHECK;

/* Whether the bytes are there already; then *ret is their number. */
bool intern_find(const struct intern_table *table, const void *bytes, size_t length, uint32_t *ret);

/* The bytes of an entry, aligned to 8 and NUL-terminated; valid until the next intern(). */
const void *intern_bytes(const struct intern_table *table, uint32_t id, size_t *length);
const char *intern_text(const struct intern_table *table, uint32_t id);
