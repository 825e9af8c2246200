#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "push/pusher.h"

/* Where a collector is. */
struct push_url {
	char *base;    /* "https://host:4040/prefix": no slash at its end, no query */
	bool has_kind; /* its scheme or its path tells which collector it is */
	enum push_kind kind;
};

/*
 * "[KIND+]http[s]://HOST[:PORT][/PREFIX]". What a collector's own path ends in, such as /ingest, is
 * taken off, and tells the kind, too. ERROR_USAGE, with a hint: another scheme, user and password,
 * a query, a fragment, spaces, or a kind in the scheme and another one in the path.
 */
struct error *push_url_init(const char *text, struct push_url *ret) MUST_CHECK;
void push_url_deinit(struct push_url *url);

/* "pyroscope", "pyroscope-push", "parca". */
const char *push_kind_name(enum push_kind kind);
bool push_kind_find(const char *name, enum push_kind *ret);
/* What follows the base: "/ingest". */
const char *push_kind_path(enum push_kind kind);
