#pragma once

#include "base/error.h"
#include "jemalloc/mallctl.h"
#include "session/attachment.h"
#include "session/session.h"

/* What the commands that talk to the target's jemalloc have in common. */

/* The attached process and its jemalloc. */
struct error *require_jemalloc(
	struct session *session, struct attachment **ret, struct jemalloc *ret_jemalloc) MUST_CHECK;

/* After the calls: keeps their report, and tells what of a dead limpet was taken away. */
void finish_jemalloc(struct session *session, const struct jemalloc *jemalloc);
