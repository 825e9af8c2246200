#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "symbolize/name_builder.h"
#include "symbolize/name_table.h"

/*
 * A folder of tables of names, one for each build id: BUILDID.names1. Several processes may use it
 * at once: a table is written under another name and then renamed, so that nobody sees a part of
 * one. It is used only if it belongs to the user and nobody else may write there. What is damaged,
 * foreign or of another version is as good as not there.
 */
struct name_cache;

/*
 * The user's own: $XDG_CACHE_HOME/limpet, or $HOME/.cache/limpet (XDG Base Directory
 * Specification). To be freed. ERROR_NOT_FOUND if neither variable is an absolute path.
 */
struct error *name_cache_path(char **ret) MUST_CHECK;

/*
 * size_max: bytes of all tables together, of which one has a quarter at most. That there is no such
 * folder is no error: it is made when something is saved. ERROR_DENIED: the folder is somebody
 * else's, writable by others, or no folder; or another by errno.
 */
struct error *name_cache_open(const char *path, uint64_t size_max, struct name_cache **ret)
	MUST_CHECK;
void name_cache_close(struct name_cache *cache); /* takes NULL */
void cleanup_name_cache(struct name_cache **cache);

/*
 * How many bytes name_cache_of_user() may keep from now on, in this process; 0, as at the start: it
 * gives none. Not before it is needed is a folder made.
 */
void name_cache_set_size(uint64_t size_max);

/*
 * The cache at name_cache_path(). *ret is NULL if none is wanted, or it cannot be used: names are
 * found without. The only error is ERROR_NO_MEMORY.
 */
struct error *name_cache_of_user(struct name_cache **ret) MUST_CHECK;

/* What a table may have, in bytes: for name_builder_create(). */
size_t name_cache_table_size_max(const struct name_cache *cache);

/*
 * The table of a build id, which thereby is the one used last; *ret is NULL where there is none
 * that can be used. The only error is ERROR_NO_MEMORY. The caller closes it.
 */
struct error *name_cache_load(const struct name_cache *cache, const uint8_t *build_id,
	size_t length, struct name_table **ret) MUST_CHECK;

/*
 * Adds what was gathered to the table of a build id; the folder is made where there is none, with
 * mode 0700, in a folder that is the user's own. Then removes those that were not used for longest
 * until all fit, and what writers left behind that were killed an hour ago. Nothing gathered: does
 * nothing.
 */
struct error *name_cache_save(struct name_cache *cache, const uint8_t *build_id, size_t length,
	struct name_builder *builder) MUST_CHECK;
