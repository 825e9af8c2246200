#include "request_support.h"

#include <stdlib.h>

#include "base/array.h"
#include "http/routes.h"

#define SECOND NANOSECONDS_PER_SECOND

static struct http_plan plan_of(const char *method, const char *target)
{
	struct attempt attempt;
	struct http_plan plan;

	attempt_init(&attempt, target);
	attempt.request.method = method;
	http_request_read(&attempt.policy, &attempt.request, &plan);
	return plan;
}

static void questions(void **state)
{
	static const struct {
		const char *target;
		enum http_subject subject;
		enum http_format format;
		const char *process;
		bool by_pid, wall;
		uint64_t duration;
		uint32_t rate;
	} cases[] = {
		{"/", HTTP_INDEX, HTTP_HTML, "", false, false, 0, 0},
		{"/debug/pprof/", HTTP_INDEX, HTTP_HTML, "", false, false, 0, 0},
		{"/metrics", HTTP_METRICS, HTTP_OPEN_METRICS, "", false, false, 0, 0},
		{"/debug/pprof/profile", HTTP_PROFILE, HTTP_PPROF, "", false, false, 30 * SECOND,
			0},
		{"/debug/pprof/profile?seconds=5&hz=199&format=svg", HTTP_PROFILE, HTTP_SVG, "",
			false, false, 5 * SECOND, 199},
		{"/debug/pprof/profile?seconds=0.5&wall=1&debug=1", HTTP_PROFILE, HTTP_TEXT, "",
			false, true, SECOND / 2, 0},
		{"/debug/pprof/profile?debug=0&", HTTP_PROFILE, HTTP_PPROF, "", false, false,
			30 * SECOND, 0},
		{"/debug/pprof/profile?%73econds=%35", HTTP_PROFILE, HTTP_PPROF, "", false, false,
			5 * SECOND, 0},
		{"/debug/pprof/profile.svg?seconds=600", HTTP_PROFILE, HTTP_SVG, "", false, false,
			600 * SECOND, 0},
		{"/debug/pprof/wall", HTTP_PROFILE, HTTP_PPROF, "", false, true, 30 * SECOND, 0},
		{"/debug/pprof/wall.svg?seconds=1", HTTP_PROFILE, HTTP_SVG, "", false, true, SECOND,
			0},
		{"/debug/pprof/heap?gc=1", HTTP_HEAP, HTTP_PPROF, "", false, false, 0, 0},
		{"/debug/pprof/heap?debug=1", HTTP_HEAP, HTTP_TEXT, "", false, false, 0, 0},
		{"/debug/pprof/heap/flamegraph", HTTP_HEAP, HTTP_SVG, "", false, false, 0, 0},
		{"/debug/pprof/allocs?seconds=10", HTTP_ALLOCATIONS, HTTP_PPROF, "", false, false,
			10 * SECOND, 0},
		{"/debug/pprof/threads?debug=2", HTTP_STACKS, HTTP_TEXT, "", false, false, 0, 0},
		{"/debug/pprof/cmdline", HTTP_COMMAND_LINE, HTTP_TEXT, "", false, false, 0, 0},
		{"/pprof/heap", HTTP_HEAP, HTTP_RAW_HEAP, "", false, false, 0, 0},
		{"/pprof/profile?seconds=3", HTTP_PROFILE, HTTP_PPROF, "", false, false, 3 * SECOND,
			0},
		{"/pid/4242/debug/pprof/", HTTP_INDEX, HTTP_HTML, "4242", true, false, 0, 0},
		{"/pid/4242/pprof/heap", HTTP_HEAP, HTTP_RAW_HEAP, "4242", true, false, 0, 0},
		{"/name/redis-server/debug/pprof/heap", HTTP_HEAP, HTTP_PPROF, "redis-server",
			false, false, 0, 0},
		{"/name/a%20b%c3%a9/debug/pprof/heap", HTTP_HEAP, HTTP_PPROF, "a b\xc3\xa9", false,
			false, 0, 0},
		{"/name/1234/debug/pprof/heap", HTTP_HEAP, HTTP_PPROF, "1234", false, false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_plan plan = plan_of("GET", cases[i].target);
		const struct http_question *question = &plan.question;

		if (plan.kind != HTTP_ASK || question->subject != cases[i].subject ||
			question->format != cases[i].format || question->wall != cases[i].wall ||
			question->by_pid != cases[i].by_pid ||
			question->duration != cases[i].duration ||
			question->rate != cases[i].rate ||
			strcmp(question->process, cases[i].process) != 0)
			fail_msg("'%s' is read as something else: %s", cases[i].target,
				plan.refusal.text);
		http_question_deinit(&plan.question);
	}
}

struct refusal {
	const char *method, *target;
	unsigned status;
	const char *text; /* NULL: whatever it is */
};

static void check_refusals(const struct refusal *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct http_plan plan = plan_of(cases[i].method, cases[i].target);

		if (plan.kind != HTTP_REFUSE || plan.refusal.status != cases[i].status)
			fail_msg("'%s': %u", cases[i].target, plan.refusal.status);
		if (cases[i].text)
			assert_string_equal(plan.refusal.text, cases[i].text);
		assert_int_equal(plan.refusal.allow != NULL, cases[i].status == 405);
		assert_null(plan.question.text);
	}
}

