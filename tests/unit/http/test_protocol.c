#include "../base/test_support.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "http/protocol.h"

static const struct http_bounds bounds = {600 * NANOSECONDS_PER_SECOND, 1000};

static const struct http_question whole = {
	.id = 0x1122334455667788,
	.subject = HTTP_PROFILE,
	.format = HTTP_SVG,
	.process = "redis-server",
	.wall = true,
	.duration = 5 * NANOSECONDS_PER_SECOND,
	.rate = 99,
};

static struct error *through(const struct http_notice *notice, struct http_notice *ret)
{
	STRING_BUILDER(bytes);

	http_notice_write(notice, &bytes);
	return http_notice_read(cursor_over(bytes.text, bytes.length), &bounds, ret);
}

static void a_question(void **state)
{
	const struct http_notice notice = {.kind = HTTP_NOTICE_QUESTION, .question = whole};
	struct http_notice read;

	(void)state;
	assert_success(through(&notice, &read));
	assert_int_equal(read.kind, HTTP_NOTICE_QUESTION);
	assert_memory_equal(&read.question, &whole, sizeof(whole));
}

static void a_question_with_a_text(void **state)
{
	char text[] = "0x12+0x34";
	const struct http_notice notice = {.kind = HTTP_NOTICE_QUESTION,
		.question = {
			.subject = HTTP_SYMBOL, .by_pid = true, .process = "42", .text = text}};
	struct http_notice read;

	(void)state;
	assert_success(through(&notice, &read));
	assert_string_equal(read.question.text, text);
	assert_string_equal(read.question.process, "42");
	assert_true(read.question.by_pid);
	http_question_deinit(&read.question);
}

static void others(void **state)
{
	const struct http_notice left = {.kind = HTTP_NOTICE_LEFT, .question = {.id = 7}};
	const struct http_notice counts = {
		.kind = HTTP_NOTICE_COUNTS, .counts = {{1, 2, 3, 4, 5, 6}, 7, 8, 9}};
	struct http_notice read;

	(void)state;
	assert_success(through(&left, &read));
	assert_int_equal(read.kind, HTTP_NOTICE_LEFT);
	assert_int_equal(read.question.id, 7);
	assert_success(through(&counts, &read));
	assert_int_equal(read.kind, HTTP_NOTICE_COUNTS);
	assert_memory_equal(&read.counts, &counts.counts, sizeof(read.counts));
}

static void assert_refused(struct http_question question)
{
	const struct http_notice notice = {.kind = HTTP_NOTICE_QUESTION, .question = question};
	struct http_notice read = {0};

	assert_error(through(&notice, &read), ERROR_MALFORMED,
		"the HTTP process sent no message of ours", NULL);
	assert_int_equal(read.kind, 0);
}

/* As the process would ask once somebody else has its say. */
static void what_no_client_may_ask(void **state)
{
	struct http_question question;
	char text[] = "0x1;rm", longest[HTTP_TEXT_MAX + 2];

	(void)state;
	question = whole, question.subject = HTTP_SUBJECTS, assert_refused(question);
	question = whole, question.format = HTTP_FORMATS, assert_refused(question);
	question = whole, question.duration = bounds.duration + 1, assert_refused(question);
	question = whole, question.rate = bounds.rate + 1, assert_refused(question);
	question = whole, question.subject = HTTP_HEAP, assert_refused(question);
	question = whole, question.by_pid = true, assert_refused(question);
	question = whole, *question.process = '\n', assert_refused(question);
	question = whole, *question.process = '/', assert_refused(question);
	question = whole, question.text = text, assert_refused(question);
	question.subject = HTTP_SYMBOL, question.wall = false, assert_refused(question);
	memset(longest, '1', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	question.text = longest, assert_refused(question);
}

static void cut_and_lengthened_messages(void **state)
{
	const struct http_notice notice = {.kind = HTTP_NOTICE_QUESTION, .question = whole};
	struct http_notice read;
	STRING_BUILDER(bytes);

	(void)state;
	http_notice_write(&notice, &bytes);
	string_append_char(&bytes, '\0');
	for (size_t length = 0; length <= bytes.length; length++) {
		struct error *error =
			http_notice_read(cursor_over(bytes.text, length), &bounds, &read);

		assert_int_equal(error == NULL, length == bytes.length - 1);
		error_destroy(error);
	}
}

static void an_answer(void **state)
{
	const struct http_reply reply = {.id = 3,
		.answer = {503, HTTP_TEXT, "busy", -1, "profile", 7},
		.body_size = 1ULL << 40};
	struct http_reply read;
	STRING_BUILDER(bytes);

	(void)state;
	http_reply_write(&reply, &bytes);
	assert_success(http_reply_read(cursor_over(bytes.text, bytes.length), &read));
	assert_int_equal(read.id, 3);
	assert_int_equal(read.answer.status, 503);
	assert_int_equal(read.answer.format, HTTP_TEXT);
	assert_string_equal(read.answer.text, "busy");
	assert_string_equal(read.answer.file_name, "profile");
	assert_int_equal(read.answer.retry_after, 7);
	assert_int_equal(read.body_size, 1ULL << 40);
	for (size_t length = 0; length < bytes.length; length++)
		assert_error(http_reply_read(cursor_over(bytes.text, length), &read),
			ERROR_MALFORMED, "this is no answer", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_question),
		cmocka_unit_test(a_question_with_a_text),
		cmocka_unit_test(others),
		cmocka_unit_test(what_no_client_may_ask),
		cmocka_unit_test(cut_and_lengthened_messages),
		cmocka_unit_test(an_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
