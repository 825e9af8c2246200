#include "cli/text_columns.h"

#include <stdint.h>
#include <string.h>

#include "base/array.h"
#include "export/utf8.h"

struct range {
	uint32_t first, last;
	unsigned columns;
};

/* The large blocks of EastAsianWidth.txt and of general category Mn; the rest takes one column. */
static const struct range ranges[] = {
	{0x0300, 0x036f, 0},
	{0x0483, 0x0489, 0},
	{0x0591, 0x05bd, 0},
	{0x064b, 0x065f, 0},
	{0x1100, 0x115f, 2},
	{0x1ab0, 0x1aff, 0},
	{0x1dc0, 0x1dff, 0},
	{0x200b, 0x200d, 0},
	{0x20d0, 0x20ff, 0},
	{0x2e80, 0x303e, 2},
	{0x3041, 0xa4cf, 2},
	{0xa960, 0xa97f, 2},
	{0xac00, 0xd7a3, 2},
	{0xf900, 0xfaff, 2},
	{0xfe00, 0xfe0f, 0},
	{0xfe20, 0xfe2f, 0},
	{0xfe30, 0xfe6f, 2},
	{0xff00, 0xff60, 2},
	{0xffe0, 0xffe6, 2},
	{0x1f300, 0x1f64f, 2},
	{0x1f900, 0x1f9ff, 2},
	{0x20000, 0x3fffd, 2},
};

static unsigned columns_of(uint32_t character)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges) && character >= ranges[i].first; i++)
		if (character <= ranges[i].last)
			return ranges[i].columns;
	return 1;
}

/* Takes one character; returns its length. */
static size_t take(const char *text, size_t length, unsigned *ret_columns)
{
	uint32_t character;
	size_t taken = utf8_decode(text, length, &character);

	*ret_columns = taken ? columns_of(character) : 1;
	return taken ? taken : 1;
}

size_t text_columns(const char *text, size_t length)
{
	size_t columns = 0;
	unsigned more;

	for (size_t at = 0; at < length; columns += more)
		at += take(text + at, length - at, &more);
	return columns;
}

size_t text_head(const char *text, size_t length, size_t columns)
{
	size_t at = 0;

	while (at < length) {
		unsigned more;
		size_t taken = take(text + at, length - at, &more);

		if (more > columns)
			break;
		columns -= more;
		at += taken;
	}
	return at;
}

size_t text_tail(const char *text, size_t length, size_t columns)
{
	size_t left = text_columns(text, length), at = 0;
	unsigned less;

	for (; left > columns; left -= less)
		at += take(text + at, length - at, &less);
	return length - at;
}

void text_append_padded(struct string_builder *builder, const char *text, size_t columns)
{
	size_t length = text_head(text, strlen(text), columns);

	string_append_bytes(builder, text, length);
	for (size_t used = text_columns(text, length); used < columns; used++)
		string_append_char(builder, ' ');
}
