#include "push/url.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/string_builder.h"

static const struct {
	const char *name, *path;
} kinds[] = {
	[PUSH_PYROSCOPE] = {"pyroscope", "/ingest"},
	[PUSH_PYROSCOPE_PUSH] = {"pyroscope-push", "/push.v1.PusherService/Push"},
	[PUSH_PARCA] = {"parca", "/api/profiles/writeraw"},
};

const char *push_kind_name(enum push_kind kind)
{
	return kinds[kind].name;
}

const char *push_kind_path(enum push_kind kind)
{
	return kinds[kind].path;
}

static bool find_kind(const char *name, size_t length, enum push_kind *ret)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strlen(kinds[i].name) != length ||
			strncasecmp(kinds[i].name, name, length) != 0)
			continue;
		*ret = (enum push_kind)i;
		return true;
	}
	return false;
}

bool push_kind_find(const char *name, enum push_kind *ret)
{
	return find_kind(name, strlen(name), ret);
}

static void cleanup_curl_url(CURLU **url)
{
	curl_url_cleanup(*url);
}

static void cleanup_curl_text(char **text)
{
	curl_free(*text);
}

static bool has_part(CURLU *url, CURLUPart part)
{
	CLEANUP(cleanup_curl_text) char *text = NULL;

	return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

static struct error *no_http(const char *text)
{
	struct error *error = error_create(ERROR_USAGE, "'%s' is no URL of a collector", text);

	if (!strstr(text, "://"))
		return error_set_hint(error, "a URL is meant, such as http://%s%s",
			text[0] == '/' ? "localhost:4040" : text, text[0] == '/' ? text : "");
	return error_set_hint(error,
		"http:// and https:// are known, and pyroscope+http://, pyroscope-push+http:// and "
		"parca+http://");
}

/* Takes "parca+" off the front. */
static struct error *take_kind(const char *text, struct push_url *url, const char **ret_rest)
{
	const char *end = strstr(text, "://");
	const char *plus = memchr(text, '+', end ? (size_t)(end - text) : 0);

	*ret_rest = text;
	if (!end)
		return no_http(text);
	if (!plus)
		return NULL;
	if (!find_kind(text, (size_t)(plus - text), &url->kind))
		return no_http(text);
	url->has_kind = true;
	*ret_rest = plus + 1;
	return NULL;
}

static bool has_odd_bytes(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f)
			return true;
	return false;
}

/* The password stays out of the message, which may go to a log. */
static struct error *check_parts(const char *text, CURLU *url)
{
	if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
		return error_set_hint(error_create(ERROR_USAGE,
					      "a URL with a user or password in it is not taken"),
			"anybody can read the arguments of a process: put the password or token "
			"into "
			"a file that only you can read, and give --token-file FILE, and --user "
			"NAME "
			"if the collector wants a name");
	if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
		return error_set_hint(
			error_create(ERROR_USAGE, "the URL '%s' has a query or a fragment", text),
			"give where the collector is: limpet makes the query; --service and "
			"--label "
			"say what the profile is called");
	return NULL;
}

/* What the path ends in tells the kind; it is taken off. */
static struct error *take_path(const char *text, char *path, struct push_url *url)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t own = strlen(kinds[i].path);

		while (length && path[length - 1] == '/')
			path[--length] = 0;
		if (length < own || strcmp(path + length - own, kinds[i].path) != 0)
			continue;
		if (url->has_kind && url->kind != (enum push_kind)i)
			return error_create(ERROR_USAGE, "'%s' says %s, but its path is that of %s",
				text, kinds[url->kind].name, kinds[i].name);
		path[length - own] = 0;
		url->kind = (enum push_kind)i;
		url->has_kind = true;
		return NULL;
	}
	return NULL;
}

static struct error *put_together(CURLU *parts, const char *text, struct push_url *url)
{
	CLEANUP(cleanup_curl_text) char *scheme = NULL;
	CLEANUP(cleanup_curl_text) char *host = NULL;
	CLEANUP(cleanup_curl_text) char *port = NULL;
	CLEANUP(cleanup_curl_text) char *path = NULL;
	STRING_BUILDER(base);
	struct error *error;

	if (curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) ||
		curl_url_get(parts, CURLUPART_HOST, &host, 0) ||
		curl_url_get(parts, CURLUPART_PATH, &path, 0))
		return no_http(text);
	if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		return no_http(text);
	error = take_path(text, path, url);
	if (error)
		return error;
	string_append_format(&base, "%s://%s", scheme, host);
	if (!curl_url_get(parts, CURLUPART_PORT, &port, 0))
		string_append_format(&base, ":%s", port);
	string_append(&base, path);
	return string_builder_finish(&base, &url->base);
}

struct error *push_url_init(const char *text, struct push_url *ret)
{
	struct push_url url = {0};
	const char *rest;
	struct error *error = take_kind(text, &url, &rest);
	CLEANUP(cleanup_curl_url) CURLU *parts = curl_url();

	if (!parts) {
		error_destroy(error);
		return &error_no_memory;
	}
	if (error)
		return error;
	if (has_odd_bytes(rest) || curl_url_set(parts, CURLUPART_URL, rest, 0))
		return no_http(text);
	error = check_parts(text, parts);
	if (!error)
		error = put_together(parts, text, &url);
	if (!error)
		*ret = url;
	return error;
}

void push_url_deinit(struct push_url *url)
{
	free(url->base);
	*url = (struct push_url){0};
}
