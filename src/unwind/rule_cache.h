#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/intern.h"
#include "unwind/frame_program.h"

/*
 * The rules of the addresses that stacks have led to. Equal ones are kept once: a program has some
 * hundreds of them, and they stay in the processor's caches.
 */

struct rule_slot {
	uint64_t key; /* 0: free */
	uint32_t rules;
	uint32_t reserved;
};

struct rule_cache {
	struct rule_slot *slots;
	size_t slot_count; /* 0 or a power of two */
	size_t used;
	struct intern_table rules;       /* struct frame_rules */
	struct intern_table expressions; /* their bytes */
};

/* What is known of an address: that it has no rules. */
#define RULES_NONE UINT32_MAX

void rule_cache_deinit(struct rule_cache *cache);
void rule_cache_forget(struct rule_cache *cache);

/* interrupted: the address is where a frame goes on, and not in the call that it waits for. */
static inline uint64_t rule_key(uint64_t address, bool interrupted)
{
	return address << 1 | interrupted;
}

static inline size_t rule_slot_of(const struct rule_cache *cache, uint64_t key)
{
	return (size_t)((key * 0x9e3779b97f4a7c15) >> 32) & (cache->slot_count - 1);
}

/* false: nothing is known. *ret: the number of the rules, or RULES_NONE. */
static inline bool rule_cache_find(const struct rule_cache *cache, uint64_t key, uint32_t *ret)
{
	if (!cache->slot_count)
		return false;
	for (size_t at = rule_slot_of(cache, key); cache->slots[at].key;
		at = (at + 1) & (cache->slot_count - 1)) {
		if (cache->slots[at].key == key) {
			*ret = cache->slots[at].rules;
			return true;
		}
	}
	return false;
}

/* The row is NULL if there is none. A full cache is emptied: numbers are valid until the next. */
struct error *rule_cache_add(struct rule_cache *cache, uint64_t key, const struct frame_row *row,
	uint32_t *ret) MUST_CHECK;

static inline const struct frame_rules *rule_cache_rules(
	const struct rule_cache *cache, uint32_t number)
{
	const struct intern_entry *entry = &cache->rules.entries.items[number];

	return (const struct frame_rules *)(const void *)(cache->rules.pool.items + entry->offset);
}

struct cursor rule_cache_expression(const struct rule_cache *cache, int32_t number);
