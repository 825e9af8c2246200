#include "../base/test_support.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "base/file.h"
#include "http/server.h"

static int start(void **state)
{
	static const struct http_options options = {.address = "127.0.0.1:0",
		.duration_max = 600 * NANOSECONDS_PER_SECOND,
		.rate_max = 1000};

	assert_success(http_server_start(&options, (struct http_server **)state));
	return 0;
}

static int end(void **state)
{
	http_server_end(*state);
	return 0;
}

/* The process that talks to clients: the only child there is. */
static pid_t child_of_this(void)
{
	struct u8_array text = {0};
	struct cursor cursor;
	uint64_t number = 0;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	assert_success(file_read(path, 4096, &text));
	cursor = cursor_over(text.items, text.count);
	assert_true(cursor_take_decimal(&cursor, &number));
	u8_array_deinit(&text);
	return (pid_t)number;
}

static void it_says_where_it_is(void **state)
{
	unsigned port = 0;

	assert_int_equal(sscanf(http_server_url(*state), "http://127.0.0.1:%u/", &port), 1);
	assert_true(port > 0);
}

static void nothing_is_asked(void **state)
{
	struct http_question question;
	struct http_counts counts;

	assert_int_equal(http_server_receive(*state, &question), HTTP_NOTHING);
	http_server_counts(*state, &counts);
	assert_int_equal(counts.connections, 0);
}

/* The client has left, and the id may never have been one. */
static void an_answer_to_nobody(void **state)
{
	struct http_answer answer = {.status = 200, .text = "text", .body = -1};

	assert_success(http_server_answer(*state, 12345, &answer));
	answer.text = NULL;
	assert_success(http_server_answer(*state, 12345, &answer));
}

static void what_is_no_answer(void **state)
{
	struct http_answer answer = {.status = 500, .body = -1};
	char *text = malloc(100001);
	int ends[2];

	memset(text, 'x', 100000);
	text[100000] = '\0';
	answer.text = text;
	assert_error(
		http_server_answer(*state, 1, &answer), ERROR_USAGE, "an error is one line", NULL);
	free(text);
	assert_int_equal(pipe(ends), 0);
	answer = (struct http_answer){.status = 200, .body = ends[0]};
	assert_error(http_server_answer(*state, 1, &answer), ERROR_USAGE,
		"an answer's body must be a regular file", NULL);
	close(ends[0]);
	close(ends[1]);
}

static void the_end_of_the_process(void **state)
{
	const struct http_answer answer = {.status = 200, .text = "text", .body = -1};
	struct pollfd wait = {.fd = http_server_descriptor(*state), .events = POLLIN};
	struct http_question question;

	assert_int_equal(kill(child_of_this(), SIGKILL), 0);
	assert_int_equal(poll(&wait, 1, -1), 1);
	assert_int_equal(http_server_receive(*state, &question), HTTP_ENDED);
	assert_int_equal(http_server_receive(*state, &question), HTTP_ENDED);
	assert_error(http_server_answer(*state, 1, &answer), ERROR_GONE,
		"the HTTP process has ended", NULL);
}

/* It hangs: whoever answers is not held up for long, and gives it up. */
static void a_process_that_takes_nothing(void **state)
{
	const struct http_answer answer = {.status = 200, .text = "text", .body = -1};
	struct http_question question;
	struct error *error = NULL;

	assert_int_equal(kill(child_of_this(), SIGSTOP), 0);
	for (int i = 0; i < 100000 && !error; i++)
		error = http_server_answer(*state, 1, &answer);
	assert_error(error, ERROR_GONE, "the HTTP process has ended", NULL);
	assert_int_equal(http_server_receive(*state, &question), HTTP_ENDED);
}

static void nothing_to_end(void **state)
{
	(void)state;
	http_server_end(NULL);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, start, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SERVER(it_says_where_it_is),
		WITH_SERVER(nothing_is_asked),
		WITH_SERVER(an_answer_to_nobody),
		WITH_SERVER(what_is_no_answer),
		WITH_SERVER(the_end_of_the_process),
		WITH_SERVER(a_process_that_takes_nothing),
		cmocka_unit_test(nothing_to_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