static void queries_that_are_refused(void **state)
{
	static const struct refusal cases[] = {
		{"GET", "/debug/pprof", 301, "/debug/pprof/"},
		{"GET", "/debug/pprof?x=1", 301, "/debug/pprof/"},
		{"GET", "/pid/7/debug/pprof", 301, "/pid/7/debug/pprof/"},
		{"GET", "/pid/7", 301, "/pid/7/debug/pprof/"},
		{"GET", "/pid/7/", 301, "/pid/7/debug/pprof/"},
		{"GET", "/name/a%20b", 301, "/name/a%20b/debug/pprof/"},
		{"GET", "/debug/pprof/heap?x=1", 400, "unknown parameter 'x'"},
		{"GET", "/debug/pprof/heap?<b>=1", 400, "unknown parameter '<b>'"},
		{"GET", "/debug/pprof/heap?a%0d%0ab=1", 400, "unknown parameter"},
		{"GET", "/debug/pprof/heap?hz=99", 400, "unknown parameter 'hz'"},
		{"GET", "/debug/pprof/cmdline?seconds=1", 400, "unknown parameter 'seconds'"},
		{"GET", "/debug/pprof/profile?seconds=1&seconds=1", 400,
			"'seconds' is given more than once"},
		{"GET", "/debug/pprof/profile?debug=1&format=svg", 400,
			"'debug' and 'format' exclude each other"},
		{"GET", "/debug/pprof/profile?seconds=0", 400,
			"invalid value for 'seconds': a number above 0, 10mins at most"},
		{"GET", "/debug/pprof/profile?seconds=-1", 400,
			"invalid value for 'seconds': a number above 0, 10mins at most"},
		{"GET", "/debug/pprof/profile?seconds=601", 400,
			"invalid value for 'seconds': a number above 0, 10mins at most"},
		{"GET", "/debug/pprof/profile?seconds=1e3", 400,
			"invalid value for 'seconds': a number above 0, 10mins at most"},
		{"GET", "/debug/pprof/profile?seconds=", 400,
			"invalid value for 'seconds': a number above 0, 10mins at most"},
		{"GET", "/debug/pprof/profile?seconds", 400,
			"invalid value for 'seconds': a number above 0, 10mins at most"},
		{"GET", "/debug/pprof/profile?seconds=%00", 400,
			"invalid value for 'seconds': it is too long or wrongly encoded"},
		{"GET", "/debug/pprof/profile?seconds=%5", 400,
			"invalid value for 'seconds': it is too long or wrongly encoded"},
		{"GET", "/debug/pprof/profile?hz=0", 400,
			"invalid value for 'hz': a number from 1 to 1000"},
		{"GET", "/debug/pprof/profile?hz=1001", 400,
			"invalid value for 'hz': a number from 1 to 1000"},
		{"GET", "/debug/pprof/profile?hz=4294967297", 400,
			"invalid value for 'hz': a number from 1 to 1000"},
		{"GET", "/debug/pprof/profile?debug=yes", 400,
			"invalid value for 'debug': 0, or 1 for text"},
		{"GET", "/debug/pprof/profile?format=html", 400,
			"invalid value for 'format': pprof, svg or text"},
	};

	(void)state;
	check_refusals(cases, ARRAY_SIZE(cases));
}

