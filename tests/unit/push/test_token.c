#include "../base/test_support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "push/token.h"

static char path[] = "/tmp/limpet-token-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void fill(const char *text, mode_t mode)
{
	assert_success(file_write(path, text, strlen(text), 0600));
	assert_int_equal(chmod(path, mode), 0);
}

static void the_line_is_taken(void **state)
{
	char *token;

	(void)state;
	fill("s3cret token\r\n", 0640);
	assert_success(push_token_read(path, &token));
	assert_string_equal(token, "s3cret token");
	free(token);
}

static void others_must_not_read_it(void **state)
{
	static const mode_t modes[] = {0644, 0604, 0602, 0601};
	char *token;

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct error *error;

		fill("secret", modes[i]);
		error = push_token_read(path, &token);
		assert_non_null(error);
		assert_int_equal(error->kind, ERROR_DENIED);
		assert_non_null(strstr(error->hint, "chmod 600"));
		error_destroy(error);
	}
}

/* A second line would be a second header. */
static void what_is_no_token(void **state)
{
	static const char *const texts[] = {"", "\n\n", "a\nX-Evil: 1", "a\tb", "caf\xc3\xa9"};
	char *token;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct error *error;

		fill(texts[i], 0600);
		error = push_token_read(path, &token);
		assert_non_null(error);
		assert_int_equal(error->kind, ERROR_MALFORMED);
		error_destroy(error);
	}
}

static void other_files(void **state)
{
	struct error *error;
	char *token;

	(void)state;
	error = push_token_read("/nonexistent/token", &token);
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_NOT_FOUND);
	error_destroy(error);
	error = push_token_read("/dev/zero", &token);
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_UNSUPPORTED);
	error_destroy(error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_line_is_taken),
		cmocka_unit_test(others_must_not_read_it),
		cmocka_unit_test(what_is_no_token),
		cmocka_unit_test(other_files),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
