#include "../base/test_support.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/thread_file.h"

#define COUNT    150
#define OPEN_MAX 400

static const char *const names[] = {"stat", "schedstat", "sched", "status", "syscall"};

static int gate[2];
static pid_t ids[COUNT];
static pthread_t threads[COUNT];

static void *wait_at_gate(void *id)
{
	char byte;

	__atomic_store_n((pid_t *)id, (pid_t)syscall(SYS_gettid), __ATOMIC_RELEASE);
	return read(gate[0], &byte, 1) < 0 ? id : NULL;
}

static int set_up(void **state)
{
	(void)state;
	assert_int_equal(pipe(gate), 0);
	for (size_t i = 0; i < COUNT; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, wait_at_gate, &ids[i]), 0);
		while (!__atomic_load_n(&ids[i], __ATOMIC_ACQUIRE))
			;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(gate[1]);
	for (size_t i = 0; i < COUNT; i++)
		pthread_join(threads[i], NULL);
	close(gate[0]);
	return 0;
}

static size_t count_open(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t count = 0;

	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* What is read is about that thread: it begins with its number, or names it. */
static void assert_about(pid_t thread, const char *name)
{
	char text[THREAD_FILE_MAX], expected[32];
	struct cursor file = thread_file_read(getpid(), thread, name, text);

	assert_true(cursor_left(&file) > 0);
	snprintf(expected, sizeof(expected), "%d ", thread);
	if (strcmp(name, "stat") == 0)
		assert_memory_equal(text, expected, strlen(expected));
	snprintf(expected, sizeof(expected), "\nPid:\t%d\n", thread);
	if (strcmp(name, "status") == 0)
		assert_non_null(memmem(text, cursor_left(&file), expected, strlen(expected)));
}

static void read_all(void)
{
	for (size_t name = 0; name < sizeof(names) / sizeof(names[0]); name++)
		for (size_t i = 0; i < COUNT; i++)
			assert_about(ids[i], names[name]);
}

static void not_too_many_stay_open(void **state)
{
	(void)state;
	read_all();
	assert_in_range(count_open(), COUNT, OPEN_MAX);
	read_all();
	assert_in_range(count_open(), COUNT, OPEN_MAX);
}

static void of_a_thread_that_has_gone_nothing_is_read(void **state)
{
	char text[THREAD_FILE_MAX];
	struct cursor file = thread_file_read(getpid(), 1 << 30, "stat", text);

	(void)state;
	assert_int_equal(cursor_left(&file), 0);
}

/* Descriptors with the numbers of those that this process keeps are others there. */
static void a_child_begins_anew(void **state)
{
	int status;

	(void)state;
	read_all();
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close_range(3, ~0U, 0);
		thread_files_forget();
		for (size_t i = 0; i < COUNT; i++) {
			char text[THREAD_FILE_MAX];
			struct cursor file =
				thread_file_read(getppid(), ids[COUNT - 1 - i], "stat", text);

			if (!cursor_left(&file) || atoi(text) != ids[COUNT - 1 - i])
				_exit(1);
		}
		_exit(count_open() > COUNT ? 0 : 2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_too_many_stay_open),
		cmocka_unit_test(of_a_thread_that_has_gone_nothing_is_read),
		cmocka_unit_test(a_child_begins_anew),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
