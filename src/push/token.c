#include "push/token.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/string_builder.h"

static struct error *check_owner(int fd, const char *path)
{
	struct stat status;

	if (fstat(fd, &status))
		return error_from_errno(errno, "token file '%s'", path);
	if (!(status.st_mode & S_IRWXO))
		return NULL;
	return error_set_hint(
		error_create(ERROR_DENIED, "others can read or write the token file '%s'", path),
		"chmod 600 %s, and a new token if others may have seen it", path);
}

static struct error *take_text(const struct u8_array *bytes, const char *path, char **ret)
{
	STRING_BUILDER(token);
	size_t length = bytes->count;

	while (length && strchr("\r\n \t", bytes->items[length - 1]))
		length--;
	if (!length)
		return error_create(ERROR_MALFORMED, "the token file '%s' is empty", path);
	for (size_t i = 0; i < length; i++)
		if (bytes->items[i] < 0x20 || bytes->items[i] >= 0x7f)
			return error_set_hint(
				error_create(ERROR_MALFORMED,
					"the token file '%s' holds more than a token", path),
				"one line of printable ASCII is expected");
	string_append_bytes(&token, bytes->items, length);
	return string_builder_finish(&token, ret);
}

struct error *push_token_read(const char *path, char **ret)
{
	CLEANUP(cleanup_close) int fd = -1;
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct error *error = file_open_regular(NULL, path, &fd);

	if (error)
		return error_add_context(error, "token file");
	error = check_owner(fd, path);
	if (error)
		return error;
	error = file_read_fd(fd, PUSH_TOKEN_MAX, &bytes);
	if (error)
		return error_add_context(error, "token file '%s'", path);
	return take_text(&bytes, path, ret);
}
