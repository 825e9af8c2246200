#pragma once

#include <stddef.h>

#include "base/error.h"
#include "target/target.h"

/*
 * A process as it was recorded: what the sampler saw of it, round by round, in a text file. It is
 * a target like a live one; each waiting goes on to the next round, and after the last one the
 * process is gone.
 *
 * The file:
 *     limpet-snapshot 1
 *     process PID NAME EXECUTABLE
 *     mapping LINE-OF-/proc/PID/maps
 *     build-id ADDRESS ID                     of the file of a mapping that begins there, hexadecimal
 *     round TIME CPU-TIME                     both ns
 *     thread ID STATE CPU-TIME NAME           of the round above
 *     capture ID REGISTER... [call NUMBER]    of a thread of the round, hexadecimal, DWARF order;
 *                                             NUMBER of the system call that it is in
 *     stack ADDRESS BYTES                     of the capture above, hexadecimal
 *     other ADDRESS BYTES                     the same of another stack; up to OTHER_STACKS
 *
 * In names and EXECUTABLE, \ooo is a byte in octal: blanks, control characters, backslashes; an
 * empty name is \000. Mappings and times go upwards. Lines that begin with # are remarks.
 *
 * Build ids may come anywhere. The file of a mapping is looked for beside the snapshot first, then at its own path.
 */

/* directory: where the snapshot lies. ERROR_MALFORMED names the line. */
struct error *snapshot_parse(
	const void *bytes, size_t length, const char *directory, struct target **ret) MUST_CHECK;
struct error *snapshot_open(const char *path, struct target **ret) MUST_CHECK;

/* A target that passes everything on to another one, which must outlive it, and writes it down. */
struct error *recorder_create(struct target *target, struct target **ret) MUST_CHECK;
/* The build id of the file of a mapping that begins there, in hexadecimal. */
void recorder_add_build_id(struct target *recorder, uint64_t start, const char *id);
/* What was written down so far. */
struct error *recorder_save(struct target *recorder, const char *path) MUST_CHECK;
