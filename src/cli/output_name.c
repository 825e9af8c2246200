#include "cli/output_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/string_builder.h"
#include "cli/command.h"
#include "session/attachment.h"

#define NUMBER_MAX 1000000
#define BLOCK_SIZE 512 /* of st_blocks */

/* The options that name a file to write. */
static const char *const output_options[] = {"output", "timeline", "snapshot"};

static struct error *needs_process(const char *what, const struct output_facts *facts)
{
	if (facts->several)
		return error_set_hint(
			error_create(ERROR_USAGE,
				"%s has no meaning here: this is one file of several processes",
				what),
			"what they print goes there, below a heading for each; the names behind -o "
			"may have %%p and %%n");
	return error_set_hint(
		error_create(ERROR_USAGE, "%s has no meaning here: no process is attached", what),
		"name one with -p PID or -n NAME, or in the shell with `attach PID`");
}

static struct error *append_time(struct string_builder *name, const struct output_facts *facts)
{
	struct tm local;
	char text[32];

	if (!localtime_r(&facts->time, &local) ||
		!strftime(text, sizeof(text), "%Y%m%d-%H%M%S", &local))
		return error_create(ERROR_FAILED, "%%t: the time of day is unknown");
	string_append(name, text);
	return NULL;
}

/* So that it neither leads elsewhere nor needs quotes. */
static void append_process(struct string_builder *name, const char *process)
{
	for (; *process; process++) {
		bool plain = (*process >= 'a' && *process <= 'z') ||
			     (*process >= 'A' && *process <= 'Z') ||
			     (*process >= '0' && *process <= '9') || strchr("._+@-", *process);

		string_append_char(name, plain ? *process : '_');
	}
}

static struct error *append_placeholder(
	struct string_builder *name, char letter, const struct output_facts *facts, unsigned number)
{
	switch (letter) {
	case '%':
		string_append_char(name, '%');
		return NULL;
	case 't':
		return append_time(name, facts);
	case 'i':
		string_append_format(name, "%u", number);
		return NULL;
	case 'p':
		if (!facts->pid)
			return needs_process("%p", facts);
		string_append_format(name, "%d", facts->pid);
		return NULL;
	case 'n':
		if (!facts->pid)
			return needs_process("%n", facts);
		append_process(name, facts->process);
		return NULL;
	default:
		return error_set_hint(
			error_create(ERROR_USAGE,
				letter ? "there is no %%%c in names of files"
				       : "nothing follows the %% at the end of the file's name",
				letter),
			"there are %%t (time), %%p (PID), %%n (name of the process), %%i (a free "
			"number), and %%%% for a percent sign");
	}
}

static struct error *fill_once(const char *text, const struct output_facts *facts, unsigned number,
	bool *ret_counts, char **ret)
{
	STRING_BUILDER(name);

	*ret_counts = false;
	string_append(&name, "");
	for (const char *c = text; *c; c++) {
		struct error *error;

		if (*c != '%') {
			string_append_char(&name, *c);
			continue;
		}
		*ret_counts |= c[1] == 'i';
		error = append_placeholder(&name, *++c, facts, number);
		if (error)
			return error_add_context(error, "'%s'", text);
	}
	return string_builder_finish(&name, ret);
}

struct error *output_name_fill(const char *text, const struct output_facts *facts, char **ret)
{
	for (unsigned number = 1; number < NUMBER_MAX; number++) {
		CLEANUP(cleanup_free) char *name = NULL;
		bool counts;
		struct error *error = fill_once(text, facts, number, &counts, &name);

		if (error)
			return error;
		if (counts && facts->is_taken(name))
			continue;
		*ret = TAKE_POINTER(name);
		return NULL;
	}
	return error_create(
		ERROR_FAILED, "'%s': all names up to number %d are taken", text, NUMBER_MAX - 1);
}

/* Where ".pb.gz" of leak.pb.gz begins; the end of a name without any. */
static size_t format_start(const char *path)
{
	static const char *const doubled[] = {".gz", ".json"};
	const char *name = path_file_name(path), *dot = strrchr(name, '.');

	if (!dot || dot == name)
		return strlen(path);
	for (size_t i = 0; i < ARRAY_SIZE(doubled); i++) {
		const char *before = memrchr(name, '.', (size_t)(dot - name));

		if (strcmp(dot, doubled[i]) == 0 && before && before > name) {
			dot = before;
			break;
		}
	}
	return (size_t)(dot - path);
}

