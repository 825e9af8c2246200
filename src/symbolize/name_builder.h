#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "symbolize/name_table.h"

/* Gathers what was found out about the addresses of a binary, for a table on disk. */
struct name_builder;

/*
 * size_max: what a table made of it has, in bytes, at most: what comes when it is full is left out.
 */
struct error *name_builder_create(size_t size_max, struct name_builder **ret) MUST_CHECK;
void name_builder_destroy(struct name_builder *builder); /* takes NULL */
void cleanup_name_builder(struct name_builder **builder);

/*
 * That all addresses from start up to end have these frames, innermost first. Ranges come in any
 * order. Left out if they end beyond 4 GiB or have more frames than a table may. Texts are copied.
 */
struct error *name_builder_add(struct name_builder *builder, uint64_t start, uint64_t end,
	const struct dwarf_frame *frames, size_t count) MUST_CHECK;

size_t name_builder_count(const struct name_builder *builder); /* ranges */

/*
 * The bytes of a table of what was added and, where nothing was, of what an older one (or NULL)
 * says: that is left out if both would be larger than a table may be. build_id has at most
 * NAME_TABLE_BUILD_ID bytes. The builder has its ranges sorted by it. The caller deinitializes the
 * bytes.
 */
struct error *name_builder_finish(struct name_builder *builder, const struct name_table *old,
	const uint8_t *build_id, size_t length, struct u8_array *ret) MUST_CHECK;
