#include "export/units.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"

struct unit {
	const char *name;
	const char *aliases[3];
	double factor;
};

/* What is measured in units that convert into each other. */
struct dimension {
	const struct unit *units;
	size_t count;
	const char *base; /* for values below 1 of every unit */
	double base_factor;
};

static const struct unit memory_units[] = {
	{"B", {"b", "byte"}, 1},
	{"kB", {"kb", "kbyte", "kilobyte"}, 0x1p10},
	{"MB", {"mb", "mbyte", "megabyte"}, 0x1p20},
	{"GB", {"gb", "gbyte", "gigabyte"}, 0x1p30},
	{"TB", {"tb", "tbyte", "terabyte"}, 0x1p40},
	{"PB", {"pb", "pbyte", "petabyte"}, 0x1p50},
};

static const struct unit time_units[] = {
	{"ns", {"ns", "nanosecond"}, 1},
	{"us", {"μs", "us", "microsecond"}, 1e3},
	{"ms", {"ms", "millisecond"}, 1e6},
	{"s", {"s", "sec", "second"}, 1e9},
	{"hrs", {"hour", "hr"}, 3600e9},
};

static const struct unit compute_units[] = {
	{"n*GCU", {"nanogcu"}, 1e-9},
	{"u*GCU", {"microgcu"}, 1e-6},
	{"m*GCU", {"milligcu"}, 1e-3},
	{"GCU", {"gcu"}, 1},
	{"k*GCU", {"kilogcu"}, 1e3},
	{"M*GCU", {"megagcu"}, 1e6},
	{"G*GCU", {"gigagcu"}, 1e9},
	{"T*GCU", {"teragcu"}, 1e12},
	{"P*GCU", {"petagcu"}, 1e15},
};

static const struct dimension dimensions[] = {
	{memory_units, ARRAY_SIZE(memory_units), "B", 1},
	{time_units, ARRAY_SIZE(time_units), "s", 1e9},
	{compute_units, ARRAY_SIZE(compute_units), "GCU", 1},
};

static const char *const uncounted[] = {"count", "sample", "unit", "minimum", UNITS_AUTO};

/* "Seconds" is compared as "second", but "ms" stays. */
static bool is_alias(const char *text, const char *alias)
{
	size_t length = strlen(text), i = 0;

	if (length > 2 && tolower((unsigned char)text[length - 1]) == 's')
		length--;
	while (i < length && alias[i] && tolower((unsigned char)text[i]) == alias[i])
		i++;
	return i == length && !alias[i];
}

static const struct unit *find_unit(const struct dimension *dimension, const char *text)
{
	for (size_t i = 0; i < dimension->count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(dimension->units[i].aliases); j++)
			if (dimension->units[i].aliases[j] &&
				is_alias(text, dimension->units[i].aliases[j]))
				return &dimension->units[i];
	return NULL;
}

static bool is_automatic(const char *unit)
{
	return strcmp(unit, UNITS_AUTO) == 0 || strcmp(unit, "minimum") == 0;
}

/* The largest unit of which there is one or more, or NULL. */
static const struct unit *find_fitting(const struct dimension *dimension, double value)
{
	const struct unit *best = NULL;

	for (size_t i = 0; i < dimension->count; i++)
		if (value / dimension->units[i].factor >= 1)
			best = &dimension->units[i];
	return best;
}

static double convert_within(
	const struct dimension *dimension, double value, const char *to, const char **ret_unit)
{
	const struct unit *unit =
		is_automatic(to) ? find_fitting(dimension, fabs(value)) : find_unit(dimension, to);

	*ret_unit = unit ? unit->name : dimension->base;
	return value / (unit ? unit->factor : dimension->base_factor);
}

double units_convert(int64_t value, const char *from, const char *to, const char **ret_unit)
{
	for (size_t i = 0; i < ARRAY_SIZE(dimensions); i++) {
		const struct unit *unit = find_unit(&dimensions[i], from);

		if (unit)
			return convert_within(
				&dimensions[i], (double)value * unit->factor, to, ret_unit);
	}
	*ret_unit = to;
	for (size_t i = 0; i < ARRAY_SIZE(uncounted); i++)
		if (strcmp(to, uncounted[i]) == 0)
			*ret_unit = "";
	return (double)value;
}

char *units_format(
	int64_t value, const char *from, const char *to, char buffer[static UNITS_TEXT_SIZE])
{
	const char *unit;
	char number[32];
	int length =
		snprintf(number, sizeof(number), "%.2f", units_convert(value, from, to, &unit));

	if (length > 3 && strcmp(number + length - 3, ".00") == 0)
		number[length - 3] = '\0';
	if (strcmp(number, "0") == 0 || strcmp(number, "-0") == 0)
		snprintf(buffer, UNITS_TEXT_SIZE, "0");
	else
		snprintf(buffer, UNITS_TEXT_SIZE, "%s%.30s", number, unit);
	return buffer;
}

char *units_percentage(int64_t value, int64_t total, char buffer[static PERCENTAGE_SIZE])
{
	double ratio = total ? fabs((double)value / (double)total) * 100 : 0;

	if (ratio >= 99.95 && ratio <= 100.05)
		snprintf(buffer, PERCENTAGE_SIZE, "  100%%");
	else if (ratio >= 1)
		snprintf(buffer, PERCENTAGE_SIZE, "%5.2f%%", ratio);
	else
		snprintf(buffer, PERCENTAGE_SIZE, "%5.2g%%", ratio);
	return buffer;
}