char *output_name_numbered(const char *path, unsigned number)
{
	size_t start = format_start(path);
	char *name;

	return asprintf(&name, "%.*s-%u%s", (int)start, path, number, path + start) < 0 ? NULL
											: name;
}

void owned_texts_free(struct owned_texts *texts)
{
	ARRAY_FOR_EACH (text, texts)
		free(*text);
	owned_texts_deinit(texts);
}

uint64_t written_files_size(const struct written_files *files)
{
	uint64_t size = 0;
	struct stat status;

	ARRAY_FOR_EACH (path, &files->paths)
		if (stat(*path, &status) == 0 && S_ISREG(status.st_mode))
			size += (uint64_t)status.st_blocks * BLOCK_SIZE;
	return size;
}

void written_files_free(struct written_files *files)
{
	owned_texts_free(&files->paths);
}

static bool has_written(const struct written_files *files, const char *path)
{
	ARRAY_FOR_EACH (known, &files->paths)
		if (strcmp(*known, path) == 0)
			return true;
	return false;
}

static struct error *note_written(struct written_files *files, const char *path)
{
	struct error *error;
	char *copy;

	if (files->limit && files->paths.count >= files->limit) {
		files->refused = true;
		return error_set_hint(error_create(ERROR_FAILED,
					      "'%s' would be one file more than the %zu allowed",
					      path, files->limit),
			"--limit-files N allows more");
	}
	copy = strdup(path);
	error = copy ? owned_texts_append(&files->paths, copy) : &error_no_memory;
	if (error)
		free(copy);
	return error;
}

/* A device or a pipe takes all that comes. */
static bool can_be_replaced(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? S_ISREG(status.st_mode) : true;
}

static bool exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static struct error *choose_unwritten(struct written_files *files, bool append, char **name)
{
	CLEANUP(cleanup_free) char *base = NULL;
	bool known = has_written(files, *name);

	if (!can_be_replaced(*name) || (known && append))
		return NULL;
	if (known) {
		base = TAKE_POINTER(*name);
		for (unsigned number = 1; number < NUMBER_MAX; number++) {
			free(*name);
			*name = output_name_numbered(base, number);
			if (!*name)
				return &error_no_memory;
			if (!has_written(files, *name) && !exists(*name))
				break;
		}
	}
	return note_written(files, *name);
}

static struct error *fill_for(struct session *session, const char *text, char **ret)
{
	const struct target_identity *identity =
		session->attachment ? &session->attachment->target->identity : NULL;
	struct output_facts facts = {
		.time = time(NULL),
		.pid = identity ? identity->pid : 0,
		.several = session->front != NULL,
		.process = identity ? identity->name : "",
		.is_taken = exists,
	};

	return output_name_fill(text, &facts, ret);
}

struct error *output_name_check(struct session *session, const char *text)
{
	CLEANUP(cleanup_free) char *name = NULL;

	return fill_for(session, text, &name);
}

struct error *output_name_choose(struct session *session, const char *text, bool append, char **ret)
{
	CLEANUP(cleanup_free) char *name = NULL;
	struct error *error = fill_for(session, text, &name);

	if (!error && session->written)
		error = choose_unwritten(session->written, append, &name);
	if (!error)
		*ret = TAKE_POINTER(name);
	return error;
}

static struct error *apply(struct session *session, const char **text, struct owned_texts *owned)
{
	char *name;
	struct error *error = output_name_choose(session, *text, false, &name);

	if (error)
		return error;
	error = owned_texts_append(owned, name);
	if (error) {
		free(name);
		return error;
	}
	*text = name;
	return NULL;
}

static bool is_output(const struct command_option *option)
{
	for (size_t i = 0; i < ARRAY_SIZE(output_options); i++)
		if (strcmp(option->name, output_options[i]) == 0)
			return option->argument;
	return false;
}

struct error *output_names_apply(
	struct session *session, struct arguments *arguments, struct owned_texts *owned)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (given, &arguments->options)
		if (!error && is_output(given->option))
			error = apply(session, &given->value, owned);
	if (!error && arguments->command->writes_last_argument && arguments->words.count)
		error = apply(session, &arguments->words.items[arguments->words.count - 1], owned);
	return error;
}

struct error *output_names_check(struct session *session, const struct arguments *arguments)
{
	struct error *error = NULL;

	ARRAY_FOR_EACH (given, &arguments->options)
		if (!error && is_output(given->option))
			error = output_name_check(session, given->value);
	if (!error && arguments->command->writes_last_argument && arguments->words.count)
		error = output_name_check(
			session, arguments->words.items[arguments->words.count - 1]);
	return error;
}
