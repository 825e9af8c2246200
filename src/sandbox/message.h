#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Messages over a SOCK_SEQPACKET socket: whole or not at all, each with at most one descriptor.
 * Whoever receives must take the bytes for hostile.
 */

#define SANDBOX_MESSAGE_MAX (96UL * 1024)

enum sandbox_sent {
	SANDBOX_SENT,
	SANDBOX_FULL,      /* the other end has not taken what it was sent before */
	SANDBOX_SEND_GONE, /* there is no other end, or the message is too long for it */
};

/* Never waits. descriptor: -1 for none; stays the caller's. */
enum sandbox_sent sandbox_send(int socket, const void *bytes, size_t length, int descriptor)
	MUST_CHECK;
/* The same, but waits for room, ns at most, before it is SANDBOX_FULL. */
enum sandbox_sent sandbox_send_within(int socket, const void *bytes, size_t length, int descriptor,
	uint64_t nanoseconds) MUST_CHECK;

enum sandbox_received {
	SANDBOX_NOTHING,  /* for now */
	SANDBOX_RECEIVED, /* at least one byte */
	SANDBOX_CLOSED,
	SANDBOX_BROKEN, /* longer than the room, or with more descriptors than were asked for */
};

/*
 * Never waits. *ret_descriptor is the caller's; -1: none came, or this process may have no more.
 * NULL: none may come. Of a broken message nothing is left open.
 */
enum sandbox_received sandbox_receive(
	int socket, void *bytes, size_t room, size_t *ret_length, int *ret_descriptor) MUST_CHECK;
