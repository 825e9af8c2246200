#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "push/pause.h"
#include "push/profile_file.h"
#include "push/token.h"
#include "push/transfer.h"

/* All that a conversation with a collector needs. */
struct conversation {
	const struct push_options *options;
	struct push_url url;
	char *token; /* NULL: none */
	struct push_transfer transfer;
};

static void conversation_deinit(struct conversation *conversation)
{
	push_transfer_deinit(&conversation->transfer);
	push_url_deinit(&conversation->url);
	if (conversation->token)
		explicit_bzero(conversation->token, strlen(conversation->token));
	free(conversation->token);
}

static struct error *conversation_init(
	const struct push_options *options, struct conversation *conversation)
{
	struct error *error = NULL;

	conversation->options = options;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return error_create(ERROR_UNSUPPORTED, "libcurl cannot be used");
	error = push_url_init(options->url, &conversation->url);
	if (!error && options->token_file)
		error = push_token_read(options->token_file, &conversation->token);
	if (!error)
		error = push_transfer_init(&conversation->transfer);
	return error;
}

static struct error *ask(struct conversation *conversation, const char *path, enum push_kind kind,
	const struct push_request *request, struct push_answer *ret)
{
	struct push_transfer *transfer = &conversation->transfer;
	struct error *error = push_transfer_prepare(transfer, conversation->url.base, path,
		conversation->options, conversation->token, request);
	CURLcode result;

	if (error)
		return error;
	result = curl_easy_perform(transfer->easy);
	if (result == CURLE_ABORTED_BY_CALLBACK)
		return error_create(ERROR_INTERRUPTED, "interrupted");
	push_transfer_judge(transfer, result, kind, ret);
	return NULL;
}

static const char *hint_without_answer(const char *reason)
{
	if (strstr(reason, "refused") || strstr(reason, "connect to"))
		return "nothing listens there: is the collector running, and is the port right?";
	if (strstr(reason, "resolve"))
		return "the name of the host is not known: is it spelled right?";
	if (strstr(reason, "certificate") || strstr(reason, "CA"))
		return "the collector's certificate is not trusted: give the authority's with "
		       "--ca-file FILE, and use the name that is in the certificate";
	if (strstr(reason, "SSL") || strstr(reason, "TLS") || strstr(reason, "wrong version"))
		return "is it http:// and not https:// that the collector speaks?";
	if (strstr(reason, "HTTP/0.9") || strstr(reason, "Empty reply"))
		return "what listens there does not speak HTTP: is it https://, or another port?";
	return "the collector did not answer in time; --timeout TIME waits longer, --retry TIME "
	       "tries again";
}

static struct error *error_of(const struct conversation *conversation, enum push_kind kind,
	const struct push_answer *answer)
{
	const char *hint = push_answer_hint(answer, conversation->token != NULL);
	struct error *error;

	if (!answer->status) {
		error = error_create(ERROR_FAILED, "%s did not answer: %s", conversation->url.base,
			answer->text);
		return error_set_hint(error, "%s", hint_without_answer(answer->text));
	}
	error = error_create(ERROR_FAILED, "%s%s answered %s", conversation->url.base,
		push_kind_path(kind), answer->text);
	return hint ? error_set_hint(error, "%s", hint) : error;
}

/* Sleeps in parts, so that Ctrl-C ends it. */
static struct error *wait_until(const struct push_options *options, uint64_t time)
{
	while (clock_monotonic() < time) {
		uint64_t soon = clock_monotonic() + 100 * NANOSECONDS_PER_MILLISECOND;

		if (options->interrupted && options->interrupted())
			return error_create(ERROR_INTERRUPTED, "interrupted");
		clock_sleep_until(soon < time ? soon : time);
	}
	return NULL;
}

static struct error *send_patiently(struct conversation *conversation,
	const struct push_request *request, uint64_t patience, struct push_receipt *receipt)
{
	const struct push_options *options = conversation->options;
	uint64_t end = clock_monotonic() + patience;
	struct push_pause pause;

	push_pause_init(options, &pause);
	for (;;) {
		struct push_answer answer;
		struct error *error =
			ask(conversation, request->target, options->kind, request, &answer);
		uint64_t next;

		if (error)
			return error;
		receipt->attempts++;
		memcpy(receipt->text, answer.text, sizeof(receipt->text));
		if (answer.verdict == PUSH_TAKEN)
			return NULL;
		next = clock_monotonic() + push_pause_next(&pause, answer.retry_after);
		if (answer.verdict != PUSH_AGAIN || next >= end)
			return error_of(conversation, options->kind, &answer);
		error = wait_until(options, next);
		if (error)
			return error;
	}
}

