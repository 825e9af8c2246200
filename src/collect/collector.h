#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "elf/modules.h"
#include "target/target.h"
#include "unwind/unwind.h"

/* Where the threads are looked up and followed; all borrowed. */
struct collector {
	struct target *target;
	struct module_table *modules;
	struct unwinder *unwinder;
};

/* The error of a filter that no thread passes. */
struct error *collector_no_thread(const char *filter) MUST_CHECK;

/* Brings the module table up to date with the target's mappings, and the unwinder with it. */
struct error *collector_refresh(const struct collector *collector, bool *ret_changed) MUST_CHECK;
