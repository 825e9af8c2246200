#include "base/intern.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define FIRST_SLOTS 64
#define ALIGNMENT   8

void intern_table_deinit(struct intern_table *table)
{
	intern_entries_deinit(&table->entries);
	u8_array_deinit(&table->pool);
	free(table->slots);
	*table = (struct intern_table){0};
}

static bool entry_equals(const struct intern_table *table, const struct intern_entry *entry,
	uint64_t hash, const void *bytes, size_t length)
{
	return entry->hash == hash && entry->length == length &&
	       (!length || memcmp(table->pool.items + entry->offset, bytes, length) == 0);
}

static struct intern_slot make_slot(uint64_t hash, size_t entry)
{
	return (struct intern_slot){.tag = (uint32_t)(hash >> 32), .entry = (uint32_t)entry + 1};
}

static bool slot_holds(const struct intern_table *table, struct intern_slot slot, uint64_t hash,
	const void *bytes, size_t length)
{
	return slot.tag == hash >> 32 &&
	       entry_equals(table, &table->entries.items[slot.entry - 1], hash, bytes, length);
}

/* The slot that holds the bytes, or the free one where they belong. slot_count is not 0. */
static size_t find_slot(
	const struct intern_table *table, uint64_t hash, const void *bytes, size_t length)
{
	size_t mask = table->slot_count - 1;
	size_t at = hash & mask;

	while (table->slots[at].entry && !slot_holds(table, table->slots[at], hash, bytes, length))
		at = (at + 1) & mask;
	return at;
}

static struct error *grow_slots(struct intern_table *table)
{
	size_t count = table->slot_count ? table->slot_count * 2 : FIRST_SLOTS;
	struct intern_slot *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return &error_no_memory;
	for (size_t i = 0; i < table->entries.count; i++) {
		uint64_t hash = table->entries.items[i].hash;
		size_t at = hash & (count - 1);

		while (slots[at].entry)
			at = (at + 1) & (count - 1);
		slots[at] = make_slot(hash, i);
	}
	free(table->slots);
	table->slots = slots;
	table->slot_count = count;
	return NULL;
}

static struct error *append_bytes(struct intern_table *table, const void *bytes, size_t length)
{
	size_t offset = table->pool.count;
	size_t padded = (length + 1 + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	struct error *error;

	if (length > SIZE_MAX / 4)
		return &error_no_memory;
	error = u8_array_reserve(&table->pool, offset + padded);
	if (error)
		return error;
	if (length)
		memcpy(table->pool.items + offset, bytes, length);
	memset(table->pool.items + offset + length, 0, padded - length);
	table->pool.count += padded;
	return NULL;
}

struct error *intern(struct intern_table *table, const void *bytes, size_t length, uint32_t *ret)
{
	uint64_t hash = hash_bytes(bytes, length);
	struct error *error;

	if (table->entries.count >= UINT32_MAX - 1)
		return &error_no_memory;
	if ((table->entries.count + 1) * 4 > table->slot_count * 3) {
		error = grow_slots(table);
		if (error)
			return error;
	}
	size_t slot = find_slot(table, hash, bytes, length);
	if (!table->slots[slot].entry) {
		struct intern_entry entry = {hash, table->pool.count, length};

		error = intern_entries_reserve(&table->entries, table->entries.count + 1);
		if (!error)
			error = append_bytes(table, bytes, length);
		if (error)
			return error;
		table->slots[slot] = make_slot(hash, table->entries.count);
		table->entries.items[table->entries.count++] = entry;
	}
	*ret = table->slots[slot].entry - 1;
	return NULL;
}

struct error *intern_string(struct intern_table *table, const char *text, uint32_t *ret)
{
	return intern(table, text, strlen(text), ret);
}

bool intern_find(const struct intern_table *table, const void *bytes, size_t length, uint32_t *ret)
{
	if (!table->slot_count)
		return false;
	size_t slot = find_slot(table, hash_bytes(bytes, length), bytes, length);
	if (!table->slots[slot].entry)
		return false;
	*ret = table->slots[slot].entry - 1;
	return true;
}

const void *intern_bytes(const struct intern_table *table, uint32_t id, size_t *length)
{
	const struct intern_entry *entry = &table->entries.items[id];

	if (length)
		*length = entry->length;
	return table->pool.items + entry->offset;
}

const char *intern_text(const struct intern_table *table, uint32_t id)
{
	return intern_bytes(table, id, NULL);
}
