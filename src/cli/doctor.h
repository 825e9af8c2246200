#pragma once

#include <stdbool.h>

#include "base/array.h"
#include "base/error.h"
#include "call/survey.h"
#include "jemalloc/profiler.h"
#include "session/attachment.h"
#include "target/surroundings.h"

/*
 * `doctor`: what is known of the machine and of a process, and the checks that judge it. Checks
 * are pure: what they go by is in struct diagnosis, which doctor_gather.c fills in.
 */

enum check_state {
	CHECK_OK,
	CHECK_WARN, /* works, but not in full, or not as one might think */
	CHECK_NO,   /* does not work */
	CHECK_UNKNOWN,
};

struct check;
struct command;

struct finding { /* a row */
	const struct check *check;
	enum check_state state;
	char *found;  /* owned */
	char *remedy; /* what to do, or NULL; owned */
};
ARRAY_DEFINE(finding_items, struct finding)

struct findings {
	struct finding_items items;
	const struct check *check; /* that runs */
	bool failed;               /* for want of memory */
};

/* A file that the process runs code of. */
struct module_facts {
	char *path;    /* owned */
	char *package; /* that has its debug symbols; owned, or NULL */
	uint64_t code; /* bytes */
	bool is_main, can_be_opened, has_build_id, has_symbols, has_lines, has_frames;
};
ARRAY_DEFINE(module_facts_items, struct module_facts)

enum allocator {
	ALLOCATOR_UNKNOWN,
	ALLOCATOR_GLIBC,
	ALLOCATOR_MUSL,
	ALLOCATOR_TCMALLOC,
	ALLOCATOR_MIMALLOC,
	ALLOCATOR_GO,
};

/* What makes code at run time, and how it can be told to say which. */
struct run_time {
	const char *name, *file; /* file: the beginning of its library's or program's name */
	const char *remedy;
};

/* Where output goes. */
struct place_facts {
	bool is_writable, is_terminal, wants_color;
	uint64_t free_bytes;
	bool has_server; /* DEBUGINFOD_URLS */
	int64_t time;    /* s since 1970, by this machine */
};

struct diagnosis {
	struct host_facts host;
	struct place_facts place;
	char *asked_for; /* the process, as it was named; owned; NULL: none was */
	bool is_there;   /* and seen from here: process is valid */
	struct process_facts process;
	struct error *refusal;         /* why it could not be attached to; owned */
	struct attachment *attachment; /* borrowed; NULL: there is none, and nothing below */

	const struct jemalloc_instances *instances; /* borrowed; NULL: not looked for */
	struct error *call_refusal;                 /* why there can be no calls at all; owned */
	bool surveyed;
	struct call_survey survey;
	struct leftovers leftovers;
	bool asked; /* jemalloc was: status, or status_error */
	struct profiler_status status;
	struct error *status_error;     /* owned */
	struct error *profiler_refusal; /* owned */
	enum allocator allocator;
	struct module_facts_items modules; /* the main one first, then the largest */
	const struct run_time *run_time;   /* NULL: none that is known */
	bool has_perf_map;
};

void diagnosis_deinit(struct diagnosis *diagnosis);

/*
 * Fills in what can be known without a process, of the process that word names (PID or NAME; NULL:
 * none) without attaching to it, and of the attachment, unless it is NULL. makes_calls: whether
 * jemalloc is asked about its profiler, as `heap status` does it.
 */
struct error *doctor_gather(struct session *session, const char *word,
	struct attachment *attachment, bool makes_calls, struct diagnosis *ret) MUST_CHECK;

/* What of a process's modules can be known from files; the allocator and the run time, too. */
struct error *doctor_gather_modules(struct diagnosis *diagnosis) MUST_CHECK;

/* The command itself: with it a process that cannot be attached to is no error. */
extern const struct command command_doctor;

struct check {
	const char *name;
	bool is_needed; /* without it nothing works: the exit status tells */
	void (*run)(const struct diagnosis *diagnosis, struct findings *findings);
};

/* Runs all checks, in the order in which they are to be read. */
struct error *doctor_examine(const struct diagnosis *diagnosis, struct findings *ret) MUST_CHECK;
void findings_deinit(struct findings *findings);
/* Whether nothing that is needed is refused. */
bool findings_are_well(const struct findings *findings);

/* For checks: adds a row, and says what to do about the row added last. */
void add_finding(struct findings *findings, enum check_state state, const char *format, ...)
	FORMAT_PRINTF(3, 4);
void add_remedy(struct findings *findings, const char *format, ...) FORMAT_PRINTF(2, 3);
/* A row that says what an error says. */
void add_error(struct findings *findings, enum check_state state, const struct error *error);

/* doctor_host.c: the machine, and limpet's own rights. */
void check_kernel(const struct diagnosis *diagnosis, struct findings *findings);
void check_rights(const struct diagnosis *diagnosis, struct findings *findings);
void check_yama(const struct diagnosis *diagnosis, struct findings *findings);
void check_seccomp(const struct diagnosis *diagnosis, struct findings *findings);
void check_container(const struct diagnosis *diagnosis, struct findings *findings);
void check_security_module(const struct diagnosis *diagnosis, struct findings *findings);
void check_output(const struct diagnosis *diagnosis, struct findings *findings);
void check_terminal(const struct diagnosis *diagnosis, struct findings *findings);
void check_limits(const struct diagnosis *diagnosis, struct findings *findings);
void check_clock(const struct diagnosis *diagnosis, struct findings *findings);

/* doctor_process.c: the process, as far as files tell. */
void check_process(const struct diagnosis *diagnosis, struct findings *findings);
void check_tracing(const struct diagnosis *diagnosis, struct findings *findings);
void check_tracer(const struct diagnosis *diagnosis, struct findings *findings);
void check_namespaces(const struct diagnosis *diagnosis, struct findings *findings);
void check_filters(const struct diagnosis *diagnosis, struct findings *findings);
void check_symbols(const struct diagnosis *diagnosis, struct findings *findings);
void check_frames(const struct diagnosis *diagnosis, struct findings *findings);
void check_run_time(const struct diagnosis *diagnosis, struct findings *findings);

/* doctor_heap.c: its allocator, and calls. */
void check_jemalloc(const struct diagnosis *diagnosis, struct findings *findings);
void check_profiler(const struct diagnosis *diagnosis, struct findings *findings);
void check_own_dumps(const struct diagnosis *diagnosis, struct findings *findings);
void check_calls(const struct diagnosis *diagnosis, struct findings *findings);
void check_own_thread(const struct diagnosis *diagnosis, struct findings *findings);
void check_borrowed(const struct diagnosis *diagnosis, struct findings *findings);
void check_threads(const struct diagnosis *diagnosis, struct findings *findings);
void check_left_over(const struct diagnosis *diagnosis, struct findings *findings);
