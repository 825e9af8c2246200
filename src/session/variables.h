#pragma once

#include "base/array.h"
#include "base/error.h"

/* What `set $NAME VALUE` keeps. */

struct variable { /* both owned */
	char *name;
	char *value;
};
ARRAY_DEFINE(variables, struct variable)

/* Copies both; a value that there was is replaced. */
struct error *variables_set(struct variables *variables, const char *name, const char *value)
	MUST_CHECK;
/* NULL: there is none of that name. Valid until one is set. */
const char *variables_find(const struct variables *variables, const char *name);
void variables_free(struct variables *variables);
