#pragma once

#include <stddef.h>

#include "base/error.h"
#include "base/mappings.h"
#include "profile/profile.h"

/*
 * jemalloc's heap dumps: "heap_v2/RATE" as written by jemalloc 4.0 to 5.3.1 (src/prof_data.c,
 * prof_dump_*), and the older "heap profile:" header of gperftools that jeprof reads too.
 */

/* Whether the bytes begin like a heap dump of either kind. */
bool heap_dump_recognize(const void *bytes, size_t length);

/* The mappings that the dump tells of: none if they cannot be read. */
struct error *heap_dump_mappings(const void *bytes, size_t length, struct mappings *ret) MUST_CHECK;

/*
 * Makes a profile, not yet named, from a dump. Counts and sizes of each stack are scaled to
 * estimates, as jeprof and pprof do it, and shared out to its threads:
 * f = -1 / expm1(-(size/count)/rate); by the older head's type, jeprof's version 1, or none. Value
 * types: inuse_objects/count, inuse_samples/count, inuse_space/bytes, and before them the same of
 * alloc_... if the dump has accumulated figures. Samples are counts as dumped, for how sure the
 * others are; they stand where neither pprof's -mean nor those who take the last value meet them.
 * Period: space/bytes, the rate. Every address is looked up minus one. Mappings come from the
 * dump's MAPPED_LIBRARIES section. Labels: "thread" (name, if known), numeric "jemalloc_thread"
 * (jemalloc's own counter) and numeric "bytes" (mean block size). Comments tell the raw samples,
 * the rate, whether figures are accumulated, and mappings that are missing, cut short or
 * unreadable; these are no error. drop_frames has the allocator's own frames.
 * ERROR_MALFORMED names the line: a truncated or empty dump, or one of another format.
 */
struct error *heap_dump_parse(const void *bytes, size_t length, struct profile **ret) MUST_CHECK;
