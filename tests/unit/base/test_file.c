#include "test_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#define NOBODY 65534

static void write_text(const char *path, const char *text)
{
	assert_success(file_write(path, text, strlen(text), 0666));
}

static void assert_holds(const char *path, const char *text)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	assert_success(file_read(path, 1 << 20, &bytes));
	assert_int_equal(bytes.count, strlen(text));
	assert_memory_equal(bytes.items, text, strlen(text));
}

static size_t count_files(const char *directory)
{
	DIR *stream = opendir(directory);
	size_t count = 0;

	assert_non_null(stream);
	while (readdir(stream))
		count++;
	closedir(stream);
	return count - 2; /* . and .. */
}

static struct stat status_of(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), 0);
	return status;
}

static void a_new_file_has_its_mode_less_the_umask(void **state)
{
	mode_t mask = umask(027);

	(void)state;
	write_text("new", "text");
	assert_int_equal(status_of("new").st_mode, S_IFREG | 0640);
	assert_success(file_write("secret", "s", 1, 0600));
	assert_int_equal(status_of("secret").st_mode, S_IFREG | 0600);
	assert_int_equal(umask(mask), 027);
	assert_holds("new", "text");
	assert_int_equal(count_files("."), 2);
}

static void an_empty_file_is_written_and_read(void **state)
{
	(void)state;
	assert_success(file_write("empty", NULL, 0, 0666));
	assert_holds("empty", "");
}

/* Who has the old file open goes on reading the old one: it was never half of each. */
static void an_old_file_is_replaced_whole(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	write_text("out", "the old and longer text");
	CLEANUP(cleanup_close) int fd = open("out", O_RDONLY | O_CLOEXEC);
	write_text("out", "new");
	assert_holds("out", "new");
	assert_success(file_read_fd(fd, 100, &bytes));
	assert_int_equal(bytes.count, 23);
	assert_memory_equal(bytes.items, "the old and longer text", 23);
	assert_int_equal(count_files("."), 1);
}

static void a_failed_write_keeps_the_old_file(void **state)
{
	struct rlimit old, low;
	char big[65536] = {0};

	(void)state;
	write_text("out", "old");
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = (struct rlimit){.rlim_cur = 4096, .rlim_max = old.rlim_max};
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	struct error *error = file_write("out", big, sizeof(big), 0666);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, SIG_DFL);
	assert_error(error, ERROR_FAILED, "'out': cannot write: File too large", NULL);
	assert_holds("out", "old");
	assert_int_equal(count_files("."), 1);
}

static void an_unwritable_directory_is_told(void **state)
{
	bool root = geteuid() == 0;

	(void)state;
	assert_int_equal(chmod(".", 0755), 0);
	assert_int_equal(mkdir("locked", 0555), 0);
	if (root)
		assert_int_equal(seteuid(NOBODY), 0);
	struct error *error = file_write("locked/a.folded", "x", 1, 0666);
	struct error *check = file_check_writable("locked/a.folded");
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_error(
		error, ERROR_DENIED, "cannot write 'locked/a.folded': Permission denied", NULL);
	assert_error(
		check, ERROR_DENIED, "cannot write 'locked/a.folded': Permission denied", NULL);
	assert_int_equal(count_files("locked"), 0);
}

static void a_missing_directory_is_told(void **state)
{
	static const char message[] = "cannot write 'missing/a.pb.gz': No such file or directory";

	(void)state;
	assert_error(file_write("missing/a.pb.gz", "x", 1, 0666), ERROR_NOT_FOUND, message, NULL);
	assert_error(file_check_writable("missing/a.pb.gz"), ERROR_NOT_FOUND, message, NULL);
}

static void a_directory_is_no_file(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	assert_int_equal(mkdir("directory", 0777), 0);
	assert_error(file_write("directory", "x", 1, 0666), ERROR_FAILED,
		"cannot write 'directory': Is a directory", NULL);
	assert_error(file_check_writable("directory"), ERROR_FAILED,
		"cannot write 'directory': Is a directory", NULL);
	assert_error(file_read("directory", 10, &bytes), ERROR_FAILED,
		"'directory': cannot read: Is a directory", NULL);
	assert_null(bytes.items);
}

