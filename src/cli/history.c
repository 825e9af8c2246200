#include "cli/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <readline/history.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "cli/user_path.h"

#define LINES_MAX     5000
#define FILE_SIZE_MAX ((size_t)64 * 1024 * 1024)

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

static const char *const secret_words[] = {"token", "password", "passwd", "passphrase", "secret",
	"authorization", "bearer", "api-key", "api_key", "apikey", "credential"};

/* "https://user:password@host". */
static bool has_user_in_url(const char *line)
{
	for (const char *url = strstr(line, "://"); url; url = strstr(url + 1, "://")) {
		size_t length = strcspn(url + 3, "/ \t");

		if (memchr(url + 3, '@', length))
			return true;
	}
	return false;
}

bool history_keeps(const char *line)
{
	if (!line[strspn(line, " \t")] || line[0] == ' ' || line[0] == '\t')
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(secret_words); i++)
		if (strcasestr(line, secret_words[i]))
			return false;
	return !has_user_in_url(line);
}

struct error *history_load(char **ret_path)
{
	CLEANUP(cleanup_free) char *path = NULL;
	struct error *error = user_path("XDG_STATE_HOME", ".local/state", "history", &path);

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

/* Another shell may have put a shorter file in its place meanwhile. */
static int open_locked(const char *path)
{
	for (;;) {
		struct stat held, there;
		int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);

		if (fd < 0 || flock(fd, LOCK_EX) < 0 || fstat(fd, &held) < 0)
			return fd;
		if (stat(path, &there) == 0 && there.st_ino == held.st_ino &&
			there.st_dev == held.st_dev)
			return fd;
		close(fd);
	}
}

/* In one write(2), so that lines of several shells are not mixed. */
static void append_line(const char *path, const char *line)
{
	CLEANUP(cleanup_close) int fd = open_locked(path);
	CLEANUP(cleanup_free) char *whole = NULL;
	int length = asprintf(&whole, "%s\n", line);

	if (length < 0)
		whole = NULL;
	else if (fd >= 0)
		error_destroy(write_all(fd, whole, (size_t)length));
}

void history_add(const char *path, const char *line)
{
	HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

	if (!history_keeps(line) || (last && strcmp(last->line, line) == 0))
		return;
	add_history(line);
	if (path)
		append_line(path, line);
}

/* The last lines of what all shells wrote. */
static void shorten(const char *path)
{
	CLEANUP(cleanup_close) int fd = open_locked(path);
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	size_t lines = 0, start;
	struct error *error = fd < 0 ? NULL : file_read_fd(fd, FILE_SIZE_MAX, &bytes);

	for (start = bytes.count; start > 0; start--)
		if (bytes.items[start - 1] == '\n' && lines++ == LINES_MAX)
			break;
	if (!error && start > 0)
		error = file_write(path, bytes.items + start, bytes.count - start, 0600);
	error_destroy(error);
}

void history_close(const char *path)
{
	if (path)
		shorten(path);
	clear_history();
}
