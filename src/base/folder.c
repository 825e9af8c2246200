#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

struct error *folder_create_private(char **ret)
{
	const char *parent = getenv("TMPDIR");
	CLEANUP(cleanup_free) char *path = NULL;

	if (asprintf(&path, "%s/limpet-XXXXXX", parent && *parent ? parent : "/tmp") < 0) {
		path = NULL;
		return &error_no_memory;
	}
	/* Its kind is not that of errno: the target denied nothing. */
	if (!mkdtemp(path))
		return error_set_hint(error_create(ERROR_FAILED, "cannot make the folder '%s': %s",
					      path, strerror(errno)),
			"TMPDIR says where such folders are made");
	*ret = TAKE_POINTER(path);
	return NULL;
}

void folder_remove(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	rmdir(path);
}
