#include "jemalloc/mallctl_names.h"

#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "base/array.h"
#include "jemalloc/mallctl_pattern.h"

#define FREES_LIVE_MEMORY "it frees memory that the program still uses"
#define OWN_THREAD        "it concerns the thread that asks, and that would be a borrowed one"
#define STRUCTURE         "it takes or gives structures or addresses, which only the program can use"
#define LASTS_FOR_EVER    "what it makes could never be taken away again"

#define MUTEX_COUNTERS                                                                             \
	"{num_ops,num_wait,num_spin_acq,num_owner_switch,total_wait_time,max_wait_time}"
#define GLOBAL_MUTEXES                                                                             \
	"{background_thread,max_per_bg_thd,ctl,prof,prof_thds_data,prof_dump,prof_recent_alloc,"   \
	"prof_recent_dump,prof_stats}"
#define ARENA_MUTEXES                                                                              \
	"{large,extent_avail,extents_dirty,extents_muzzy,extents_retained,decay_dirty,"            \
	"decay_muzzy,base,tcache_list,hpa_shard,hpa_shard_grow,hpa_sec}"

/* One that changed its type has a row for each, the newest version's first. */
static const struct mallctl_name names[] = {
	{"version", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"epoch", MALLCTL_UINT64, MALLCTL_READ_WRITE, NULL, NULL},
	{"background_thread", MALLCTL_BOOL, MALLCTL_READ_WRITE, NULL, NULL},
	{"max_background_threads", MALLCTL_SIZE, MALLCTL_READ_WRITE, NULL, NULL},
	{"config.{cache_oblivious,debug,fill,lazy_lock,munmap,opt_safety_checks,prof,"
	 "prof_frameptr,prof_libgcc,prof_libunwind,stats,tcache,thp,tls,utrace,valgrind,"
	 "xmalloc}",
		MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"config.malloc_conf", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"opt.{abort,abort_conf,background_thread,cache_oblivious,confirm_conf,"
	 "disable_large_size_classes,experimental_hpa_enforce_hugify,"
	 "experimental_hpa_start_huge_if_thp_always,experimental_infallible_new,"
	 "experimental_tcache_gc,hpa,hpa_hugify_sync,huge_arena_pac_thp,prof,prof_accum,"
	 "prof_active,prof_final,prof_gdump,prof_leak,prof_leak_error,prof_pid_namespace,"
	 "prof_stats,prof_sys_thread_name,prof_thread_active_init,redzone,retain,stats_print,"
	 "tcache,trust_madvise,utrace,xmalloc,zero}",
		MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.{dss,hpa_hugify_style,junk,malloc_conf.env_var,malloc_conf.global_var,"
	 "malloc_conf.global_var_2_conf_harder,malloc_conf.symlink,metadata_thp,percpu_arena,"
	 "prof_prefix,prof_time_resolution,purge,stats_interval_opts,stats_print_opts,thp,"
	 "zero_realloc}",
		MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"opt.thp", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"opt.hpa_dirty_mult", MALLCTL_FIXED, MALLCTL_READ, NULL, NULL},
	{"opt.{decay_time,dirty_decay_ms,experimental_hpa_max_purge_nhp,lg_dirty_mult,"
	 "lg_prof_interval,lg_san_uaf_align,lg_tcache_max,lg_tcache_nslots_mul,"
	 "muzzy_decay_ms,mutex_max_spin,prof_recent_alloc_max,stats_interval}",
		MALLCTL_SSIZE, MALLCTL_READ, NULL, NULL},
	{"opt.{hpa_hugification_threshold,hpa_purge_threshold,hpa_sec_batch_fill_extra,"
	 "hpa_sec_bytes_after_flush,hpa_sec_max_alloc,hpa_sec_max_bytes,hpa_sec_nshards,"
	 "hpa_slab_max_alloc,lg_chunk,lg_extent_max_active_fit,lg_prof_sample,"
	 "max_background_threads,oversize_threshold,process_madvise_max_batch,quarantine,"
	 "tcache_gc_delay_bytes,tcache_gc_incr_bytes,tcache_max}",
		MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"opt.{hpa_hugify_delay_ms,hpa_min_purge_delay_ms,hpa_min_purge_interval_ms}",
		MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"opt.{debug_double_free_max_scan,lg_tcache_flush_large_div,"
	 "lg_tcache_flush_small_div,narenas,prof_bt_max,tcache_nslots_large,"
	 "tcache_nslots_small_max,tcache_nslots_small_min}",
		MALLCTL_UNSIGNED, MALLCTL_READ, NULL, NULL},
	{"opt.narenas", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"prof.active", MALLCTL_BOOL, MALLCTL_READ_WRITE, NULL, "heap on, heap off"},
	{"prof.dump", MALLCTL_STRING, MALLCTL_WRITE, NULL, "heap dump"},
	{"prof.gdump", MALLCTL_BOOL, MALLCTL_READ_WRITE, NULL, NULL},
	{"prof.interval", MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"prof.lg_sample", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"prof.log_start", MALLCTL_STRING, MALLCTL_WRITE, NULL, NULL},
	{"prof.log_stop", MALLCTL_NONE, MALLCTL_WRITE, NULL, NULL},
	{"prof.prefix", MALLCTL_STRING, MALLCTL_WRITE, NULL, NULL},
	{"prof.reset", MALLCTL_SIZE, MALLCTL_WRITE, NULL, "heap reset, heap rate"},
	{"prof.stats.{bins,lextents}.#.{live,accum}", MALLCTL_SAMPLES, MALLCTL_READ, NULL, NULL},
	{"prof.thread_active_init", MALLCTL_BOOL, MALLCTL_READ_WRITE, NULL, NULL},
	{"stats.{active,allocated,background_thread.num_threads,mapped,metadata,"
	 "metadata_edata,metadata_rtree,metadata_thp,resident,retained,zero_reallocs}",
		MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.background_thread.{num_runs,run_interval}", MALLCTL_UINT64, MALLCTL_READ, NULL,
		NULL},
	{"stats.cactive", MALLCTL_SIZE, MALLCTL_READ, STRUCTURE, NULL},
	{"approximate_stats.active", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.mutexes.reset", MALLCTL_NONE, MALLCTL_WRITE, NULL, NULL},
	{"stats.mutexes." GLOBAL_MUTEXES "." MUTEX_COUNTERS, MALLCTL_UINT64, MALLCTL_READ, NULL,
		NULL},
	{"stats.mutexes." GLOBAL_MUTEXES ".max_num_thds", MALLCTL_UNSIGNED, MALLCTL_READ, NULL,
		NULL},
	{"stats.arenas.#.mutexes." ARENA_MUTEXES "." MUTEX_COUNTERS, MALLCTL_UINT64, MALLCTL_READ,
		NULL, NULL},
	{"stats.arenas.#.mutexes." ARENA_MUTEXES ".max_num_thds", MALLCTL_UNSIGNED, MALLCTL_READ,
		NULL, NULL},
	{"stats.arenas.#.bins.#.mutex." MUTEX_COUNTERS, MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.bins.#.mutex.max_num_thds", MALLCTL_UNSIGNED, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.{decay_time,dirty_decay_ms,lg_dirty_mult,muzzy_decay_ms}", MALLCTL_SSIZE,
		MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.dss", MALLCTL_STRING, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.nthreads", MALLCTL_UNSIGNED, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.{abandoned_vm,base,extent_avail,hpa_sec_bytes,hpa_sec_dalloc_flush,"
	 "hpa_sec_dalloc_noflush,hpa_sec_hits,hpa_sec_misses,hpa_sec_overfills,internal,"
	 "mapped,metadata.allocated,metadata.mapped,metadata_edata,metadata_rtree,"
	 "metadata_thp,pactive,pdirty,pmuzzy,resident,retained,tcache_bytes,"
	 "tcache_stashed_bytes}",
		MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.{dirty_nmadvise,dirty_npurge,dirty_purged,muzzy_nmadvise,"
	 "muzzy_npurge,muzzy_purged,nmadvise,npurge,purged,uptime}",
		MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.{small,large,huge}.allocated", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.{small,large}.{nfills,nflushes}", MALLCTL_UINT64, MALLCTL_READ, NULL,
		NULL},
	{"stats.arenas.#.{small,large,huge}.{nmalloc,ndalloc,nrequests}", MALLCTL_UINT64,
		MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.bins.#.{curregs,curruns,curslabs,nonfull_slabs}", MALLCTL_SIZE,
		MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.bins.#.{ndalloc,nfills,nflushes,nmalloc,nrequests,nreruns,nreslabs,"
	 "nruns,nslabs}",
		MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.{lextents.#.curlextents,lruns.#.curruns,hchunks.#.curhchunks}",
		MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.{lextents,lruns,hchunks}.#.{nmalloc,ndalloc,nrequests}", MALLCTL_UINT64,
		MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.extents.#.{ndirty,nmuzzy,nretained,dirty_bytes,muzzy_bytes,retained_"
	 "bytes}",
		MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.hpa_shard.{nactive,ndirty,npageslabs}", MALLCTL_SIZE, MALLCTL_READ, NULL,
		NULL},
	{"stats.arenas.#.hpa_shard.{npurge_passes,npurges,nhugifies,nhugify_failures,ndehugifies}",
		MALLCTL_UINT64, MALLCTL_READ, NULL, NULL},
	{"stats.arenas.#.hpa_shard.{slabs,full_slabs,empty_slabs,nonfull_slabs.#}."
	 "{npageslabs,nactive,ndirty}_{huge,nonhuge}",
		MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"arenas.{decay_time,dirty_decay_ms,lg_dirty_mult,muzzy_decay_ms}", MALLCTL_SSIZE,
		MALLCTL_READ_WRITE, NULL, NULL},
	{"arenas.{narenas,nbins,nhbins,nhchunks,nlextents,nlruns}", MALLCTL_UNSIGNED, MALLCTL_READ,
		NULL, NULL},
	{"arenas.{hugepage,page,quantum,tcache_max}", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"arenas.bin.#.{size,run_size,slab_size}", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"arenas.bin.#.{nregs,nshards}", MALLCTL_UNSIGNED, MALLCTL_READ, NULL, NULL},
	{"arenas.{lextent,lrun,hchunk}.#.size", MALLCTL_SIZE, MALLCTL_READ, NULL, NULL},
	{"arenas.{create,extend}", MALLCTL_UNSIGNED, MALLCTL_READ, LASTS_FOR_EVER, NULL},
	{"arenas.lookup", MALLCTL_UNSIGNED, MALLCTL_READ, STRUCTURE, NULL},
	{"arenas.initialized", MALLCTL_BOOL, MALLCTL_READ, STRUCTURE, NULL},
	{"arena.#.{decay,purge}", MALLCTL_NONE, MALLCTL_WRITE, NULL, NULL},
	{"arena.#.{destroy,reset}", MALLCTL_NONE, MALLCTL_WRITE, FREES_LIVE_MEMORY, NULL},
	{"arena.#.{decay_time,dirty_decay_ms,lg_dirty_mult,muzzy_decay_ms}", MALLCTL_SSIZE,
		MALLCTL_READ_WRITE, NULL, NULL},
	{"arena.#.dss", MALLCTL_STRING, MALLCTL_READ_WRITE, NULL, NULL},
	{"arena.#.initialized", MALLCTL_BOOL, MALLCTL_READ, NULL, NULL},
	{"arena.#.{oversize_threshold,retain_grow_limit}", MALLCTL_SIZE, MALLCTL_READ_WRITE, NULL,
		NULL},
	{"arena.#.{chunk_hooks,extent_hooks,name}", MALLCTL_SIZE, MALLCTL_READ, STRUCTURE, NULL},
	{"tcache.create", MALLCTL_UNSIGNED, MALLCTL_READ, LASTS_FOR_EVER, NULL},
	{"tcache.{destroy,flush}", MALLCTL_UNSIGNED, MALLCTL_WRITE,
		"a thread may be using that cache at this moment", NULL},
	{"thread.{allocated,deallocated,peak.read}", MALLCTL_UINT64, MALLCTL_READ, OWN_THREAD,
		NULL},
	{"thread.{allocatedp,deallocatedp}", MALLCTL_UINT64, MALLCTL_READ, OWN_THREAD, NULL},
	{"thread.arena", MALLCTL_UNSIGNED, MALLCTL_READ_WRITE, OWN_THREAD, NULL},
	{"thread.{prof.active,tcache.enabled}", MALLCTL_BOOL, MALLCTL_READ_WRITE, OWN_THREAD, NULL},
	{"thread.prof.name", MALLCTL_STRING, MALLCTL_READ_WRITE, OWN_THREAD, NULL},
	{"thread.{tcache.max,tcache.ncached_max.read_sizeclass}", MALLCTL_SIZE, MALLCTL_READ_WRITE,
		OWN_THREAD, NULL},
	{"thread.tcache.ncached_max.write", MALLCTL_STRING, MALLCTL_WRITE, OWN_THREAD, NULL},
	{"thread.{idle,peak.reset,tcache.flush}", MALLCTL_NONE, MALLCTL_WRITE, OWN_THREAD, NULL},
	{"experimental.prof_recent.alloc_max", MALLCTL_SSIZE, MALLCTL_READ_WRITE, NULL, NULL},
	{"experimental.{prof_recent.alloc_dump,utilization.query,utilization.batch_query}",
		MALLCTL_SIZE, MALLCTL_WRITE, STRUCTURE, NULL},
	{"experimental.{arenas.#.pactivep,arenas_create_ext,batch_alloc,hooks.install,"
	 "hooks.remove,hooks.prof_backtrace,hooks.prof_dump,hooks.prof_sample,"
	 "hooks.prof_sample_free,hooks.safety_check_abort,hooks.thread_event,"
	 "thread.activity_callback}",
		MALLCTL_SIZE, MALLCTL_READ_WRITE, STRUCTURE, NULL},
};

static const struct {
	size_t size;
	const char *word;
	const char *text;
} types[MALLCTL_TYPE_COUNT] = {
	[MALLCTL_BOOL] = {1, "bool", "true or false"},
	[MALLCTL_UNSIGNED] = {sizeof(unsigned), "unsigned", "a whole number of 32 bits"},
	[MALLCTL_SIZE] = {sizeof(size_t), "size", "a whole number"},
	[MALLCTL_SSIZE] = {sizeof(ssize_t), "ssize", "a whole number, which may be negative"},
	[MALLCTL_UINT64] = {sizeof(uint64_t), "uint64", "a whole number"},
	[MALLCTL_STRING] = {sizeof(char *), "string", "a text"},
	[MALLCTL_FIXED] = {sizeof(uint32_t), "fixed", "a number with a fraction"},
	[MALLCTL_SAMPLES] = {2 * sizeof(uint64_t), "samples", "bytes and a count"},
	[MALLCTL_NONE] = {0, "order", "no value"},
};

size_t mallctl_type_size(enum mallctl_type type)
{
	return types[type].size;
}

const char *mallctl_type_text(enum mallctl_type type)
{
	return types[type].text;
}

const char *mallctl_type_word(enum mallctl_type type)
{
	return types[type].word;
}

enum mallctl_type mallctl_type_find(const char *word)
{
	enum mallctl_type type = 0;

	while (type < MALLCTL_TYPE_COUNT && strcmp(types[type].word, word) != 0)
		type++;
	return type;
}

const struct mallctl_name *mallctl_names(size_t *count)
{
	*count = ARRAY_SIZE(names);
	return names;
}

static const struct mallctl_name *find_from(const struct mallctl_name *first, const char *name)
{
	for (const struct mallctl_name *at = first; at < names + ARRAY_SIZE(names); at++)
		if (mallctl_pattern_matches(at->pattern, name))
			return at;
	return NULL;
}

const struct mallctl_name *mallctl_find_name(const char *name)
{
	return find_from(names, name);
}

const struct mallctl_name *mallctl_former_name(const struct mallctl_name *newer, const char *name)
{
	return find_from(newer + 1, name);
}

const char *mallctl_count_name(const char *name)
{
	static const char *const counts[][2] = {
		{".bin.#", "arenas.nbins"},
		{".bins.#", "arenas.nbins"},
		{".lextent.#", "arenas.nlextents"},
		{".lextents.#", "arenas.nlextents"},
		{".lrun.#", "arenas.nlruns"},
		{".lruns.#", "arenas.nlruns"},
		{".hchunk.#", "arenas.nhchunks"},
		{".hchunks.#", "arenas.nhchunks"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		if (strstr(name, counts[i][0]))
			return counts[i][1];
	return NULL;
}
