#include "push/answer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/cursor.h"

static const struct {
	long status;
	const char *text;
} status_texts[] = {
	{200, "OK"},
	{202, "Accepted"},
	{204, "No Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{307, "Temporary Redirect"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{413, "Request Entity Too Large"},
	{415, "Unsupported Media Type"},
	{422, "Unprocessable Entity"},
	{429, "Too Many Requests"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
};

static enum push_verdict verdict_of(long status)
{
	if (status >= 200 && status < 300)
		return PUSH_TAKEN;
	if (status == 401 || status == 403)
		return PUSH_DENIED;
	/* A path that is not there, or the wrong one, is put right by who runs the collector. */
	if (status < 400 || status >= 500 || status == 404 || status == 405 || status == 407 ||
		status == 408 || status == 421 || status == 425 || status == 429)
		return PUSH_AGAIN;
	return PUSH_REFUSED;
}

/* Bytes of the UTF-8 character at the start; 0: none, or one that is not printable. */
static size_t character_length(const char *text, size_t length)
{
	unsigned char first = (unsigned char)text[0];
	size_t needed = first < 0x80   ? 1
			: first < 0xc2 ? 0
			: first < 0xe0 ? 2
			: first < 0xf0 ? 3
				       : 4;
	json_t *string;

	if (first < ' ' || first == 0x7f || first > 0xf4 || !needed || needed > length)
		return 0;
	if (needed == 1)
		return 1;
	if (first == 0xc2 && (unsigned char)text[1] < 0xa0) /* C1 controls */
		return 0;
	string = json_stringn(text, needed);
	if (!string)
		return 0;
	json_decref(string);
	return needed;
}

void push_line_append(char *line, size_t size, const char *text, size_t length)
{
	size_t at = strlen(line);

	while (length) {
		size_t taken = character_length(text, length);

		if (at + (taken ? taken : 1) >= size)
			break;
		if (taken)
			memcpy(line + at, text, taken);
		else
			line[at] = (unsigned char)text[0] < ' ' ? ' ' : '?';
		at += taken ? taken : 1;
		text += taken ? taken : 1;
		length -= taken ? taken : 1;
	}
	line[at] = 0;
}

/* {"message": "..."}: Connect's, grpc-gateway's and Pyroscope's own form. */
static bool append_json_message(struct push_answer *answer, const char *body, size_t length)
{
	json_t *object = json_loadb(body, length, 0, NULL);
	const json_t *message = json_object_get(object, "message");
	bool found = json_is_string(message) && json_string_length(message);

	if (found) {
		push_line_append(answer->text, sizeof(answer->text), ": ", 2);
		push_line_append(answer->text, sizeof(answer->text), json_string_value(message),
			json_string_length(message));
	}
	json_decref(object);
	return found;
}

/* The first line of text; pages of HTML, as proxies write them, say nothing in theirs. */
static void append_body(struct push_answer *answer, const char *body, size_t length)
{
	struct cursor cursor = cursor_over(body, length), line;

	if (!length || append_json_message(answer, body, length))
		return;
	if (!cursor_take_line(&cursor, &line))
		return;
	cursor_skip_spaces(&line);
	if (!cursor_left(&line) || *line.at == '<' || *line.at == '{' || *line.at == '[')
		return;
	push_line_append(answer->text, sizeof(answer->text), ": ", 2);
	push_line_append(answer->text, sizeof(answer->text), line.at, cursor_left(&line));
}

static bool contains(const struct push_answer *answer, const char *text)
{
	return strstr(answer->text, text) != NULL;
}

void push_answer_judge(enum push_kind kind, long status, int64_t retry_after, const char *location,
	const void *body, size_t length, struct push_answer *ret)
{
	const char *name = "";

	*ret = (struct push_answer){.verdict = verdict_of(status), .status = status};
	ret->failing = status >= 500;
	for (size_t i = 0; i < ARRAY_SIZE(status_texts); i++)
		if (status_texts[i].status == status)
			name = status_texts[i].text;
	snprintf(ret->text, sizeof(ret->text), "%ld%s%s", status, *name ? " " : "", name);
	if (ret->verdict == PUSH_TAKEN)
		return;
	append_body(ret, body, length);
	if (status / 100 == 3 && location) {
		push_line_append(ret->text, sizeof(ret->text), ", to ", 5);
		push_line_append(ret->text, sizeof(ret->text), location, strlen(location));
	}
	if (kind == PUSH_PARCA && status == 429 && contains(ret, "larger than max"))
		ret->verdict = PUSH_REFUSED;
	if (retry_after > 0)
		ret->retry_after =
			(uint64_t)retry_after > PUSH_RETRY_AFTER_MAX / NANOSECONDS_PER_SECOND
				? PUSH_RETRY_AFTER_MAX
				: (uint64_t)retry_after * NANOSECONDS_PER_SECOND;
}

void push_answer_none(const char *reason, struct push_answer *ret)
{
	*ret = (struct push_answer){.verdict = PUSH_AGAIN};
	push_line_append(ret->text, sizeof(ret->text), reason, strlen(reason));
}

/* By what Pyroscope says (pkg/validation/validate.go), the first that fits. */
static const struct {
	const char *part, *hint;
} known_messages[] = {
	{"no org id", "this Pyroscope has tenants: --tenant ID"},
	{"ingestion window", "Pyroscope takes what is from an hour old to ten minutes ahead: "
			     "compare both clocks, "
			     "and send profiles while they are fresh"},
	{"samples count limit",
		"it has a limit of 16000 stacks: capture for a shorter time, or leave some out "
		"(focus=, -t), or raise Pyroscope's validation.max-profile-stacktrace-samples"},
	{"size limit",
		"its limit is 4 MiB, not compressed: capture for a shorter time, or leave some out "
		"(focus=, -t), or raise Pyroscope's validation.max-profile-size-bytes"},
	{"exceeds limit",
		"its limit is 4 MiB, not compressed: capture for a shorter time, or leave some out "
		"(focus=, -t), or raise Pyroscope's validation.max-profile-size-bytes"},
	{"series limit", "fewer, or steadier, values of labels make fewer series"},
};

static const struct {
	long status;
	const char *hint;
} status_hints[] = {
	{404, "is this the collector's address, with its prefix if it has one, and its kind "
	      "(--collector)?"},
	{405, "is this the collector's address, with its prefix if it has one, and its kind "
	      "(--collector)?"},
	{501, "is this the collector's kind? --collector says another one"},
	{413, "capture for a shorter time, leave some out (focus=, -t), or raise the limit of the "
	      "collector or of the proxy before it"},
	{429, "it takes no more for now: push less often, or raise its limits"},
	{502, "the proxy before the collector does not reach it"},
	{503, "try again later, or for some time: --retry 2m"},
	{504, "try again later, or for some time: --retry 2m"},
};

const char *push_answer_hint(const struct push_answer *answer, bool token)
{
	for (size_t i = 0; i < ARRAY_SIZE(known_messages); i++)
		if (contains(answer, known_messages[i].part))
			return known_messages[i].hint;
	if (answer->verdict == PUSH_DENIED && token)
		return "the token was not accepted: is it the right one, does it allow to write, "
		       "and does the collector want --user NAME or --tenant ID with it?";
	if (answer->verdict == PUSH_DENIED)
		return "it wants a token: --token-file FILE, and --user NAME where it wants a name "
		       "and a password";
	if (answer->status / 100 == 3)
		return "redirects are not followed, for they would take the token along: give that "
		       "URL if it is the collector's";
	for (size_t i = 0; i < ARRAY_SIZE(status_hints); i++)
		if (status_hints[i].status == answer->status)
			return status_hints[i].hint;
	return NULL;
}
