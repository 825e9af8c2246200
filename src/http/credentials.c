#include "http/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

/* Of "Basic": any user, a colon, the token. */
#define CREDENTIALS_MAX (HTTP_TOKEN_MAX + 256)
#define ENCODED_MAX     (CREDENTIALS_MAX * 4 / 3 + 4)

/* As many steps as bytes were given, whatever differs where. */
static bool matches_token(const char *given, size_t length, const char *token)
{
	const size_t token_length = strlen(token);
	volatile unsigned difference = length != token_length;

	for (size_t i = 0; i < length; i++)
		difference |= (unsigned char)(given[i] ^ token[i % token_length]);
	return difference == 0;
}

static int base64_value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* RFC 4648, 4: in groups of four, the last one filled with "=". False if it is anything else. */
static bool decode_base64(const char *text, char ret[static CREDENTIALS_MAX], size_t *ret_length)
{
	const size_t length = strlen(text);
	size_t padding = 0, count = 0;
	uint32_t group = 0;

	if (length % 4 || length > ENCODED_MAX)
		return false;
	while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
		padding++;
	for (size_t i = 0; i < length; i++) {
		int value = i < length - padding ? base64_value(text[i]) : 0;

		if (value < 0)
			return false;
		group = group << 6 | (uint32_t)value;
		if (i % 4 != 3)
			continue;
		for (int shift = 16; shift >= 0; shift -= 8)
			if (count < CREDENTIALS_MAX)
				ret[count++] = (char)(group >> shift);
		group = 0;
	}
	*ret_length = count > padding ? count - padding : 0;
	return true;
}

/* What follows the scheme and the blanks behind it; NULL if it is another scheme. */
static const char *after_scheme(const char *authorization, const char *scheme)
{
	const size_t length = strlen(scheme);

	if (strncasecmp(authorization, scheme, length) != 0 || authorization[length] != ' ')
		return NULL;
	return authorization + length + strspn(authorization + length, " ");
}

bool http_credentials_match(const char *authorization, const char *token)
{
	const char *bearer = after_scheme(authorization, "Bearer");
	const char *basic = after_scheme(authorization, "Basic");
	char decoded[CREDENTIALS_MAX];
	size_t length;

	if (bearer)
		return matches_token(bearer, strlen(bearer), token);
	if (!basic || !decode_base64(basic, decoded, &length))
		return false;
	const char *colon = memchr(decoded, ':', length);
	bool right =
		colon && matches_token(colon + 1, length - (size_t)(colon + 1 - decoded), token);
	explicit_bzero(decoded, sizeof(decoded));
	return right;
}

static struct error *check_file(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_from_errno(errno, "cannot read it");
	if (!S_ISREG(status.st_mode))
		return error_create(ERROR_DENIED, "it is no regular file");
	if (status.st_uid != 0 && status.st_uid != geteuid())
		return error_set_hint(error_create(ERROR_DENIED, "it belongs to another user"),
			"a token must be known to nobody else: chown the file");
	if (status.st_mode & (S_IRWXG | S_IRWXO))
		return error_set_hint(
			error_create(ERROR_DENIED, "others may read or write it (mode %04o)",
				status.st_mode & 07777U),
			"a token must be known to nobody else: chmod 600 the file");
	return NULL;
}

/* Not the text itself: it is a secret, even if it is a wrong one. */
static struct error *check_text(const char *text, size_t length)
{
	if (!length)
		return error_create(ERROR_MALFORMED, "there is nothing in it");
	for (size_t i = 0; i < length; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return error_create(ERROR_MALFORMED,
				"a token is one line of visible ASCII characters without blanks");
	return NULL;
}

static struct error *read_token(const char *path, char **ret)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error = file_open_regular(NULL, path, &fd);
	size_t length;

	if (!error)
		error = check_file(fd);
	if (!error)
		error = file_read_fd(fd, HTTP_TOKEN_MAX, &bytes);
	if (error)
		return error;
	length = bytes.count;
	while (length && (bytes.items[length - 1] == '\n' || bytes.items[length - 1] == '\r'))
		length--;
	error = check_text((const char *)bytes.items, length);
	if (error)
		return error;
	*ret = strndup((const char *)bytes.items, length);
	explicit_bzero(bytes.items, bytes.count);
	return *ret ? NULL : &error_no_memory;
}

struct error *http_token_read(const char *path, char **ret)
{
	struct error *error = read_token(path, ret);

	if (!error)
		return NULL;
	if (!error->hint)
		error = error_set_hint(error, "make one: (umask 077; openssl rand -hex 32 > FILE)");
	return error_add_context(error, "token file '%s'", path);
}
