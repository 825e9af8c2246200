#include "push/transfer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define ANSWER_MAX      (64UL * 1024)
#define TIMEOUT         (30 * NANOSECONDS_PER_SECOND)
#define CONNECT_PART    3 /* of the time for all, the part of connecting */
#define MILLISECONDS(n) ((long)((n) / NANOSECONDS_PER_MILLISECOND))

struct error *push_transfer_init(struct push_transfer *ret)
{
	*ret = (struct push_transfer){.easy = curl_easy_init()};
	return ret->easy ? NULL : &error_no_memory;
}

static void forget(struct push_transfer *transfer)
{
	curl_slist_free_all(transfer->headers);
	free(transfer->url);
	if (transfer->authorization)
		explicit_bzero(transfer->authorization, strlen(transfer->authorization));
	free(transfer->authorization);
	transfer->headers = NULL;
	transfer->url = NULL;
	transfer->authorization = NULL;
	string_builder_deinit(&transfer->body);
	transfer->reason[0] = 0;
}

void push_transfer_deinit(struct push_transfer *transfer)
{
	if (transfer->easy)
		curl_easy_cleanup(transfer->easy);
	transfer->easy = NULL;
	forget(transfer);
}

/* More than anybody has to say ends the transfer; its status is known by then. */
static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct push_transfer *transfer = context;

	(void)size; /* 1, as libcurl says */
	if (transfer->body.length + count > ANSWER_MAX)
		return 0;
	string_append_bytes(&transfer->body, bytes, count);
	return count;
}

static int ask_whether_interrupted(
	void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct push_options *options = context;

	(void)a, (void)b, (void)c, (void)d;
	return options->interrupted && options->interrupted();
}

static struct error *add_header(struct push_transfer *transfer, const char *name, const char *value)
{
	STRING_BUILDER(line);
	struct curl_slist *list;
	char *text;
	struct error *error;

	string_append_format(&line, "%s%s", name, value);
	error = string_builder_finish(&line, &text);
	if (error)
		return error;
	list = curl_slist_append(transfer->headers, text);
	explicit_bzero(text, strlen(text));
	free(text);
	if (!list)
		return &error_no_memory;
	transfer->headers = list;
	return NULL;
}

static struct error *set_headers(struct push_transfer *transfer, const struct push_options *options,
	const char *token, const struct push_request *request)
{
	/* Without it curl waits for "100 Continue" before it sends what is large. */
	struct error *error = add_header(transfer, "Expect:", "");

	if (!error)
		error = add_header(transfer, "Accept: ", "application/json, text/plain");
	if (!error && request)
		error = add_header(transfer, "Content-Type: ", request->content_type);
	if (!error && options->tenant)
		error = add_header(transfer, "X-Scope-OrgID: ", options->tenant);
	if (!error && token && !options->user)
		error = add_header(transfer, "Authorization: Bearer ", token);
	return error;
}

static struct error *set_user(
	struct push_transfer *transfer, const struct push_options *options, const char *token)
{
	STRING_BUILDER(text);
	struct error *error;

	if (!options->user)
		return NULL;
	string_append_format(&text, "%s", token ? token : "");
	error = string_builder_finish(&text, &transfer->authorization);
	return error;
}

static CURLcode set_bounds(CURL *easy, const struct push_options *options)
{
	uint64_t timeout = options->timeout ? options->timeout : TIMEOUT;
	CURLcode bad = CURLE_OK;

	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	bad |= curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, MILLISECONDS(timeout));
	bad |= curl_easy_setopt(
		easy, CURLOPT_CONNECTTIMEOUT_MS, MILLISECONDS(timeout / CONNECT_PART) + 1);
	bad |= curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	bad |= curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, ask_whether_interrupted);
	bad |= curl_easy_setopt(easy, CURLOPT_XFERINFODATA, options);
	if (options->ca_file)
		bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file);
	return bad;
}

static CURLcode set_content(struct push_transfer *transfer, const struct push_options *options,
	const struct push_request *request)
{
	CURL *easy = transfer->easy;
	CURLcode bad = curl_easy_setopt(easy, CURLOPT_URL, transfer->url);

	bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
	bad |= curl_easy_setopt(easy, CURLOPT_USERAGENT, "limpet");
	bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->reason);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
	if (options->user) {
		bad |= curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		bad |= curl_easy_setopt(easy, CURLOPT_USERNAME, options->user);
		bad |= curl_easy_setopt(easy, CURLOPT_PASSWORD, transfer->authorization);
	}
	if (request) {
		bad |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
		bad |= curl_easy_setopt(
			easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.count);
		bad |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.items);
	}
	return bad;
}

struct error *push_transfer_prepare(struct push_transfer *transfer, const char *base,
	const char *path, const struct push_options *options, const char *token,
	const struct push_request *request)
{
	STRING_BUILDER(url);
	struct error *error;

	curl_easy_reset(transfer->easy); /* which keeps connections */
	forget(transfer);
	string_append_format(&url, "%s%s", base, path);
	error = string_builder_finish(&url, &transfer->url);
	if (!error)
		error = set_headers(transfer, options, token, request);
	if (!error)
		error = set_user(transfer, options, token);
	if (error)
		return error;
	if (set_bounds(transfer->easy, options) || set_content(transfer, options, request))
		return error_create(ERROR_UNSUPPORTED, "libcurl lacks what is needed, or memory");
	return NULL;
}

void push_transfer_judge(const struct push_transfer *transfer, CURLcode result, enum push_kind kind,
	struct push_answer *ret)
{
	const char *location = NULL;
	curl_off_t retry_after = 0;
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER, &retry_after);
	curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &location);
	/* A body that is too long, or breaks off, says no less than none. */
	if (result != CURLE_OK && !(status && result == CURLE_WRITE_ERROR)) {
		push_answer_none(
			*transfer->reason ? transfer->reason : curl_easy_strerror(result), ret);
		return;
	}
	push_answer_judge(kind, status, (int64_t)retry_after, location, transfer->body.text,
		transfer->body.length, ret);
}
