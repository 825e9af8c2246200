#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "push/label.h"
#include "push/request.h"
#include "push/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXTS 6

static void must_be(bool good)
{
	if (!good)
		abort();
}

static void try_url(const char *text)
{
	struct push_url url;
	struct error *error = push_url_init(text, &url);

	if (error) {
		error_destroy(error);
		return;
	}
	must_be(strncmp(url.base, "http://", 7) == 0 || strncmp(url.base, "https://", 8) == 0);
	must_be(!strchr(url.base, '@') || strchr(url.base + 8, '/') < strchr(url.base, '@'));
	for (const char *at = url.base; *at; at++)
		must_be((unsigned char)*at > ' ' && (unsigned char)*at < 0x7f && *at != '?' &&
			*at != '#');
	push_url_deinit(&url);
}

/* What goes into a request line must not end it; what is JSON must be it. */
static void try_request(enum push_kind kind, char *const texts[TEXTS])
{
	const struct push_label labels[] = {{texts[2], texts[3]}, {texts[4], texts[5]}};
	const struct push_profile profile = {
		.kind = "wall", .service = texts[1], .labels = labels, .label_count = 2};
	struct push_request request;
	struct error *error = push_request_init(kind, &profile, "\x1f\x8b", 2, &request);
	json_t *object;

	if (error) {
		error_destroy(error);
		return;
	}
	for (const char *at = request.target; *at; at++)
		must_be((unsigned char)*at > ' ' && (unsigned char)*at < 0x7f);
	if (kind != PUSH_PYROSCOPE) {
		object = json_loadb((const char *)request.body.items, request.body.count, 0, NULL);
		must_be(object != NULL);
		json_decref(object);
	}
	push_request_deinit(&request);
}

/* Lines: a URL, a service, two labels and their values. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_over(data, size), line;
	char *texts[TEXTS] = {0};

	for (size_t i = 0; i < TEXTS; i++) {
		if (!cursor_take_line(&cursor, &line))
			line = cursor_over("", 0);
		texts[i] = strndup(cursor_left(&line) ? line.at : "", cursor_left(&line));
		must_be(texts[i] != NULL);
	}
	try_url(texts[0]);
	for (int kind = PUSH_PYROSCOPE; kind <= PUSH_PARCA; kind++)
		try_request((enum push_kind)kind, texts);
	for (size_t i = 0; i < TEXTS; i++)
		free(texts[i]);
	return 0;
}
