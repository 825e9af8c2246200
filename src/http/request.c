#include "http/request.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "http/query.h"
#include "http/routes.h"

#define PID_DIGITS_MAX 10

void http_refuse(struct http_refusal *refusal, unsigned status, const char *format, ...)
{
	va_list arguments;

	refusal->status = status;
	va_start(arguments, format);
	vsnprintf(refusal->text, sizeof(refusal->text), format, arguments);
	va_end(arguments);
}

void http_question_deinit(struct http_question *question)
{
	free(question->text);
	question->text = NULL;
}

/* A request's target, taken apart. */
struct target {
	const char *whole; /* path, with the process */
	size_t whole_length;
	const char *path; /* behind the process */
	size_t path_length;
	const char *query; /* NULL: there is no "?" */
};

/* "http://host/path" is what a proxy is sent, and every server must take (RFC 9112, 3.2.2). */
static const char *skip_origin(const char *target)
{
	static const char scheme[] = "http://";

	if (strncmp(target, scheme, strlen(scheme)) != 0)
		return target;
	target += strlen(scheme);
	return target + strcspn(target, "/?#");
}

/* Whether the target begins with an origin that is not the Host which has been checked. */
static bool is_elsewhere(
	const struct http_policy *policy, const struct http_request *request, const char *path)
{
	const char *host = http_request_header(request, "Host", NULL);
	const char *authority = request->target + strlen("http://");

	if (path == request->target || policy->any_host)
		return false;
	return !host || strlen(host) != (size_t)(path - authority) ||
	       strncasecmp(host, authority, strlen(host)) != 0;
}

static bool take_number(struct http_question *question, const char *text, size_t length)
{
	if (!length || length > PID_DIGITS_MAX || *text == '0')
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	memcpy(question->process, text, length);
	question->process[length] = '\0';
	question->by_pid = true;
	return true;
}

static bool take_name(struct http_question *question, const char *text, size_t length)
{
	if (!http_decode(text, length, false, question->process, sizeof(question->process)))
		return false;
	return *question->process && !strchr(question->process, '/') &&
	       strcmp(question->process, ".") != 0 && strcmp(question->process, "..") != 0;
}

/* "/pid/1234/debug/..." and "/name/redis-server/debug/...": what is left is the route's path. */
static bool take_process(
	struct target *target, struct http_question *question, struct http_refusal *refusal)
{
	static const struct {
		const char *start;
		bool (*take)(struct http_question *question, const char *text, size_t length);
		const char *wrong;
	} kinds[] = {
		{"/pid/", take_number, "what follows /pid/ is no process number"},
		{"/name/", take_name, "what follows /name/ is no name of a process"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const size_t start = strlen(kinds[i].start);
		const char *end = target->path + target->path_length, *at = target->path + start;
		const char *slash;

		if (target->path_length < start || memcmp(target->path, kinds[i].start, start) != 0)
			continue;
		slash = memchr(at, '/', (size_t)(end - at));
		slash = slash ? slash : end;
		if (!kinds[i].take(question, at, (size_t)(slash - at))) {
			http_refuse(refusal, 400, "%s", kinds[i].wrong);
			return false;
		}
		target->path = slash;
		target->path_length = (size_t)(end - slash);
		break;
	}
	return true;
}

/* To what they mean: a page has a slash at its end, so that its links lead somewhere. */
static bool is_moved(const struct target *target, const struct http_question *question,
	struct http_refusal *refusal)
{
	static const char page[] = "/debug/pprof/";
	const size_t length = target->path_length;
	const char *rest;

	if (length == strlen(page) - 1 && memcmp(target->path, page, length) == 0)
		rest = "/";
	else if (*question->process && !length)
		rest = page;
	else if (*question->process && length == 1)
		rest = page + 1;
	else
		return false;
	http_refuse(refusal, 301, "%.*s%s", (int)target->whole_length, target->whole, rest);
	return true;
}

static const char *methods_of(const struct http_route *route)
{
	static const char *const texts[] = {
		[HTTP_GET] = "GET, HEAD",
		[HTTP_POST] = "POST",
		[HTTP_GET | HTTP_POST] = "GET, HEAD, POST",
	};

	return texts[route->methods];
}

static bool check_method(
	const struct http_route *route, const char *method, struct http_refusal *refusal)
{
	bool get = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	bool post = strcmp(method, "POST") == 0;

	if ((get && route->methods & HTTP_GET) || (post && route->methods & HTTP_POST))
		return true;
	refusal->allow = methods_of(route);
	http_refuse(refusal, 405, "this takes %s", refusal->allow);
	return false;
}

/* The digits and signs that make up "0x12+0x34", in whatever order: naming them skips the rest. */
static bool is_addresses(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!text[i] || !strchr("0123456789abcdefABCDEFxX+\r\n", text[i]))
			return false;
	return true;
}

