#pragma once

#include <curl/curl.h>

#include "base/array.h"
#include "base/error.h"
#include "base/string_builder.h"
#include "push/answer.h"
#include "push/pusher.h"
#include "push/request.h"
#include "push/url.h"

/*
 * One request to a collector by libcurl: http and https only, no redirect followed, certificates
 * checked, no more than 64 KiB of the answer read. The easy handle is kept, and with it the
 * connection.
 */
struct push_transfer {
	CURL *easy;
	struct curl_slist *headers;
	char *url;
	char *authorization; /* the header, or "NAME:TOKEN" for curl */
	struct string_builder body;
	char reason[CURL_ERROR_SIZE];
};

/* curl_global_init() must have been called. ERROR_NO_MEMORY. */
struct error *push_transfer_init(struct push_transfer *ret) MUST_CHECK;
void push_transfer_deinit(struct push_transfer *transfer);

/*
 * Makes it ready to be performed. request: NULL for a GET of the path alone. token: NULL for none.
 * All must stay until it is over. ERROR_NO_MEMORY, ERROR_UNSUPPORTED: libcurl lacks something.
 */
struct error *push_transfer_prepare(struct push_transfer *transfer, const char *base,
	const char *path, const struct push_options *options, const char *token,
	const struct push_request *request) MUST_CHECK;

/* What came of it, when it is over. */
void push_transfer_judge(const struct push_transfer *transfer, CURLcode result, enum push_kind kind,
	struct push_answer *ret);