static void a_check_changes_nothing(void **state)
{
	(void)state;
	assert_success(file_check_writable("new"));
	assert_int_equal(count_files("."), 0);
	write_text("old", "text");
	ino_t inode = status_of("old").st_ino;
	assert_success(file_check_writable("old"));
	assert_int_equal(status_of("old").st_ino, inode);
	assert_holds("old", "text");
	assert_int_equal(count_files("."), 1);
}

static void a_pipe_is_written_to(void **state)
{
	CLEANUP(cleanup_close) int fd = -1;
	char got[8] = {0};

	(void)state;
	assert_int_equal(mkfifo("pipe", 0666), 0);
	fd = open("pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_success(file_check_writable("pipe"));
	write_text("pipe", "through");
	assert_int_equal(read(fd, got, sizeof(got)), 7);
	assert_string_equal(got, "through");
	assert_true(S_ISFIFO(status_of("pipe").st_mode));
	assert_int_equal(count_files("."), 1);
}

/* As with `limpet ... -o /dev/stdout >log`: the shell's file stays the same one, and grows. */
static void a_redirected_descriptor_is_written_to(void **state)
{
	CLEANUP(cleanup_close) int fd = open("log", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	char path[32];

	(void)state;
	assert_int_equal(write(fd, "before ", 7), 7);
	ino_t inode = status_of("log").st_ino;
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	write_text(path, "after");
	assert_int_equal(status_of("log").st_ino, inode);
	assert_holds("log", "before after");
}

static void a_symbolic_link_is_kept(void **state)
{
	(void)state;
	assert_int_equal(mkdir("sub", 0777), 0);
	write_text("sub/real", "old");
	assert_int_equal(symlink("real", "sub/link"), 0);
	write_text("sub/link", "new");
	assert_true(S_ISLNK(status_of("sub/link").st_mode));
	assert_true(S_ISREG(status_of("sub/real").st_mode));
	assert_holds("sub/real", "new");
	assert_int_equal(count_files("sub"), 2);
}

static void a_link_to_nothing_yet_makes_its_file(void **state)
{
	(void)state;
	assert_int_equal(mkdir("sub", 0777), 0);
	assert_int_equal(symlink("later", "sub/link"), 0);
	assert_int_equal(symlink("sub/another", "link"), 0);
	assert_success(file_check_writable("sub/link"));
	write_text("sub/link", "one");
	write_text("link", "two");
	assert_true(S_ISLNK(status_of("sub/link").st_mode));
	assert_true(S_ISLNK(status_of("link").st_mode));
	assert_holds("sub/later", "one");
	assert_holds("sub/another", "two");
}

static void where_a_link_leads_is_told(void **state)
{
	char longest[PATH_MAX];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	write_text("plain", "real");
	assert_int_equal(symlink("real", "link"), 0);
	assert_int_equal(symlink(longest, "long"), 0);
	assert_true(file_links_to(AT_FDCWD, "link", "real"));
	assert_true(file_links_to(AT_FDCWD, "long", longest));
	assert_false(file_links_to(AT_FDCWD, "link", "rea"));
	assert_false(file_links_to(AT_FDCWD, "link", "really"));
	assert_false(file_links_to(AT_FDCWD, "plain", "real"));
	assert_false(file_links_to(AT_FDCWD, "missing", "real"));
}

static void reading_has_a_limit(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};

	(void)state;
	write_text("big", "12345");
	assert_error(
		file_read("big", 4, &bytes), ERROR_MALFORMED, "'big': larger than 4 bytes", NULL);
	assert_null(bytes.items);
	assert_success(file_read("big", 5, &bytes));
	assert_int_equal(bytes.count, 5);
}

static void a_missing_file_is_told(void **state)
{
	struct u8_array bytes = {0};

	(void)state;
	assert_error(file_read("missing", 10, &bytes), ERROR_NOT_FOUND,
		"cannot open 'missing': No such file or directory", NULL);
}

static void large_and_sizeless_files_are_read_whole(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array status = {0};
	CLEANUP(cleanup_free) char *text = malloc(300001);

	(void)state;
	for (size_t i = 0; i < 300000; i++)
		text[i] = (char)('a' + i % 23);
	text[300000] = '\0';
	write_text("large", text);
	assert_holds("large", text);
	assert_success(file_read("/proc/self/status", 1 << 20, &status));
	assert_true(status.count > 100);
	assert_memory_equal(status.items, "Name:\ttest_base_file\n", 21);
}

static void a_full_device_is_told(void **state)
{
	CLEANUP(cleanup_close) int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_error(
		write_all(fd, "x", 1), ERROR_FAILED, "cannot write: No space left on device", NULL);
	assert_success(write_all(fd, NULL, 0));
}

/* Links and ".." lead nowhere else. */
static void a_root_is_not_left(void **state)
{
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	int fd = -1;

	(void)state;
	assert_int_equal(mkdir("root", 0777), 0);
	write_text("outside", "outside");
	write_text("root/inside", "inside");
	assert_int_equal(symlink("/../outside", "root/out"), 0);
	assert_int_equal(symlink("/../../inside", "root/in"), 0);
	assert_error(file_open_regular("root", "/out", &fd), ERROR_NOT_FOUND,
		"cannot open 'root/out': No such file or directory", NULL);
	assert_error(file_open_regular("root", "/../outside", &fd), ERROR_NOT_FOUND,
		"cannot open 'root/../outside': No such file or directory", NULL);
	assert_success(file_open_regular("root", "/in", &fd));
	assert_success(file_read_fd(fd, 100, &bytes));
	assert_int_equal(bytes.count, strlen("inside"));
	cleanup_close(&fd);
}

#define TEST(function) TEST_IN_DIRECTORY(function)

/* To open a device may already do something. */
static void what_is_no_regular_file_is_not_opened(void **state)
{
	struct inotify_event event;
	int notes = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), fd = -1;

	(void)state;
	assert_true(notes >= 0);
	assert_int_equal(mkfifo("pipe", 0600), 0);
	write_text("file", "text");
	assert_true(inotify_add_watch(notes, "pipe", IN_OPEN) >= 0);
	assert_error(file_open_regular(NULL, "pipe", &fd), ERROR_UNSUPPORTED,
		"'pipe' is no regular file", NULL);
	assert_error(file_open_regular(".", "/pipe", &fd), ERROR_UNSUPPORTED,
		"'./pipe' is no regular file", NULL);
	assert_true(read(notes, &event, sizeof(event)) < 0 && errno == EAGAIN);
	assert_success(file_open_regular(".", "/file", &fd));
	close(fd);
	close(notes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_file_has_its_mode_less_the_umask),
		TEST(an_empty_file_is_written_and_read),
		TEST(an_old_file_is_replaced_whole),
		TEST(a_failed_write_keeps_the_old_file),
		TEST(an_unwritable_directory_is_told),
		TEST(a_missing_directory_is_told),
		TEST(a_directory_is_no_file),
		TEST(a_check_changes_nothing),
		TEST(a_pipe_is_written_to),
		TEST(a_redirected_descriptor_is_written_to),
		TEST(a_symbolic_link_is_kept),
		TEST(a_link_to_nothing_yet_makes_its_file),
		TEST(where_a_link_leads_is_told),
		TEST(reading_has_a_limit),
		TEST(a_missing_file_is_told),
		TEST(what_is_no_regular_file_is_not_opened),
		TEST(large_and_sizeless_files_are_read_whole),
		TEST(a_full_device_is_told),
		TEST(a_root_is_not_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
