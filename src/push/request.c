#include "push/request.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/string_builder.h"
#include "base/text.h"
#include "push/label.h"
#include "push/url.h"

/* RFC 3986, 2.3: all but the unreserved characters. */
static void append_escaped(struct string_builder *to, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (; *text; text++) {
		if (strchr(plain, *text))
			string_append_char(to, *text);
		else
			string_append_format(to, "%%%02X", (unsigned char)*text);
	}
}

/* app{key=value,...} */
static void append_ingest_name(const struct push_profile *profile, struct string_builder *to)
{
	push_service_append(PUSH_PYROSCOPE, profile->service, to);
	string_append_char(to, '{');
	for (size_t i = 0; i < profile->label_count; i++)
		string_append_format(to, "%s%s=%s", i ? "," : "", profile->labels[i].key,
			profile->labels[i].value);
	string_append_char(to, '}');
}

static struct error *make_ingest(const struct push_profile *profile, const void *bytes,
	size_t length, struct push_request *request)
{
	CLEANUP(cleanup_free) char *name = NULL;
	STRING_BUILDER(name_text);
	STRING_BUILDER(target);
	struct error *error;

	append_ingest_name(profile, &name_text);
	error = string_builder_finish(&name_text, &name);
	if (error)
		return error;
	string_append(&target, push_kind_path(PUSH_PYROSCOPE));
	string_append(&target, "?name=");
	append_escaped(&target, name);
	string_append_format(&target,
		"&from=%" PRIu64 "&until=%" PRIu64 "&format=pprof&spyName=limpet",
		(uint64_t)(profile->start / NANOSECONDS_PER_SECOND),
		(uint64_t)((profile->end + NANOSECONDS_PER_SECOND - 1) / NANOSECONDS_PER_SECOND));
	if (profile->rate)
		string_append_format(&target, "&sampleRate=%" PRIu32, profile->rate);
	error = string_builder_finish(&target, &request->target);
	if (!error)
		error = u8_array_reserve(&request->body, length);
	if (error)
		return error;
	if (length)
		memcpy(request->body.items, bytes, length);
	request->body.count = length;
	request->content_type = "application/octet-stream";
	return NULL;
}

/* RFC 4648, 4. */
static void append_base64(struct string_builder *to, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";

	for (size_t i = 0; i < length; i += 3) {
		size_t left = length - i;
		uint32_t group = (uint32_t)bytes[i] << 16 |
				 (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
				 (left > 2 ? bytes[i + 2] : 0);
		char text[4] = {digits[group >> 18], digits[group >> 12 & 63],
			left > 1 ? digits[group >> 6 & 63] : '=',
			left > 2 ? digits[group & 63] : '='};

		string_append_bytes(to, text, sizeof(text));
	}
}

/* Takes over the value. */
static int add_label(json_t *array, const char *name, json_t *value)
{
	json_t *label = json_object();

	if (json_object_set_new(label, "name", json_string(name)) |
		json_object_set_new(label, "value", value)) {
		json_decref(label);
		return -1;
	}
	return json_array_append_new(array, label);
}

static int add_all_labels(
	enum push_kind kind, const struct push_profile *profile, const char *service, json_t *array)
{
	int failed = add_label(array, "__name__", json_string(profile->kind));

	failed |= add_label(array, "service_name", json_string(service));
	if (kind == PUSH_PYROSCOPE_PUSH) {
		failed |= add_label(array, "__delta__", json_string("false"));
		failed |= add_label(array, "pyroscope_spy", json_string("limpet"));
	}
	for (size_t i = 0; i < profile->label_count; i++)
		failed |= add_label(
			array, profile->labels[i].key, json_string(profile->labels[i].value));
	return failed;
}

static struct error *append_labels(
	enum push_kind kind, const struct push_profile *profile, struct string_builder *to)
{
	json_t *array = json_array();
	CLEANUP(cleanup_free) char *service = NULL;
	CLEANUP(cleanup_free) char *text = NULL;
	STRING_BUILDER(name);
	struct error *error;

	push_service_append(kind, profile->service, &name);
	error = string_builder_finish(&name, &service);
	if (!error && add_all_labels(kind, profile, service, array) == 0)
		text = json_dumps(array, JSON_COMPACT);
	json_decref(array);
	if (error)
		return error;
	if (!text)
		return &error_no_memory;
	string_append(to, text);
	return NULL;
}

static struct error *make_json(enum push_kind kind, const struct push_profile *profile,
	const void *bytes, size_t length, struct push_request *request)
{
	STRING_BUILDER(target);
	STRING_BUILDER(body);
	struct error *error;

	string_append(&target, push_kind_path(kind));
	error = string_builder_finish(&target, &request->target);
	if (error)
		return error;
	string_append(&body, "{");
	if (kind == PUSH_PARCA)
		string_append(&body, "\"normalized\":true,");
	string_append(&body, "\"series\":[{\"labels\":");
	if (kind == PUSH_PARCA)
		string_append(&body, "{\"labels\":");
	error = append_labels(kind, profile, &body);
	if (error)
		return error;
	if (kind == PUSH_PARCA)
		string_append(&body, "}");
	string_append(&body, ",\"samples\":[{\"rawProfile\":\"");
	append_base64(&body, bytes, length);
	string_append(&body, "\"}]}]}");
	request->content_type = "application/json";
	return text_finish(&body, &request->body);
}

struct error *push_request_init(enum push_kind kind, const struct push_profile *profile,
	const void *bytes, size_t length, struct push_request *ret)
{
	struct push_request request = {0};
	struct error *error = push_labels_check(kind, profile->labels, profile->label_count);

	if (!error && kind == PUSH_PYROSCOPE)
		error = make_ingest(profile, bytes, length, &request);
	else if (!error)
		error = make_json(kind, profile, bytes, length, &request);
	if (error) {
		push_request_deinit(&request);
		return error;
	}
	*ret = request;
	return NULL;
}

void push_request_deinit(struct push_request *request)
{
	free(request->target);
	u8_array_deinit(&request->body);
	*request = (struct push_request){0};
}