static bool take_addresses(struct http_plan *plan, const char *text, size_t length)
{
	struct http_question *question = &plan->question;

	if (!length)
		return true;
	if (length > HTTP_TEXT_MAX) {
		http_refuse(&plan->refusal, 413, "more than %d bytes", HTTP_TEXT_MAX);
	} else if (!is_addresses(text, length)) {
		http_refuse(&plan->refusal, 400, "these are no addresses as in 0x12+0x34");
	} else {
		free(question->text);
		question->text = strndup(text, length);
		if (question->text)
			return true;
		http_refuse(&plan->refusal, 503, "out of memory");
	}
	plan->kind = HTTP_REFUSE;
	return false;
}

bool http_plan_take_body(struct http_plan *plan, const char *body, size_t length)
{
	return plan->question.subject != HTTP_SYMBOL || take_addresses(plan, body, length);
}

static bool read_query(const struct http_policy *policy, const struct http_route *route,
	const char *query, struct http_plan *plan)
{
	if (route->subject == HTTP_SYMBOL)
		return take_addresses(plan, query, strlen(query));
	return http_query_read(policy, route, query, &plan->question, &plan->refusal);
}

static bool has_body(const struct http_request *request)
{
	const char *length = http_request_header(request, "Content-Length", NULL);

	return (length && strspn(length, "0") != strlen(length)) ||
	       http_request_header(request, "Transfer-Encoding", NULL);
}

static bool body_is_too_long(const struct http_request *request)
{
	const char *length = http_request_header(request, "Content-Length", NULL);

	return length && (strlen(length) > 9 || strtoul(length, NULL, 10) > HTTP_TEXT_MAX);
}

static bool check_body(const struct http_request *request, struct http_refusal *refusal)
{
	if (strcmp(request->method, "POST") != 0 && has_body(request)) {
		http_refuse(refusal, 400, "only POST has a body here");
		return false;
	}
	if (body_is_too_long(request)) {
		http_refuse(refusal, 413, "more than %d bytes", HTTP_TEXT_MAX);
		return false;
	}
	return true;
}

/* What takes longer than a client that asks for the head alone would expect. */
static bool is_long(const struct http_question *question)
{
	return question->subject == HTTP_PROFILE || question->subject == HTTP_HEAP ||
	       question->subject == HTTP_ALLOCATIONS || question->subject == HTTP_STACKS;
}

static bool split_target(const char *text, struct target *ret, struct http_refusal *refusal)
{
	const size_t length = strcspn(text, "?#");

	if (*text != '/' || text[length] == '#') {
		http_refuse(refusal, 400, "what is asked for is no path");
		return false;
	}
	*ret = (struct target){.whole = text,
		.whole_length = length,
		.path = text,
		.path_length = length,
		.query = text[length] ? text + length + 1 : NULL};
	return true;
}

static const struct http_route *find_route(const struct target *target,
	const struct http_question *question, struct http_refusal *refusal)
{
	const struct http_route *route = http_route_find(target->path, target->path_length);
	const char *why_not = http_route_why_not(target->path, target->path_length);

	if (route && !(route->of_all && *question->process))
		return route;
	http_refuse(
		refusal, 404, "%s", why_not ? why_not : "there is nothing here: see /debug/pprof/");
	return NULL;
}

/* Browsers send forms, and are to show the page again; others are told what was done. */
static void note_way_back(
	const struct http_request *request, const struct target *target, struct http_plan *plan)
{
	const enum http_subject subject = plan->question.subject;
	const char *accepted = http_request_header(request, "Accept", NULL);

	if ((subject == HTTP_ACTIVATE || subject == HTTP_DEACTIVATE) && accepted &&
		strstr(accepted, "text/html"))
		snprintf(plan->back, sizeof(plan->back), "%.*s/debug/pprof/",
			(int)(target->path - target->whole), target->whole);
}

/* False: the refusal is filled. */
static bool read_request(const struct http_policy *policy, const struct http_request *request,
	struct http_plan *plan)
{
	struct http_question *question = &plan->question;
	struct http_refusal *refusal = &plan->refusal;
	const char *path = skip_origin(request->target);
	const struct http_route *route;
	struct target target;

	if (!http_access_check(policy, request, refusal))
		return false;
	if (is_elsewhere(policy, request, path)) {
		http_refuse(refusal, 421, "this is no proxy");
		return false;
	}
	if (!split_target(path, &target, refusal) || !take_process(&target, question, refusal))
		return false;
	if (is_moved(&target, question, refusal))
		return false;
	route = find_route(&target, question, refusal);
	if (!route || !check_method(route, request->method, refusal) ||
		!check_body(request, refusal))
		return false;
	question->subject = route->subject;
	question->format = route->format;
	question->wall = route->wall;
	if (!read_query(policy, route, target.query ? target.query : "", plan))
		return false;
	note_way_back(request, &target, plan);
	if (strcmp(request->method, "HEAD") == 0 && is_long(question))
		plan->kind = HTTP_DESCRIBE;
	return true;
}

void http_request_read(
	const struct http_policy *policy, const struct http_request *request, struct http_plan *ret)
{
	*ret = (struct http_plan){.kind = HTTP_ASK};
	if (read_request(policy, request, ret))
		return;
	ret->kind = HTTP_REFUSE;
	if (body_is_too_long(request))
		ret->refusal.closes = true;
}
