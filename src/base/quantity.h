#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Whole numbers: decimal, or hexadecimal after 0x; nothing else around them. */
bool parse_unsigned(const char *text, uint64_t *ret);
bool parse_signed(const char *text, int64_t *ret);

/* "10", "2.5", "1m30s", "500ms": seconds unless a unit stands behind; ns. */
bool parse_duration(const char *text, uint64_t *ret);

/*
 * "1000", "512k", "1.5G", "2GiB", "10MB": bytes; all units are powers of 1024, in either case of
 * letters.
 */
bool parse_size(const char *text, uint64_t *ret);

/* Room for what the format functions write, NUL included. */
#define QUANTITY_SIZE 32

/*
 * As `go tool pprof` prints them: "0", "512B", "1.50MB" (powers of 1024); "10ms", "2.31s",
 * "1.20mins".
 */
char *format_bytes(double bytes, char buffer[static QUANTITY_SIZE]);
char *format_duration(double nanoseconds, char buffer[static QUANTITY_SIZE]);
