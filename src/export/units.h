#pragma once

#include <stdint.h>

/*
 * Figures as `go tool pprof` prints them (internal/measurement/measurement.go): time and memory are
 * converted between units, whose names are taken in many spellings; other units are left alone.
 */

#define UNITS_AUTO "auto" /* the largest unit in which the value is 1 or more */

/* Returns the value in the other unit, and that unit's name as printed: "" for counts. */
double units_convert(int64_t value, const char *from, const char *to, const char **ret_unit);

#define UNITS_TEXT_SIZE 64

/* "1.50MB", "0", "12": two decimals unless they are zeros. A longer unit is cut off. */
char *units_format(
	int64_t value, const char *from, const char *to, char buffer[static UNITS_TEXT_SIZE]);

#define PERCENTAGE_SIZE 48

/* " 5.26%", "  100%", " 0.01%": at least two digits, and six characters wide. */
char *units_percentage(int64_t value, int64_t total, char buffer[static PERCENTAGE_SIZE]);
