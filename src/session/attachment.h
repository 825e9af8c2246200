#pragma once

#include "base/error.h"
#include "call/caller.h"
#include "collect/cpu.h"
#include "elf/debug_search.h"
#include "elf/modules.h"
#include "jemalloc/instance.h"
#include "jemalloc/mallctl.h"
#include "session/download.h"
#include "session/ledger.h"
#include "session/session.h"
#include "target/target.h"
#include "unwind/unwind.h"

/* The process that a session looks at, and all that was learnt of it. */
struct attachment {
	struct target *target;
	struct debug_search *search; /* of the modules */
	struct download download;
	struct module_table *modules;
	struct unwinder *unwinder;
	struct caller *caller;
	struct jemalloc_instances instances;
	struct jemalloc_instance given; /* by its address; path NULL: none was */
	uint64_t searched_at; /* module_table_changes() of the search for them; 0: none yet */
	struct call_report last_call; /* thread 0: none was made */
	uint64_t calls;               /* that were made */
	struct ledger ledger;
};

/* Takes over the target, also on failure. */
struct error *attachment_create(struct target *target, struct attachment **ret) MUST_CHECK;

/*
 * Takes away what limpet has in the process, and lets go of it. The attachment is destroyed in any
 * case; an error says what was left behind. Takes NULL.
 */
struct error *attachment_end(struct attachment *attachment) MUST_CHECK;

/*
 * Looks for the files that name things by the session's settings from now on; those of a recording
 * are opened anew. ERROR_USAGE.
 */
struct error *attachment_set_up(struct attachment *attachment, const struct session *session)
	MUST_CHECK;

struct collector attachment_collector(const struct attachment *attachment);

/* Reads the mappings anew. */
struct error *attachment_refresh(struct attachment *attachment) MUST_CHECK;

/* The jemallocs that are in the process now. Valid until its modules change. */
struct error *attachment_instances(
	struct attachment *attachment, const struct jemalloc_instances **ret) MUST_CHECK;

/*
 * The one to make calls to: as jemalloc_choose_instance() has it, or by the address of its mallctl,
 * "0x7f0012". None: ERROR_UNSUPPORTED, with what can be done.
 */
struct error *attachment_jemalloc(
	struct attachment *attachment, const char *instance, struct jemalloc *ret) MUST_CHECK;

/* After a call: keeps its report. */
void attachment_note_call(struct attachment *attachment, const struct jemalloc *jemalloc);
