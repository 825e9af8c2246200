#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/string_builder.h"
#include "http/loop.h"
#include "http/page_style.h"

#define VALUE_SIZE 512

/* Nothing is loaded from anywhere, and nobody puts this into a frame. */
#define POLICY_OF_ALL                                                                              \
	"default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
/*
 * The picture has a script of its own, with the figures of its profile in it. It runs for itself:
 * in an origin that is nobody's, from where it can ask this server for nothing.
 */
#define POLICY_OF_SVG                                                                              \
	"sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; "                   \
	"script-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

struct format {
	const char *type, *extension;
	bool attachment;
};

static const struct format formats[HTTP_FORMATS] = {
	[HTTP_PPROF] = {"application/octet-stream", ".pb.gz", true},
	[HTTP_SVG] = {"image/svg+xml", ".svg", false},
	[HTTP_TEXT] = {"text/plain; charset=utf-8", ".txt", false},
	[HTTP_HTML] = {"text/html; charset=utf-8", ".html", false},
	[HTTP_OPEN_METRICS] = {"application/openmetrics-text; version=1.0.0; charset=utf-8", ".txt",
		false},
	[HTTP_RAW_HEAP] = {"text/plain; charset=utf-8", ".heap", false},
};

static void add_policy(struct MHD_Response *response, enum http_format format)
{
	char value[VALUE_SIZE];

	if (format == HTTP_SVG) {
		snprintf(value, sizeof(value), "%s", POLICY_OF_SVG);
	} else if (format == HTTP_HTML) {
		snprintf(value, sizeof(value),
			"default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; "
			"frame-ancestors 'none'; form-action 'self'",
			http_page_style_hash());
	} else {
		snprintf(value, sizeof(value), "%s", POLICY_OF_ALL);
	}
	MHD_add_response_header(response, "Content-Security-Policy", value);
}

/* Takes NULL. Returns the same. */
static struct MHD_Response *complete(
	struct MHD_Response *response, const char *type, enum http_format format)
{
	static const char *const headers[][2] = {
		{"X-Content-Type-Options", "nosniff"},
		{"Cache-Control", "no-store"},
		/* With "no-referrer" browsers send "Origin: null" with the page's own forms
		   (Fetch). */
		{"Referrer-Policy", "same-origin"},
		{"X-Frame-Options", "DENY"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
	};

	if (!response)
		return NULL;
	MHD_add_response_header(response, "Content-Type", type);
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		MHD_add_response_header(response, headers[i][0], headers[i][1]);
	add_policy(response, format);
	return response;
}

static struct MHD_Response *of_text(const char *text, size_t length)
{
	char *copy = NULL;

	memcpy(&copy, &text, sizeof(copy)); /* it is copied at once */
	return MHD_create_response_from_buffer(length, copy, MHD_RESPMEM_MUST_COPY);
}

/* One line, which go tool pprof prints. */
static struct MHD_Response *of_error(const char *text)
{
	STRING_BUILDER(line);
	struct MHD_Response *response;

	string_append_format(&line, "%s\n", text);
	if (line.failed)
		return NULL;
	response = complete(of_text(line.text, line.length), formats[HTTP_TEXT].type, HTTP_TEXT);
	if (response)
		MHD_add_response_header(response, "X-Go-Pprof", "1");
	return response;
}

struct MHD_Response *http_response_of_refusal(const struct http_refusal *refusal)
{
	struct MHD_Response *response = of_error(refusal->text);

	if (!response)
		return NULL;
	if (refusal->status == 301)
		MHD_add_response_header(response, "Location", refusal->text);
	if (refusal->allow)
		MHD_add_response_header(response, "Allow", refusal->allow);
	if (refusal->status == 401)
		MHD_add_response_header(response, "WWW-Authenticate",
			"Basic realm=\"limpet: the token is the password\", charset=\"UTF-8\"");
	if (refusal->status == 503)
		MHD_add_response_header(response, "Retry-After", "1");
	if (refusal->closes)
		MHD_add_response_header(response, "Connection", "close");
	return response;
}

static ssize_t nothing(void *context, uint64_t position, char *to, size_t most)
{
	(void)context;
	(void)position;
	(void)to;
	(void)most;
	return MHD_CONTENT_READER_END_OF_STREAM;
}

struct MHD_Response *http_response_of_format(enum http_format format)
{
	struct MHD_Response *response =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1, nothing, NULL, NULL);

	/* Or else libmicrohttpd (0.9.75) sends the last chunk of a body that HEAD does not have. */
	if (response)
		MHD_set_response_options(response, MHD_RF_HTTP_VERSION_1_0_ONLY, MHD_RO_END);
	return complete(response, formats[format].type, format);
}

struct MHD_Response *http_response_of_move(const char *location)
{
	struct MHD_Response *response = of_text("", 0);

	complete(response, formats[HTTP_TEXT].type, HTTP_TEXT);
	if (response)
		MHD_add_response_header(response, "Location", location);
	return response;
}

/* A name that needs no quoting anywhere; whatever else is in it is left out. */
static void add_disposition(
	struct MHD_Response *response, const struct format *format, const char *name)
{
	char value[VALUE_SIZE], plain[64];
	size_t count = 0;

	for (; *name && count + 1 < sizeof(plain); name++)
		if ((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
			(*name >= '0' && *name <= '9') || *name == '-' || *name == '_' ||
			(*name == '.' && count))
			plain[count++] = *name;
	plain[count] = '\0';
	snprintf(value, sizeof(value), "%s; filename=\"%s%s\"",
		format->attachment ? "attachment" : "inline", plain, format->extension);
	MHD_add_response_header(response, "Content-Disposition", value);
}

static struct MHD_Response *of_success(
	const struct http_answer *answer, int body, uint64_t body_size)
{
	const struct format *format = &formats[answer->format];
	const char *text = answer->text ? answer->text : "";
	struct MHD_Response *response = body >= 0 ? MHD_create_response_from_fd64(body_size, body)
						  : of_text(text, strlen(text));

	if (!response) {
		if (body >= 0)
			close(body);
		return NULL;
	}
	complete(response, format->type, answer->format);
	if (answer->file_name)
		add_disposition(response, format, answer->file_name);
	return response;
}

struct MHD_Response *http_response_of_answer(
	const struct http_answer *answer, int body, uint64_t body_size)
{
	struct MHD_Response *response;
	char seconds[16];

	if (answer->status < 300)
		return of_success(answer, body, body_size);
	if (body >= 0)
		close(body);
	response = of_error(answer->text ? answer->text : "");
	if (response && answer->retry_after) {
		snprintf(seconds, sizeof(seconds), "%u", answer->retry_after);
		MHD_add_response_header(response, "Retry-After", seconds);
	}
	return response;
}
