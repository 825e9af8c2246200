#pragma once

#include "elf/modules.h"
#include "profile/profile.h"

/*
 * Why an address of the mapping got no name, in words that follow "no name: ". found: the module
 * that holds the address now, or NULL; used: whether that is the mapping's own file, so that its
 * tables were asked. Valid until the module table changes.
 */
const char *naming_problem(const struct profile *profile, const struct profile_mapping *mapping,
	const struct module *found, bool used);

/* Whether the kernel calls memory so that is no file of anybody's (proc(5)): "", "[heap]". */
bool path_is_without_file(const char *path);
