#include <inttypes.h>
#include <math.h>

#include "base/quantity.h"
#include "cli/doctor.h"

#define JEMALLOC_REMEDY                                                                            \
	"`cpu` and `stacks` work all the same; for the heap start the program with "               \
	"LD_PRELOAD=libjemalloc.so.2 MALLOC_CONF=prof:true,prof_active:false"

static const char *const allocators[] = {
	[ALLOCATOR_UNKNOWN] = "an allocator that limpet does not know",
	[ALLOCATOR_GLIBC] = "glibc's malloc",
	[ALLOCATOR_MUSL] = "musl's malloc",
	[ALLOCATOR_TCMALLOC] = "tcmalloc",
	[ALLOCATOR_MIMALLOC] = "mimalloc",
	[ALLOCATOR_GO] = "Go's own",
};

static const char *allocator_remedy(enum allocator allocator)
{
	switch (allocator) {
	case ALLOCATOR_TCMALLOC:
		return "`cpu` and `stacks` work all the same; tcmalloc has a profiler of its own: "
		       "HEAPPROFILE=FILE";
	case ALLOCATOR_GO:
		return "`cpu` and `stacks` work all the same; Go has a profiler of its own: "
		       "net/http/pprof";
	default:
		return JEMALLOC_REMEDY;
	}
}

void check_jemalloc(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct jemalloc_instances *instances = diagnosis->instances;

	if (!instances)
		return;
	if (!instances->count) {
		add_finding(findings, CHECK_NO,
			"none found, but %s: `heap`, `ctl` and `stats` have nothing to talk to, "
			"`cpu` works without",
			allocators[diagnosis->allocator]);
		add_remedy(findings, "%s", allocator_remedy(diagnosis->allocator));
	}
	ARRAY_FOR_EACH (instance, instances)
		add_finding(findings, CHECK_OK, "%s%s%s", instance->path,
			instance->prefix[0] ? ", prefix " : "", instance->prefix);
}

/* Without a call it is not known. */
static void leave_profiler_open(const struct diagnosis *diagnosis, struct findings *findings)
{
	if (diagnosis->status_error)
		add_error(findings, CHECK_UNKNOWN, diagnosis->status_error);
	else
		add_finding(findings, CHECK_UNKNOWN, "jemalloc was not asked");
	if (!diagnosis->status_error)
		add_remedy(findings, "`heap status` asks it, if calls are possible");
}

void check_profiler(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct profiler_status *status = &diagnosis->status;
	const char *version = status->version ? status->version : "of unknown version";
	char rate[QUANTITY_SIZE];

	if (!diagnosis->instances || !diagnosis->instances->count)
		return;
	if (!diagnosis->asked || diagnosis->status_error) {
		leave_profiler_open(diagnosis, findings);
		return;
	}
	if (diagnosis->profiler_refusal) {
		add_error(findings, CHECK_NO, diagnosis->profiler_refusal);
		return;
	}
	format_bytes(exp2((double)status->lg_sample), rate);
	if (status->active) {
		add_finding(findings, CHECK_OK,
			"jemalloc %s, on, one sample in %s: `heap dump` works", version, rate);
		return;
	}
	add_finding(findings, status->wait == SAMPLE_WAIT_LOST ? CHECK_WARN : CHECK_OK,
		"jemalloc %s, ready and off, one sample in %s%s", version, rate,
		status->wait == SAMPLE_WAIT_LOST ? "; threads that allocate meanwhile may not be "
						   "sampled later, unless limpet reaches them"
						 : "");
	add_remedy(findings, "`heap record -d 30` for what comes now, `heap on` for what stays on");
}

void check_own_dumps(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct profiler_status *status = &diagnosis->status;

	if (!diagnosis->asked || diagnosis->status_error || diagnosis->profiler_refusal)
		return;
	if (status->lg_interval < 0 && !status->dumps_at_peaks && !status->dumps_at_end)
		return;
	add_finding(findings, CHECK_WARN,
		"jemalloc writes dumps by itself%s%s%s: they may fill a disk, and end with the "
		"process",
		status->lg_interval >= 0 ? ", every so many bytes" : "",
		status->dumps_at_peaks ? ", at each new peak" : "",
		status->dumps_at_end ? ", at its end" : "");
	add_remedy(findings, "`heap status` says where; `heap gdump off` ends those at peaks");
}

void check_calls(const struct diagnosis *diagnosis, struct findings *findings)
{
	if (diagnosis->call_refusal)
		add_error(findings, CHECK_NO, diagnosis->call_refusal);
}

void check_own_thread(const struct diagnosis *diagnosis, struct findings *findings)
{
	if (!diagnosis->surveyed)
		return;
	if (diagnosis->survey.own)
		add_error(findings, CHECK_NO, diagnosis->survey.own);
	else
		add_finding(findings, CHECK_OK,
			"possible: calls hold up no thread of the program, but one to start it");
}

void check_borrowed(const struct diagnosis *diagnosis, struct findings *findings)
{
	if (!diagnosis->surveyed)
		return;
	if (diagnosis->survey.borrowed)
		add_error(findings, CHECK_NO, diagnosis->survey.borrowed);
	else
		add_finding(findings, CHECK_OK,
			"possible: a thread of the program can make short calls itself");
}

void check_threads(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct call_survey *survey = &diagnosis->survey;

	if (!diagnosis->surveyed)
		return;
	add_finding(findings, survey->usable ? CHECK_OK : CHECK_WARN,
		"%zu of %zu can be borrowed now", survey->usable, survey->threads.count);
	if (!survey->usable)
		add_remedy(findings, "try again: calls wait for a thread that can, for a while");
}

void check_left_over(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct leftovers *leftovers = &diagnosis->leftovers;

	if (!(leftovers->area_count + leftovers->descriptor_count))
		return;
	add_finding(findings, CHECK_WARN,
		"%zu areas of memory, %zu descriptors of a limpet that is gone; the next call "
		"takes them away",
		leftovers->area_count, leftovers->descriptor_count);
	add_remedy(findings, "`ctl epoch` is such a call");
}
