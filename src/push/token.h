#pragma once

#include "base/error.h"

/*
 * What a file holds, less the newline at its end: to be freed by the caller. ERROR_NOT_FOUND;
 * ERROR_DENIED: it cannot be read, or others than its owner and group can; ERROR_MALFORMED: empty,
 * longer than 8 KiB, or with bytes that no header can carry.
 */
struct error *push_token_read(const char *path, char **ret) MUST_CHECK;

#define PUSH_TOKEN_MAX 8192
