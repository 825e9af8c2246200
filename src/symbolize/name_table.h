#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "dwarf/dwarf.h"

/*
 * What is known of the addresses of one binary, in the form in which it is kept on disk: ranges of
 * addresses, sorted, each with its frames. Little endian, one after the other:
 *
 *   struct name_table_header
 *   struct name_table_range[range_count]        sorted by start, none within another
 *   struct name_table_node[node_count]
 *   struct name_table_function[function_count]
 *   char[string_size]                           texts, a NUL behind each; "" is not known
 *
 * A node is a frame and, as a number from 1, the node of the frame that it was inlined into, which
 * stands before it: inlined functions share what is around them. Addresses are the file's own, and
 * less than 4 GiB.
 */

#define NAME_TABLE_MAGIC      "limpet\x1aN"
#define NAME_TABLE_VERSION    1
#define NAME_TABLE_BUILD_ID   64 /* bytes at most */
#define NAME_TABLE_FRAMES_MAX 256

struct name_table_header {
	char magic[8];
	uint32_t version;
	uint32_t checksum; /* zlib's crc32() of all that follows this field */
	uint32_t range_count;
	uint32_t node_count;
	uint32_t function_count;
	uint32_t string_size;
	uint32_t build_id_length;
	uint8_t build_id[NAME_TABLE_BUILD_ID];
};

struct name_table_range {
	uint32_t start;
	uint32_t end;
	uint32_t node; /* the innermost frame's, from 1; 0: known to have none */
};
ARRAY_DEFINE(name_table_ranges, struct name_table_range)

struct name_table_node {
	uint32_t function; /* from 0 */
	uint32_t file;     /* offset of the text */
	uint32_t line;
	uint32_t caller; /* 0: the outermost */
};

struct name_table_function {
	uint32_t name; /* offsets of the texts */
	uint32_t linkage_name;
	uint32_t start_line;
};

ARRAY_DEFINE(name_frames, struct dwarf_frame)

struct name_table;

/*
 * Takes over the bytes, which are the caller's again on failure. ERROR_MALFORMED: they are no table
 * of this version for that build id, or damaged. What a table says is checked when it is asked.
 */
struct error *name_table_open(struct u8_array *bytes, const uint8_t *build_id, size_t length,
	struct name_table **ret) MUST_CHECK;
void name_table_close(struct name_table *table); /* takes NULL */
void cleanup_name_table(struct name_table **table);

/*
 * The frames of an address, innermost first, in place of those in *ret; borrowed from the table.
 * *ret_known: whether the table knows the address; that of no frames may be all that there is to
 * know.
 */
struct error *name_table_find(const struct name_table *table, uint64_t address,
	struct name_frames *ret, bool *ret_known) MUST_CHECK;

/* The parts, for those who make a new table of it. */
struct name_table_parts {
	const struct name_table_range *ranges;
	const struct name_table_node *nodes;
	const struct name_table_function *functions;
	const char *strings;
	uint32_t range_count, node_count, function_count, string_size;
};
struct name_table_parts name_table_parts(const struct name_table *table);

uint32_t name_table_checksum(const void *bytes, size_t length);
