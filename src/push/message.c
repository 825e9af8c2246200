#include "push/message.h"

#include <string.h>

#include "base/array.h"
#include "base/cursor.h"
#include "push/answer.h"

static void append_u64(struct string_builder *to, uint64_t number)
{
	for (int i = 0; i < 8; i++)
		string_append_char(to, (char)(number >> (8 * i) & 0xff));
}

static void append_text(struct string_builder *to, const char *text)
{
	string_append_bytes(to, text, strlen(text) + 1);
}

static void append_profile(struct string_builder *to, const struct push_profile *profile)
{
	append_u64(to, profile->start);
	append_u64(to, profile->end);
	append_u64(to, profile->rate);
	append_u64(to, profile->label_count);
	append_text(to, profile->kind);
	append_text(to, profile->service);
	for (size_t i = 0; i < profile->label_count; i++) {
		append_text(to, profile->labels[i].key);
		append_text(to, profile->labels[i].value);
	}
}

void push_order_write(const struct push_order *order, struct string_builder *to)
{
	string_append_char(to, (char)order->kind);
	if (order->kind == PUSH_ORDER_PROFILE)
		append_profile(to, &order->profile);
	else if (order->kind == PUSH_ORDER_TOKEN)
		append_text(to, order->token ? order->token : "");
	else
		append_u64(to, order->patience);
}

static bool take_text(struct cursor *cursor, const char **ret)
{
	const char *end = cursor_left(cursor) ? memchr(cursor->at, 0, cursor_left(cursor)) : NULL;

	return end && cursor_take(cursor, (size_t)(end - cursor->at) + 1, ret);
}

static bool take_profile(struct cursor *cursor, struct push_order *order)
{
	struct push_profile *profile = &order->profile;
	uint64_t rate, count;

	if (!cursor_take_u64(cursor, &profile->start) || !cursor_take_u64(cursor, &profile->end) ||
		!cursor_take_u64(cursor, &rate) || !cursor_take_u64(cursor, &count) ||
		rate > UINT32_MAX || count > PUSH_LABELS_MAX ||
		!take_text(cursor, &profile->kind) || !take_text(cursor, &profile->service))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!take_text(cursor, &order->labels[i].key) ||
			!take_text(cursor, &order->labels[i].value))
			return false;
	profile->file = -1;
	profile->rate = (uint32_t)rate;
	profile->label_count = count;
	profile->labels = order->labels;
	return true;
}

bool push_order_read(const void *bytes, size_t length, struct push_order *ret)
{
	struct cursor cursor = cursor_over(bytes, length);
	uint8_t kind;

	*ret = (struct push_order){0};
	if (!cursor_take_u8(&cursor, &kind))
		return false;
	ret->kind = kind;
	switch (kind) {
	case PUSH_ORDER_PROFILE:
		return take_profile(&cursor, ret) && !cursor_left(&cursor);
	case PUSH_ORDER_TOKEN:
		return take_text(&cursor, &ret->token) && !cursor_left(&cursor);
	case PUSH_ORDER_END:
		return cursor_take_u64(&cursor, &ret->patience) && !cursor_left(&cursor);
	default:
		return false;
	}
}

/* The numbers of a note, in their order. */
#define NOTE_NUMBERS(note)                                                                         \
	{                                                                                          \
		&(note)->received, &(note)->counts.sent, &(note)->counts.bytes,                    \
			&(note)->counts.retries, &(note)->counts.refused, &(note)->counts.dropped, \
			&(note)->counts.waiting, &(note)->counts.waiting_bytes,                    \
	}

size_t push_note_write(const struct push_note *note, unsigned char to[static PUSH_NOTE_MAX])
{
	const uint64_t *const numbers[] = NOTE_NUMBERS(note);
	size_t length = strnlen(note->problem, sizeof(note->problem) - 1), at = 0;

	to[at++] = note->wants_token;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		for (int byte = 0; byte < 8; byte++)
			to[at++] = (unsigned char)(*numbers[i] >> (8 * byte));
	memcpy(to + at, note->problem, length);
	return at + length;
}

bool push_note_read(const void *bytes, size_t length, struct push_note *ret)
{
	struct cursor cursor = cursor_over(bytes, length);
	struct push_note note = {0};
	uint64_t *const numbers[] = NOTE_NUMBERS(&note);
	uint8_t wants_token;

	if (!cursor_take_u8(&cursor, &wants_token) || wants_token > 1)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!cursor_take_u64(&cursor, numbers[i]))
			return false;
	note.wants_token = wants_token;
	/* It goes to logs and terminals. */
	push_line_append(note.problem, sizeof(note.problem), cursor.at, cursor_left(&cursor));
	*ret = note;
	return true;
}
