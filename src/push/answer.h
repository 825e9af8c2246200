#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "push/pusher.h"

/*
 * What a collector's answer means. Sources: Pyroscope 2.2 (pkg/util/http/error.go: {"code",
 * "message"}; ingest_handler.go: 400 the request, 413 its size, 422 the profile, 429 a limit on the
 * rate, 408 the body did not come; Connect's protocol: the same form). Parca 0.28 by grpc-gateway:
 * {"code", "message", "details"}, where 429 stands for ResourceExhausted, which is also a message
 * that is too large (grpc-go, rpc_util.go).
 */

enum push_verdict {
	PUSH_TAKEN,
	PUSH_AGAIN,  /* later it may go well: no connection, too busy, not set up as it should be */
	PUSH_DENIED, /* the token: another one may do */
	PUSH_REFUSED, /* for good */
};

#define PUSH_RETRY_AFTER_MAX (300ULL * 1000000000) /* whatever a server says */

struct push_answer {
	enum push_verdict verdict;
	bool failing;              /* 5xx: the server's own fault, as it says */
	long status;               /* 0: there was no answer */
	uint64_t retry_after;      /* ns; 0: not said */
	char text[PUSH_TEXT_SIZE]; /* one line, printable UTF-8: "422 Unprocessable Entity: ..." */
};

/*
 * retry_after: seconds, as the header says; negative: it is not there. location: of a redirect, or
 * NULL. The body may be any bytes.
 */
void push_answer_judge(enum push_kind kind, long status, int64_t retry_after, const char *location,
	const void *body, size_t length, struct push_answer *ret);

/* No answer came, for that reason. */
void push_answer_none(const char *reason, struct push_answer *ret);

/* What to do about it; token: whether one was sent. NULL: nothing that would be known. */
const char *push_answer_hint(const struct push_answer *answer, bool token);

/* Appends text to a line, with what is not printable replaced, and cut after a whole character. */
void push_line_append(char *line, size_t size, const char *text, size_t length);
