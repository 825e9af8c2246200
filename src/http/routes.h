#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "http/server.h"

/* What can be asked for, by path: the table from which requests are read and the page tells. */

enum http_method {
	HTTP_GET = 1, /* and HEAD */
	HTTP_POST = 2,
};

enum http_parameter {
	HTTP_SECONDS,
	HTTP_RATE,
	HTTP_DEBUG,
	HTTP_FORMAT,
	HTTP_WALL,
	HTTP_GC,
	HTTP_PARAMETERS,
};

struct http_route {
	const char *path; /* behind /pid/PID or /name/NAME, if there is one */
	unsigned methods; /* enum http_method, or'ed */
	enum http_subject subject;
	enum http_format format;
	unsigned formats;    /* 1 << enum http_format: others that may be asked for */
	unsigned parameters; /* 1 << enum http_parameter */
	bool wall;
	bool of_all;             /* not of one process */
	const char *description; /* of the page; NULL: another name for what is there already */
};

extern const struct http_route http_routes[];
extern const size_t http_route_count;

/* NULL if there is none. */
const struct http_route *http_route_find(const char *path, size_t length);

/* Why there is nothing at a path that others have; NULL if that is not known. */
const char *http_route_why_not(const char *path, size_t length);
