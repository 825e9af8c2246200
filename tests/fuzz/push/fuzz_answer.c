#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "push/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_be(bool good)
{
	if (!good)
		abort();
}

/* One line that a terminal and a log may be given. */
static void check_line(const char *text)
{
	size_t length = strnlen(text, PUSH_TEXT_SIZE);
	json_t *string = json_stringn(text, length);

	must_be(length < PUSH_TEXT_SIZE && string);
	json_decref(string);
	for (size_t i = 0; i < length; i++)
		must_be((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

/* "KIND STATUS RETRY_AFTER LOCATION", a line; then the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_over(data, size), line;
	struct push_answer answer;
	uint64_t kind = 0, status = 0, retry_after = 0;
	char location[256] = "";

	if (!cursor_take_line(&cursor, &line) || !cursor_take_decimal(&line, &kind))
		return 0;
	cursor_skip_spaces(&line);
	(void)cursor_take_decimal(&line, &status);
	cursor_skip_spaces(&line);
	(void)cursor_take_decimal(&line, &retry_after);
	if (cursor_left(&line) && cursor_left(&line) < sizeof(location))
		memcpy(location, line.at, cursor_left(&line));
	push_answer_judge((enum push_kind)(kind % 3), (long)(status % 1000), (int64_t)retry_after,
		*location ? location : NULL, cursor.at, cursor_left(&cursor), &answer);
	check_line(answer.text);
	must_be(answer.retry_after <= PUSH_RETRY_AFTER_MAX);
	must_be((answer.verdict == PUSH_TAKEN) == (status % 1000 / 100 == 2));
	(void)push_answer_hint(&answer, kind & 1);
	push_answer_none(location, &answer);
	check_line(answer.text);
	return 0;
}
