#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "http/access.h"
#include "http/server.h"

/*
 * What a client's request asks for, or why it gets nothing. A pure function of the request's head:
 * no byte of it is a path of a file, and none is interpreted before the client is known to be
 * allowed here.
 */

struct http_header {
	const char *name, *value;
};

struct http_request {
	const char *method, *version; /* "GET", "HTTP/1.1" */
	const char *target;           /* path and query as they came, nothing decoded */
	const struct http_header *headers;
	size_t header_count;
	const char *local; /* address that the client has connected to, "127.0.0.1:6060"; or NULL */
};

#define HTTP_REFUSAL_SIZE 320

struct http_refusal {
	unsigned status;              /* 301, or 400 and more */
	char text[HTTP_REFUSAL_SIZE]; /* one line without its end; of a 301, where to */
	const char *allow;            /* of a 405: the header's value */
	bool closes; /* where the next request would begin is not known, or not worth waiting for */
};

enum http_plan_kind {
	HTTP_ASK,      /* the question, which is complete but for the id and the text of a body */
	HTTP_DESCRIBE, /* HEAD of what would be long to make: an empty answer of the format */
	HTTP_REFUSE,
};

struct http_plan {
	enum http_plan_kind kind;
	struct http_question question; /* http_question_deinit() */
	char back[HTTP_REFUSAL_SIZE];  /* page to show when it is done: a form was sent; "": none */
	struct http_refusal refusal;
};

void http_request_read(const struct http_policy *policy, const struct http_request *request,
	struct http_plan *ret);

/*
 * Takes the body of a POST: addresses of HTTP_SYMBOL, otherwise ignored. False: it is none, and the
 * plan is a refusal then.
 */
bool http_plan_take_body(struct http_plan *plan, const char *body, size_t length);

void http_refuse(struct http_refusal *refusal, unsigned status, const char *format, ...)
	FORMAT_PRINTF(3, 4);
