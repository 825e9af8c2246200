#pragma once

#include "base/error.h"

/*
 * Where the XDG Base Directory Specification has a file of the user: "$VARIABLE/limpet/FILE", or
 * "$HOME/BELOW_HOME/limpet/FILE" where the variable is not set or no absolute path. To be freed.
 * ERROR_NOT_FOUND without a home.
 */
struct error *user_path(const char *variable, const char *below_home, const char *file, char **ret)
	MUST_CHECK;
