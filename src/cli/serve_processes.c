#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/quantity.h"
#include "cli/serve_internal.h"
#include "target/live.h"
#include "target/live_figures.h"
#include "target/proc.h"

/* Between two looks at all processes: that costs, on a machine with many of them. */
#define SEARCH_PAUSE       (5 * NANOSECONDS_PER_SECOND)
#define SEARCH_PAUSE_FIRST (100 * NANOSECONDS_PER_MILLISECOND)
/* Whoever asks for one that is not known does not make limpet look more often than so. */
#define SEARCH_PAUSE_ASKED (500 * NANOSECONDS_PER_MILLISECOND)

void served_destroy(struct served *served)
{
	if (!served)
		return;
	cleanup_close(&served->end);
	free(served->identity.name);
	free(served->identity.executable);
	serve_figures_deinit(&served->figures);
	serve_jobs_deinit(&served->waiting);
	string_builder_deinit(&served->worker.out);
	string_builder_deinit(&served->worker.messages);
	free(served);
}

static struct served *find_pid(const struct serve *serve, pid_t pid)
{
	ARRAY_FOR_EACH (one, &serve->processes)
		if (!(*one)->ended && (*one)->identity.pid == pid)
			return *one;
	return NULL;
}

static pid_t parent_of(pid_t pid)
{
	struct proc_status status;
	struct error *error = proc_read_status(pid, 0, &status);

	error_destroy(error);
	return error ? 0 : status.parent;
}

/* Limpets, and what they have started, are not served: they would look at each other. */
static bool is_own(pid_t pid, const char *executable)
{
	CLEANUP(cleanup_free) char *own = proc_read_link(getpid(), 0, "exe");

	if (own && *own && strcmp(own, executable) == 0)
		return true;
	for (unsigned depth = 0; pid > 1 && depth < 64; depth++, pid = parent_of(pid))
		if (pid == getpid())
			return true;
	return false;
}

static char *executable_of(pid_t pid)
{
	static const char deleted[] = " (deleted)";
	pid_t task = 0;
	char *path;
	size_t length;

	(void)proc_find_living(pid, &task);
	path = proc_read_link(pid, task, "exe");
	length = path ? strlen(path) : 0;
	if (length > sizeof(deleted) - 1 &&
		strcmp(path + length - (sizeof(deleted) - 1), deleted) == 0)
		path[length - (sizeof(deleted) - 1)] = '\0';
	return path;
}

static void tell_too_many(struct serve *serve)
{
	if (serve->too_many_told)
		return;
	serve->too_many_told = true;
	serve_complain(serve,
		"there are more than %lu processes to be served: the others are not; --processes "
		"allows more",
		(unsigned long)serve->options->processes_max);
}

/* One that has ended by now is none. */
static struct error *add(struct serve *serve, pid_t pid)
{
	struct served *served;
	struct proc_stat stat;
	struct error *error;
	char text[64];

	if (pid <= 1 || find_pid(serve, pid))
		return NULL;
	if (serve->processes.count >= serve->options->processes_max) {
		tell_too_many(serve);
		return NULL;
	}
	error = proc_read_stat(pid, 0, &stat);
	if (error)
		return error_unless(error, ERROR_GONE);
	served = calloc(1, sizeof(*served));
	if (!served)
		return &error_no_memory;
	served->end = -1;
	served->identity.pid = pid;
	served->identity.start_time = stat.start_time;
	served->identity.name = strdup(stat.name);
	served->identity.executable = executable_of(pid);
	if (!served->identity.name || !served->identity.executable)
		error = &error_no_memory;
	else if (!*served->identity.executable || is_own(pid, served->identity.executable))
		goto out;
	if (!error)
		error = error_unless(live_open_end(pid, &served->end), ERROR_UNSUPPORTED);
	if (!error)
		error = served_array_append(&serve->processes, served);
	if (!error) {
		served_text(TAKE_POINTER(served), text);
		return NULL;
	}
out:
	served_destroy(served);
	return error_unless(error, ERROR_GONE);
}

