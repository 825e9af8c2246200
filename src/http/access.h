#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_request;
struct http_refusal;

/* Who may ask, and for how much. */
struct http_policy {
	const char *const *hosts; /* values of Host that are served; NULL-terminated */
	bool any_host;            /* of a unix socket, which no page of a browser reaches */
	const char *token;        /* NULL: none is asked for */
	uint64_t duration_max;    /* ns */
	uint32_t rate_max;        /* Hz */
};

/* False: the refusal is filled. */
bool http_access_check(const struct http_policy *policy, const struct http_request *request,
	struct http_refusal *refusal);

/* The value of the header, in any case of letters; NULL if there is none. *ret_count: how many. */
const char *http_request_header(
	const struct http_request *request, const char *name, size_t *ret_count);
