#include <inttypes.h>
#include <string.h>

#include "cli/doctor.h"

void check_process(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct process_facts *process = &diagnosis->process;

	if (!diagnosis->asked_for) {
		add_finding(findings, CHECK_OK, "none is named");
		add_remedy(findings,
			"doctor PID, or doctor NAME, says more: what works with that process");
	} else if (!diagnosis->is_there) {
		if (diagnosis->refusal)
			add_error(findings, CHECK_NO, diagnosis->refusal);
		else
			add_finding(findings, CHECK_NO, "there is no process '%s' here",
				diagnosis->asked_for);
		if (diagnosis->host.own_processes)
			add_remedy(findings,
				"if it runs outside of this container: see the row container; "
				"else `ps -e` lists what there is");
	} else {
		add_finding(findings, CHECK_OK, "%d (%s) of user %u, %" PRIu64 " thread%s",
			process->pid, process->name, process->user, process->threads,
			process->threads == 1 ? "" : "s");
	}
}

/* What else a refusal may be due to has rows of its own. */
void check_tracing(const struct diagnosis *diagnosis, struct findings *findings)
{
	if (diagnosis->is_there && diagnosis->refusal)
		add_error(findings, CHECK_NO, diagnosis->refusal);
	else if (diagnosis->attachment && diagnosis->host.ptrace == PROBE_REFUSED)
		add_finding(findings, CHECK_NO,
			"the process may be read, but not stopped: see the row seccomp");
	else if (diagnosis->attachment)
		add_finding(findings, CHECK_OK, "permitted: `cpu` works");
}

void check_tracer(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct process_facts *process = &diagnosis->process;

	if (!diagnosis->is_there || !process->tracer)
		return;
	if (strcmp(process->tracer_name, "limpet") == 0) {
		add_finding(findings, CHECK_WARN,
			"another limpet, process %d, is at it: both take turns", process->tracer);
		return;
	}
	add_finding(findings, CHECK_NO,
		"process %d (%s) traces it, and the kernel allows one tracer", process->tracer,
		process->tracer_name);
	add_remedy(findings, "`detach` in a debugger; strace lets go of it with: kill -INT %d",
		process->tracer);
}

void check_namespaces(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct process_facts *process = &diagnosis->process;

	if (!diagnosis->is_there)
		return;
	if (!process->same_users && !diagnosis->host.may_trace) {
		add_finding(findings, CHECK_WARN,
			"it is in another user namespace, in which limpet has no rights");
		add_remedy(findings, "sudo limpet -p %d", process->pid);
		return;
	}
	if (process->same_processes && process->same_mounts && process->same_times) {
		add_finding(findings, CHECK_OK, "those of limpet");
		return;
	}
	add_finding(findings, CHECK_OK, "it is in a container%s: %s%s",
		process->same_processes ? "" : " that numbers processes by itself",
		process->same_mounts ? "its files are those of limpet"
				     : "its files are opened by way of /proc, as it sees them",
		process->same_times ? "" : "; its clock is shifted, which is heeded");
}

void check_filters(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct process_facts *process = &diagnosis->process;

	if (diagnosis->is_there && process->seccomp)
		add_finding(findings, CHECK_OK,
			"the process runs under %u seccomp filter%s: `cpu` works; what they say to "
			"calls stands below",
			process->seccomp_filters, process->seccomp_filters == 1 ? "" : "s");
}

/* Where the debug files of the distribution's programs are (debuginfod(8)). */
static const char *server_of(const char *distribution)
{
	static const struct {
		const char *distribution, *server;
	} servers[] = {
		{"debian", "https://debuginfod.debian.net"},
		{"ubuntu", "https://debuginfod.ubuntu.com"},
		{"fedora", "https://debuginfod.fedoraproject.org"},
		{"arch", "https://debuginfod.archlinux.org"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(servers); i++)
		if (strcmp(distribution, servers[i].distribution) == 0)
			return servers[i].server;
	return "https://debuginfod.elfutils.org";
}

static void add_symbol_remedy(const struct diagnosis *diagnosis, const struct module_facts *module,
	struct findings *findings)
{
	const char *server = server_of(diagnosis->host.distribution);

	if (module->package)
		add_remedy(findings, "apt-get install %s, or DEBUGINFOD_URLS=%s limpet ...",
			module->package, server);
	else if (module->has_build_id && !diagnosis->place.has_server)
		add_remedy(findings,
			"DEBUGINFOD_URLS=%s limpet ..., or `set debug_dir DIR` if its debug file "
			"is here",
			server);
	else
		add_remedy(findings, "`set symbols FILE` with the program as it was before strip; "
				     "or do not strip it");
}

static void judge_symbols(const struct diagnosis *diagnosis, const struct module_facts *module,
	struct findings *findings)
{
	if (!module->can_be_opened) {
		add_finding(findings, CHECK_WARN,
			"%s cannot be opened: its functions are "
			"addresses",
			module->path);
		if (!diagnosis->host.may_open_map_files)
			add_remedy(findings, "if it was deleted or replaced: run limpet as root");
	} else if (!module->has_symbols) {
		add_finding(findings, CHECK_WARN,
			"%s is stripped: what it does not export has no name", module->path);
		add_symbol_remedy(diagnosis, module, findings);
	} else if (module->is_main && !module->has_lines) {
		add_finding(findings, CHECK_WARN,
			"%s has symbols, but no debug information: no lines, and no inlined "
			"functions",
			module->path);
		add_symbol_remedy(diagnosis, module, findings);
	} else {
		add_finding(findings, CHECK_OK, "%s has symbols%s", module->path,
			module->has_lines ? " and debug information" : "");
	}
}

void check_symbols(const struct diagnosis *diagnosis, struct findings *findings)
{
	ARRAY_FOR_EACH (module, &diagnosis->modules)
		judge_symbols(diagnosis, module, findings);
}

void check_frames(const struct diagnosis *diagnosis, struct findings *findings)
{
	size_t missing = 0;

	ARRAY_FOR_EACH (module, &diagnosis->modules) {
		if (!module->can_be_opened || module->has_frames)
			continue;
		missing++;
		add_finding(findings, CHECK_WARN,
			"%s has no tables of frames: its stacks are followed by its code and the "
			"frame pointer, and may lack a function",
			module->path);
		add_remedy(findings,
			"build it with -fasynchronous-unwind-tables, or -fno-omit-frame-pointer");
	}
	if (diagnosis->modules.count && !missing)
		add_finding(findings, CHECK_OK, "all of these have tables of frames");
}

void check_run_time(const struct diagnosis *diagnosis, struct findings *findings)
{
	const struct run_time *run_time = diagnosis->run_time;

	if (!run_time)
		return;
	if (diagnosis->has_perf_map) {
		add_finding(findings, CHECK_OK,
			"%s tells of the code that it makes in /tmp/perf-%d.map", run_time->name,
			diagnosis->process.inside);
		return;
	}
	add_finding(findings, CHECK_WARN, "%s makes code that no file names", run_time->name);
	add_remedy(findings, "%s", run_time->remedy);
}
