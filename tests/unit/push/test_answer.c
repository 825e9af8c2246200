#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "push/answer.h"

static struct push_answer judge(enum push_kind kind, long status, const char *body)
{
	struct push_answer answer;

	push_answer_judge(kind, status, -1, NULL, body, strlen(body), &answer);
	return answer;
}

static void verdicts(void **state)
{
	static const struct {
		long status;
		enum push_verdict verdict;
	} cases[] = {{200, PUSH_TAKEN}, {204, PUSH_TAKEN}, {301, PUSH_AGAIN}, {400, PUSH_REFUSED},
		{401, PUSH_DENIED}, {403, PUSH_DENIED}, {404, PUSH_AGAIN}, {408, PUSH_AGAIN},
		{413, PUSH_REFUSED}, {415, PUSH_REFUSED}, {422, PUSH_REFUSED}, {429, PUSH_AGAIN},
		{500, PUSH_AGAIN}, {502, PUSH_AGAIN}, {503, PUSH_AGAIN}, {504, PUSH_AGAIN},
		{100, PUSH_AGAIN}, {0, PUSH_AGAIN}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct push_answer answer = judge(PUSH_PYROSCOPE, cases[i].status, "");

		if (answer.verdict != cases[i].verdict)
			fail_msg("%ld", cases[i].status);
		assert_int_equal(answer.failing, cases[i].status >= 500);
	}
}

static void texts_of_answers(void **state)
{
	static const struct {
		long status;
		const char *body, *text;
	} cases[] = {
		{200, "{}", "200 OK"},
		{422, "{\"code\":\"unknown\",\"message\":\"parsing failed\"}\n",
			"422 Unprocessable Entity: parsing failed"},
		{400, "{\"code\":3,\"message\":\"missing __name__ label\",\"details\":[]}",
			"400 Bad Request: missing __name__ label"},
		{502, "<html><body>502</body></html>", "502 Bad Gateway"},
		{418, "  short and stout\nsecond line", "418: short and stout"},
		{400, "a\x1b[31m\tb\xff\r\nc", "400 Bad Request: a [31m b? "},
		{400, "{\"message\":\"a\\u001b\\nb\\u009bc\"}", "400 Bad Request: a  b??c"},
		{400, "{\"message\":7}", "400 Bad Request"},
		{400, "{\"message\":\"\"}", "400 Bad Request"},
		{400, "[]", "400 Bad Request"},
		{500, "", "500 Internal Server Error"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
			judge(PUSH_PYROSCOPE, cases[i].status, cases[i].body).text, cases[i].text);
}

static void a_long_text_is_cut_after_a_whole_character(void **state)
{
	char body[4096];
	struct push_answer answer;
	size_t length;

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(body); i += 2)
		memcpy(body + i, "\xc3\xa4", 2);
	body[sizeof(body) - 2] = 0;
	answer = judge(PUSH_PARCA, 400, body);
	length = strlen(answer.text);
	assert_in_range(length, PUSH_TEXT_SIZE - 3, PUSH_TEXT_SIZE - 1);
	assert_memory_equal(answer.text + length - 2, "\xc3\xa4", 2);
}

static void waiting_is_bounded(void **state)
{
	struct push_answer answer;

	(void)state;
	push_answer_judge(PUSH_PARCA, 429, 7, NULL, "", 0, &answer);
	assert_int_equal(answer.retry_after, 7000000000ULL);
	push_answer_judge(PUSH_PARCA, 429, INT64_MAX, NULL, "", 0, &answer);
	assert_int_equal(answer.retry_after, PUSH_RETRY_AFTER_MAX);
	push_answer_judge(PUSH_PARCA, 429, -5, NULL, "", 0, &answer);
	assert_int_equal(answer.retry_after, 0);
}

/* Parca's 429 that no waiting helps. */
static void a_message_that_is_too_large(void **state)
{
	static const char body[] =
		"{\"code\":8,\"message\":\"grpc: received message larger than max "
		"(70000000 vs. 67108864)\"}";

	(void)state;
	assert_int_equal(judge(PUSH_PARCA, 429, body).verdict, PUSH_REFUSED);
	assert_int_equal(judge(PUSH_PYROSCOPE, 429, body).verdict, PUSH_AGAIN);
}

static void hints(void **state)
{
	struct push_answer answer = judge(PUSH_PYROSCOPE, 401, "{\"message\":\"no org id\"}");

	(void)state;
	assert_non_null(strstr(push_answer_hint(&answer, false), "--tenant"));
	answer = judge(PUSH_PYROSCOPE, 401, "");
	assert_non_null(strstr(push_answer_hint(&answer, false), "--token-file"));
	assert_non_null(strstr(push_answer_hint(&answer, true), "not accepted"));
	answer = judge(PUSH_PYROSCOPE, 400,
		"profile with labels '' is outside of ingestion window (profile timestamp: 1970)");
	assert_non_null(strstr(push_answer_hint(&answer, false), "clocks"));
	push_answer_judge(PUSH_PYROSCOPE, 302, -1, "http://other/login", "", 0, &answer);
	assert_string_equal(answer.text, "302 Found, to http://other/login");
	assert_non_null(strstr(push_answer_hint(&answer, true), "token"));
	answer = judge(PUSH_PYROSCOPE, 500, "");
	assert_null(push_answer_hint(&answer, false));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(texts_of_answers),
		cmocka_unit_test(a_long_text_is_cut_after_a_whole_character),
		cmocka_unit_test(waiting_is_bounded),
		cmocka_unit_test(a_message_that_is_too_large),
		cmocka_unit_test(hints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
