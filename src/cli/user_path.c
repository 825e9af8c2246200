#include "cli/user_path.h"

#include <stdio.h>
#include <stdlib.h>

struct error *user_path(const char *variable, const char *below_home, const char *file, char **ret)
{
	const char *folder = getenv(variable);
	const char *home = getenv("HOME");
	char *path;
	int length;

	if (folder && folder[0] == '/')
		length = asprintf(&path, "%s/limpet/%s", folder, file);
	else if (home && home[0] == '/')
		length = asprintf(&path, "%s/%s/limpet/%s", home, below_home, file);
	else
		return error_create(ERROR_NOT_FOUND, "HOME is not set");
	if (length < 0)
		return &error_no_memory;
	*ret = path;
	return NULL;
}
