#include "http/protocol.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define FLAG_BY_PID    1
#define FLAG_WALL      2
#define FLAGS_ALL      (FLAG_BY_PID | FLAG_WALL)
#define STATUS_CLASSES ARRAY_SIZE(((struct http_counts *)NULL)->answered)
#define TEXT_NONE      UINT32_MAX

/* Little endian, as base/cursor.h reads it. */
static void put(struct string_builder *to, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		string_append_char(to, (char)(value >> 8 * i));
}

static void put_text(struct string_builder *to, const char *text)
{
	put(to, text ? strlen(text) : TEXT_NONE, 4);
	if (text)
		string_append(to, text);
}

static void put_question(struct string_builder *to, const struct http_question *question)
{
	put(to, question->subject, 1);
	put(to, question->format, 1);
	put(to, (question->by_pid ? FLAG_BY_PID : 0) | (question->wall ? FLAG_WALL : 0), 1);
	put(to, question->duration, 8);
	put(to, question->rate, 4);
	put_text(to, question->process);
	put_text(to, question->text);
}

static void put_counts(struct string_builder *to, const struct http_counts *counts)
{
	for (size_t i = 0; i < STATUS_CLASSES; i++)
		put(to, counts->answered[i], 8);
	put(to, counts->refused, 8);
	put(to, counts->abandoned, 8);
	put(to, counts->connections, 4);
}

void http_notice_write(const struct http_notice *notice, struct string_builder *to)
{
	put(to, notice->kind, 1);
	put(to, notice->question.id, 8);
	if (notice->kind == HTTP_NOTICE_QUESTION)
		put_question(to, &notice->question);
	if (notice->kind == HTTP_NOTICE_COUNTS)
		put_counts(to, &notice->counts);
}

/* Borrowed, and without NUL inside. ret->at is NULL if there is no text. */
static bool take_text(struct cursor *cursor, size_t most, struct cursor *ret)
{
	uint32_t length;
	const char *text;

	if (!cursor_take_u32(cursor, &length))
		return false;
	if (length == TEXT_NONE) {
		*ret = (struct cursor){0};
		return true;
	}
	if (length > most || !cursor_take(cursor, length, &text) || memchr(text, '\0', length))
		return false;
	*ret = cursor_over(text, length);
	return true;
}

/* As http/request.c lets it through. */
static bool is_process(const struct cursor *text, bool by_pid)
{
	if (!text->at || cursor_left(text) >= HTTP_PROCESS_SIZE || (by_pid && !cursor_left(text)))
		return false;
	for (const char *at = text->at; at < text->end; at++)
		if (by_pid ? *at < '0' || *at > '9'
			   : (unsigned char)*at < ' ' || *at == 0x7f || *at == '/')
			return false;
	return true;
}

static bool take_process(struct cursor *cursor, struct http_question *question)
{
	struct cursor text;

	if (!take_text(cursor, HTTP_PROCESS_SIZE - 1, &text) ||
		!is_process(&text, question->by_pid))
		return false;
	memcpy(question->process, text.at, cursor_left(&text));
	question->process[cursor_left(&text)] = '\0';
	return true;
}

/* Only HTTP_SYMBOL has a text. */
static bool take_addresses(struct cursor *cursor, struct cursor *ret, enum http_subject subject)
{
	if (!take_text(cursor, HTTP_TEXT_MAX, ret))
		return false;
	for (const char *at = ret->at; at < ret->end; at++)
		if (!strchr("0123456789abcdefABCDEFxX+\r\n", *at))
			return false;
	return subject == HTTP_SYMBOL || !ret->at;
}

static bool is_in_bounds(const struct http_question *question, const struct http_bounds *bounds)
{
	return question->duration <= bounds->duration && question->rate <= bounds->rate &&
	       (!question->wall || question->subject == HTTP_PROFILE);
}

static bool take_question(struct cursor *cursor, const struct http_bounds *bounds,
	struct http_question *ret, struct cursor *ret_text)
{
	uint8_t subject, format, flags;

