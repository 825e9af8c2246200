#include "../base/test_support.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "push/pusher.h"

#define SECOND NANOSECONDS_PER_SECOND

/* Port 9 of loopback: nothing listens there, as on most machines. */
static const struct push_options nowhere = {
	.url = "http://127.0.0.1:9", .kind = PUSH_PARCA, .queue_max = 1 << 20};

static int file;

static int make_file(void **state)
{
	(void)state;
	file = memfd_create("profile", MFD_CLOEXEC);
	return file < 0 || write(file, "profile", 7) != 7;
}

static void add(struct pusher *pusher)
{
	const struct push_profile profile = {
		.file = file, .kind = "process_cpu", .service = "test"};

	assert_success(pusher_add(pusher, &profile));
}

/* Until the counts are so, or for ten seconds. */
static void await_retries(struct pusher *pusher, struct push_counts *ret)
{
	const uint64_t end = clock_monotonic() + 10 * SECOND;

	do {
		struct pollfd wait = {.fd = pusher_descriptor(pusher), .events = POLLIN};

		poll(&wait, 1, 100);
		pusher_take(pusher);
		pusher_counts(pusher, ret);
	} while (!ret->retries && clock_monotonic() < end);
	assert_true(ret->retries > 0);
}

static void what_is_wrong_is_said_before_it_starts(void **state)
{
	struct push_options options = nowhere;
	struct pusher *pusher;
	struct error *error;

	(void)state;
	options.url = "http://user:secret@h";
	assert_error(pusher_start(&options, &pusher), ERROR_USAGE,
		"a URL with a user or password in it is not taken",
		"anybody can read the arguments of a process: put the password or token into a "
		"file "
		"that only you can read, and give --token-file FILE, and --user NAME if the "
		"collector wants a name");
	options.url = nowhere.url;
	options.token_file = "/nonexistent/token";
	error = pusher_start(&options, &pusher);
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_NOT_FOUND);
	error_destroy(error);
}

static void it_tells_what_is_in_the_way(void **state)
{
	struct push_counts counts;
	struct pusher *pusher;

	(void)state;
	assert_success(pusher_start(&nowhere, &pusher));
	assert_string_equal(pusher_problem(pusher), "");
	add(pusher);
	pusher_counts(pusher, &counts);
	assert_int_equal(counts.waiting, 1);
	await_retries(pusher, &counts);
	assert_int_equal(counts.waiting, 1);
	assert_int_equal(counts.waiting_bytes, 7);
	assert_int_equal(counts.sent, 0);
	assert_non_null(strstr(pusher_problem(pusher), "127.0.0.1 port 9"));
	pusher_finish(pusher, 0);
	pusher_counts(pusher, &counts);
	assert_int_equal(counts.waiting, 1);
	pusher_end(pusher, 0);
}

static void labels_are_checked_when_they_come(void **state)
{
	static const struct push_label wrong = {"a-b", ""};
	const struct push_profile profile = {.file = file,
		.kind = "wall",
		.service = "test",
		.labels = &wrong,
		.label_count = 1};
	struct pusher *pusher;
	struct error *error;

	(void)state;
	assert_success(pusher_start(&nowhere, &pusher));
	error = pusher_add(pusher, &profile);
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_USAGE);
	error_destroy(error);
	pusher_end(pusher, 0);
}

/* Nothing waits: it ends at once, however much patience there is. */
static void an_end_without_anything_is_quick(void **state)
{
	struct pusher *pusher;
	uint64_t before;

	(void)state;
	assert_success(pusher_start(&nowhere, &pusher));
	before = clock_monotonic();
	pusher_end(pusher, 600 * SECOND);
	assert_true(clock_monotonic() - before < 60 * SECOND);
	pusher_end(NULL, 0);
}

static void nothing_is_added_after_the_end(void **state)
{
	const struct push_profile profile = {
		.file = file, .kind = "process_cpu", .service = "test"};
	struct pusher *pusher;
	struct error *error;

	(void)state;
	assert_success(pusher_start(&nowhere, &pusher));
	pusher_finish(pusher, SECOND);
	error = pusher_add(pusher, &profile);
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_GONE);
	error_destroy(error);
	pusher_end(pusher, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_said_before_it_starts),
		cmocka_unit_test(it_tells_what_is_in_the_way),
		cmocka_unit_test(labels_are_checked_when_they_come),
		cmocka_unit_test(an_end_without_anything_is_quick),
		cmocka_unit_test(nothing_is_added_after_the_end),
	};

	return cmocka_run_group_tests(tests, make_file, NULL);
}
