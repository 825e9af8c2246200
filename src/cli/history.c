#include "cli/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>

#include "base/cleanup.h"

#define LINES_MAX 5000

static struct error *make_path(char **ret)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	char *path;
	int length;

	if (state && state[0] == '/')
		length = asprintf(&path, "%s/limpet/history", state);
	else if (home && home[0] == '/')
		length = asprintf(&path, "%s/.local/state/limpet/history", home);
	else
		return error_create(ERROR_NOT_FOUND, "HOME is not set");
	if (length < 0)
		return &error_no_memory;
	*ret = path;
	return NULL;
}

/* All directories above the file. */
static struct error *make_directories(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		int result = mkdir(path, 0700);
		int number = errno;
		if (result < 0 && number != EEXIST && access(path, F_OK) < 0)
			return error_from_errno(number, "cannot make '%s'", path);
		*slash = '/';
	}
	return NULL;
}

static struct error *make_file(const char *path)
{
	CLEANUP(cleanup_close) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fchmod(fd, 0600) < 0)
		return error_from_errno(errno, "cannot open '%s'", path);
	return NULL;
}

struct error *history_load(char **ret_path)
{
	CLEANUP(cleanup_free) char *path = NULL;
	struct error *error = make_path(&path);

	using_history();
	stifle_history(LINES_MAX);
	if (!error)
		error = make_directories(path);
	if (!error)
		error = make_file(path);
	if (error)
		return error;
	int number = read_history(path);
	if (number)
		return error_from_errno(number, "cannot read '%s'", path);
	*ret_path = TAKE_POINTER(path);
	return NULL;
}

void history_add(const char *path, const char *line)
{
	HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

	if (!line[0] || line[0] == ' ' || (last && strcmp(last->line, line) == 0))
		return;
	add_history(line);
	if (path)
		append_history(1, path);
}

void history_close(const char *path)
{
	if (path)
		history_truncate_file(path, LINES_MAX);
	clear_history();
}