	if (!cursor_take_u8(cursor, &subject) || subject >= HTTP_SUBJECTS ||
		!cursor_take_u8(cursor, &format) || format >= HTTP_FORMATS ||
		!cursor_take_u8(cursor, &flags) || flags & ~FLAGS_ALL)
		return false;
	ret->subject = (enum http_subject)subject;
	ret->format = (enum http_format)format;
	ret->by_pid = flags & FLAG_BY_PID;
	ret->wall = flags & FLAG_WALL;
	return cursor_take_u64(cursor, &ret->duration) && cursor_take_u32(cursor, &ret->rate) &&
	       take_process(cursor, ret) && take_addresses(cursor, ret_text, ret->subject) &&
	       is_in_bounds(ret, bounds);
}

static bool take_counts(struct cursor *cursor, struct http_counts *ret)
{
	for (size_t i = 0; i < STATUS_CLASSES; i++)
		if (!cursor_take_u64(cursor, &ret->answered[i]))
			return false;
	return cursor_take_u64(cursor, &ret->refused) && cursor_take_u64(cursor, &ret->abandoned) &&
	       cursor_take_u32(cursor, &ret->connections);
}

static bool take_notice(struct cursor *cursor, const struct http_bounds *bounds,
	struct http_notice *ret, struct cursor *ret_text)
{
	uint8_t kind;

	if (!cursor_take_u8(cursor, &kind) || !cursor_take_u64(cursor, &ret->question.id))
		return false;
	ret->kind = (enum http_notice_kind)kind;
	switch (kind) {
	case HTTP_NOTICE_QUESTION:
		return take_question(cursor, bounds, &ret->question, ret_text);
	case HTTP_NOTICE_LEFT:
		return true;
	case HTTP_NOTICE_COUNTS:
		return take_counts(cursor, &ret->counts);
	default:
		return false;
	}
}

struct error *http_notice_read(
	struct cursor bytes, const struct http_bounds *bounds, struct http_notice *ret)
{
	struct http_notice notice = {0};
	struct cursor text = {0};

	if (!take_notice(&bytes, bounds, &notice, &text) || cursor_left(&bytes))
		return error_create(ERROR_MALFORMED, "the HTTP process sent no message of ours");
	if (text.at) {
		notice.question.text = strndup(text.at, cursor_left(&text));
		if (!notice.question.text)
			return &error_no_memory;
	}
	*ret = notice;
	return NULL;
}

/* Texts are followed by NUL, so that they can be used where they are. */
static void put_terminated(struct string_builder *to, const char *text)
{
	put_text(to, text);
	if (text)
		string_append_char(to, '\0');
}

static bool take_terminated(struct cursor *cursor, const char **ret)
{
	struct cursor text;
	uint8_t end;

	if (!take_text(cursor, SIZE_MAX, &text))
		return false;
	*ret = text.at;
	return !text.at || (cursor_take_u8(cursor, &end) && !end);
}

void http_reply_write(const struct http_reply *reply, struct string_builder *to)
{
	put(to, reply->id, 8);
	put(to, reply->answer.status, 4);
	put(to, reply->answer.format, 1);
	put(to, reply->answer.retry_after, 4);
	put(to, reply->body_size, 8);
	put_terminated(to, reply->answer.file_name);
	put_terminated(to, reply->answer.text);
}

struct error *http_reply_read(struct cursor bytes, struct http_reply *ret)
{
	struct http_reply reply = {.answer.body = -1};
	uint32_t status, retry_after;
	uint8_t format;

	if (!cursor_take_u64(&bytes, &reply.id) || !cursor_take_u32(&bytes, &status) ||
		!cursor_take_u8(&bytes, &format) || format >= HTTP_FORMATS ||
		!cursor_take_u32(&bytes, &retry_after) ||
		!cursor_take_u64(&bytes, &reply.body_size) ||
		!take_terminated(&bytes, &reply.answer.file_name) ||
		!take_terminated(&bytes, &reply.answer.text) || cursor_left(&bytes))
		return error_create(ERROR_MALFORMED, "this is no answer");
	reply.answer.status = status;
	reply.answer.format = (enum http_format)format;
	reply.answer.retry_after = retry_after;
	*ret = reply;
	return NULL;
}
