#pragma once

#include <stddef.h>

#include "base/array.h"
#include "base/error.h"
#include "push/pusher.h"

/*
 * What is sent to a collector. Sources:
 * Pyroscope's /ingest, 2.2 (pkg/ingester/pyroscope/ingest_handler.go, pkg/og/convert/pprof): with
 *   format=pprof the body is the file itself; from and until are seconds since 1970, used where the
 *   file has no time; name=app{key=value,...}; the kind of profile follows from the names of the
 * sample types: wall, ...cpu..., alloc_..., inuse_.... Pyroscope's push API, 2.2
 * (api/push/v1/push.proto as Connect's JSON): labels __name__ and service_name; __delta__=false, or
 * versions before 2 subtract one heap profile from the next (pkg/phlaredb/head.go). Parca's
 * WriteRaw, 0.28 (proto/parca/profilestore/v1alpha1, by grpc-gateway under /api): a label
 *   __name__ is needed. What is named already is kept as it is, so normalized is true.
 */

struct push_request {
	char *target;             /* path and query, to be put behind the URL's base */
	const char *content_type; /* static */
	struct u8_array body;
};

/*
 * The file of the profile is not read: bytes, which are borrowed, are what was in it. ERROR_USAGE:
 * the labels.
 */
struct error *push_request_init(enum push_kind kind, const struct push_profile *profile,
	const void *bytes, size_t length, struct push_request *ret) MUST_CHECK;
void push_request_deinit(struct push_request *request);
