#include "push/worker.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "push/message.h"
#include "push/pause.h"
#include "push/profile_file.h"
#include "push/queue.h"
#include "push/transfer.h"
#include "sandbox/message.h"

/*
 * A profile that a server fails at (5xx) for so long may be what it fails at: the one behind it is
 * tried, and if that is taken, this one has a last chance. Profiles of an outage as long as this
 * may change places by one.
 */
#define SUSPICIOUS_AFTER (300 * NANOSECONDS_PER_SECOND)
#define LONGEST_POLL     1000 /* ms */
#define POLL_WITH_NOTE   50   /* ms; the other end had no room for it */

struct worker {
	const struct push_options *options;
	int socket;
	struct push_url url;
	char *token;
	CURLM *multi;
	struct push_transfer transfer;
	struct push_request request;
	struct push_queue queue;
	struct push_item current; /* that is being sent */
	size_t place;             /* where it was in the queue */
	bool busy;
	bool closed; /* nobody is there any more */
	struct push_pause pause;
	uint64_t next; /* monotonic ns: not before */
	uint64_t end;  /* the same: no longer; 0: it goes on */
	struct push_note note;
	bool noted; /* the note was sent as it is */
};

static void take_token(struct worker *worker, const char *token)
{
	bool same = worker->token && strcmp(worker->token, token) == 0;

	worker->note.wants_token = false;
	if (same || !*token)
		return;
	if (worker->token)
		explicit_bzero(worker->token, strlen(worker->token));
	free(worker->token);
	worker->token = strdup(token);
	worker->next = 0;
}

/* Memory that is not there is a full queue. */
static void lose(struct worker *worker, struct error *error)
{
	if (!error)
		return;
	worker->note.counts.dropped++;
	snprintf(worker->note.problem, sizeof(worker->note.problem), "a profile was dropped: %s",
		error->message);
	error_destroy(error);
}

static void take_profile(struct worker *worker, const void *bytes, size_t length, int file)
{
	struct push_item item = {0};
	uint64_t dropped = 0;
	struct error *error = push_profile_file_read(file, &item.bytes);

	worker->note.received++;
	if (!error)
		error = u8_array_reserve(&item.about, length);
	if (!error) {
		memcpy(item.about.items, bytes, length);
		item.about.count = length;
		error = push_queue_add(
			&worker->queue, &item, worker->current.bytes.count, &dropped);
	}
	worker->note.counts.dropped += dropped;
	push_item_deinit(&item);
	lose(worker, error);
}

static void obey(struct worker *worker, const void *bytes, size_t length, int file)
{
	struct push_order order;

	if (!push_order_read(bytes, length, &order))
		return;
	worker->noted = false;
	switch (order.kind) {
	case PUSH_ORDER_PROFILE:
		if (file >= 0)
			take_profile(worker, bytes, length, file);
		break;
	case PUSH_ORDER_TOKEN:
		take_token(worker, order.token);
		break;
	case PUSH_ORDER_END:
		worker->end = clock_monotonic() + order.patience;
		worker->next = 0;
		break;
	}
}

static void receive(struct worker *worker)
{
	static char bytes[SANDBOX_MESSAGE_MAX];

	for (;;) {
		CLEANUP(cleanup_close) int file = -1;
		size_t length;

		switch (sandbox_receive(worker->socket, bytes, sizeof(bytes), &length, &file)) {
		case SANDBOX_RECEIVED:
			obey(worker, bytes, length, file);
			break;
		case SANDBOX_BROKEN:
			break;
		case SANDBOX_CLOSED:
			worker->closed = true;
			return;
		case SANDBOX_NOTHING:
			return;
		}
	}
}

static struct error *prepare(struct worker *worker)
{
	const struct push_item *item = &worker->current;
	struct push_order order;
	struct error *error;

	if (!push_order_read(item->about.items, item->about.count, &order))
		return error_create(ERROR_MALFORMED, "it was described wrongly");
	error = push_request_init(worker->options->kind, &order.profile, item->bytes.items,
		item->bytes.count, &worker->request);
	if (!error)
		error = push_transfer_prepare(&worker->transfer, worker->url.base,
			worker->request.target, worker->options, worker->token, &worker->request);
	if (!error && curl_multi_add_handle(worker->multi, worker->transfer.easy) != CURLM_OK)
		error = &error_no_memory;
	return error;
}

static bool is_suspicious(const struct push_item *item)
{
	return item->failing_since && !item->suspect &&
	       clock_monotonic() - item->failing_since > SUSPICIOUS_AFTER;
}

static void begin(struct worker *worker)
{
	struct push_queue *queue = &worker->queue;
	struct error *error;

	if (worker->busy || !queue->items.count || clock_monotonic() < worker->next)
		return;
	if (worker->options->token_file && !worker->token)
		return; /* it is on its way */
	worker->place = queue->items.count > 1 && is_suspicious(&queue->items.items[0]);
	worker->current = push_queue_take(queue, worker->place);
	worker->busy = true;
	error = prepare(worker);
	if (!error)
		return;
	worker->busy = false;
	push_request_deinit(&worker->request);
	push_item_deinit(&worker->current);
	lose(worker, error);
}

