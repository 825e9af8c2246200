#pragma once

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

/*
 * Heap dumps made of a profile with the value types inuse_objects and inuse_space (or objects and
 * space), and alloc_objects and alloc_space if it has them. Addresses are written as return
 * addresses: plus one. Figures are written as the estimates that they are, and in such a way that
 * readers leave them alone. Names are not written: readers find them by the mappings. value_type is
 * ignored.
 *
 * ERROR_UNSUPPORTED: other values, a difference, or frames without addresses.
 */

/* As jemalloc does it, with the rate 1 (heap_dump.h): jeprof's factor is below 1.0004 then. */
struct error *heap_write_threaded(
	const struct profile *profile, const char *value_type, struct u8_array *ret) MUST_CHECK;

/*
 * As gperftools' heap profiler does it, "heap profile: ... @ heapprofile", without threads:
 * google/pprof (profile/legacy_profile.go, parseHeap) and jeprof read it. Bytes without an object,
 * which pprof refuses, get one.
 */
struct error *heap_write_plain(
	const struct profile *profile, const char *value_type, struct u8_array *ret) MUST_CHECK;
