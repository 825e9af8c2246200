#include "jemalloc/profiler.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "jemalloc/dump_maps.h"
#include "target/limit_checks.h"
#include "target/proc.h"

#define DUMP_LIMIT      ((size_t)8 << 30)
#define HIGH_DESCRIPTOR 500 /* away from those that a program may count on getting next */

enum status_reading {
	READ_VERSION,
	READ_CONFIG_PROF,
	READ_OPT_PROF,
	READ_ACTIVE,
	READ_LG_SAMPLE,
	READ_ACCUM,
	READ_PREFIX,
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

struct error *profiler_read_status(struct jemalloc *jemalloc, struct profiler_status *ret)
{
	struct mallctl_reading readings[READ_COUNT] = {
		[READ_VERSION] = {.name = "version"},
		[READ_CONFIG_PROF] = {.name = "config.prof"},
		[READ_OPT_PROF] = {.name = "opt.prof"},
		[READ_ACTIVE] = {.name = "prof.active"},
		[READ_LG_SAMPLE] = {.name = "prof.lg_sample"},
		[READ_ACCUM] = {.name = "opt.prof_accum"},
		[READ_PREFIX] = {.name = "opt.prof_prefix"},
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
	};
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

/* Writing past RLIMIT_FSIZE would send the process SIGXFSZ, which ends it. */
static struct error *check_limits(pid_t process)
{
	const struct limit_need need = {.open_files = 2, .file_size = LIMIT_NONE};

	return limit_check_process(process, &need);
}

static struct error *run(struct jemalloc *jemalloc, struct call_item *items, size_t count)
{
	return caller_run(jemalloc->caller, items, count, true, &jemalloc->wait, &jemalloc->report);
}

/* The descriptor, moved high up; the low one it came with is closed at once. */
static struct error *create_memory_file(struct jemalloc *jemalloc, int *ret)
{
	static const char name[] = "limpet-heap-dump";
	struct error *error = caller_begin(jemalloc->caller);
	uint64_t name_address;

	if (!error)
		error = caller_put(jemalloc->caller, name, sizeof(name), &name_address);
	if (error)
		return error;
	struct call_item items[] = {
		{.number = SYS_memfd_create, .arguments = {name_address, MFD_CLOEXEC}},
		{.number = SYS_fcntl,
			.arguments = {0, F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR},
			.first_from = 1,
			.opens = 1},
		{.number = SYS_close, .first_from = 1},
	};
	error = run(jemalloc, items, ARRAY_SIZE(items));
	if (error)
		return error;
	int64_t first = (int64_t)items[0].result, high = (int64_t)items[1].result;
	if (first < 0)
		return error_set_hint(error_from_errno((int)-first,
					      "the process could not make a file in memory"),
			first == -EMFILE ? "its table of descriptors is full: see ulimit -n"
					 : "nothing was changed");
	if (high < 0)
		return error_set_hint(
			error_from_errno((int)-high, "the process has no descriptor %d or above",
				HIGH_DESCRIPTOR),
			"its limit on open files is too low for that: see ulimit -n");
	*ret = (int)high;
	return NULL;
}

static struct error *open_memory_file(pid_t process, int descriptor, int *ret)
{
	char name[32];

	snprintf(name, sizeof(name), "fd/%d", descriptor);
	*ret = proc_open_living(process, name, O_RDONLY);
	return *ret < 0 ? error_from_errno(errno, "cannot open /proc/%d/%s", process, name) : NULL;
}

/* prof.dump into the descriptor, and its closing, in one go. */
static struct error *dump_and_close(struct jemalloc *jemalloc, int descriptor, int *ret_result)
{
	struct caller *caller = jemalloc->caller;
	uint64_t name, path, pointer;
	struct error *error;
	char text[64];

	snprintf(text, sizeof(text), "/proc/thread-self/fd/%d", descriptor);
	error = caller_begin(caller);
	if (!error)
		error = caller_put(caller, "prof.dump", sizeof("prof.dump"), &name);
	if (!error)
		error = caller_put(caller, text, strlen(text) + 1, &path);
	if (!error)
		error = caller_put_pointer(caller, path, &pointer);
	if (error)
		return error;
	struct call_item items[] = {
		{.function = jemalloc->instance->mallctl,
			.arguments = {name, 0, 0, pointer, sizeof(uint64_t)}},
		{.number = SYS_close, .arguments = {(uint64_t)descriptor}},
	};
	error = run(jemalloc, items, ARRAY_SIZE(items));
	*ret_result = (int)items[0].result;
	return error;
}

static struct error *explain_dump(const struct jemalloc *jemalloc, int result)
{
	if (result != EFAULT)
		return mallctl_explain(jemalloc, "prof.dump", result);
	return error_set_hint(
		error_create(ERROR_FAILED, "jemalloc could not write the dump (EFAULT)"),
		"it says no more than that: /proc may be missing in the process's root directory, "
		"memory may be short, or the borrowed thread was ending");
}

struct error *profiler_dump(struct jemalloc *jemalloc, pid_t process, struct u8_array *ret)
{
	CLEANUP(cleanup_close) int file = -1;
	int descriptor, result = 0;
	struct error *error = check_limits(process);

	if (!error)
		error = create_memory_file(jemalloc, &descriptor);
	if (error)
		return error;
	error = open_memory_file(process, descriptor, &file);
	if (!error)
		error = dump_and_close(jemalloc, descriptor, &result);
	if (!error && result)
		error = explain_dump(jemalloc, result);
	if (!error)
		error = file_read_fd(file, DUMP_LIMIT, ret);
	if (!error)
		error = dump_maps_complete(process, ret);
	return error ? error_add_context(error, "heap dump") : NULL;
}
