#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cursor.h"
#include "jemalloc/heap_lines.h"
#include "jemalloc/heap_mappings.h"
#include "jemalloc/heap_scale.h"
#include "profile/profile.h"

struct heap_location {
	uint64_t address;
	uint32_t location; /* + 1; 0: free */
};

/* What one thread had of a stack, not scaled yet. */
struct heap_share {
	uint64_t thread;
	struct heap_row row;
};
ARRAY_DEFINE(heap_shares, struct heap_share)

/* Makes the profile of one dump. Filled by heap_builder_init() and the functions below. */
struct heap_builder {
	struct profile *profile;
	struct heap_scale scale;
	struct heap_mappings mappings;
	struct heap_location *recent; /* what the last addresses became, by their low bits */
	struct intern_table threads;  /* uint64_t: jemalloc's number of a thread, ... */
	struct u32_array names;       /* ... and its name, a string id, 0 for none */
	struct u32_array locations;   /* of the stack at hand */
	struct heap_shares shares;    /* of the stack at hand */
	uint32_t stack;
	uint32_t thread_key, number_key, size_key, size_unit; /* string ids */
	bool accumulated;
	uint64_t raw_samples;
};

/* maps: the text behind MAPPED_LIBRARIES. */
struct error *heap_builder_init(
	struct heap_builder *builder, struct heap_scale scale, struct cursor maps) MUST_CHECK;
void heap_builder_deinit(struct heap_builder *builder);

/* A thread of the dump's header; its name may be empty. */
struct error *heap_builder_add_thread(
	struct heap_builder *builder, uint64_t thread, struct cursor name) MUST_CHECK;

/* Decides the value types: before the first sample. */
struct error *heap_builder_set_accumulated(struct heap_builder *builder, bool accumulated)
	MUST_CHECK;

/* The stack that the next samples belong to: return addresses, leaf first. */
struct error *heap_builder_set_stack(
	struct heap_builder *builder, const struct u64_array *addresses) MUST_CHECK;

/* One thread's part of that stack. */
struct error *heap_builder_add_share(
	struct heap_builder *builder, uint64_t thread, const struct heap_row *row) MUST_CHECK;

/*
 * The figures of the whole process for that stack, not scaled yet: they are what the samples sum up
 * to. The threads share in it as their own estimates stand to each other, since those of jemalloc
 * 5.3, cut to whole numbers each, sum up to less. Without threads it is one sample.
 */
struct error *heap_builder_end_stack(struct heap_builder *builder, const struct heap_row *process)
	MUST_CHECK;

/* Adds the remarks and hands the profile to the caller. */
struct error *heap_builder_finish(struct heap_builder *builder, struct profile **ret) MUST_CHECK;
