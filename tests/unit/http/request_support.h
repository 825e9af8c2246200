#pragma once

#include "../base/test_support.h"

#include "base/clock.h"
#include "http/request.h"

static const char *const served_hosts[] = {"localhost:6060", "127.0.0.1:6060", "[::1]:6060",
	"profiler.example:6060", "profiler.example", NULL};

#define HEADERS_MAX 8

/* A request's head, and the policy it is read with. */
struct attempt {
	struct http_policy policy;
	struct http_request request;
	struct http_header headers[HEADERS_MAX];
};

/* GET of the target, from the own machine; no token is asked for. */
static inline void attempt_init(struct attempt *attempt, const char *target)
{
	*attempt = (struct attempt){
		.policy = {.hosts = served_hosts,
			.duration_max = 600 * NANOSECONDS_PER_SECOND,
			.rate_max = 1000},
		.request = {.method = "GET", .version = "HTTP/1.1", .target = target},
		.headers = {{"Host", "localhost:6060"}},
	};
	attempt->request.headers = attempt->headers;
	attempt->request.header_count = 1;
}

static inline void attempt_add(struct attempt *attempt, const char *name, const char *value)
{
	assert_true(attempt->request.header_count < HEADERS_MAX);
	attempt->headers[attempt->request.header_count++] = (struct http_header){name, value};
}

static inline unsigned attempt_status(const struct attempt *attempt)
{
	struct http_plan plan;

	http_request_read(&attempt->policy, &attempt->request, &plan);
	http_question_deinit(&plan.question);
	return plan.kind == HTTP_REFUSE ? plan.refusal.status : 200;
}
