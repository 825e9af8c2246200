#include "base/quantity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/cursor.h"

bool parse_unsigned(const char *text, uint64_t *ret)
{
	struct cursor cursor = cursor_over(text, strlen(text));
	bool hexadecimal = text[0] == '0' && text[1] == 'x';
	uint64_t value;

	if (!(hexadecimal ? cursor_take_hexadecimal(&cursor, &value)
			  : cursor_take_decimal(&cursor, &value)))
		return false;
	if (cursor_left(&cursor))
		return false;
	*ret = value;
	return true;
}

bool parse_signed(const char *text, int64_t *ret)
{
	bool negative = text[0] == '-';
	uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX;
	uint64_t magnitude;

	if (!parse_unsigned(text + negative, &magnitude) || magnitude > limit)
		return false;
	*ret = (int64_t)(negative ? -magnitude : magnitude);
	return true;
}

struct unit {
	const char *name;
	double scale;
};

static const struct unit duration_units[] = {
	{"ns", 1},
	{"us", 1e3},
	{"ms", 1e6},
	{"s", 1e9},
	{"m", 60e9},
	{"h", 3600e9},
};

/* The letters up to the next digit; none at the end of the text is seconds. */
static double take_unit(struct cursor *cursor)
{
	const char *start = cursor->at;

	while (cursor->at < cursor->end && *cursor->at >= 'a' && *cursor->at <= 'z')
		cursor->at++;
	size_t length = (size_t)(cursor->at - start);
	if (!length)
		return cursor_left(cursor) ? 0 : 1e9;
	for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++)
		if (strlen(duration_units[i].name) == length &&
			memcmp(duration_units[i].name, start, length) == 0)
			return duration_units[i].scale;
	return 0;
}

/* Digits, and a fraction if there is one; strtod would also take "inf", "nan" and exponents. */
static bool take_fraction(struct cursor *cursor, double *ret)
{
	uint64_t whole = 0, fraction;
	bool some = cursor_take_decimal(cursor, &whole);

	*ret = (double)whole;
	if (!cursor_skip_text(cursor, "."))
		return some;
	const char *start = cursor->at;
	if (!cursor_take_decimal(cursor, &fraction))
		return some;
	*ret += (double)fraction / pow(10, (double)(cursor->at - start));
	return true;
}

bool parse_duration(const char *text, uint64_t *ret)
{
	struct cursor cursor = cursor_over(text, strlen(text));
	double total = 0;

	do {
		double number, scale;

		if (!take_fraction(&cursor, &number))
			return false;
		scale = take_unit(&cursor);
		if (scale == 0)
			return false;
		total += number * scale;
	} while (cursor_left(&cursor));
	if (total >= 1e18)
		return false;
	*ret = (uint64_t)llround(total);
	return true;
}

/* "", "B", "k", "kB", "KiB", ... */
static double take_size_unit(struct cursor *cursor)
{
	static const char prefixes[] = "kmgtp";
	const char *prefix = cursor_left(cursor) ? strchr(prefixes, *cursor->at | 0x20) : NULL;
	double scale = 1;

	if (prefix && *prefix) {
		scale = pow(1024, (double)(prefix - prefixes + 1));
		cursor->at++;
		if (cursor_left(cursor) == 2 && (*cursor->at | 0x20) == 'i')
			cursor->at++;
	}
	if (cursor_left(cursor) == 1 && (*cursor->at | 0x20) == 'b')
		cursor->at++;
	return scale;
}

bool parse_size(const char *text, uint64_t *ret)
{
	struct cursor cursor = cursor_over(text, strlen(text));
	double number;

	if (!take_fraction(&cursor, &number))
		return false;
	number *= take_size_unit(&cursor);
	if (cursor_left(&cursor) || number >= 1e18)
		return false;
	*ret = (uint64_t)llround(number);
	return true;
}

static char *format_scaled(
	double value, const struct unit *units, size_t count, char buffer[static QUANTITY_SIZE])
{
	char number[QUANTITY_SIZE - 8];
	size_t i = 0;

	while (i + 1 < count && fabs(value) >= units[i + 1].scale)
		i++;
	snprintf(number, sizeof(number), "%.2f", value / units[i].scale);
	char *fraction = strstr(number, ".00");
	if (fraction)
		*fraction = '\0';
	bool zero = strcmp(number, "0") == 0 || strcmp(number, "-0") == 0;
	snprintf(buffer, QUANTITY_SIZE, "%s%s", zero ? "0" : number, zero ? "" : units[i].name);
	return buffer;
}

char *format_bytes(double bytes, char buffer[static QUANTITY_SIZE])
{
	static const struct unit units[] = {
		{"B", 1},
		{"kB", 0x1p10},
		{"MB", 0x1p20},
		{"GB", 0x1p30},
		{"TB", 0x1p40},
		{"PB", 0x1p50},
	};

	return format_scaled(round(bytes), units, sizeof(units) / sizeof(units[0]), buffer);
}

char *format_duration(double nanoseconds, char buffer[static QUANTITY_SIZE])
{
	static const struct unit units[] = {
		{"ns", 1},
		{"us", 1e3},
		{"ms", 1e6},
		{"s", 1e9},
		{"mins", 60e9},
		{"hrs", 3600e9},
	};

	return format_scaled(round(nanoseconds), units, sizeof(units) / sizeof(units[0]), buffer);
}
