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

/* The slot that holds the bytes, or the free one where they belong. slot_count is not 0. */
static size_t find_slot(
	const struct intern_table *table, uint64_t hash, const void *bytes, size_t length)
{
	size_t mask = table->slot_count - 1;
	size_t slot = hash & mask;

	while (table->slots[slot] &&
		!entry_equals(
			table, &table->entries.items[table->slots[slot] - 1], hash, bytes, length))
		slot = (slot + 1) & mask;
	return slot;
}

static struct error *grow_slots(struct intern_table *table)
{
	size_t count = table->slot_count ? table->slot_count * 2 : FIRST_SLOTS;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (!slots)
		return &error_no_memory;
	for (size_t i = 0; i < table->entries.count; i++) {
		size_t slot = table->entries.items[i].hash & (count - 1);

		while (slots[slot])
			slot = (slot + 1) & (count - 1);
		slots[slot] = (uint32_t)i + 1;
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
	if (!table->slots[slot]) {
		struct intern_entry entry = {hash, table->pool.count, length};

		error = intern_entries_reserve(&table->entries, table->entries.count + 1);
		if (!error)
			error = append_bytes(table, bytes, length);
		if (error)
			return error;
		table->entries.items[table->entries.count++] = entry;
		table->slots[slot] = (uint32_t)table->entries.count;
	}
	*ret = table->slots[slot] - 1;
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
	if (!table->slots[slot])
		return false;
	*ret = table->slots[slot] - 1;
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
