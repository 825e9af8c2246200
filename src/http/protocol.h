#pragma once

#include <stdint.h>

#include "base/cursor.h"
#include "base/string_builder.h"
#include "http/server.h"

/*
 * Messages between the process that talks to clients and the one that answers. What comes from the
 * former may be a stranger's who has taken it over: it is checked like a file's bytes.
 */

/* From the server's process. */
enum http_notice_kind {
	HTTP_NOTICE_QUESTION = 1,
	HTTP_NOTICE_LEFT,
	HTTP_NOTICE_COUNTS,
};

struct http_notice {
	enum http_notice_kind kind;
	struct http_question question; /* of LEFT, its id; the caller's: http_question_deinit() */
	struct http_counts counts;
};

/* Bounds of what a question may ask for. */
struct http_bounds {
	uint64_t duration; /* ns */
	uint32_t rate;     /* Hz */
};

void http_notice_write(const struct http_notice *notice, struct string_builder *to);

/* ERROR_MALFORMED: no process of ours would send that. */
struct error *http_notice_read(
	struct cursor bytes, const struct http_bounds *bounds, struct http_notice *ret) MUST_CHECK;

/* To the server's process: an answer, with the size of its body and its text. */
struct http_reply {
	uint64_t id;
	struct http_answer
		answer; /* texts: borrowed from the message; body: whether there is one */
	uint64_t body_size;
};

void http_reply_write(const struct http_reply *reply, struct string_builder *to);
struct error *http_reply_read(struct cursor bytes, struct http_reply *ret) MUST_CHECK;
