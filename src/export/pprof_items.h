#pragma once

#include "base/array.h"
#include "base/cursor.h"
#include "base/string_builder.h"
#include "export/arena.h"
#include "export/id_map.h"
#include "profile.pb-c.h"
#include "profile/profile.h"

/* What pprof_read() has read so far; the functions add one item of a file's tables each. */

ARRAY_DEFINE(label_list, struct profile_label)

struct pprof_reader {
	struct profile *profile;
	struct cursor bytes;
	struct u32_array strings; /* ours, by the file's index */
	struct id_map mappings, functions, locations;
	struct arena arena;
	ProtobufCAllocator allocator;
	/* One item's parts, reused for the next. */
	struct string_builder text;
	struct profile_lines lines;
	struct u32_array stack;
	struct label_list labels;
};

void pprof_reader_deinit(struct pprof_reader *reader);

/* The content of an element of string_table. */
struct error *pprof_read_string(struct pprof_reader *reader, struct cursor content) MUST_CHECK;

/* What the message names must have been read before. */
struct error *pprof_read_mapping(struct pprof_reader *reader, const ProtobufCMessage *message)
	MUST_CHECK;
struct error *pprof_read_function(struct pprof_reader *reader, const ProtobufCMessage *message)
	MUST_CHECK;
struct error *pprof_read_location(struct pprof_reader *reader, const ProtobufCMessage *message)
	MUST_CHECK;
struct error *pprof_read_sample(struct pprof_reader *reader, const ProtobufCMessage *message)
	MUST_CHECK;

/* The fields of Profile that are no tables. */
struct error *pprof_read_header(struct pprof_reader *reader, const ProtobufCMessage *message)
	MUST_CHECK;
