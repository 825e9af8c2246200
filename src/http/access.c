#include "http/access.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "http/credentials.h"
#include "http/request.h"

#define HOST_MAX 255

const char *http_request_header(
	const struct http_request *request, const char *name, size_t *ret_count)
{
	const char *value = NULL;
	size_t count = 0;

	for (size_t i = 0; i < request->header_count; i++)
		if (strcasecmp(request->headers[i].name, name) == 0) {
			if (!count)
				value = request->headers[i].value;
			count++;
		}
	if (ret_count)
		*ret_count = count;
	return value;
}

static const char *header(const struct http_request *request, const char *name)
{
	return http_request_header(request, name, NULL);
}

/*
 * Where a message ends must be beyond doubt, or whoever forwards requests to here may take one for
 * two (RFC 9112, 6.3).
 */
static bool framing_is_clear(const struct http_request *request, struct http_refusal *refusal)
{
	size_t lengths, encodings;
	const char *length = http_request_header(request, "Content-Length", &lengths);
	const char *encoding = http_request_header(request, "Transfer-Encoding", &encodings);

	if (lengths > 1 || (lengths && encodings))
		http_refuse(refusal, 400, "the length of the request is given more than once");
	else if (lengths && (!*length || length[strspn(length, "0123456789")]))
		http_refuse(refusal, 400, "Content-Length is no number");
	else if (encodings > 1 || (encodings && strcasecmp(encoding, "chunked") != 0))
		http_refuse(refusal, 501, "of transfer encodings, only 'chunked' is known");
	else if (encodings && strcmp(request->version, "HTTP/1.1") != 0)
		http_refuse(refusal, 400, "HTTP/1.0 has no Transfer-Encoding");
	else
		return true;
	refusal->closes = true;
	return false;
}

static bool is_served(const struct http_policy *policy, const char *local, const char *host)
{
	if (local && strcasecmp(host, local) == 0)
		return true;
	for (const char *const *allowed = policy->hosts; allowed && *allowed; allowed++)
		if (strcasecmp(host, *allowed) == 0)
			return true;
	return false;
}

/* Against DNS rebinding: a name that somebody else has pointed here is none of ours. */
static bool host_is_ours(const struct http_policy *policy, const struct http_request *request,
	struct http_refusal *refusal)
{
	size_t hosts;
	const char *host = http_request_header(request, "Host", &hosts);

	if (hosts > 1) {
		http_refuse(refusal, 400, "there is more than one Host");
		refusal->closes = true;
		return false;
	}
	if (!hosts && strcmp(request->version, "HTTP/1.0") != 0) {
		http_refuse(refusal, 400, "HTTP/1.1 needs the header Host");
		refusal->closes = true;
		return false;
	}
	/* Browsers always send it. */
	if (!hosts || policy->any_host || is_served(policy, request->local, host))
		return true;
	http_refuse(refusal, 421,
		"this Host is not served here: only localhost, the address that is listened on, "
		"and the names that limpet serve was given");
	return false;
}

/* What follows the scheme of an origin; NULL if it is none of the web. */
static const char *host_of_origin(const char *origin)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++)
		if (strncasecmp(origin, schemes[i], strlen(schemes[i])) == 0)
			return origin + strlen(schemes[i]);
	return NULL;
}

static bool origin_is_ours(const struct http_policy *policy, const struct http_request *request)
{
	size_t origins;
	const char *origin = http_request_header(request, "Origin", &origins);
	const char *host = header(request, "Host");

	if (!origins)
		return true;
	origin = origins == 1 ? host_of_origin(origin) : NULL;
	if (!origin)
		return false;
	if (policy->any_host)
		return host && strcasecmp(origin, host) == 0;
	return is_served(policy, request->local, origin);
}

/*
 * Pages of others may lead here, but not have a browser fetch anything from here on their behalf:
 * a capture costs the target something, and a browser adds the password by itself (W3C, Fetch
 * Metadata).
 */
static bool is_not_for_others(const struct http_policy *policy, const struct http_request *request,
	struct http_refusal *refusal)
{
	const char *site = header(request, "Sec-Fetch-Site");
	const char *mode = header(request, "Sec-Fetch-Mode");
	const char *destination = header(request, "Sec-Fetch-Dest");
	bool foreign = site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
	bool post = strcmp(request->method, "POST") == 0;
	bool leads_here = mode && strcmp(mode, "navigate") == 0 && destination &&
			  strcmp(destination, "document") == 0;

	if ((foreign && (post || !leads_here)) || (post && !origin_is_ours(policy, request))) {
		http_refuse(refusal, 403, "a page of another origin may not ask for this");
		return false;
	}
	return true;
}

static bool token_is_right(const struct http_policy *policy, const struct http_request *request,
	struct http_refusal *refusal)
{
	size_t count;
	const char *given = http_request_header(request, "Authorization", &count);

	if (!policy->token || (count == 1 && http_credentials_match(given, policy->token)))
		return true;
	http_refuse(refusal, 401,
		"the token is missing or wrong: send it as Bearer, or as the password of Basic");
	return false;
}

bool http_access_check(const struct http_policy *policy, const struct http_request *request,
	struct http_refusal *refusal)
{
	if (strcmp(request->version, "HTTP/1.1") != 0 &&
		strcmp(request->version, "HTTP/1.0") != 0) {
		http_refuse(refusal, 505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
		return false;
	}
	return framing_is_clear(request, refusal) && host_is_ours(policy, request, refusal) &&
	       is_not_for_others(policy, request, refusal) &&
	       token_is_right(policy, request, refusal);
}
