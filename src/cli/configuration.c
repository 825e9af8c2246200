#include "cli/configuration.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/file.h"
#include "cli/command_set.h"
#include "cli/lexer.h"
#include "cli/report.h"
#include "cli/user_path.h"

#define FILE_SIZE_MAX ((size_t)1024 * 1024)

/* What it sets decides which files are read: nobody else may write it. */
static struct error *check_owner(const char *path, const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return error_create(ERROR_UNSUPPORTED, "'%s' is not read: it is no file", path);
	if (status->st_uid != geteuid() && status->st_uid != 0)
		return error_set_hint(
			error_create(ERROR_UNSUPPORTED, "'%s' is not read: it belongs to user %u",
				path, status->st_uid),
			"it has to be yours, or root's; --no-config leaves it unread");
	if (status->st_mode & S_IWOTH)
		return error_set_hint(error_create(ERROR_UNSUPPORTED,
					      "'%s' is not read: anybody can write it", path),
			"chmod o-w %s", path);
	return NULL;
}

/* *ret stays empty if there is no file. */
static struct error *read_file(const char *path, struct u8_array *ret)
{
	CLEANUP(cleanup_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	struct error *error;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	if (fd < 0 || fstat(fd, &status) < 0)
		return error_create(ERROR_FAILED, "'%s' is not read: %s", path, strerror(errno));
	error = check_owner(path, &status);
	if (!error)
		error = file_read_fd(fd, FILE_SIZE_MAX, ret);
	return error;
}

static struct error *apply_words(
	struct session *session, const struct line *line, const char *position)
{
	char *const *words = line->words.items;
	size_t count = line->words.count;

	if (line->redirection == REDIRECTION_NONE && count == 1 && strchr(words[0], '='))
		return setting_assign(session, words[0], NULL, position);
	if (strcmp(words[0], "set") != 0 || count < 2 || count > 3 ||
		line->redirection != REDIRECTION_NONE)
		return error_set_hint(
			error_create(ERROR_USAGE, "only settings can stand here: set NAME VALUE"),
			"commands belong into a script: limpet -x FILE");
	return setting_assign(session, words[1], count == 3 ? words[2] : NULL, position);
}

static struct error *apply_line(struct session *session, struct cursor text, const char *position)
{
	CLEANUP(line_deinit) struct line line = {0};
	struct error *error = line_lex(text, &line);

	return error || !line.words.count ? error : apply_words(session, &line, position);
}

static void apply(struct session *session, const char *path, const struct u8_array *bytes)
{
	struct cursor rest = cursor_over(bytes->items, bytes->count), line;

	for (unsigned number = 1; cursor_take_line(&rest, &line); number++) {
		char *position;

		if (asprintf(&position, "%s:%u", path, number) < 0)
			return;
		struct error *error = apply_line(session, line, position);
		if (error)
			session->error_position = strdup(position);
		report_error(session, error);
		free(position);
	}
}

void configuration_read_file(struct session *session)
{
	CLEANUP(cleanup_free) char *path = NULL;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct error *error = user_path("XDG_CONFIG_HOME", ".config", "config", &path);

	/* Without a home there is none. */
	if (error) {
		error_destroy(error);
		return;
	}
	error = read_file(path, &bytes);
	report_error(session, error);
	if (!error)
		apply(session, path, &bytes);
}

static void apply_variable(struct session *session, enum setting_id id)
{
	char variable[64] = "LIMPET_";
	size_t length = strlen(variable);
	const char *value;

	for (const char *c = setting_describe(id)->name; *c && length < sizeof(variable) - 1; c++)
		variable[length++] = (char)toupper((unsigned char)*c);
	variable[length] = '\0';
	value = getenv(variable);
	if (!value)
		return;
	struct error *error = setting_assign(session, setting_describe(id)->name, value, variable);
	if (error)
		error = error_add_context(error, "%s", variable);
	report_error(session, error);
}

void configuration_read_environment(struct session *session)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		apply_variable(session, id);
}