struct names {
	struct serve *serve;
	struct error *error;
};

static bool matches(const struct serve *serve, const char *text)
{
	regmatch_t whole;

	return regexec(&serve->allowed, text, 1, &whole, 0) == 0 && whole.rm_so == 0 &&
	       !text[whole.rm_eo];
}

static void visit(void *context, pid_t pid, const char *name)
{
	struct names *names = context;
	CLEANUP(cleanup_free) char *executable = executable_of(pid);

	if (names->error || find_pid(names->serve, pid))
		return;
	if (matches(names->serve, name) ||
		(executable && matches(names->serve, path_file_name(executable))))
		names->error = add(names->serve, pid);
}

static struct error *search_pattern(struct serve *serve)
{
	struct names names = {.serve = serve};
	struct error *error = live_target_visit_all(visit, &names);

	return error ? error : names.error;
}

static struct error *add_all(struct serve *serve, const struct u32_array *pids)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (pid, pids)
		if (!error)
			error = add(serve, (pid_t)*pid);
	return error;
}

/* The one that was started first, as session/follow.h has it. */
static struct error *add_first(struct serve *serve, const struct u32_array *pids)
{
	uint64_t first = UINT64_MAX;
	pid_t found = 0;

	ARRAY_FOR_EACH (pid, pids) {
		uint64_t start;

		if (!live_target_started((pid_t)*pid, serve->executable, &start) || start >= first)
			continue;
		first = start;
		found = (pid_t)*pid;
	}
	return found ? add(serve, found) : NULL;
}

static bool any_lives(const struct serve *serve)
{
	ARRAY_FOR_EACH (one, &serve->processes)
		if (!(*one)->ended)
			return true;
	return false;
}

static struct error *search_name(struct serve *serve)
{
	CLEANUP(u32_array_deinit) struct u32_array pids = {0};
	struct error *error;

	if (serve->only && any_lives(serve))
		return NULL;
	error = live_target_find_all(serve->name, &pids);
	if (error)
		return error;
	return serve->only ? add_first(serve, &pids) : add_all(serve, &pids);
}

/* Ended ones that are still at work do not count: the next one may be here. */
struct error *serve_search(struct serve *serve)
{
	size_t before = serve->processes.count;
	struct error *error;

	serve->searched = clock_monotonic();
	if (serve->options->allow)
		error = search_pattern(serve);
	else if (serve->name)
		error = search_name(serve);
	else
		error = add_all(serve, &serve->options->pids);
	for (size_t i = before; i < serve->processes.count && serve->url; i++) {
		char text[64];

		served_text(serve->processes.items[i], text);
		serve_log(serve, "serving %s too, at %spid/%d/debug/pprof/", text, serve->url,
			serve->processes.items[i]->identity.pid);
	}
	if (!serve->only || any_lives(serve))
		serve->search_pause = SEARCH_PAUSE;
	else if (serve->search_pause >= SEARCH_PAUSE)
		serve->search_pause = SEARCH_PAUSE_FIRST;
	else
		serve->search_pause += serve->search_pause / 2;
	return error;
}

uint64_t serve_search_at(const struct serve *serve)
{
	if (serve->only && any_lives(serve))
		return UINT64_MAX;
	if (!serve->name && !serve->options->allow)
		return UINT64_MAX;
	return serve->searched + serve->search_pause;
}

