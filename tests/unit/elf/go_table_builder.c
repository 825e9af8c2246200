#include "go_table_builder.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_SIZE 44

static size_t append(struct u8_array *bytes, const void *added, size_t length)
{
	size_t at = bytes->count;

	if (u8_array_reserve(bytes, at + length))
		abort();
	if (length)
		memcpy(bytes->items + at, added, length);
	bytes->count += length;
	return at;
}

static void append_word(struct u8_array *bytes, uint64_t word, size_t size)
{
	append(bytes, &word, size);
}

static void append_varint(struct u8_array *bytes, uint32_t number)
{
	for (; number >= 0x80; number >>= 7)
		append_word(bytes, (number & 0x7f) | 0x80, 1);
	append_word(bytes, number, 1);
}

/* Differences to the value before, at first to -1, with the sign in the last bit. */
static uint32_t append_steps(struct u8_array *bytes, const struct built_go_function *function)
{
	uint32_t at = (uint32_t)bytes->count, end = 0;
	int32_t value = -1;

	for (int i = 0; i < BUILT_GO_STEPS_MAX && function->steps[i].end; i++) {
		int32_t change = (int32_t)function->steps[i].delta - value;

		append_varint(bytes, (uint32_t)change << 1 ^ (uint32_t)(change >> 31));
		append_varint(bytes, function->steps[i].end - end);
		end = function->steps[i].end;
		value = (int32_t)function->steps[i].delta;
	}
	append_word(bytes, 0, 1);
	return at;
}

static bool is_relative(const struct built_go_table *plan)
{
	return plan->magic == BUILT_GO_18 || plan->magic == BUILT_GO_20;
}

static void append_record(struct u8_array *bytes, const struct built_go_table *plan,
	const struct built_go_function *function, uint32_t name, uint32_t steps)
{
	size_t start = bytes->count, size = is_relative(plan) ? 4 : 8;
	size_t flags = plan->magic == BUILT_GO_2 || plan->magic == BUILT_GO_18 ? 37 : 41;

	append_word(bytes, function->start - (size == 4 ? plan->text : 0), size);
	append_word(bytes, name, 4);
	append_word(bytes, 0, 8); /* arguments, deferreturn */
	append_word(bytes, steps, 4);
	while (bytes->count < start + RECORD_SIZE)
		append_word(bytes, 0, 1);
	bytes->items[start + flags] = function->flags;
}

struct parts {
	struct u8_array names, steps, entries, records;
};

/* shift: what the offsets of names, of steps and of records have to be counted from. */
static void fill_parts(
	const struct built_go_table *plan, const uint64_t shift[3], struct parts *ret)
{
	size_t size = is_relative(plan) ? 4 : 8;
	uint64_t text = is_relative(plan) ? plan->text : 0;

	append_word(&ret->names, 0, 1);
	append_word(&ret->steps, 0, 1);
	for (size_t i = 0; i < plan->count; i++) {
		const struct built_go_function *function = &plan->functions[i];
		size_t name = append(&ret->names, function->name, strlen(function->name) + 1);
		uint32_t steps = append_steps(&ret->steps, function);

		append_word(&ret->entries, function->start - text, size);
		append_word(&ret->entries, shift[2] + ret->records.count, size);
		append_record(&ret->records, plan, function, (uint32_t)(name + shift[0]),
			(uint32_t)(steps + shift[1]));
	}
	append_word(&ret->entries, plan->end - text, size);
}

static void free_parts(struct parts *parts)
{
	u8_array_deinit(&parts->names);
	u8_array_deinit(&parts->steps);
	u8_array_deinit(&parts->entries);
	u8_array_deinit(&parts->records);
}

static void append_header(struct u8_array *bytes, const struct built_go_table *plan)
{
	append_word(bytes, plan->magic, 4);
	append_word(bytes, 0, 2);
	append_word(bytes, 1, 1);
	append_word(bytes, 8, 1);
	append_word(bytes, plan->count, 8);
}

/* The entries follow the header at once, everything else them. */
static struct u8_array build_oldest(const struct built_go_table *plan)
{
	struct parts parts = {0};
	struct u8_array bytes = {0};

	fill_parts(plan, (const uint64_t[]){0, 0, 0}, &parts);
	uint64_t names = 16 + parts.entries.count, steps = names + parts.names.count;
	uint64_t records = steps + parts.steps.count;
	free_parts(&parts);
	fill_parts(plan, (const uint64_t[]){names, steps, records}, &parts);
	append_header(&bytes, plan);
	append(&bytes, parts.entries.items, parts.entries.count);
	append(&bytes, parts.names.items, parts.names.count);
	append(&bytes, parts.steps.items, parts.steps.count);
	append(&bytes, parts.records.items, parts.records.count);
	free_parts(&parts);
	return bytes;
}

struct u8_array build_go_table(const struct built_go_table *plan)
{
	struct parts parts = {0};
	struct u8_array bytes = {0};
	uint64_t names = is_relative(plan) ? 72 : 64;

	if (plan->magic == BUILT_GO_2)
		return build_oldest(plan);
	size_t size = is_relative(plan) ? 4 : 8;
	fill_parts(plan, (const uint64_t[]){0, 0, (2 * plan->count + 1) * size}, &parts);
	uint64_t steps = names + parts.names.count, entries = steps + parts.steps.count;
	append_header(&bytes, plan);
	append_word(&bytes, 0, 8); /* files */
	if (is_relative(plan))
		append_word(&bytes, plan->text_is_not_said ? 0 : plan->text, 8);
	append_word(&bytes, names, 8);
	append_word(&bytes, steps, 8);
	append_word(&bytes, steps, 8);
	append_word(&bytes, steps, 8);
	append_word(&bytes, entries, 8);
	append(&bytes, parts.names.items, parts.names.count);
	append(&bytes, parts.steps.items, parts.steps.count);
	append(&bytes, parts.entries.items, parts.entries.count);
	append(&bytes, parts.records.items, parts.records.count);
	free_parts(&parts);
	return bytes;
}
