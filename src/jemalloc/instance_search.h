#pragma once

#include "base/error.h"
#include "elf/modules.h"
#include "jemalloc/instance.h"

/*
 * Appends the jemalloc of a module whose functions have lost their names. It is known by its
 * messages ("<jemalloc>: "), and mallctl by the calls that its own report makes: the names of many
 * values go to one function there (jemalloc 4.0 to 5.3.1, src/stats.c). None is no error.
 */
struct error *instance_search(const struct module *module, struct jemalloc_instances *instances)
	MUST_CHECK;

/*
 * The one whose mallctl is at a run-time address, as the user says. *ret is the caller's.
 * ERROR_USAGE: no code of the module hands the name of a value to what is there, so it is none.
 */
struct error *instance_at(
	const struct module *module, uint64_t address, struct jemalloc_instance *ret) MUST_CHECK;
