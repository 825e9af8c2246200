#include "../base/test_support.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/credentials.h"

static const char *make_file(const char *text, size_t length, mode_t mode)
{
	static char path[] = "/tmp/limpet-token.XXXXXX";
	int fd;

	memcpy(path + sizeof(path) - 7, "XXXXXX", 6);
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), length);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	return path;
}

static enum error_kind kind_of_refusal(const char *path)
{
	char *token = NULL;
	struct error *error = http_token_read(path, &token);
	enum error_kind kind;

	assert_non_null(error);
	assert_non_null(error->hint);
	assert_null(token);
	kind = error->kind;
	error_destroy(error);
	return kind;
}

static void a_token_in_a_file(void **state)
{
	const char *path = make_file("0123456789abcdef\r\n", 18, 0600);
	char *token;

	(void)state;
	assert_success(http_token_read(path, &token));
	assert_string_equal(token, "0123456789abcdef");
	free(token);
	chmod(path, 0400);
	assert_success(http_token_read(path, &token));
	free(token);
	unlink(path);
}

static void files_that_others_may_read(void **state)
{
	static const mode_t modes[] = {0640, 0604, 0644, 0620, 0601};

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		const char *path = make_file("0123456789abcdef", 16, modes[i]);

		assert_int_equal(kind_of_refusal(path), ERROR_DENIED);
		unlink(path);
	}
}

static void files_of_other_users(void **state)
{
	const char *path = make_file("0123456789abcdef", 16, 0600);

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
	assert_int_equal(kind_of_refusal(path), ERROR_DENIED);
	unlink(path);
}

static void files_that_hold_no_token(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {{"", 0}, {"\n", 1}, {"two words", 9}, {"two\nlines", 9}, {"nul\0", 4},
		{"caf\xc3\xa9", 5}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *path = make_file(cases[i].text, cases[i].length, 0600);

		assert_int_equal(kind_of_refusal(path), ERROR_MALFORMED);
		unlink(path);
	}
	assert_int_equal(kind_of_refusal("/dev/zero"), ERROR_UNSUPPORTED);
	assert_int_equal(kind_of_refusal("/nowhere/token"), ERROR_NOT_FOUND);
}

/* An error is printed and kept: what is in the file is not. */
static void errors_do_not_tell_the_token(void **state)
{
	const char *path = make_file("secret secret", 13, 0600);
	char *token;
	struct error *error = http_token_read(path, &token);

	(void)state;
	assert_non_null(error);
	assert_null(strstr(error->message, "secret"));
	assert_null(strstr(error->hint, "secret"));
	error_destroy(error);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_in_a_file),
		cmocka_unit_test(files_that_others_may_read),
		cmocka_unit_test(files_of_other_users),
		cmocka_unit_test(files_that_hold_no_token),
		cmocka_unit_test(errors_do_not_tell_the_token),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
