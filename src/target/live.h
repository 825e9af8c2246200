#pragma once

#include "base/error.h"
#include "target/target.h"

/*
 * A running process. Opening it looks at it, and asks the kernel for the right to seize it, but
 * stops nothing. Refused, each with its own message: no such process, a thread's id, limpet
 * itself, the system's init, a kernel thread, a zombie all of whose threads have exited, one that
 * is traced already, a 32-bit one, and whatever the kernel does not permit.
 */
struct error *live_target_open(pid_t pid, struct target **ret) MUST_CHECK;

/*
 * The one process of that name: comm, or the file name of the executable or of the first argument.
 * None or several: an error that lists what there is. Limpet itself does not count.
 */
struct error *live_target_find(const char *name, pid_t *ret) MUST_CHECK;

/* All processes of that name, in the order of their numbers; none is no error. */
struct error *live_target_find_all(const char *name, struct u32_array *ret) MUST_CHECK;

/* Appends all descendants that the process has now, but for zombies and limpet itself. */
struct error *live_target_find_descendants(pid_t pid, struct u32_array *ret) MUST_CHECK;

/*
 * Whether that process is still there: by its start time, as its number may be another's by now,
 * and with a thread that lives. One that has become another program (exec) is.
 */
bool live_target_lives(const struct target_identity *identity);

/*
 * When the process was started, in clock ticks since boot. false: it is gone, or, unless executable
 * is NULL, runs no file of that path, as it sees it: target_identity.executable.
 */
bool live_target_started(pid_t pid, const char *executable, uint64_t *ret);

/* Visits all processes that have a program: no kernel threads, no zombies, not limpet itself. */
struct error *live_target_visit_all(
	void (*visit)(void *context, pid_t pid, const char *name), void *context) MUST_CHECK;
