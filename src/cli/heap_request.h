#pragma once

#include "base/error.h"
#include "cli/arguments.h"
#include "jemalloc/mallctl.h"
#include "jemalloc/profiler.h"
#include "session/attachment.h"
#include "session/session.h"

/* What all that `heap` can do works on. */
struct heap_request {
	struct session *session;
	const struct arguments *arguments;
	struct attachment *attachment;
	struct jemalloc jemalloc;
	struct profiler_status status;
};

/* The actions of `heap`, by the words that call for them. */
struct error *heap_status(struct heap_request *request) MUST_CHECK;
struct error *heap_on(struct heap_request *request) MUST_CHECK;
struct error *heap_off(struct heap_request *request) MUST_CHECK;
struct error *heap_rate(struct heap_request *request) MUST_CHECK;
struct error *heap_reset(struct heap_request *request) MUST_CHECK;
struct error *heap_dump(struct heap_request *request) MUST_CHECK;
struct error *heap_purge(struct heap_request *request) MUST_CHECK;
