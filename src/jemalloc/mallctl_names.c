#include "jemalloc/mallctl_names.h"

#include <ctype.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/array.h"

#define FREES_LIVE_MEMORY "it frees memory that the program still uses"
#define OWN_THREAD        "it concerns the thread that asks, and that would be a borrowed one"

static const struct mallctl_name names[] = {
	{"version", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"epoch", MALLCTL_UINT64, MALLCTL_READ_WRITE, NULL, NULL},
	{"background_thread", MALLCTL_BOOL, MALLCTL_READ_WRITE, NULL, NULL},
	{"max_background_threads", MALLCTL_SIZE, MALLCTL_READ_WRITE, NULL, NULL},
	{"config.cache_oblivious", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.debug", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.fill", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.lazy_lock", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.malloc_conf", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"config.opt_safety_checks", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.prof", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.prof_frameptr", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.prof_libgcc", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.prof_libunwind", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.stats", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.utrace", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.xmalloc", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.abort", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.abort_conf", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.background_thread", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.cache_oblivious", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.confirm_conf", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.dirty_decay_ms", MALLCTL_SSIZE, MALLCTL_READ, NULL, NULL},
	{"opt.dss", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"opt.junk", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"opt.lg_prof_interval", MALLCTL_SSIZE, MALLCTL_READ, NULL, NULL},
	{"opt.lg_prof_sample", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"opt.lg_tcache_max", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"opt.max_background_threads", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"opt.metadata_thp", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"opt.muzzy_decay_ms", MALLCTL_SSIZE, MALLCTL_READ, NULL, NULL},
	{"opt.narenas", MALLCTL_UNSIGNED, MALLCTL_READ, NULL, NULL},
	{"opt.oversize_threshold", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"opt.percpu_arena", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"opt.prof", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.prof_accum", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.prof_active", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.prof_bt_max", MALLCTL_UNSIGNED, MALLCTL_READ, NULL, NULL},
	{"opt.prof_final", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.prof_gdump", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.prof_leak", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.prof_leak_error", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.prof_prefix", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"opt.prof_stats", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.prof_thread_active_init", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.prof_time_resolution", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"opt.retain", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.stats_print", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.stats_print_opts", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"opt.tcache", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.tcache_max", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"opt.thp", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"opt.trust_madvise", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.utrace", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.xmalloc", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.zero", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"prof.active", MALLCTL_BOOL, MALLCTL_READ_WRITE, NULL, "heap on, heap off"},
	{"prof.dump", MALLCTL_STRING, MALLCTL_WRITE, NULL, "heap dump"},
	{"prof.gdump", MALLCTL_BOOL, MALLCTL_READ_WRITE, NULL, NULL},
	{"prof.interval", MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"prof.lg_sample", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"prof.prefix", MALLCTL_STRING, MALLCTL_WRITE, NULL, NULL},
	{"prof.reset", MALLCTL_SIZE, MALLCTL_WRITE, NULL, "heap reset, heap rate"},
	{"prof.thread_active_init", MALLCTL_BOOL, MALLCTL_READ_WRITE, NULL, NULL},
	{"stats.active", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.allocated", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.background_thread.num_runs", MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"stats.background_thread.num_threads", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.background_thread.run_interval", MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"stats.mapped", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.metadata", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.metadata_thp", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.resident", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.retained", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.zero_reallocs", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.dirty_decay_ms", MALLCTL_SSIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.large.allocated", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.large.ndalloc", MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.large.nmalloc", MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.mapped", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.muzzy_decay_ms", MALLCTL_SSIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.nthreads", MALLCTL_UNSIGNED, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.pactive", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.pdirty", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.pmuzzy", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.resident", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.retained", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.small.allocated", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.small.ndalloc", MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.small.nmalloc", MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"approximate_stats.active", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"arenas.dirty_decay_ms", MALLCTL_SSIZE, MALLCTL_READ_WRITE, NULL, NULL},
	{"arenas.muzzy_decay_ms", MALLCTL_SSIZE, MALLCTL_READ_WRITE, NULL, NULL},
	{"arenas.narenas", MALLCTL_UNSIGNED, MALLCTL_READ, NULL, NULL},
	{"arenas.nbins", MALLCTL_UNSIGNED, MALLCTL_READ, NULL, NULL},
	{"arenas.page", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"arenas.quantum", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"arenas.tcache_max", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"arena.#.decay", MALLCTL_NONE, MALLCTL_WRITE, NULL, NULL},
	{"arena.#.destroy", MALLCTL_NONE, MALLCTL_WRITE, FREES_LIVE_MEMORY, NULL},
	{"arena.#.dirty_decay_ms", MALLCTL_SSIZE, MALLCTL_READ_WRITE, NULL, NULL},
	{"arena.#.dss", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"arena.#.initialized", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"arena.#.muzzy_decay_ms", MALLCTL_SSIZE, MALLCTL_READ_WRITE, NULL, NULL},
	{"arena.#.purge", MALLCTL_NONE, MALLCTL_WRITE, NULL, NULL},
	{"arena.#.reset", MALLCTL_NONE, MALLCTL_WRITE, FREES_LIVE_MEMORY, NULL},
	{"thread.active", MALLCTL_BOOL, MALLCTL_READ, OWN_THREAD, NULL},
	{"thread.allocated", MALLCTL_UINT64, MALLCTL_READ, OWN_THREAD, NULL},
	{"thread.arena", MALLCTL_UNSIGNED, MALLCTL_READ_WRITE, OWN_THREAD, NULL},
	{"thread.deallocated", MALLCTL_UINT64, MALLCTL_READ, OWN_THREAD, NULL},
	{"thread.prof.active", MALLCTL_BOOL, MALLCTL_READ_WRITE, OWN_THREAD, NULL},
	{"thread.prof.name", MALLCTL_STRING, MALLCTL_READ_WRITE, OWN_THREAD, NULL},
	{"thread.tcache.enabled", MALLCTL_BOOL, MALLCTL_READ_WRITE, OWN_THREAD, NULL},
	{"thread.tcache.flush", MALLCTL_NONE, MALLCTL_WRITE, OWN_THREAD, NULL},
};

static const struct {
	size_t size;
	const char *text;
} types[MALLCTL_TYPE_COUNT] = {
	[MALLCTL_BOOL] = {1, "true or false"},
	[MALLCTL_UNSIGNED] = {sizeof(unsigned), "a whole number of 32 bits"},
	[MALLCTL_SIZE] = {sizeof(size_t), "a whole number"},
	[MALLCTL_SSIZE] = {sizeof(ssize_t), "a whole number, which may be negative"},
	[MALLCTL_UINT64] = {sizeof(uint64_t), "a whole number"},
	[MALLCTL_STRING] = {sizeof(char *), "a text"},
	[MALLCTL_NONE] = {0, "no value"},
};

size_t mallctl_type_size(enum mallctl_type type)
{
	return types[type].size;
}

const char *mallctl_type_text(enum mallctl_type type)
{
	return types[type].text;
}

const struct mallctl_name *mallctl_names(size_t *count)
{
	*count = ARRAY_SIZE(names);
	return names;
}

static bool matches(const char *pattern, const char *name)
{
	while (*pattern && *name) {
		if (*pattern == '#') {
			if (!isdigit((unsigned char)*name))
				return false;
			while (isdigit((unsigned char)*name))
				name++;
			pattern++;
		} else if (*pattern++ != *name++) {
			return false;
		}
	}
	return *pattern == *name;
}

const struct mallctl_name *mallctl_find_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (matches(names[i].pattern, name))
			return &names[i];
	return NULL;
}
