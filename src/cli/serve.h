#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "cli/push_options.h"
#include "http/server.h"
#include "session/session.h"

/* The side-car: endpoints for processes that have none. */

struct command;

struct serve_options {
	/* Which processes: those of these numbers, of that name, or whose name the pattern matches.
	 */
	struct u32_array pids;
	const char *name;  /* NULL: none */
	bool all;          /* each process of that name, and not the one */
	const char *allow; /* extended regular expression, of a whole name; NULL: none */
	uint64_t processes_max;
	struct http_options http;

	struct push_request_options push;     /* options.url NULL: nothing is pushed */
	uint64_t push_every, push_heap_every; /* ns; of the heap 0: not at all */
	uint32_t push_rate;                   /* Hz */
};

extern const struct command command_serve;

/* Serves until it is interrupted. ERROR_USAGE: the address, or the pattern; ERROR_GONE. */
struct error *serve_run(struct session *session, const struct serve_options *options) MUST_CHECK;
