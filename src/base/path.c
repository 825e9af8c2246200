#include "base/path.h"

#include <stdbool.h>
#include <string.h>

const char *path_file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/* Where the last part of what was written begins, behind the root. */
static size_t last_part(const char *path, size_t start, size_t end)
{
	while (end > start && path[end - 1] != '/')
		end--;
	return end;
}

void path_clean(char *path)
{
	size_t root = *path == '/' ? 1 : 0, end = root, parents = root;
	const char *at = path;

	while (*at) {
		size_t length = strcspn(at += strspn(at, "/"), "/");
		bool up = length == 2 && at[0] == '.' && at[1] == '.';

		if (length == 0)
			break;
		if (up && end > parents) {
			end = last_part(path, parents, end);
			if (end > parents)
				end--;
		} else if (!(length == 1 && *at == '.') && !(up && root)) {
			if (end > root)
				path[end++] = '/';
			memmove(path + end, at, length);
			end += length;
			if (up)
				parents = end;
		}
		at += length;
	}
	if (!*path)
		return;
	if (!end)
		path[end++] = '.';
	path[end] = '\0';
}
