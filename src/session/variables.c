#include "session/variables.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static struct variable *find(const struct variables *variables, const char *name)
{
	ARRAY_FOR_EACH (variable, variables)
		if (strcmp(variable->name, name) == 0)
			return variable;
	return NULL;
}

const char *variables_find(const struct variables *variables, const char *name)
{
	const struct variable *variable = find(variables, name);

	return variable ? variable->value : NULL;
}

struct error *variables_set(struct variables *variables, const char *name, const char *value)
{
	CLEANUP(cleanup_free) char *copy = strdup(value);
	CLEANUP(cleanup_free) char *name_copy = NULL;
	struct variable *known = find(variables, name);
	struct error *error;

	if (!copy)
		return &error_no_memory;
	if (known) {
		free(known->value);
		known->value = TAKE_POINTER(copy);
		return NULL;
	}
	name_copy = strdup(name);
	if (!name_copy)
		return &error_no_memory;
	error = variables_append(variables, (struct variable){name_copy, copy});
	if (error)
		return error;
	name_copy = NULL;
	copy = NULL;
	return NULL;
}

void variables_free(struct variables *variables)
{
	ARRAY_FOR_EACH (variable, variables) {
		free(variable->name);
		free(variable->value);
	}
	variables_deinit(variables);
}
