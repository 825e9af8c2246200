#include "push/pusher.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/string_builder.h"
#include "push/message.h"
#include "push/profile_file.h"
#include "push/token.h"
#include "push/url.h"
#include "push/worker.h"
#include "sandbox/child.h"
#include "sandbox/message.h"

#define DESCRIPTORS_MAX 64 /* connections, what the resolver opens, files on their way in */
/* Beside the queue: one request, libraries, stacks of threads; address space costs nothing. */
#define MEMORY_BESIDE (1024UL * 1024 * 1024)
#define HANDING_OVER  (50 * NANOSECONDS_PER_MILLISECOND)
#define ENDING        NANOSECONDS_PER_SECOND

struct pusher {
	struct sandbox_child child;
	bool gone;
	bool finished;
	enum push_kind kind;
	char *token_file;
	uint64_t added;
	uint64_t dropped; /* here: the process did not take it */
	struct push_note note;
};

static enum sandbox_sent send_order(
	const struct pusher *pusher, const struct push_order *order, uint64_t patience)
{
	STRING_BUILDER(text);
	enum sandbox_sent sent = SANDBOX_FULL;
	int file = order->kind == PUSH_ORDER_PROFILE ? order->profile.file : -1;

	push_order_write(order, &text);
	if (!text.failed)
		sent = sandbox_send_within(
			pusher->child.socket, text.text, text.length, file, patience);
	if (text.text)
		explicit_bzero(text.text, text.length);
	return sent;
}

/* The process may not read the file itself. */
static struct error *send_token(struct pusher *pusher)
{
	struct push_order order = {.kind = PUSH_ORDER_TOKEN};
	char *token = NULL;
	struct error *error;

	if (!pusher->token_file)
		return NULL;
	error = push_token_read(pusher->token_file, &token);
	if (error)
		return error;
	order.token = token;
	if (send_order(pusher, &order, HANDING_OVER) == SANDBOX_SEND_GONE)
		pusher->gone = true;
	explicit_bzero(token, strlen(token));
	free(token);
	return NULL;
}

static struct error *start(const struct push_options *options, struct pusher *pusher)
{
	struct push_options own = *options; /* the process has a copy of all that it points to */
	const struct sandbox_options sandbox = {
		.profile = SANDBOX_CLIENT,
		.name = "limpet-push",
		.main = push_worker_run,
		.argument = &own,
		.descriptors_max = DESCRIPTORS_MAX,
		.memory_max = 2 * options->queue_max + MEMORY_BESIDE,
	};
	CLEANUP(push_url_deinit) struct push_url url = {0};
	struct error *error = push_url_init(options->url, &url);

	own.interrupted = NULL;
	pusher->kind = options->kind;
	if (!error && options->token_file) {
		pusher->token_file = strdup(options->token_file);
		error = pusher->token_file ? NULL : &error_no_memory;
	}
	if (!error)
		error = sandbox_start(&sandbox, &pusher->child);
	return error ? error : send_token(pusher);
}

struct error *pusher_start(const struct push_options *options, struct pusher **ret)
{
	struct pusher *pusher = calloc(1, sizeof(*pusher));
	struct error *error;

	if (!pusher)
		return &error_no_memory;
	error = start(options, pusher);
	if (error) {
		pusher_end(pusher, 0);
		return error;
	}
	*ret = pusher;
	return NULL;
}

int pusher_descriptor(const struct pusher *pusher)
{
	return pusher->child.socket;
}

/* The process asks for the token again when it was not accepted: it may be a new one by now. */
static void renew_token(struct pusher *pusher)
{
	struct error *error = send_token(pusher);

	if (!error)
		return;
	memset(pusher->note.problem, 0, sizeof(pusher->note.problem));
	strncpy(pusher->note.problem, error->message, sizeof(pusher->note.problem) - 1);
	error_destroy(error);
}

void pusher_take(struct pusher *pusher)
{
	unsigned char bytes[PUSH_NOTE_MAX];
	size_t length;

	while (!pusher->gone) {
		switch (sandbox_receive(
			pusher->child.socket, bytes, sizeof(bytes), &length, NULL)) {
		case SANDBOX_RECEIVED:
			if (push_note_read(bytes, length, &pusher->note) &&
				pusher->note.wants_token)
				renew_token(pusher);
			break;
		case SANDBOX_CLOSED:
			pusher->gone = true;
			return;
		case SANDBOX_BROKEN:
			break;
		case SANDBOX_NOTHING:
			return;
		}
	}
}

struct error *pusher_add(struct pusher *pusher, const struct push_profile *profile)
{
	const struct push_order order = {.kind = PUSH_ORDER_PROFILE, .profile = *profile};
	struct error *error =
		push_labels_check(pusher->kind, profile->labels, profile->label_count);

	if (error)
		return error;
	if (pusher->gone)
		return error_create(ERROR_GONE, "the process that sends profiles has ended");
	switch (send_order(pusher, &order, HANDING_OVER)) {
	case SANDBOX_SENT:
		pusher->added++;
		break;
	case SANDBOX_FULL:
		pusher->dropped++;
		break;
	case SANDBOX_SEND_GONE:
		pusher->gone = true;
		return error_create(ERROR_GONE, "the process that sends profiles has ended");
	}
	return NULL;
}

void pusher_counts(const struct pusher *pusher, struct push_counts *ret)
{
	*ret = pusher->note.counts;
	ret->dropped += pusher->dropped;
	if (pusher->added > pusher->note.received)
		ret->waiting += pusher->added - pusher->note.received;
}

const char *pusher_problem(const struct pusher *pusher)
{
	return pusher->note.problem;
}

void pusher_finish(struct pusher *pusher, uint64_t patience)
{
	const struct push_order order = {.kind = PUSH_ORDER_END, .patience = patience};
	const uint64_t end = clock_monotonic() + patience + ENDING;

	if (pusher->finished || pusher->gone)
		return;
	pusher->finished = true;
	if (send_order(pusher, &order, ENDING) != SANDBOX_SENT)
		return;
	while (!pusher->gone && clock_monotonic() < end) {
		struct pollfd wait = {.fd = pusher->child.socket, .events = POLLIN};
		struct timespec left = clock_time_left(end);

		if (ppoll(&wait, 1, &left, NULL) < 0 && errno != EINTR)
			return;
		pusher_take(pusher);
	}
}

void pusher_end(struct pusher *pusher, uint64_t patience)
{
	if (!pusher)
		return;
	if (pusher->child.process > 0)
		pusher_finish(pusher, patience);
	sandbox_end(&pusher->child);
	free(pusher->token_file);
	free(pusher);
}