struct error *push_once(const struct push_options *options, const struct push_profile *profile,
	uint64_t patience, struct push_receipt *ret)
{
	CLEANUP(conversation_deinit) struct conversation conversation = {0};
	CLEANUP(push_request_deinit) struct push_request request = {0};
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct push_receipt receipt = {0};
	struct error *error = conversation_init(options, &conversation);

	if (!error)
		error = push_profile_file_read(profile->file, &bytes);
	if (!error)
		error = push_request_init(
			options->kind, profile, bytes.items, bytes.count, &request);
	if (!error)
		error = send_patiently(&conversation, &request, patience, &receipt);
	if (error)
		return error;
	receipt.bytes = bytes.count;
	if (ret)
		*ret = receipt;
	return NULL;
}

struct error *push_find_kind(
	const char *url, const char *collector, bool *ret_known, enum push_kind *ret)
{
	CLEANUP(push_url_deinit) struct push_url parts = {0};
	struct error *error = push_url_init(url, &parts);
	enum push_kind kind;

	if (error)
		return error;
	if (collector && !push_kind_find(collector, &kind))
		return error_set_hint(
			error_create(ERROR_USAGE, "'%s' is no collector that is known", collector),
			"pyroscope, pyroscope-push and parca are");
	if (collector && parts.has_kind && parts.kind != kind)
		return error_create(ERROR_USAGE, "the URL says %s, and --collector %s",
			push_kind_name(parts.kind), push_kind_name(kind));
	*ret_known = collector || parts.has_kind;
	*ret = collector ? kind : parts.kind;
	return NULL;
}

/*
 * Paths that only one of them has. Pyroscope 2.2: pkg/api/api.go; Parca 0.28:
 * proto/parca/query/v1alpha1/query.proto.
 */
static const struct {
	const char *path, *word;
	enum push_kind kind;
} marks[] = {
	{"/api/v1/status/buildinfo", "\"version\"", PUSH_PYROSCOPE},
	{"/api/profiles/types", "\"types\"", PUSH_PARCA},
};

/* *ret_answer is of the last question, if none was answered as expected. */
static struct error *look_for_marks(struct conversation *conversation, bool *ret_found,
	enum push_kind *ret, struct push_answer *ret_answer)
{
	const struct string_builder *body = &conversation->transfer.body;

	*ret_found = false;
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		struct error *error =
			ask(conversation, marks[i].path, marks[i].kind, NULL, ret_answer);

		if (error || !ret_answer->status)
			return error;
		if (ret_answer->verdict != PUSH_TAKEN || !body->text ||
			!strstr(body->text, marks[i].word))
			continue;
		*ret = marks[i].kind;
		*ret_found = true;
		return NULL;
	}
	return NULL;
}

static struct error *no_kind(
	const struct conversation *conversation, const struct push_answer *answer)
{
	if (!answer->status)
		return error_of(conversation, PUSH_PYROSCOPE, answer);
	return error_set_hint(
		error_create(ERROR_FAILED, "%s does not tell which collector it is: %s",
			conversation->url.base, answer->text),
		"say it: --collector pyroscope, pyroscope-push or parca; or in the URL: "
		"pyroscope+http://...");
}

struct error *push_ask_kind(
	const struct push_options *options, uint64_t patience, enum push_kind *ret)
{
	CLEANUP(conversation_deinit) struct conversation conversation = {0};
	const uint64_t end = clock_monotonic() + patience;
	struct error *error = conversation_init(options, &conversation);
	struct push_pause pause;

	push_pause_init(options, &pause);
	while (!error) {
		struct push_answer answer = {0};
		uint64_t next;
		bool found;

		error = look_for_marks(&conversation, &found, ret, &answer);
		if (error || found)
			return error;
		next = clock_monotonic() + push_pause_next(&pause, answer.retry_after);
		if ((answer.status && !answer.failing) || next >= end)
			return no_kind(&conversation, &answer);
		error = wait_until(options, next);
	}
	return error;
}
