#pragma once

#include <stdbool.h>

#include "base/error.h"

#define HTTP_TOKEN_MAX 512 /* bytes */

/*
 * Whether the header Authorization has the token: "Bearer TOKEN" (RFC 6750), or "Basic" with it as
 * the password, whoever the user is (RFC 7617). How long that takes says nothing of the token but
 * its length.
 */
bool http_credentials_match(const char *authorization, const char *token);

/*
 * The token in a file, without the newline at its end; to be freed. ERROR_DENIED: others may read
 * the file. ERROR_MALFORMED: it is no token, of visible ASCII.
 */
struct error *http_token_read(const char *path, char **ret) MUST_CHECK;
