#include "export/source_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/path.h"
#include "base/string_builder.h"

#define SIZE_LIMIT ((size_t)64 << 20)

/* What build systems put before names. */
static const char *const usual_trims[] = {"/proc/self/cwd/./", "/proc/self/cwd/"};

/* The next folder of a list; false: there are no more. */
static bool next_folder(const char **list, const char **ret, size_t *ret_length)
{
	if (!**list)
		return false;
	*ret = *list;
	*ret_length = strcspn(*list, ":");
	*list += *ret_length;
	if (**list)
		++*list;
	return true;
}

/* Behind the folder in the name that has the same last part. */
static const char *behind_same_folder(const char *name, const char *folder, size_t length)
{
	STRING_BUILDER(wanted);

	while (length > 1 && folder[length - 1] == '/')
		length--;
	size_t start = length;
	while (start && folder[start - 1] != '/')
		start--;
	string_append_char(&wanted, '/');
	string_append_bytes(&wanted, folder + start, length - start);
	string_append_char(&wanted, '/');
	if (wanted.failed || wanted.length < 3)
		return NULL;
	const char *found = strstr(name, wanted.text);
	return found ? found + wanted.length : NULL;
}

static const char *without_prefix(const char *name, const char *folder, size_t length)
{
	if (strncmp(name, folder, length) != 0)
		return NULL;
	if (length && folder[length - 1] == '/')
		return name + length;
	return name[length] == '/' ? name + length + 1 : NULL;
}

const char *source_trim(const char *name, const char *trim_path, const char *source_path)
{
	const char *folder, *rest, *list = *trim_path ? "" : source_path;
	size_t length;

	while (next_folder(&list, &folder, &length)) {
		rest = behind_same_folder(name, folder, length);
		if (rest)
			return rest;
	}
	list = trim_path;
	while (next_folder(&list, &folder, &length)) {
		rest = without_prefix(name, folder, length);
		if (rest)
			return rest;
	}
	for (size_t i = 0; i < ARRAY_SIZE(usual_trims); i++) {
		rest = without_prefix(name, usual_trims[i], strlen(usual_trims[i]));
		if (rest)
			return rest;
	}
	return name;
}

void source_file_deinit(struct source_file *file)
{
	u8_array_deinit(&file->text);
	source_lines_deinit(&file->lines);
}

static struct error *split_lines(struct source_file *file)
{
	const char *text = (const char *)file->text.items;
	size_t start = 0, count = file->text.count;

	while (start < count) {
		const char *end = memchr(text + start, '\n', count - start);
		size_t length = end ? (size_t)(end - text) - start : count - start;
		size_t shown = length;

		if (shown && text[start + shown - 1] == '\r')
			shown--;
		struct error *error = source_lines_append(
			&file->lines, (struct source_line){.start = start, .length = shown});
		if (error)
			return error;
		start += length + 1;
	}
	return NULL;
}

static struct error *read_path(const char *path, struct source_file *ret)
{
	CLEANUP(source_file_deinit) struct source_file file = {0};
	struct stat status;
	int fd;
	struct error *error = file_open_regular(NULL, path, &fd);

	if (error)
		return error;
	error = file_read_fd(fd, SIZE_LIMIT, &file.text);
	if (!error && fstat(fd, &status) == 0)
		file.modified = (int64_t)status.st_mtim.tv_sec * (int64_t)NANOSECONDS_PER_SECOND +
				status.st_mtim.tv_nsec;
	close(fd);
	if (!error)
		error = split_lines(&file);
	if (error)
		return error_add_context(error, "%s", path);
	*ret = file;
	file = (struct source_file){0};
	return NULL;
}

/* In a folder, or in one above it. *ret_found: there was no need to look any further. */
static struct error *look_above(
	const char *folder, const char *name, bool *ret_found, struct source_file *ret)
{
	CLEANUP(cleanup_free) char *at = strdup(folder);

	*ret_found = false;
	if (!at)
		return &error_no_memory;
	for (;;) {
		CLEANUP(cleanup_free) char *path = NULL;

		if (asprintf(&path, "%s%s%s", at, *at && at[strlen(at) - 1] == '/' ? "" : "/",
			    name) < 0) {
			path = NULL;
			return &error_no_memory;
		}
		if (access(path, R_OK) == 0) {
			*ret_found = true;
			return read_path(path, ret);
		}
		char *slash = strrchr(at, '/');
		if (!slash || !slash[1])
			return NULL;
		slash[slash == at ? 1 : 0] = '\0';
	}
}

static struct error *search(const char *name, const char *source_path, struct source_file *ret)
{
	const char *list = source_path, *folder;
	bool found = false;
	size_t length;

	while (next_folder(&list, &folder, &length)) {
		CLEANUP(cleanup_free) char *copy = strndup(folder, length);
		struct error *error;

		if (!copy)
			return &error_no_memory;
		error = look_above(copy, name, &found, ret);
		if (error || found)
			return error;
	}
	return error_create(
		ERROR_NOT_FOUND, "could not find file %s on path %s", name, source_path);
}

struct error *source_file_init(
	const char *name, const char *trim_path, const char *source_path, struct source_file *ret)
{
	CLEANUP(cleanup_free) char *current = *source_path ? NULL : get_current_dir_name();

	if (!*source_path)
		source_path = current ? current : "/";
	name = source_trim(name, trim_path, source_path);
	return *name == '/' ? read_path(name, ret) : search(name, source_path, ret);
}
