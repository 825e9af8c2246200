#pragma once

#include "base/error.h"
#include "elf/modules.h"
#include "profile/profile.h"
#include "unwind/unwind.h"

/* A module's place in the profile. */
struct recorded_module {
	uint64_t start;
	uint64_t end;
	uint32_t mapping;
};
ARRAY_DEFINE(recorded_modules, struct recorded_module)

#define RECORDED_STACKS_MAX ((size_t)128 * 1024 * 1024)

/*
 * Puts unwound stacks into a profile: run-time addresses become locations of mappings. However long
 * that goes on, memory is bounded: once the stacks take so many bytes, one that is not yet among
 * them has its innermost frame alone, below "[truncated: too many different stacks]".
 */
struct stack_recorder {
	struct profile *profile;      /* borrowed */
	struct module_table *modules; /* borrowed */
	struct recorded_modules recorded;
	struct u32_array locations; /* of the stack at hand */
	size_t stacks_max;          /* bytes: RECORDED_STACKS_MAX, from stack_recorder_init() on */
};

/*
 * The module of that path, the main binary, becomes the profile's first mapping. A recorder that
 * is initialised, also in vain, is to be deinitialised.
 */
struct error *stack_recorder_init(struct stack_recorder *recorder, struct profile *profile,
	struct module_table *modules, const char *executable) MUST_CHECK;
void stack_recorder_deinit(struct stack_recorder *recorder);

/* Modules may have other addresses from now on. */
void stack_recorder_modules_changed(struct stack_recorder *recorder);

/*
 * A thread in a system call gets a leaf for it, as "futex(2)": its number, or -1. So does one that
 * waits in the kernel and cannot be interrupted, by its state D (proc(5)). A stack that did
 * not end where it should gets a root frame that says why.
 */
struct error *stack_recorder_add(struct stack_recorder *recorder,
	const struct unwind_result *unwound, int64_t system_call, char state, uint32_t *ret_stack)
	MUST_CHECK;

/* A stack of one frame without an address, such as "[not sampled]". */
struct error *stack_recorder_add_named(
	struct stack_recorder *recorder, const char *name, uint32_t *ret_stack) MUST_CHECK;

/* Labels "thread", unless its name is empty, and "tid", unless that is 0. */
struct error *record_thread_labels(
	struct profile *profile, const char *name, int64_t id, uint32_t *ret) MUST_CHECK;
/* Whether there are such labels already; adds nothing. */
bool find_thread_labels(const struct profile *profile, const char *name, int64_t id, uint32_t *ret);
