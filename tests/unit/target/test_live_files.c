#include "../base/test_support.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "target/live_files.h"
#include "target/proc.h"

#define SOMEBODY 65534

/* This process, which looks at itself, and a file that it has written. */
struct fixture {
	struct target_identity identity;
	char directory[64];
	char path[96];
};

static void write_file(const char *path)
{
	assert_success(file_write(path, "here", 4, 0600));
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct proc_stat stat;

	assert_success(proc_read_stat(getpid(), 0, &stat));
	fixture->identity = (struct target_identity){
		.pid = getpid(), .start_time = stat.start_time, .user = geteuid()};
	snprintf(fixture->directory, sizeof(fixture->directory), "%s/limpet-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->path, sizeof(fixture->path), "%s/file", fixture->directory);
	write_file(fixture->path);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->path);
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static void assert_opens(const struct fixture *fixture, const char *path, const char *contents)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	CLEANUP(cleanup_close) int fd = -1;

	assert_success(live_open_trusted(&fixture->identity, path, &fd));
	assert_success(file_read_fd(fd, 100, &bytes));
	assert_int_equal(bytes.count, strlen(contents));
	assert_memory_equal(bytes.items, contents, bytes.count);
}

/* The message is the path in quotes and that behind it. */
static void assert_refused(const struct fixture *fixture, const char *why)
{
	char message[256];
	int fd;

	snprintf(message, sizeof(message), "'%s' %s", fixture->path, why);
	assert_error(live_open_trusted(&fixture->identity, fixture->path, &fd), ERROR_DENIED,
		message, NULL);
}

static void what_the_process_wrote_is_opened(void **state)
{
	const struct fixture *fixture = *state;

	assert_opens(fixture, fixture->path, "here");
}

static void what_is_missing_is_not_found(void **state)
{
	const struct fixture *fixture = *state;
	struct error *error;
	int fd;

	assert_int_equal(unlink(fixture->path), 0);
	error = live_open_trusted(&fixture->identity, fixture->path, &fd);
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_NOT_FOUND);
	error_destroy(error);
}

static void a_process_that_has_ended_has_no_files(void **state)
{
	struct fixture *fixture = *state;
	struct error *error;
	pid_t child = fork();
	int fd;

	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	fixture->identity.pid = child;
	error = live_open_trusted(&fixture->identity, fixture->path, &fd);
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_GONE);
	error_destroy(error);
}

static void links_are_not_followed(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(unlink(fixture->path), 0);
	assert_int_equal(symlink("/proc/self/stat", fixture->path), 0);
	assert_refused(fixture, "is a symbolic link");
}

static void only_regular_files_are_opened(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(unlink(fixture->path), 0);
	assert_int_equal(mkfifo(fixture->path, 0600), 0);
	assert_refused(fixture, "is no regular file");
	assert_int_equal(unlink(fixture->path), 0);
	assert_int_equal(mkdir(fixture->path, 0700), 0);
	assert_refused(fixture, "is no regular file");
	assert_int_equal(rmdir(fixture->path), 0);
}

static void files_of_others_are_not_trusted(void **state)
{
	struct fixture *fixture = *state;
	uid_t owner = geteuid();
	char why[96];

	if (owner == 0) {
		owner = SOMEBODY;
		assert_int_equal(chown(fixture->path, owner, owner), 0);
		fixture->identity.user = owner;
		assert_opens(fixture, fixture->path, "here");
	}
	fixture->identity.user = owner + 1;
	snprintf(why, sizeof(why), "belongs to user %u, neither to that of the process nor to root",
		owner);
	assert_refused(fixture, why);
}

static void files_of_root_are_trusted(void **state)
{
	struct fixture *fixture = *state;

	if (geteuid() != 0)
		skip();
	fixture->identity.user = SOMEBODY;
	assert_opens(fixture, fixture->path, "here");
}

static void files_from_before_the_process_are_not_its_own(void **state)
{
	static const struct timespec long_ago[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
	const struct fixture *fixture = *state;

	assert_int_equal(utimensat(AT_FDCWD, fixture->path, long_ago, 0), 0);
	assert_refused(fixture, "is older than the process: another one had its number");
}

/* A child in a root of its own, until it is killed. -1: not permitted. */
static pid_t start_in_root(const char *root)
{
	int ready[2];
	pid_t child;
	char done;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		if (chroot(root) < 0 || write(ready[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &done, 1) != 1) {
		waitpid(child, NULL, 0);
		child = -1;
	}
	close(ready[0]);
	return child;
}

/* "/link/file" of the child, where /link leads to "/inner": of its root, not of ours. */
static void paths_are_those_that_the_process_sees(void **state)
{
	struct fixture *fixture = *state;
	char inner[128], link[128], file[160];
	pid_t child;

	snprintf(inner, sizeof(inner), "%s/inner", fixture->directory);
	snprintf(link, sizeof(link), "%s/link", fixture->directory);
	snprintf(file, sizeof(file), "%s/file", inner);
	child = start_in_root(fixture->directory);
	if (child < 0)
		skip();
	fixture->identity.pid = child;
	assert_int_equal(mkdir(inner, 0700), 0);
	assert_int_equal(symlink("/inner", link), 0);
	assert_success(file_write(file, "there", 5, 0600));
	assert_opens(fixture, "/file", "here");
	assert_opens(fixture, "/link/file", "there");
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	unlink(file);
	unlink(link);
	rmdir(inner);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void assert_alias(const char *name, const char *expected)
{
	CLEANUP(cleanup_free) char *executable = realpath("/proc/self/exe", NULL), *alias = NULL;
	CLEANUP(cleanup_free) char *called = strdup(name);
	const struct target_identity identity = {
		.pid = getpid(), .name = called, .executable = executable};

	assert_success(live_find_alias(&identity, &alias));
	if (expected)
		assert_string_equal(alias, expected);
	else
		assert_null(alias);
}

static void an_executable_is_called_by_the_link_of_the_process_s_name(void **state)
{
	CLEANUP(cleanup_free) char *executable = realpath("/proc/self/exe", NULL), *link = NULL;
	const char *name = strrchr(executable, '/') + 1;

	(void)state;
	assert_true(asprintf(&link, "%.*slimpet-link-%d", (int)(name - executable), executable,
			    getpid()) > 0);
	assert_alias(name, NULL);
	assert_alias("no such file", NULL);
	assert_alias("../tests", NULL);
	assert_alias("replay_line", NULL);
	assert_alias("", NULL);
	assert_int_equal(symlink(name, link), 0);
	assert_alias(strrchr(link, '/') + 1, link);
	assert_int_equal(unlink(link), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_executable_is_called_by_the_link_of_the_process_s_name),
		WITH_FIXTURE(what_the_process_wrote_is_opened),
		WITH_FIXTURE(what_is_missing_is_not_found),
		WITH_FIXTURE(a_process_that_has_ended_has_no_files),
		WITH_FIXTURE(links_are_not_followed),
		WITH_FIXTURE(only_regular_files_are_opened),
		WITH_FIXTURE(files_of_others_are_not_trusted),
		WITH_FIXTURE(files_of_root_are_trusted),
		WITH_FIXTURE(files_from_before_the_process_are_not_its_own),
		WITH_FIXTURE(paths_are_those_that_the_process_sees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
