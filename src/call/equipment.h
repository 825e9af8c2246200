#pragma once

#include "arch/call_direct.h"
#include "arch/call_gadgets.h"
#include "base/error.h"
#include "call/time_places.h"
#include "elf/modules.h"
#include "target/target.h"

/* What the target has of its own that calls go through: looked for once for each set of modules. */
struct call_equipment {
	struct call_gadgets gadgets;
	struct call_direct_functions functions;
	/* For a thread of limpet's own; 0: not found. */
	uint64_t pthread_create, attribute_init, attribute_set_stack, attribute_set_detached;
	uint64_t attribute_destroy;
	bool has_musl_built_in; /* whose attributes may be made without its functions */
	uint64_t dead_memory;   /* writable, lasting, and nobody's; 0: none */
	size_t dead_length;
	uint64_t own_signals; /* struct call_situation */
};

/*
 * The functions are those of the C library, or of an executable that has one built in; whoever
 * else has functions of these names does not count. ERROR_UNSUPPORTED: there is no code at all to
 * start from.
 */
struct error *call_equipment_find(
	struct target *target, struct module_table *modules, struct call_equipment *ret) MUST_CHECK;

/* ERROR_UNSUPPORTED: the process has no function of that name, which limpet needs "to ...". */
struct error *call_equipment_lacks(const char *function, const char *purpose) MUST_CHECK;

/* At the end of the dead memory, a quarter of it at most if there is room for several. */
struct time_places call_equipment_time_places(const struct call_equipment *equipment);
/* What is left of the dead memory, bytes. */
size_t call_equipment_room(const struct call_equipment *equipment);

/* Whether the module is a C library, by its file's name. */
bool is_c_library(const struct module *module);
/* Else it is linked into the program, if there is any. */
bool has_c_library(struct module_table *modules);
/* Whether it is musl, which is the dynamic loader as well. */
bool is_musl(const struct module *module);
