#include "jemalloc/profiler.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum status_reading {
	READ_VERSION,
	READ_CONFIG_PROF,
	READ_OPT_PROF,
	READ_ACTIVE,
	READ_LG_SAMPLE,
	READ_ACCUM,
	READ_PREFIX,
	READ_ACTIVE_AT_START,
	READ_GDUMP,
	READ_FINAL,
	READ_INTERVAL,
	READ_TIME_RESOLUTION,
	READ_COUNT,
};

static bool true_value(const struct mallctl_reading *reading)
{
	return !reading->result && reading->value.boolean;
}

static char *take_text(struct mallctl_reading *reading)
{
	return reading->result ? NULL : TAKE_POINTER(reading->value.text);
}

/* The only 5.2.1 with a remedy of its own: tikv-jemalloc-sys 0.4.3. */
#define REPAIRED "5.2.1-2-g172143a2979d9d948035423ce347e35cd1388fc3"

enum sample_wait profiler_sample_wait(const char *version, bool since_5_3)
{
	if (since_5_3 || (version && strcmp(version, REPAIRED) == 0))
		return SAMPLE_WAIT_KEPT;
	return version && strncmp(version, "5.2.", strlen("5.2.")) == 0 ? SAMPLE_WAIT_LOST
									: SAMPLE_WAIT_DRAWN;
}

struct error *profiler_read_status(struct jemalloc *jemalloc, struct profiler_status *ret)
{
	struct mallctl_reading readings[READ_COUNT] = {
		[READ_VERSION] = {"version", MALLCTL_STRING, 0, {0}},
		[READ_CONFIG_PROF] = {"config.prof", MALLCTL_BOOL, 0, {0}},
		[READ_OPT_PROF] = {"opt.prof", MALLCTL_BOOL, 0, {0}},
		[READ_ACTIVE] = {"prof.active", MALLCTL_BOOL, 0, {0}},
		[READ_LG_SAMPLE] = {"prof.lg_sample", MALLCTL_SIZE, 0, {0}},
		[READ_ACCUM] = {"opt.prof_accum", MALLCTL_BOOL, 0, {0}},
		[READ_PREFIX] = {"opt.prof_prefix", MALLCTL_STRING, 0, {0}},
		[READ_ACTIVE_AT_START] = {"opt.prof_active", MALLCTL_BOOL, 0, {0}},
		[READ_GDUMP] = {"prof.gdump", MALLCTL_BOOL, 0, {0}},
		[READ_FINAL] = {"opt.prof_final", MALLCTL_BOOL, 0, {0}},
		[READ_INTERVAL] = {"opt.lg_prof_interval", MALLCTL_SSIZE, 0, {0}},
		[READ_TIME_RESOLUTION] = {"opt.prof_time_resolution", MALLCTL_STRING, 0, {0}},
	};
	struct error *error = mallctl_read_all(jemalloc, readings, READ_COUNT);

	if (error)
		return error;
	*ret = (struct profiler_status){
		.version = take_text(&readings[READ_VERSION]),
		.built_in = true_value(&readings[READ_CONFIG_PROF]),
		.enabled = true_value(&readings[READ_OPT_PROF]),
		.active = true_value(&readings[READ_ACTIVE]),
		.accumulates = true_value(&readings[READ_ACCUM]),
		.dump_prefix = take_text(&readings[READ_PREFIX]),
		.active_at_start = true_value(&readings[READ_ACTIVE_AT_START]),
		.dumps_at_peaks = true_value(&readings[READ_GDUMP]),
		.dumps_at_end = true_value(&readings[READ_FINAL]),
		.lg_interval = -1,
	};
	if (!readings[READ_INTERVAL].result)
		ret->lg_interval = readings[READ_INTERVAL].value.signed_number;
	ret->wait = profiler_sample_wait(ret->version, !readings[READ_TIME_RESOLUTION].result);
	if (!readings[READ_LG_SAMPLE].result)
		ret->lg_sample = readings[READ_LG_SAMPLE].value.number;
	mallctl_readings_deinit(readings, READ_COUNT);
	return NULL;
}

void profiler_status_deinit(struct profiler_status *status)
{
	free(status->version);
	free(status->dump_prefix);
	*status = (struct profiler_status){0};
}

struct error *profiler_require(
	const struct jemalloc *jemalloc, const struct profiler_status *status)
{
	CLEANUP(cleanup_free) char *variable = jemalloc_variable(jemalloc->instance);

	if (!status->built_in)
		return error_set_hint(
			error_create(ERROR_UNSUPPORTED,
				"the jemalloc in %s was built without its heap profiler",
				jemalloc->instance->path),
			"link one that was configured with --enable-prof: Debian's libjemalloc2 "
			"has it (LD_PRELOAD), in Rust it is the feature 'profiling' of "
			"tikv-jemallocator");
	if (!status->enabled)
		return error_set_hint(
			error_create(ERROR_UNSUPPORTED,
				"the heap profiler of the jemalloc in %s was not switched on when "
				"the process started (opt.prof is false), and cannot be since",
				jemalloc->instance->path),
			"start the process with %s=prof:true,prof_active:false in its environment; "
			"it costs next to nothing until `heap on`",
			variable ? variable : "MALLOC_CONF");
	return NULL;
}

struct error *profiler_set_active(struct jemalloc *jemalloc, bool active)
{
	const struct mallctl_value value = {.type = MALLCTL_BOOL, .boolean = active};

	return mallctl_write(jemalloc, "prof.active", &value);
}

struct error *profiler_reset(struct jemalloc *jemalloc, const uint64_t *lg_sample)
{
	struct mallctl_value value = {.type = MALLCTL_NONE};

	if (lg_sample)
		value = (struct mallctl_value){.type = MALLCTL_SIZE, .number = *lg_sample};
	return mallctl_write(jemalloc, "prof.reset", &value);
}
