#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/folder.h"
#include "base/path.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/front_internal.h"
#include "cli/output_name.h"
#include "cli/report.h"
#include "cli/view_options.h"
#include "profile/joint.h"

/* Where each worker writes its part, for the front to read: pprof files keep everything. */
#define PART_FORMAT "%s/%zu.pb.gz"

struct front_files {
	struct session *session;
	const struct arguments *arguments;
	const struct line_words *words;
	size_t word;               /* the one with the file's name, ... */
	size_t name_start;         /* ... and where in it that begins */
	const char *path;          /* what the user called it */
	char *joint_path;          /* with the placeholders filled in */
	char *folder;              /* of the parts; removed with them */
	size_t count;              /* of workers */
	struct line_words changed; /* borrows all but the one */
	char *changed_word;
};

static char *part_path(const struct front_files *files, size_t index)
{
	char *path;

	return asprintf(&path, PART_FORMAT, files->folder, index) < 0 ? NULL : path;
}

void front_files_destroy(struct front_files *files)
{
	if (!files)
		return;
	if (files->folder)
		folder_remove(files->folder);
	free(files->folder);
	free(files->joint_path);
	free(files->changed_word);
	line_words_deinit(&files->changed);
	free(files);
}

static bool has_placeholder(const char *path, char letter)
{
	for (const char *c = path; (c = strchr(c, '%')) && c[1]; c += 2)
		if (c[1] == letter)
			return true;
	return false;
}

/* Each process has a file of its own: cli/output_name.h. */
static bool names_process(const char *path)
{
	return has_placeholder(path, 'p');
}

static struct error *one_file_for_all(const char *path, const char *why)
{
	return error_set_hint(
		error_create(ERROR_USAGE, "all processes would write to '%s'%s", path, why),
		"%%p in the name stands for the number of the process: a file for each");
}

/* What is no profile, such as a snapshot, is not joined. */
static bool is_joined(const char *path)
{
	static const char *const raw[] = {".heap", ".gperftools"};
	size_t length = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(raw); i++) {
		size_t suffix = strlen(raw[i]);

		if (length > suffix && strcmp(path + length - suffix, raw[i]) == 0)
			return false;
	}
	return true;
}

static struct error *find_word(struct front_files *files)
{
	for (size_t i = 0; i < files->words->count; i++) {
		const char *word = files->words->items[i];

		if (files->path < word || files->path > word + strlen(word))
			continue;
		files->word = i;
		files->name_start = (size_t)(files->path - word);
		return NULL;
	}
	return one_file_for_all(files->path, "");
}

/* NULL: the command writes none, or one for each process. */
static struct error *find_path(const struct arguments *arguments, const char **ret)
{
	*ret = NULL;
	ARRAY_FOR_EACH (given, &arguments->options) {
		const struct command_option *option = given->option;

		if (!option->argument || strcmp(option->argument, "FILE") != 0 ||
			names_process(given->value))
			continue;
		if (strcmp(option->name, "output") != 0)
			return one_file_for_all(given->value, "");
		*ret = given->value;
	}
	if (strcmp(arguments->command->name, "save") == 0)
		*ret = arguments->words.items[arguments->words.count - 1];
	/* The workers say what is wrong with the name. */
	if (*ret && (names_process(*ret) || (strcmp(arguments->command->name, "flame") == 0 &&
						    !file_is_picture(*ret))))
		*ret = NULL;
	if (*ret && !is_joined(*ret))
		return one_file_for_all(*ret, ", and dumps cannot be made one");
	return NULL;
}

struct error *front_files_create(struct session *session, const struct arguments *arguments,
	const struct line_words *words, struct front_files **ret)
{
	CLEANUP(cleanup_free) char *joint_path = NULL;
	struct front_files *files;
	const char *path;
	struct error *error = find_path(arguments, &path);

	*ret = NULL;
	if (error || !path)
		return error;
	if (has_placeholder(path, 'n'))
		return one_file_for_all(path, ": %n is the name of one");
	error = output_name_choose(session, path, false, &joint_path);
	if (!error)
		error = file_check(joint_path);
	if (error)
		return error;
	files = calloc(1, sizeof(*files));
	if (!files)
		return &error_no_memory;
	files->session = session;
	files->arguments = arguments;
	files->words = words;
	files->path = path;
	files->joint_path = TAKE_POINTER(joint_path);
	error = find_word(files);
	if (!error)
		error = folder_create_private(&files->folder);
	if (error)
		front_files_destroy(files);
	else
		*ret = files;
	return error;
}

