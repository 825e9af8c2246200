#pragma once

#include "base/error.h"
#include "elf/modules.h"
#include "jemalloc/instance.h"

/*
 * Whether a module holds the messages of a jemalloc ("<jemalloc>: "), as every one does (4.0 to
 * 5.3.1): cheap beside all other ways to find one whose functions have lost their names.
 */
struct error *instance_speaks(const struct module *module, bool *ret) MUST_CHECK;

/*
 * Appends the jemalloc of a module by its code: mallctl is what the names of many values are handed
 * to in its own report (jemalloc 4.0 to 5.3.1, src/stats.c). None is no error.
 */
struct error *instance_search(const struct module *module, struct jemalloc_instances *instances)
	MUST_CHECK;

/*
 * The one whose mallctl is at a run-time address, as the user says. *ret is the caller's.
 * ERROR_USAGE: no code of the module hands the name of a value to what is there, so it is none.
 */
struct error *instance_at(
	const struct module *module, uint64_t address, struct jemalloc_instance *ret) MUST_CHECK;