/* Back into the queue, for later. */
static void postpone(struct worker *worker, const struct push_answer *answer)
{
	struct push_item *item = &worker->current;

	worker->next = clock_monotonic() + push_pause_next(&worker->pause, answer->retry_after);
	worker->note.counts.retries++;
	if (!answer->failing)
		item->failing_since = 0;
	else if (!item->failing_since)
		item->failing_since = clock_monotonic();
	worker->note.wants_token |=
		answer->verdict == PUSH_DENIED && worker->options->token_file != NULL;
	lose(worker, push_queue_put_back(&worker->queue, item, worker->place));
}

static void settle(struct worker *worker, const struct push_answer *answer)
{
	struct push_note *note = &worker->note;
	struct push_item *item = &worker->current;
	bool taken = answer->verdict == PUSH_TAKEN;

	note->problem[0] = 0;
	if (!taken)
		memcpy(note->problem, answer->text, sizeof(note->problem));
	if (taken) {
		note->counts.sent++;
		note->counts.bytes += item->bytes.count;
		if (worker->queue.items.count && is_suspicious(&worker->queue.items.items[0]))
			worker->queue.items.items[0].suspect = true;
	}
	if (taken || answer->verdict == PUSH_REFUSED || (item->suspect && answer->failing)) {
		note->counts.refused += !taken;
		push_pause_reset(&worker->pause);
		worker->next = 0;
		push_item_deinit(item);
		return;
	}
	postpone(worker, answer);
}

static void take_results(struct worker *worker)
{
	const CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(worker->multi, &left))) {
		struct push_answer answer;
		CURLcode result = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_multi_remove_handle(worker->multi, worker->transfer.easy);
		push_transfer_judge(&worker->transfer, result, worker->options->kind, &answer);
		push_request_deinit(&worker->request);
		worker->busy = false;
		worker->noted = false;
		settle(worker, &answer);
	}
}

static void tell(struct worker *worker)
{
	unsigned char bytes[PUSH_NOTE_MAX];
	struct push_counts *counts = &worker->note.counts;

	if (worker->noted)
		return;
	counts->waiting = worker->queue.items.count + worker->busy;
	counts->waiting_bytes = worker->queue.bytes + worker->current.bytes.count;
	switch (sandbox_send(worker->socket, bytes, push_note_write(&worker->note, bytes), -1)) {
	case SANDBOX_SENT:
		worker->noted = true;
		worker->note.wants_token = false; /* until it is denied again */
		break;
	case SANDBOX_SEND_GONE:
		worker->closed = true;
		break;
	case SANDBOX_FULL:
		break;
	}
}

static bool is_done(const struct worker *worker)
{
	bool nothing = !worker->busy && !worker->queue.items.count;

	return worker->end && (nothing || clock_monotonic() >= worker->end);
}

static int poll_time(const struct worker *worker)
{
	uint64_t now = clock_monotonic();
	uint64_t soonest = now + LONGEST_POLL * NANOSECONDS_PER_MILLISECOND;

	if (!worker->busy && worker->queue.items.count && worker->next < soonest)
		soonest = worker->next;
	if (worker->end && worker->end < soonest)
		soonest = worker->end;
	if (!worker->noted)
		soonest = now + POLL_WITH_NOTE * NANOSECONDS_PER_MILLISECOND;
	if (soonest <= now)
		return 0;
	return (int)((soonest - now + NANOSECONDS_PER_MILLISECOND - 1) /
		     NANOSECONDS_PER_MILLISECOND);
}

static void work(struct worker *worker)
{
	int running;

	while (!worker->closed) {
		struct curl_waitfd wait = {.fd = worker->socket, .events = CURL_WAIT_POLLIN};

		receive(worker);
		begin(worker);
		curl_multi_perform(worker->multi, &running);
		take_results(worker);
		tell(worker);
		if (is_done(worker) && worker->noted)
			return;
		/* What was settled may leave something to begin at once. */
		if (!worker->closed)
			curl_multi_poll(worker->multi, &wait, 1, poll_time(worker), NULL);
	}
}

static void worker_deinit(struct worker *worker)
{
	if (worker->busy)
		curl_multi_remove_handle(worker->multi, worker->transfer.easy);
	push_transfer_deinit(&worker->transfer);
	if (worker->multi)
		curl_multi_cleanup(worker->multi);
	push_request_deinit(&worker->request);
	push_item_deinit(&worker->current);
	push_queue_deinit(&worker->queue);
	push_url_deinit(&worker->url);
	free(worker->token);
}

int push_worker_run(int socket, const int *descriptors, void *argument)
{
	const struct push_options *options = argument;
	CLEANUP(worker_deinit)
	struct worker worker = {
		.options = options, .socket = socket, .queue = {.max = options->queue_max}};
	struct error *error;

	(void)descriptors;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return EXIT_FAILURE;
	error = push_url_init(options->url, &worker.url);
	if (!error)
		error = push_transfer_init(&worker.transfer);
	worker.multi = curl_multi_init();
	if (error || !worker.multi) {
		error_destroy(error);
		return EXIT_FAILURE;
	}
	push_pause_init(options, &worker.pause);
	work(&worker);
	return EXIT_SUCCESS;
}