static void paths_that_are_refused(void **state)
{
	static const struct refusal cases[] = {
		{"GET", "/pid/0/debug/pprof/", 400, "what follows /pid/ is no process number"},
		{"GET", "/pid/-1/debug/pprof/", 400, "what follows /pid/ is no process number"},
		{"GET", "/pid/01/debug/pprof/", 400, "what follows /pid/ is no process number"},
		{"GET", "/pid/1x/debug/pprof/", 400, "what follows /pid/ is no process number"},
		{"GET", "/pid/%31/debug/pprof/", 400, "what follows /pid/ is no process number"},
		{"GET", "/pid/12345678901/debug/pprof/", 400,
			"what follows /pid/ is no process number"},
		{"GET", "/pid//debug/pprof/", 400, "what follows /pid/ is no process number"},
		{"GET", "/pid/../debug/pprof/", 400, "what follows /pid/ is no process number"},
		{"GET", "/name//debug/pprof/", 400, "what follows /name/ is no name of a process"},
		{"GET", "/name/../debug/pprof/", 400,
			"what follows /name/ is no name of a process"},
		{"GET", "/name/%2e%2E/debug/pprof/", 400,
			"what follows /name/ is no name of a process"},
		{"GET", "/name/a%2fb/debug/pprof/", 400,
			"what follows /name/ is no name of a process"},
		{"GET", "/name/a%00/debug/pprof/", 400,
			"what follows /name/ is no name of a process"},
		{"GET", "/name/a%0ab/debug/pprof/", 400,
			"what follows /name/ is no name of a process"},
		{"GET", "/name/a%zz/debug/pprof/", 400,
			"what follows /name/ is no name of a process"},
		{"GET", "/pid/1/../2/debug/pprof/", 404, NULL},
		{"GET", "/pid/1/pid/2/debug/pprof/", 404, NULL},
		{"GET", "/pid/1/metrics", 404, NULL},
		{"GET", "/debug/pprof/../../etc/passwd", 404, NULL},
		{"GET", "/debug%2fpprof/heap", 404, NULL},
		{"GET", "/debug/pprof/heap/", 404, NULL},
		{"GET", "/debug//pprof/heap", 404, NULL},
		{"GET", "//debug/pprof/heap", 404, NULL},
		{"GET", "/debug/pprof/HEAP", 404, NULL},
		{"GET", "/debug/pprof/block", 404,
			"blocking is recorded by Go's runtime only: where threads wait is at "
			"/debug/pprof/wall"},
		{"GET", "/debug/pprof/goroutine?debug=1", 404,
			"goroutines are Go's own: the threads' stacks are at /debug/pprof/threads"},
		{"GET", "/metrics#x", 400, "what is asked for is no path"},
		{"POST", "/metrics", 405, "this takes GET, HEAD"},
		{"PUT", "/debug/pprof/symbol", 405, "this takes GET, HEAD, POST"},
		{"get", "/metrics", 405, "this takes GET, HEAD"},
		{"GET", "/debug/pprof/heap/activate", 405, "this takes POST"},
		{"HEAD", "/debug/pprof/heap/deactivate", 405, "this takes POST"},
		{"GET", "/debug/pprof/heap_activate", 405, "this takes POST"},
		{"GET", "/debug/pprof/symbol?hello", 400, "these are no addresses as in 0x12+0x34"},
	};

	(void)state;
	check_refusals(cases, ARRAY_SIZE(cases));
}

