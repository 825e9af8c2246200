#pragma once

#include "base/error.h"

/*
 * Makes a folder that only this user can look into, "/tmp/limpet-x2Tq7b", below TMPDIR or /tmp. The
 * path is to be freed.
 */
struct error *folder_create_private(char **ret) MUST_CHECK;

/* Removes it with the files that are in it, as far as that can be done. */
void folder_remove(const char *path);