const char *front_files_joint_path(const struct front_files *files)
{
	return files->joint_path;
}

struct error *front_files_words(
	struct front_files *files, size_t index, const struct line_words **ret)
{
	CLEANUP(cleanup_free) char *path = part_path(files, index);
	struct error *error = NULL;

	if (index >= files->count)
		files->count = index + 1;
	free(TAKE_POINTER(files->changed_word));
	if (!path || asprintf(&files->changed_word, "%.*s%s", (int)files->name_start,
			     files->words->items[files->word], path) < 0) {
		files->changed_word = NULL;
		return &error_no_memory;
	}
	files->changed.count = 0;
	for (size_t i = 0; !error && i < files->words->count; i++)
		error = line_words_append(&files->changed,
			i == files->word ? files->changed_word : files->words->items[i]);
	if (!error)
		*ret = &files->changed;
	return error;
}

struct parts {
	struct session_profile *loaded;
	struct process_profile *profiles;
	size_t count;
};

static void parts_deinit(struct parts *parts)
{
	for (size_t i = 0; i < parts->count; i++)
		session_profile_deinit(&parts->loaded[i]);
	free(parts->loaded);
	free(parts->profiles);
}

/* Of a process in which the command failed there is none. */
static struct error *load_part(struct front_files *files, const struct front_worker *worker,
	size_t index, struct parts *parts)
{
	CLEANUP(cleanup_free) char *path = part_path(files, index);
	const char *name = strchr(worker->latest.target, ' ');
	struct error *error;

	if (!path)
		return &error_no_memory;
	if (access(path, F_OK) < 0)
		return NULL;
	error = file_load(files->session, path, &parts->loaded[parts->count]);
	if (error)
		return error;
	parts->profiles[parts->count] = (struct process_profile){
		.profile = parts->loaded[parts->count].profile,
		.name = name ? name + 1 : worker->spec,
		.pid = worker->latest.pid,
	};
	parts->count++;
	return NULL;
}

static struct error *load_parts(
	struct front_files *files, const struct front *front, struct parts *parts)
{
	struct error *error = NULL;

	parts->loaded = calloc(files->count, sizeof(*parts->loaded));
	parts->profiles = calloc(files->count, sizeof(*parts->profiles));
	if (!parts->loaded || !parts->profiles)
		return &error_no_memory;
	for (size_t i = 0; !error && i < files->count; i++)
		error = load_part(files, &front->workers.items[i], i, parts);
	return error;
}

/* The option, where the command has it, or the setting. */
static const char *value_type(const struct front_files *files)
{
	const char *setting = settings_text(&files->session->settings, SETTING_SAMPLE_INDEX);

	ARRAY_FOR_EACH (given, &files->arguments->options)
		if (strcmp(given->option->name, "sample-index") == 0)
			return given->value;
	return setting[0] ? setting : NULL;
}

struct error *front_files_join(struct front_files *files, const struct front *front)
{
	CLEANUP(parts_deinit) struct parts parts = {0};
	struct session_profile joint = {0};
	struct error *error = load_parts(files, front, &parts);

	if (error || !parts.count)
		return error;
	error = profile_join(parts.profiles, parts.count, &joint.profile);
	if (error)
		return error;
	joint.profile->grain = view_read_grain(files->session, files->arguments);
	error = file_save(&joint, value_type(files), files->joint_path);
	profile_destroy(joint.profile);
	if (!error)
		report(files->session,
			parts.count == 1 ? "saved in %s, what %zu process does"
					 : "saved in %s, what %zu processes do together",
			files->joint_path, parts.count);
	return error;
}