static void heads(void **state)
{
	struct http_plan plan = plan_of("HEAD", "/debug/pprof/profile?seconds=30");

	(void)state;
	assert_int_equal(plan.kind, HTTP_DESCRIBE);
	plan = plan_of("HEAD", "/debug/pprof/cmdline");
	assert_int_equal(plan.kind, HTTP_ASK);
	plan = plan_of("HEAD", "/debug/pprof/heap?x");
	assert_int_equal(plan.kind, HTTP_REFUSE);
}

static void addresses(void **state)
{
	struct http_plan plan = plan_of("GET", "/debug/pprof/symbol?0x12+0xAb");

	(void)state;
	assert_int_equal(plan.kind, HTTP_ASK);
	assert_string_equal(plan.question.text, "0x12+0xAb");
	http_question_deinit(&plan.question);
	plan = plan_of("GET", "/debug/pprof/symbol");
	assert_int_equal(plan.kind, HTTP_ASK);
	assert_null(plan.question.text);
	plan = plan_of("POST", "/pprof/symbol");
	assert_true(http_plan_take_body(&plan, "0x1+0x2\n", 8));
	assert_string_equal(plan.question.text, "0x1+0x2\n");
	assert_false(http_plan_take_body(&plan, "0x1\0+0x2", 8));
	assert_int_equal(plan.kind, HTTP_REFUSE);
	assert_int_equal(plan.refusal.status, 400);
	http_question_deinit(&plan.question);
}

/* A body of what takes none is read, and means nothing. */
static void bodies_of_others(void **state)
{
	struct http_plan plan = plan_of("POST", "/debug/pprof/heap/activate");

	(void)state;
	assert_true(http_plan_take_body(&plan, "anything", 8));
	assert_null(plan.question.text);
	struct attempt attempt;
	attempt_init(&attempt, "/metrics");
	attempt_add(&attempt, "Content-Length", "3");
	assert_int_equal(attempt_status(&attempt), 400);
	attempt.headers[1].value = "0";
	assert_int_equal(attempt_status(&attempt), 200);
}

static void forms_lead_back(void **state)
{
	struct attempt attempt;
	struct http_plan plan;

	(void)state;
	attempt_init(&attempt, "/name/a%20b/debug/pprof/heap_activate");
	attempt.request.method = "POST";
	http_request_read(&attempt.policy, &attempt.request, &plan);
	assert_int_equal(plan.question.subject, HTTP_ACTIVATE);
	assert_string_equal(plan.back, "");
	attempt_add(&attempt, "Accept", "text/html,application/xhtml+xml");
	http_request_read(&attempt.policy, &attempt.request, &plan);
	assert_string_equal(plan.back, "/name/a%20b/debug/pprof/");
}

/* Every row can be asked for as it stands, and no path is there twice. */
static void the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < http_route_count; i++) {
		const struct http_route *route = &http_routes[i];
		struct http_plan plan =
			plan_of(route->methods & HTTP_GET ? "GET" : "POST", route->path);

		assert_int_equal(plan.kind, HTTP_ASK);
		assert_int_equal(plan.question.subject, route->subject);
		assert_int_equal(plan.question.format, route->format);
		assert_ptr_equal(http_route_find(route->path, strlen(route->path)), route);
		/* Nothing that GET does changes anything. */
		if (route->subject == HTTP_ACTIVATE || route->subject == HTTP_DEACTIVATE)
			assert_int_equal(route->methods, HTTP_POST);
	}
}

static void the_longest_capture_bounds_the_default(void **state)
{
	struct attempt attempt;
	struct http_plan plan;

	(void)state;
	attempt_init(&attempt, "/debug/pprof/profile");
	attempt.policy.duration_max = 10 * SECOND;
	http_request_read(&attempt.policy, &attempt.request, &plan);
	assert_int_equal(plan.question.duration, 10 * SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(questions),
		cmocka_unit_test(queries_that_are_refused),
		cmocka_unit_test(paths_that_are_refused),
		cmocka_unit_test(heads),
		cmocka_unit_test(addresses),
		cmocka_unit_test(bodies_of_others),
		cmocka_unit_test(forms_lead_back),
		cmocka_unit_test(the_table),
		cmocka_unit_test(the_longest_capture_bounds_the_default),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
