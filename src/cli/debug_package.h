#pragma once

#include <stdbool.h>

#include "base/cursor.h"
#include "base/error.h"

/*
 * The package that has the debug symbols of a file, on systems that keep dpkg's lists of files
 * (dpkg(1), /var/lib/dpkg/info/PACKAGE.list): "libc6-dbg", "PACKAGE-dbgsym". *ret, to be freed, is
 * NULL if no package has the file. folder: of the lists, usually DPKG_FOLDER; without one, as if it
 * were empty. At most 20,000 lists of at most 64 MiB together are read.
 */
#define DPKG_FOLDER "/var/lib/dpkg/info"
struct error *debug_package_find(const char *folder, const char *path, char **ret) MUST_CHECK;

/* Whether a list has the path as one of its lines, perhaps without "/usr" in front of it. */
bool package_list_has(struct cursor list, const char *path);
