#include "unwind/rule_cache.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST   1024
#define SLOTS_MAX     ((size_t)1 << 18)
#define POOL_SIZE_MAX ((size_t)8 << 20)

void rule_cache_deinit(struct rule_cache *cache)
{
	free(cache->slots);
	intern_table_deinit(&cache->rules);
	intern_table_deinit(&cache->expressions);
	*cache = (struct rule_cache){0};
}

void rule_cache_forget(struct rule_cache *cache)
{
	/* Mostly nothing has been learnt since the last time. */
	if (cache->used)
		rule_cache_deinit(cache);
}

static void put(struct rule_cache *cache, uint64_t key, uint32_t rules)
{
	size_t at = rule_slot_of(cache, key);

	while (cache->slots[at].key)
		at = (at + 1) & (cache->slot_count - 1);
	cache->slots[at] = (struct rule_slot){.key = key, .rules = rules};
	cache->used++;
}

static struct error *grow(struct rule_cache *cache)
{
	struct rule_cache old = *cache;

	cache->slot_count = old.slot_count ? old.slot_count * 2 : SLOTS_FIRST;
	cache->slots = calloc(cache->slot_count, sizeof(*cache->slots));
	if (!cache->slots) {
		*cache = old;
		return &error_no_memory;
	}
	cache->used = 0;
	for (size_t i = 0; i < old.slot_count; i++)
		if (old.slots[i].key)
			put(cache, old.slots[i].key, old.slots[i].rules);
	free(old.slots);
	return NULL;
}

static struct error *make_room(struct rule_cache *cache)
{
	if (cache->expressions.pool.count + cache->rules.pool.count > POOL_SIZE_MAX)
		rule_cache_deinit(cache);
	/* At most half full, so that a search ends soon. */
	if (cache->used < cache->slot_count / 2)
		return NULL;
	if (cache->slot_count == SLOTS_MAX)
		rule_cache_deinit(cache);
	return grow(cache);
}

static struct error *keep_expression(
	struct rule_cache *cache, const struct cursor *expression, int32_t *ret)
{
	uint32_t number;
	struct error *error =
		intern(&cache->expressions, expression->at, cursor_left(expression), &number);

	if (!error)
		*ret = (int32_t)number;
	return error;
}

static bool has_expression(uint8_t rule)
{
	return rule == RULE_AT_EXPRESSION || rule == RULE_IS_EXPRESSION;
}

static struct error *keep_row(struct rule_cache *cache, const struct frame_row *row, uint32_t *ret)
{
	struct frame_rules rules = row->rules;
	struct error *error = NULL;

	if (has_expression(rules.cfa_rule))
		error = keep_expression(cache, &row->cfa_expression, &rules.cfa_value);
	for (int i = 0; !error && i < REGISTER_COUNT; i++)
		if (has_expression(rules.rules[i]))
			error = keep_expression(cache, &row->expressions[i], &rules.values[i]);
	return error ? error : intern(&cache->rules, &rules, sizeof(rules), ret);
}

struct error *rule_cache_add(
	struct rule_cache *cache, uint64_t key, const struct frame_row *row, uint32_t *ret)
{
	struct error *error = make_room(cache);

	*ret = RULES_NONE;
	if (!error && row)
		error = keep_row(cache, row, ret);
	if (!error)
		put(cache, key, *ret);
	return error;
}

struct cursor rule_cache_expression(const struct rule_cache *cache, int32_t number)
{
	size_t length;
	const void *bytes = intern_bytes(&cache->expressions, (uint32_t)number, &length);

	return cursor_over(bytes, length);
}
