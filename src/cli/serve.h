#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
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
};

extern const struct command command_serve;

/* Serves until it is interrupted. ERROR_USAGE: the address, or the pattern; ERROR_GONE. */
struct error *serve_run(struct session *session, const struct serve_options *options) MUST_CHECK;
