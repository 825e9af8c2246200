#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "cli/answer.h"
#include "cli/heap_request.h"
#include "cli/jemalloc_access.h"
#include "cli/json.h"
#include "cli/report.h"
#include "jemalloc/threads.h"

static struct error *several(const char *text, size_t count)
{
	return error_set_hint(error_create(ERROR_USAGE,
				      "%zu threads of the process are called '%s'", count, text),
		"say which one by its number, as `threads` lists them");
}

static struct error *find_thread(const struct heap_request *request, const char *text, pid_t *ret)
{
	struct target *target = request->attachment->target;
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	struct error *error = target_list_threads(target, &threads);
	size_t found = 0;

	for (size_t i = 0; !error && i < threads.count; i++) {
		struct thread_status status;

		if (!target_thread_status(target, threads.items[i].id, &status) ||
			!thread_is_meant(text, threads.items[i].id, status.name))
			continue;
		*ret = threads.items[i].id;
		found++;
	}
	if (error || found == 1)
		return error;
	return found ? several(text, found)
		     : error_set_hint(error_create(ERROR_NOT_FOUND,
					      "the process has no thread '%s'", text),
			       "`threads` lists them by number and name");
}

static struct error *note_switched_thread(struct heap_request *request, const char *value,
	pid_t thread, const char *before, const char *now, const char *undo)
{
	CLEANUP(cleanup_free) char *name = NULL;

	if (asprintf(&name, "%s of thread %d", value, thread) < 0)
		return &error_no_memory;
	return note_switched(request->session, request->arguments, name, before, now, undo, NULL);
}

static struct error *switch_thread(struct heap_request *request, bool active)
{
	FILE *out = request->session->out;
	char undo[64];
	bool before;
	pid_t thread;
	struct error *error = find_thread(request, arguments_word(request->arguments, 2), &thread);

	if (!error)
		error = jemalloc_thread_set_active(&request->jemalloc, thread, active, &before);
	if (error)
		return error;
	if (request->session->json) {
		answer_put(request->session, "thread", json_integer(thread));
		answer_put(request->session, "active", json_boolean(active));
	} else {
		fprintf(out, "thread %d is %s\n", thread,
			active ? "sampled when the heap profiler is on" : "not sampled");
	}
	snprintf(undo, sizeof(undo), "heap threads %s %d", before ? "on" : "off", thread);
	return note_switched_thread(request, "thread.prof.active", thread,
		before ? "true" : "false", active ? "true" : "false", undo);
}

static struct error *switch_on(struct heap_request *request)
{
	return switch_thread(request, true);
}

static struct error *switch_off(struct heap_request *request)
{
	return switch_thread(request, false);
}

/* jemalloc takes no others; it says no more than that something is wrong with them. */
static struct error *check_name(const struct heap_request *request, const char *name)
{
	for (const char *c = name; *c; c++)
		if (*c != '\t' && (*c < ' ' || *c > '~'))
			return arguments_error(request->arguments,
				"jemalloc takes names of printable ASCII characters and blanks "
				"only");
	return NULL;
}

/* For the shell: in single quotes, and what is one itself in double ones. */
static struct error *quote(const char *text, pid_t thread, char **ret)
{
	STRING_BUILDER(command);

	string_append_format(&command, "heap threads name %d '", thread);
	for (const char *c = text; *c; c++)
		string_append_format(&command, *c == '\'' ? "'\"%c\"'" : "%c", *c);
	string_append(&command, "'");
	return string_builder_finish(&command, ret);
}

static struct error *name_thread(struct heap_request *request)
{
	const char *name = arguments_word(request->arguments, 3);
	CLEANUP(cleanup_free) char *before = NULL;
	CLEANUP(cleanup_free) char *undo = NULL;
	pid_t thread;
	struct error *error = check_name(request, name);

	if (!error)
		error = find_thread(request, arguments_word(request->arguments, 2), &thread);
	if (!error)
		error = jemalloc_thread_set_name(&request->jemalloc, thread, name, &before);
	if (!error)
		error = quote(before, thread, &undo);
	if (error)
		return error;
	if (request->session->json) {
		answer_put(request->session, "thread", json_integer(thread));
		answer_put(request->session, "name_in_dumps", json_text(name));
	} else {
		fprintf(request->session->out, "thread %d is called '", thread);
		print_text(request->session->out, name);
		fputs("' in dumps\n", request->session->out);
	}
	return note_switched_thread(request, "thread.prof.name", thread, before, name, undo);
}

static const struct thread_action {
	const char *name;
	const char *arguments;
	size_t words; /* that `heap` is given with it */
	struct error *(*run)(struct heap_request *request);
} actions[] = {
	{"on", "THREAD", 3, switch_on},
	{"off", "THREAD", 3, switch_off},
	{"name", "THREAD TEXT", 4, name_thread},
};

static struct error *run_action(struct heap_request *request, const struct thread_action *action)
{
	struct error *error;

	if (request->arguments->words.count != action->words)
		return arguments_error(request->arguments, "heap threads %s takes: %s",
			action->name, action->arguments);
	error = profiler_require(&request->jemalloc, &request->status);
	return error ? error : action->run(request);
}

struct error *heap_threads(struct heap_request *request)
{
	const char *word = arguments_word(request->arguments, 1);

	if (!word)
		return heap_list_threads(request);
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
		if (strcmp(actions[i].name, word) == 0)
			return run_action(request, &actions[i]);
	return error_set_hint(arguments_error(request->arguments,
				      "'%s' is nothing that heap threads can do", word),
		"it is one of on THREAD, off THREAD, name THREAD TEXT, or nothing for a list");
}
