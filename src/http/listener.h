#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "http/server.h"

/* Where clients connect to. */
struct http_listener {
	int socket;   /* listens, non-blocking; -1: none */
	char *url;    /* as of http_server_url() */
	char **hosts; /* values of Host that are served there; NULL-terminated */
	bool is_unix;
	char *path;   /* of a unix socket that was made here; NULL: none */
	dev_t device; /* of that file */
	ino_t inode;
};

/* As http_server_start() has it; the token is not looked at but for whether there is one. */
struct error *http_listen(const struct http_options *options, struct http_listener *ret) MUST_CHECK;

/*
 * Removes the file of a unix socket, if it is still the one that was made here and nobody listens
 * there any more: whoever has a copy of the socket ends before.
 */
void http_listener_deinit(struct http_listener *listener);
