#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "http/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const struct http_bounds bounds = {600 * NANOSECONDS_PER_SECOND, 1000};

static void check(const struct http_question *question)
{
	const char *process = question->process;

	if (question->subject >= HTTP_SUBJECTS || question->format >= HTTP_FORMATS ||
		question->duration > bounds.duration || question->rate > bounds.rate)
		abort();
	if (!memchr(process, '\0', HTTP_PROCESS_SIZE) || strchr(process, '/'))
		abort();
	if (question->by_pid && (!*process || strspn(process, "0123456789") != strlen(process)))
		abort();
	if (question->text &&
		(question->subject != HTTP_SYMBOL || strlen(question->text) > HTTP_TEXT_MAX))
		abort();
}

/* What has been read is written as what it was read from: nothing is there that has no meaning. */
static void check_same(const struct http_notice *notice, const uint8_t *bytes, size_t length)
{
	STRING_BUILDER(message);

	http_notice_write(notice, &message);
	if (!message.failed &&
		(message.length != length || memcmp(message.text, bytes, length) != 0))
		abort();
}

static void read_reply(const uint8_t *bytes, size_t length)
{
	struct http_reply reply;
	struct error *error = http_reply_read(cursor_over(bytes, length), &reply);

	if (!error && ((reply.answer.text && strlen(reply.answer.text) > length) ||
			      (reply.answer.file_name && strlen(reply.answer.file_name) > length)))
		abort();
	error_destroy(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct http_notice notice = {0};
	struct error *error = http_notice_read(cursor_over(bytes, length), &bounds, &notice);

	if (!error) {
		check(&notice.question);
		check_same(&notice, bytes, length);
	}
	http_question_deinit(&notice.question);
	error_destroy(error);
	read_reply(bytes, length);
	return 0;
}
