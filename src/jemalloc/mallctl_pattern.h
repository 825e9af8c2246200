#pragma once

#include <stdbool.h>

/*
 * Names of mallctl values that differ in parts. '#' stands for a number, {a,b} for one of several
 * texts, in which '#' may stand, too, but no brace: "arenas.{bin,lextent}.#.size".
 */

bool mallctl_pattern_matches(const char *pattern, const char *name);

#define MALLCTL_NAME_SIZE 128

/* One call for each name that the braces make, numbers left open: "arenas.bin.#.size". */
typedef void mallctl_pattern_function(void *context, const char *name);
void mallctl_pattern_expand(const char *pattern, mallctl_pattern_function *use, void *context);

/*
 * Puts the numbers of what is begun ("arena.4096.p") into an expanded name, as far as it goes:
 * "arena.4096.purge". Numbers that it does not reach stay open. false: the name begins otherwise,
 * or becomes too long.
 */
bool mallctl_pattern_fill(const char *expanded, const char *begun, char ret[MALLCTL_NAME_SIZE]);

/* Puts a number in place of the first one that is open in a name. */
void mallctl_pattern_number(const char *open, unsigned number, char ret[MALLCTL_NAME_SIZE]);