void served_look(struct served *served, uint64_t *ret_resident, uint64_t *ret_cpu_time)
{
	struct target_figures figures = {0};
	struct error *error = live_read_figures(served->identity.pid, false, &figures);
	struct proc_stat stat = {0};
	uint64_t now = clock_monotonic(), tick = NANOSECONDS_PER_SECOND;

	tick /= (uint64_t)sysconf(_SC_CLK_TCK);
	error_destroy(error);
	error = proc_read_stat(served->identity.pid, 0, &stat);
	error_destroy(error);
	*ret_resident = figures.resident;
	*ret_cpu_time = (stat.user_time + stat.system_time) * tick;
	if (served->looked_at && now < served->looked_at + NANOSECONDS_PER_SECOND)
		return;
	served->cpu = -1;
	if (served->looked_at && *ret_cpu_time >= served->cpu_time)
		served->cpu = (double)(*ret_cpu_time - served->cpu_time) /
			      (double)(now - served->looked_at);
	served->looked_at = now;
	served->cpu_time = *ret_cpu_time;
}

static void search_as_asked(struct serve *serve)
{
	if (clock_monotonic() >= serve->searched + SEARCH_PAUSE_ASKED)
		error_destroy(serve_search(serve));
}

static struct served *find_named(
	struct serve *serve, const char *name, struct serve_refusal *ret_why)
{
	struct served *found = NULL;
	size_t count = 0;

	ARRAY_FOR_EACH (one, &serve->processes) {
		const char *executable = path_file_name((*one)->identity.executable);

		if ((*one)->ended || (strcmp((*one)->identity.name, name) != 0 &&
					     strcmp(executable, name) != 0 &&
					     (!serve->name || strcmp(serve->name, name) != 0)))
			continue;
		if (!found)
			found = *one;
		count++;
	}
	if (count == 1)
		return found;
	if (count)
		*ret_why = serve_refusal(404,
			"%zu processes are called '%s': choose one by its number, /pid/%d/", count,
			name, found->identity.pid);
	else
		*ret_why = serve_refusal(404, "no process that is served is called '%s'", name);
	return NULL;
}

static struct served *find_only(struct serve *serve, struct serve_refusal *ret_why)
{
	ARRAY_FOR_EACH (one, &serve->processes)
		if (serve->only && !(*one)->ended)
			return *one;
	if (!serve->only)
		*ret_why = serve_refusal(404,
			"several processes are served: name one, as in /pid/1234/debug/pprof/; the "
			"page at / lists them");
	else if (serve->name)
		*ret_why = serve_refusal(
			503, "%s has ended, and none has come in its place yet", serve->name);
	else
		*ret_why = serve_refusal(404, "the process has ended");
	ret_why->retry_after = 1;
	return NULL;
}

static struct served *find(
	struct serve *serve, const struct http_question *question, struct serve_refusal *ret_why)
{
	struct served *found;
	uint64_t pid;

	if (!question->process[0])
		return find_only(serve, ret_why);
	if (!question->by_pid)
		return find_named(serve, question->process, ret_why);
	found = parse_unsigned(question->process, &pid) && pid <= INT_MAX
			? find_pid(serve, (pid_t)pid)
			: NULL;
	if (!found)
		*ret_why = serve_refusal(404, "process %s is not served here", question->process);
	return found;
}

/* Its number may be another's by now. */
struct served *serve_find(
	struct serve *serve, const struct http_question *question, struct serve_refusal *ret_why)
{
	struct served *found = find(serve, question, ret_why);

	if (!found) {
		serve_refusal_deinit(ret_why);
		search_as_asked(serve);
		found = find(serve, question, ret_why);
	}
	if (!found || live_target_lives(&found->identity))
		return found;
	*ret_why = serve_refusal(404, "process %d has ended", found->identity.pid);
	return NULL;
}

void serve_forget_ended(struct serve *serve)
{
	struct served_array *all = &serve->processes;
	size_t kept = 0;

	for (size_t i = 0; i < all->count; i++) {
		struct served *one = all->items[i];

		if (one->ended && one->worker.state == SERVE_WORKER_NONE && !one->capture &&
			!one->waiting.count)
			served_destroy(one);
		else
			all->items[kept++] = one;
	}
	all->count = kept;
}
