#include "../base/test_support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "push/pusher.h"

#define SECOND NANOSECONDS_PER_SECOND

static char url[64];
static const struct push_options nowhere = {.url = url, .kind = PUSH_PARCA, .queue_max = 1 << 20};

static int file, silent;

/* A port that is taken, and on which nobody listens. */
static int take_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);

	silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (silent < 0 || bind(silent, (struct sockaddr *)&address, length) ||
		getsockname(silent, (struct sockaddr *)&address, &length))
		return -1;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(address.sin_port));
	return 0;
}

static int make_file(void **state)
{
	(void)state;
	if (take_port())
		return -1;
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
	assert_non_null(strstr(pusher_problem(pusher), "127.0.0.1 port"));
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

static pid_t only_child(void)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};

	assert_success(file_read("/proc/thread-self/children", 4096, &text));
	assert_success(u8_array_append(&text, 0));
	return (pid_t)strtol((const char *)text.items, NULL, 10);
}

/* By whatever cause: whoever adds is told, and can start another one. */
static void its_death_is_told(void **state)
{
	const struct push_profile profile = {
		.file = file, .kind = "process_cpu", .service = "test"};
	struct pollfd wait = {.events = POLLIN};
	struct pusher *pusher;
	struct error *error;
	siginfo_t ended;
	pid_t child;

	(void)state;
	assert_success(pusher_start(&nowhere, &pusher));
	child = only_child();
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
	wait.fd = pusher_descriptor(pusher);
	assert_int_equal(poll(&wait, 1, 10000), 1);
	pusher_take(pusher);
	error = pusher_add(pusher, &profile);
	assert_non_null(error);
	assert_int_equal(error->kind, ERROR_GONE);
	error_destroy(error);
	pusher_end(pusher, 600 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_said_before_it_starts),
		cmocka_unit_test(it_tells_what_is_in_the_way),
		cmocka_unit_test(labels_are_checked_when_they_come),
		cmocka_unit_test(an_end_without_anything_is_quick),
		cmocka_unit_test(nothing_is_added_after_the_end),
		cmocka_unit_test(its_death_is_told),
	};

	return cmocka_run_group_tests(tests, make_file, NULL);
}
