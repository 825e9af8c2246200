#include "http/query.h"

#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/quantity.h"

#define NAME_SIZE        32
#define VALUE_SIZE       64
#define DEFAULT_DURATION (30 * NANOSECONDS_PER_SECOND) /* as Go's */

struct query {
	const struct http_policy *policy;
	const struct http_route *route;
	struct http_question *question;
	struct http_refusal *refusal;
	unsigned seen; /* 1 << enum http_parameter */
};

static int hexadecimal_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http_decode(const char *text, size_t length, bool plus, char *ret, size_t room)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		char c = text[i];

		if (c == '%') {
			int high = i + 2 < length ? hexadecimal_digit(text[i + 1]) : -1;
			int low = high >= 0 ? hexadecimal_digit(text[i + 2]) : -1;

			if (low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if ((unsigned char)c < ' ' || c == 0x7f || count + 1 >= room)
			return false;
		ret[count++] = c;
	}
	ret[count] = '\0';
	return true;
}

static bool wrong(struct query *query, const char *name, const char *rule)
{
	http_refuse(query->refusal, 400, "invalid value for '%s': %s", name, rule);
	return false;
}

static bool read_seconds(struct query *query, const char *value)
{
	char longest[QUANTITY_SIZE];
	uint64_t duration;

	if (parse_duration(value, &duration) && duration &&
		duration <= query->policy->duration_max) {
		query->question->duration = duration;
		return true;
	}
	http_refuse(query->refusal, 400,
		"invalid value for 'seconds': a number above 0, %s at most",
		format_duration((double)query->policy->duration_max, longest));
	return false;
}

static bool read_rate(struct query *query, const char *value)
{
	uint64_t rate;

	if (parse_unsigned(value, &rate) && rate && rate <= query->policy->rate_max) {
		query->question->rate = (uint32_t)rate;
		return true;
	}
	http_refuse(query->refusal, 400, "invalid value for 'hz': a number from 1 to %u",
		query->policy->rate_max);
	return false;
}

/* Go: 0 is the binary form, 1 text; 2, of goroutines, a longer text. */
static bool read_debug(struct query *query, const char *value)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0 && strcmp(value, "2") != 0)
		return wrong(query, "debug", "0, or 1 for text");
	if (*value != '0')
		query->question->format = HTTP_TEXT;
	return true;
}

static bool read_format(struct query *query, const char *value)
{
	static const struct {
		const char *name;
		enum http_format format;
	} formats[] = {{"pprof", HTTP_PPROF}, {"svg", HTTP_SVG}, {"text", HTTP_TEXT}};

	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		if (strcmp(value, formats[i].name) == 0 &&
			query->route->formats & 1U << formats[i].format) {
			query->question->format = formats[i].format;
			return true;
		}
	return wrong(query, "format", "pprof, svg or text");
}

static bool read_wall(struct query *query, const char *value)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return wrong(query, "wall", "0 or 1");
	query->question->wall = *value == '1';
	return true;
}

/* There is no collector to be run: what is freed is free. */
static bool read_gc(struct query *query, const char *value)
{
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return wrong(query, "gc", "0 or 1");
	return true;
}

static const struct {
	const char *name;
	bool (*read)(struct query *query, const char *value);
} parameters[HTTP_PARAMETERS] = {
	[HTTP_SECONDS] = {"seconds", read_seconds},
	[HTTP_RATE] = {"hz", read_rate},
	[HTTP_DEBUG] = {"debug", read_debug},
	[HTTP_FORMAT] = {"format", read_format},
	[HTTP_WALL] = {"wall", read_wall},
	[HTTP_GC] = {"gc", read_gc},
};

/* "name=value", "name" */
static bool read_parameter(struct query *query, const char *text, size_t length)
{
	const char *equals = memchr(text, '=', length);
	const size_t name_length = equals ? (size_t)(equals - text) : length;
	const char *value_text = equals ? equals + 1 : text + length;
	char name[NAME_SIZE], value[VALUE_SIZE];

	if (!http_decode(text, name_length, true, name, sizeof(name))) {
		http_refuse(query->refusal, 400, "unknown parameter");
		return false;
	}
	for (unsigned i = 0; i < HTTP_PARAMETERS; i++) {
		if (strcmp(name, parameters[i].name) != 0 || !(query->route->parameters & 1U << i))
			continue;
		if (query->seen & 1U << i) {
			http_refuse(query->refusal, 400, "'%s' is given more than once", name);
			return false;
		}
		query->seen |= 1U << i;
		if (!http_decode(value_text, (size_t)(text + length - value_text), true, value,
			    sizeof(value)))
			return wrong(query, name, "it is too long or wrongly encoded");
		return parameters[i].read(query, value);
	}
	http_refuse(query->refusal, 400, "unknown parameter '%s'", name);
	return false;
}

static bool formats_agree(struct query *query)
{
	const unsigned both = 1U << HTTP_DEBUG | 1U << HTTP_FORMAT;

	if ((query->seen & both) != both)
		return true;
	http_refuse(query->refusal, 400, "'debug' and 'format' exclude each other");
	return false;
}

bool http_query_read(const struct http_policy *policy, const struct http_route *route,
	const char *query, struct http_question *question, struct http_refusal *refusal)
{
	struct query state = {policy, route, question, refusal, 0};

	for (const char *at = query; *at;) {
		const size_t length = strcspn(at, "&");

		if (length && !read_parameter(&state, at, length))
			return false;
		at += length + (at[length] == '&');
	}
	if (!formats_agree(&state))
		return false;
	if (question->subject == HTTP_PROFILE && !question->duration)
		question->duration = policy->duration_max < DEFAULT_DURATION ? policy->duration_max
									     : DEFAULT_DURATION;
	return true;
}
