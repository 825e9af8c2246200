#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/quantity.h"
#include "cli/doctor.h"
#include "cli/jemalloc_access.h"
#include "target/live.h"

static void module_facts_deinit(struct module_facts *facts)
{
	free(facts->path);
	free(facts->package);
}

void diagnosis_deinit(struct diagnosis *diagnosis)
{
	free(diagnosis->asked_for);
	error_destroy(diagnosis->refusal);
	error_destroy(diagnosis->call_refusal);
	error_destroy(diagnosis->status_error);
	error_destroy(diagnosis->profiler_refusal);
	call_survey_deinit(&diagnosis->survey);
	profiler_status_deinit(&diagnosis->status);
	ARRAY_FOR_EACH (module, &diagnosis->modules)
		module_facts_deinit(module);
	module_facts_items_deinit(&diagnosis->modules);
}

static void gather_place(const struct session *session, struct place_facts *ret)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	struct statvfs space;

	*ret = (struct place_facts){
		.is_writable = access(".", W_OK) == 0,
		.is_terminal = isatty(STDOUT_FILENO),
		.wants_color = session_wants_color(session, stdout),
		.has_server = urls && *urls,
		.time = time(NULL),
	};
	if (statvfs(".", &space) == 0)
		ret->free_bytes = (uint64_t)space.f_bavail * space.f_frsize;
}

/* What the process is, whether or not it can be attached to. A name may be nobody's, or several's.
 */
static struct error *gather_process(const char *word, struct diagnosis *ret)
{
	struct error *error = NULL;
	uint64_t number;
	pid_t pid = 0;

	if (parse_unsigned(word, &number) && number && number <= INT_MAX)
		pid = (pid_t)number;
	else
		error = live_target_find(word, &pid);
	if (!error)
		error = process_facts_read("", pid, &ret->process);
	ret->is_there = !error;
	if (error && error->kind == ERROR_NO_MEMORY)
		return error;
	error_destroy(error);
	return NULL;
}

static bool is_about_the_process(const struct error *error)
{
	return error->kind == ERROR_UNSUPPORTED || error->kind == ERROR_DENIED;
}

static struct error *gather_survey(struct diagnosis *diagnosis)
{
	struct caller *caller = diagnosis->attachment->caller;
	struct error *error = caller_attach(caller);

	if (!error)
		error = caller_leftovers(caller, &diagnosis->leftovers);
	if (!error)
		error = caller_survey(caller, &diagnosis->survey);
	diagnosis->surveyed = !error;
	if (!error || !is_about_the_process(error))
		return error;
	diagnosis->call_refusal = error;
	return NULL;
}

static bool calls_are_possible(const struct diagnosis *diagnosis)
{
	const struct call_survey *survey = &diagnosis->survey;

	return diagnosis->surveyed && survey->usable && (!survey->own || !survey->borrowed);
}

/* As `heap status` asks it. That it does not work is a finding. */
static struct error *ask_jemalloc(struct session *session, struct diagnosis *diagnosis)
{
	struct attachment *attachment = diagnosis->attachment;
	struct jemalloc jemalloc;
	struct error *error = attachment_jemalloc(
		attachment, settings_text(&session->settings, SETTING_INSTANCE), &jemalloc);

	if (!error) {
		caller_prefer(attachment->caller,
			(enum call_way)settings_number(&session->settings, SETTING_CALLS));
		error = profiler_read_status(&jemalloc, &diagnosis->status);
		finish_jemalloc(session, &jemalloc);
	}
	diagnosis->asked = true;
	if (!error)
		diagnosis->profiler_refusal = profiler_require(&jemalloc, &diagnosis->status);
	else if (error->kind == ERROR_NO_MEMORY || error->kind == ERROR_GONE)
		return error;
	else
		diagnosis->status_error = error;
	return NULL;
}

static struct error *gather_attachment(
	struct session *session, bool makes_calls, struct diagnosis *diagnosis)
{
	struct error *error = attachment_instances(diagnosis->attachment, &diagnosis->instances);

	if (!error)
		error = doctor_gather_modules(diagnosis);
	if (!error)
		error = gather_survey(diagnosis);
	if (!error && makes_calls && diagnosis->instances->count && calls_are_possible(diagnosis))
		error = ask_jemalloc(session, diagnosis);
	return error;
}

struct error *doctor_gather(struct session *session, const char *word,
	struct attachment *attachment, bool makes_calls, struct diagnosis *ret)
{
	struct error *error = host_facts_read("", &ret->host);

	if (error)
		return error;
	host_facts_probe(&ret->host);
	gather_place(session, &ret->place);
	if (word) {
		ret->asked_for = strdup(word);
		if (!ret->asked_for)
			return &error_no_memory;
		error = gather_process(word, ret);
	}
	ret->attachment = attachment;
	return error || !attachment ? error : gather_attachment(session, makes_calls, ret);
}
