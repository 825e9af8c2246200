#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/doctor.h"

static const struct check checks[] = {
	{"kernel", true, check_kernel},
	{"rights", false, check_rights},
	{"yama", false, check_yama},
	{"seccomp", true, check_seccomp},
	{"container", false, check_container},
	{"security", false, check_security_module},
	{"process", true, check_process},
	{"tracing", true, check_tracing},
	{"tracer", false, check_tracer},
	{"namespaces", false, check_namespaces},
	{"filters", false, check_filters},
	{"symbols", false, check_symbols},
	{"frames", false, check_frames},
	{"run time", false, check_run_time},
	{"jemalloc", false, check_jemalloc},
	{"profiler", false, check_profiler},
	{"own dumps", false, check_own_dumps},
	{"calls", false, check_calls},
	{"own thread", false, check_own_thread},
	{"borrowed", false, check_borrowed},
	{"threads", false, check_threads},
	{"left over", false, check_left_over},
	{"output", false, check_output},
	{"terminal", false, check_terminal},
	{"limits", false, check_limits},
	{"clock", false, check_clock},
};

FORMAT_PRINTF(1, 0) static char *format_text(const char *format, va_list list)
{
	char *text;

	return vasprintf(&text, format, list) < 0 ? NULL : text;
}

void add_finding(struct findings *findings, enum check_state state, const char *format, ...)
{
	struct finding finding = {.check = findings->check, .state = state};
	struct error *error = NULL;
	va_list list;

	va_start(list, format);
	finding.found = format_text(format, list);
	va_end(list);
	if (finding.found)
		error = finding_items_append(&findings->items, finding);
	if (finding.found && !error)
		return;
	free(finding.found);
	error_destroy(error);
	findings->failed = true;
}

void add_remedy(struct findings *findings, const char *format, ...)
{
	va_list list;

	if (findings->failed)
		return;
	struct finding *last = &findings->items.items[findings->items.count - 1];
	free(last->remedy);
	va_start(list, format);
	last->remedy = format_text(format, list);
	va_end(list);
	findings->failed |= !last->remedy;
}

void add_error(struct findings *findings, enum check_state state, const struct error *error)
{
	add_finding(findings, state, "%s", error->message);
	if (error->hint)
		add_remedy(findings, "%s", error->hint);
}

struct error *doctor_examine(const struct diagnosis *diagnosis, struct findings *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		ret->check = &checks[i];
		checks[i].run(diagnosis, ret);
	}
	return ret->failed ? &error_no_memory : NULL;
}

void findings_deinit(struct findings *findings)
{
	ARRAY_FOR_EACH (finding, &findings->items) {
		free(finding->found);
		free(finding->remedy);
	}
	finding_items_deinit(&findings->items);
}

bool findings_are_well(const struct findings *findings)
{
	ARRAY_FOR_EACH (finding, &findings->items)
		if (finding->check->is_needed && finding->state == CHECK_NO)
			return false;
	return true;
}
