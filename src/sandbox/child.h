#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * A process of its own for work that strangers have a say in: it can talk to whoever started it by
 * one socket, use the descriptors that it was given, and do what its profile allows. It has no
 * capabilities, is nobody where it was root, and can neither see nor touch another process.
 *
 * It is a copy of the caller: start it before anything is read that it must not know.
 */

enum sandbox_profile {
	SANDBOX_SERVER, /* accepts, receives, sends, polls; opens and connects to nothing */
	SANDBOX_CLIENT, /* and opens files for reading, connects, has threads */
	SANDBOX_PROFILES,
};

/*
 * What runs there: socket leads to the starter, and *descriptors are those of the options, under
 * other numbers. The process ends with _exit() of what this returns; it must return when the socket
 * is closed.
 */
typedef int sandbox_main(int socket, const int *descriptors, void *argument);

struct sandbox_options {
	enum sandbox_profile profile;
	const char *name; /* as ps shows it; 15 bytes */
	sandbox_main *main;
	void *argument;
	const int *descriptors; /* stay the caller's */
	size_t descriptor_count;
	uint32_t descriptors_max; /* that it may have at a time, standard streams included */
	uint64_t memory_max;      /* bytes that it may map, beside what it begins with */
};

#define SANDBOX_DESCRIPTORS_MAX 16 /* of the options */

struct sandbox_child {
	pid_t process;
	int socket; /* SOCK_SEQPACKET, non-blocking: message.h; readable, too, when it has ended */
};

/*
 * Returns when the process has given up its rights. ERROR_UNSUPPORTED: the kernel or the library
 * refuses the filter of system calls, and nothing runs. It is killed when the calling thread ends.
 */
struct error *sandbox_start(const struct sandbox_options *options, struct sandbox_child *ret)
	MUST_CHECK;

/* Closes the socket, kills the process and waits for its end. A second time, or zeroed: nothing. */
void sandbox_end(struct sandbox_child *child);
