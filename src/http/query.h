#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "http/request.h"
#include "http/routes.h"

/*
 * Decodes %XX, and "+" as a blank if plus is true. False: a wrong %XX, a control character or NUL,
 * or more than room - 1 bytes.
 */
bool http_decode(const char *text, size_t length, bool plus, char *ret, size_t room);

/*
 * Reads "seconds=5&hz=99" into the question, as far as the route takes it. False: the refusal says
 * which parameter is unknown, repeated or out of bounds.
 */
bool http_query_read(const struct http_policy *policy, const struct http_route *route,
	const char *query, struct http_question *question, struct http_refusal *refusal);
