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
	uint64_t mallctl; /* its address */
	struct profiler_status status;
};

/* A dump, and what it says. */
struct heap_taken {
	struct u8_array bytes;
	struct profile *profile;
};

struct error *heap_take_dump(struct heap_request *request, struct heap_taken *ret) MUST_CHECK;
void heap_taken_deinit(struct heap_taken *taken);
/*
 * Keeps the profile of a dump, less that of another one (or NULL), and named. It takes over the
 * dump where that is all that the profile is made of. what: of what its sum is, "in use".
 */
struct error *heap_keep_dump(struct heap_request *request, struct heap_taken *taken,
	const struct profile *base, const char *what, const struct session_profile **ret)
	MUST_CHECK;
/* Saves it where the arguments say, and prints its table. */
struct error *heap_show(struct heap_request *request, const struct session_profile *kept)
	MUST_CHECK;
void heap_report_dump(const struct heap_request *request, const struct session_profile *kept);
/*
 * Whether the jemalloc is still what it was when the command began: ERROR_GONE after an execve(2)
 * or a dlclose(3).
 */
struct error *heap_recheck(struct heap_request *request) MUST_CHECK;

/* The actions of `heap`, by the words that call for them. */
struct error *heap_status(struct heap_request *request) MUST_CHECK;
struct error *heap_on(struct heap_request *request) MUST_CHECK;
struct error *heap_off(struct heap_request *request) MUST_CHECK;
struct error *heap_rate(struct heap_request *request) MUST_CHECK;
struct error *heap_gdump(struct heap_request *request) MUST_CHECK;
struct error *heap_reset(struct heap_request *request) MUST_CHECK;
struct error *heap_dump(struct heap_request *request) MUST_CHECK;
struct error *heap_record(struct heap_request *request) MUST_CHECK;
struct error *heap_growth(struct heap_request *request) MUST_CHECK;
struct error *heap_purge(struct heap_request *request) MUST_CHECK;
/* The list, and the switches of one thread. */
struct error *heap_threads(struct heap_request *request) MUST_CHECK;
struct error *heap_list_threads(struct heap_request *request) MUST_CHECK;

/*
 * To be called with the profiler active, and after a reset: where SAMPLE_WAIT_LOST says so, has all
 * threads sampled again that can be reached in some two seconds, and tells how many. What speaks
 * against it is told as well, and is no error.
 */
struct error *heap_wake_threads(struct heap_request *request) MUST_CHECK;
