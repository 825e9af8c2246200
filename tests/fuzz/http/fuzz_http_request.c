#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/cursor.h"
#include "http/protocol.h"
#include "http/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define HEADERS_MAX 16

static const char *const hosts[] = {"localhost:6060", "127.0.0.1:6060", NULL};

/* A head as it is sent, and what follows it; the text is cut into its parts where it is. */
struct head {
	struct http_request request;
	struct http_header headers[HEADERS_MAX];
	char *body;
	size_t body_length;
};

/* The text up to the character, which becomes its end; NULL at the end of all. */
static char *cut(char **at, char *end, char separator)
{
	char *start = *at,
	     *found = start < end ? memchr(start, separator, (size_t)(end - start)) : NULL;

	if (start >= end)
		return NULL;
	if (!found)
		found = end;
	*found = '\0';
	*at = found < end ? found + 1 : end;
	return start;
}

static bool parse(char *text, char *end, struct head *ret)
{
	char *line = cut(&text, end, '\n'), *line_end, *method, *target;

	if (!line)
		return false;
	line_end = line + strlen(line);
	method = cut(&line, line_end, ' ');
	target = cut(&line, line_end, ' ');
	if (!method || !target)
		return false;
	ret->request.method = method;
	ret->request.target = target;
	ret->request.version = line;
	ret->request.headers = ret->headers;
	while ((line = cut(&text, end, '\n')) && *line && ret->request.header_count < HEADERS_MAX) {
		char *value = strchr(line, ':');

		if (!value)
			break;
		*value++ = '\0';
		ret->headers[ret->request.header_count++] =
			(struct http_header){line, value + strspn(value, " ")};
	}
	ret->body = text;
	ret->body_length = (size_t)(end - text);
	return true;
}

/* What is let through is a message that the other side takes, and comes out of it as it was. */
static void check_question(const struct http_policy *policy, const struct http_question *question)
{
	const struct http_bounds bounds = {policy->duration_max, policy->rate_max};
	const struct http_notice notice = {.kind = HTTP_NOTICE_QUESTION, .question = *question};
	struct http_notice read;
	STRING_BUILDER(message);

	http_notice_write(&notice, &message);
	if (message.failed)
		return;
	if (http_notice_read(cursor_over(message.text, message.length), &bounds, &read))
		abort();
	if (read.question.subject != question->subject ||
		read.question.format != question->format ||
		read.question.duration != question->duration ||
		read.question.rate != question->rate || read.question.wall != question->wall ||
		read.question.by_pid != question->by_pid ||
		strcmp(read.question.process, question->process) != 0 ||
		strcmp(read.question.text ? read.question.text : "",
			question->text ? question->text : "") != 0)
		abort();
	http_question_deinit(&read.question);
}

/* An error is one line, with nothing that a header could not hold. */
static void check_refusal(const struct http_refusal *refusal)
{
	if (refusal->status < 301 || refusal->status > 505 || !*refusal->text)
		abort();
	if (strpbrk(refusal->text, "\r\n"))
		abort();
	if ((refusal->status == 405) != (refusal->allow != NULL))
		abort();
	if (refusal->status == 301 && *refusal->text != '/')
		abort();
}

static bool has_right_token(const struct head *head)
{
	for (size_t i = 0; i < head->request.header_count; i++)
		if (strcasecmp(head->headers[i].name, "Authorization") == 0)
			return true;
	return false;
}

static void read_request(const struct http_policy *policy, const struct head *head)
{
	struct http_plan plan;

	http_request_read(policy, &head->request, &plan);
	if (plan.kind != HTTP_REFUSE)
		http_plan_take_body(&plan, head->body, head->body_length);
	if (plan.kind == HTTP_REFUSE)
		check_refusal(&plan.refusal);
	else if (policy->token && !has_right_token(head))
		abort();
	else
		check_question(policy, &plan.question);
	http_question_deinit(&plan.question);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct http_policy policy = {
		.hosts = hosts, .duration_max = 600 * NANOSECONDS_PER_SECOND, .rate_max = 1000};
	struct head head = {0};
	char *text = malloc(length + 1);

	if (!text)
		return 0;
	for (size_t i = 0; i < length; i++)
		text[i] = (char)bytes[i];
	text[length] = '\0';
	if (parse(text, text + length, &head)) {
		read_request(&policy, &head);
		policy.token = "0123456789abcdef";
		read_request(&policy, &head);
		policy.any_host = true;
		read_request(&policy, &head);
	}
	free(text);
	return 0;
}
