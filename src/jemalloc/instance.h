#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "elf/modules.h"

/* One jemalloc in the process: a library, or linked into the executable. */
struct jemalloc_instance {
	char *prefix;         /* of its public functions: "", "_rjem_", "je_" */
	char *path;           /* of the module */
	uint64_t mallctl;     /* run-time address */
	uint64_t stats_print; /* of malloc_stats_print(); 0: not known */
	bool nameless;        /* found by its code */
};
ARRAY_DEFINE(jemalloc_instances, struct jemalloc_instance)

void jemalloc_instance_deinit(struct jemalloc_instance *instance);
void jemalloc_instances_free(struct jemalloc_instances *instances);

/*
 * All of them: where the functions ...mallctl, ...mallctlbymib and ...mallctlnametomib of the same
 * prefix stand beside each other, by the symbols of the file or by those that are kept elsewhere
 * (elf/debug_search.h); in modules without such names, by their code (instance_search.h). None is
 * no error.
 */
struct error *jemalloc_find_instances(struct module_table *modules, struct jemalloc_instances *ret)
	MUST_CHECK;

/*
 * The one that a user means: by its number in the list, from 1, by its prefix, or by a part of its
 * module's path; "": the executable's own, else the first. ERROR_USAGE: none, or several.
 */
struct error *jemalloc_choose_instance(const struct jemalloc_instances *instances, const char *text,
	const char *executable, const struct jemalloc_instance **ret) MUST_CHECK;

/* The environment variable that it reads its options from: "MALLOC_CONF", "_RJEM_MALLOC_CONF". */
char *jemalloc_variable(const struct jemalloc_instance *instance);
