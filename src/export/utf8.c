#include "export/utf8.h"

#include "base/array.h"

#define REPLACEMENT "\xef\xbf\xbd"

struct range {
	uint32_t first, last;
};

static const struct range unprintable[] = {
	{0x00, 0x1f},
	{0x7f, 0x9f},
	{0x200e, 0x200f},
	{0x2028, 0x202e},
	{0x2066, 0x2069},
	{0xfff9, 0xfffb},
	{0xfffe, 0xffff},
};

/* How many bytes follow the first one, or -1; the first one's share of the value. */
static int split_first(uint8_t first, uint32_t *ret)
{
	if (first < 0x80) {
		*ret = first;
		return 0;
	}
	if (first >= 0xc2 && first < 0xe0) {
		*ret = first & 0x1f;
		return 1;
	}
	if (first >= 0xe0 && first < 0xf0) {
		*ret = first & 0x0f;
		return 2;
	}
	if (first >= 0xf0 && first < 0xf5) {
		*ret = first & 0x07;
		return 3;
	}
	return -1;
}

size_t utf8_decode(const char *text, size_t length, uint32_t *ret)
{
	static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000};
	uint32_t value;
	int more = split_first((uint8_t)text[0], &value);

	if (more < 0 || (size_t)more >= length)
		return 0;
	for (int i = 1; i <= more; i++) {
		if (((uint8_t)text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | ((uint8_t)text[i] & 0x3f);
	}
	if (value < smallest[more] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*ret = value;
	return (size_t)more + 1;
}

bool utf8_is_valid(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length) {
		uint32_t value;
		size_t taken = utf8_decode(text + at, length - at, &value);

		if (!taken)
			return false;
		at += taken;
	}
	return true;
}

static bool in_ranges(uint32_t value, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (value >= ranges[i].first && value <= ranges[i].last)
			return true;
	return false;
}

static void append_filtered(struct string_builder *builder, const char *text, size_t length,
	const struct range *bad, size_t bad_count)
{
	size_t at = 0, clean = 0;

	while (at < length) {
		uint32_t value;
		size_t taken = utf8_decode(text + at, length - at, &value);

		if (taken && !in_ranges(value, bad, bad_count)) {
			at += taken;
			continue;
		}
		string_append_bytes(builder, text + clean, at - clean);
		string_append(builder, REPLACEMENT);
		at += taken ? taken : 1;
		clean = at;
	}
	string_append_bytes(builder, text + clean, length - clean);
}

void utf8_append(struct string_builder *builder, const char *text, size_t length)
{
	static const struct range nul = {0, 0};

	append_filtered(builder, text, length, &nul, 1);
}

void utf8_append_printable(struct string_builder *builder, const char *text, size_t length)
{
	append_filtered(builder, text, length, unprintable, ARRAY_SIZE(unprintable));
}
