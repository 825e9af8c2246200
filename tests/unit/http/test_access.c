#include "request_support.h"

#include "base/array.h"

static void hosts(void **state)
{
	static const struct {
		const char *host;
		unsigned status;
	} cases[] = {
		{"localhost:6060", 200},
		{"LocalHost:6060", 200},
		{"127.0.0.1:6060", 200},
		{"[::1]:6060", 200},
		{"profiler.example", 200},
		{"profiler.example:6060", 200},
		{"localhost", 421},
		{"localhost:6061", 421},
		{"localhost:60600", 421},
		{"localhost.:6060", 421},
		{"localhost:6060.evil.example", 421},
		{"evil.example", 421},
		{"evil.example:6060", 421},
		{"localhost:6060@evil.example", 421},
		{"a.localhost:6060", 421},
		{"127.0.0.2:6060", 421},
		{"127.0.0.1", 421},
		{"0x7f000001:6060", 421},
		{" localhost:6060", 421},
		{"", 421},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct attempt attempt;

		attempt_init(&attempt, "/metrics");
		attempt.headers[0].value = cases[i].host;
		if (attempt_status(&attempt) != cases[i].status)
			fail_msg("'%s': %u", cases[i].host, attempt_status(&attempt));
	}
}

static void hosts_that_are_missing_or_too_many(void **state)
{
	struct attempt attempt;

	(void)state;
	attempt_init(&attempt, "/metrics");
	attempt_add(&attempt, "host", "localhost:6060");
	assert_int_equal(attempt_status(&attempt), 400);
	attempt.request.header_count = 0;
	assert_int_equal(attempt_status(&attempt), 400);
	attempt.request.version = "HTTP/1.0";
	assert_int_equal(attempt_status(&attempt), 200);
	attempt.request.version = "HTTP/2.0";
	assert_int_equal(attempt_status(&attempt), 505);
}

/* The address that a client has connected to is ours, if another is listened on, too. */
static void the_local_address(void **state)
{
	struct attempt attempt;

	(void)state;
	attempt_init(&attempt, "/metrics");
	attempt.headers[0].value = "192.0.2.7:6060";
	assert_int_equal(attempt_status(&attempt), 421);
	attempt.request.local = "192.0.2.7:6060";
	assert_int_equal(attempt_status(&attempt), 200);
	attempt.request.local = NULL;
	attempt.policy.any_host = true;
	assert_int_equal(attempt_status(&attempt), 200);
}

static void absolute_targets(void **state)
{
	static const struct {
		const char *target;
		unsigned status;
	} cases[] = {
		{"http://localhost:6060/metrics", 200},
		{"http://LOCALHOST:6060/metrics", 200},
		{"http://127.0.0.1:6060/metrics", 421}, /* another than Host */
		{"http://evil.example/metrics", 421},
		{"http://localhost:6060@evil.example/metrics", 421},
		{"http://localhost:6060", 400},
		{"http:///metrics", 421},
		{"https://localhost:6060/metrics", 400},
		{"//localhost:6060/metrics", 404},
		{"localhost:6060", 400},
		{"*", 400},
		{"", 400},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct attempt attempt;

		attempt_init(&attempt, cases[i].target);
		if (attempt_status(&attempt) != cases[i].status)
			fail_msg("'%s': %u", cases[i].target, attempt_status(&attempt));
	}
}

static void origins_of_posts(void **state)
{
	static const struct {
		const char *origin;
		unsigned status;
	} cases[] = {
		{"http://localhost:6060", 200},
		{"http://127.0.0.1:6060", 200},
		{"https://profiler.example", 200},
		{"http://localhost:6061", 403},
		{"http://localhost", 403},
		{"http://evil.example", 403},
		{"http://localhost:6060.evil.example", 403},
		{"http://localhost:6060/", 403},
		{"null", 403},
		{"", 403},
		{"file://", 403},
		{"localhost:6060", 403},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct attempt attempt;

		attempt_init(&attempt, "/debug/pprof/heap/activate");
		attempt.request.method = "POST";
		assert_int_equal(attempt_status(&attempt), 200);
		attempt_add(&attempt, "Origin", cases[i].origin);
		if (attempt_status(&attempt) != cases[i].status)
			fail_msg("'%s': %u", cases[i].origin, attempt_status(&attempt));
		attempt_add(&attempt, "Origin", "http://localhost:6060");
		assert_int_equal(attempt_status(&attempt), 403);
	}
}

static void origin_of_a_unix_socket(void **state)
{
	struct attempt attempt;

	(void)state;
	attempt_init(&attempt, "/debug/pprof/heap/activate");
	attempt.request.method = "POST";
	attempt.policy.any_host = true;
	attempt.headers[0].value = "anything";
	attempt_add(&attempt, "Origin", "http://evil.example");
	assert_int_equal(attempt_status(&attempt), 403);
	attempt.headers[1].value = "http://anything";
	assert_int_equal(attempt_status(&attempt), 200);
}

static void what_browsers_say_of_a_request(void **state)
{
	static const struct {
		const char *method, *site, *mode, *destination;
		unsigned status;
	} cases[] = {
		{"GET", "same-origin", "cors", "empty", 200},
		{"GET", "none", "navigate", "document", 200},
		{"GET", "cross-site", "navigate", "document", 200}, /* a link */
		{"GET", "cross-site", "navigate", "iframe", 403},
		{"GET", "cross-site", "no-cors", "image", 403},
		{"GET", "same-site", "no-cors", "script", 403},
		{"GET", "cross-site", "cors", "empty", 403},
		{"POST", "cross-site", "navigate", "document", 403},
		{"POST", "same-site", "navigate", "document", 403},
		{"POST", "same-origin", "navigate", "document", 200},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct attempt attempt;

		attempt_init(&attempt, *cases[i].method == 'P' ? "/debug/pprof/heap/activate"
							       : "/debug/pprof/profile");
		attempt.request.method = cases[i].method;
		attempt_add(&attempt, "Sec-Fetch-Site", cases[i].site);
		attempt_add(&attempt, "Sec-Fetch-Mode", cases[i].mode);
		attempt_add(&attempt, "Sec-Fetch-Dest", cases[i].destination);
		if (attempt_status(&attempt) != cases[i].status)
			fail_msg("%zu: %u", i, attempt_status(&attempt));
	}
}

static void tokens(void **state)
{
	static const struct {
		const char *authorization;
		unsigned status;
	} cases[] = {
		{"Bearer 0123456789abcdef", 200},
		{"bearer  0123456789abcdef", 200},
		{"Basic bGltcGV0OjAxMjM0NTY3ODlhYmNkZWY=", 200}, /* limpet:0123456789abcdef */
		{"Basic OjAxMjM0NTY3ODlhYmNkZWY=", 200},         /* no user */
		{"Basic MDEyMzQ1Njc4OWFiY2RlZg==", 401},         /* no colon */
		{"Basic bGltcGV0OjAxMjM0NTY3ODlhYmNkZWY", 401},  /* cut short */
		{"Basic !!!!", 401},
		{"Basic ", 401},
		{"Bearer 0123456789abcdeF", 401},
		{"Bearer 0123456789abcde", 401},
		{"Bearer 0123456789abcdef0", 401},
		{"Bearer 0123456789abcdef0123456789abcdef", 401},
		{"Bearer ", 401},
		{"Bearer", 401},
		{"0123456789abcdef", 401},
		{"Digest 0123456789abcdef", 401},
		{"", 401},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct attempt attempt;

		attempt_init(&attempt, "/metrics");
		attempt.policy.token = "0123456789abcdef";
		assert_int_equal(attempt_status(&attempt), 401);
		attempt_add(&attempt, "Authorization", cases[i].authorization);
		if (attempt_status(&attempt) != cases[i].status)
			fail_msg("'%s': %u", cases[i].authorization, attempt_status(&attempt));
		attempt_add(&attempt, "Authorization", "Bearer 0123456789abcdef");
		assert_int_equal(attempt_status(&attempt), 401);
	}
}

/* Nobody learns what is there without the token. */
static void the_token_comes_before_the_path(void **state)
{
	struct attempt attempt;

	(void)state;
	attempt_init(&attempt, "/nothing");
	attempt.policy.token = "0123456789abcdef";
	assert_int_equal(attempt_status(&attempt), 401);
}

static void framing(void **state)
{
	static const struct {
		const char *names[2], *values[2];
		unsigned status;
	} cases[] = {
		{{"Content-Length"}, {"10"}, 200},
		{{"Transfer-Encoding"}, {"chunked"}, 200},
		{{"Content-Length", "Content-Length"}, {"10", "10"}, 400},
		{{"Content-Length", "Transfer-Encoding"}, {"10", "chunked"}, 400},
		{{"Content-Length"}, {"+10"}, 400},
		{{"Content-Length"}, {"-1"}, 400},
		{{"Content-Length"}, {"10, 10"}, 400},
		{{"Content-Length"}, {"0x10"}, 400},
		{{"Content-Length"}, {""}, 400},
		{{"Content-Length"}, {"65537"}, 413},
		{{"Content-Length"}, {"18446744073709551626"}, 413},
		{{"Transfer-Encoding"}, {"gzip, chunked"}, 501},
		{{"Transfer-Encoding"}, {"xchunked"}, 501},
		{{"Transfer-Encoding", "Transfer-Encoding"}, {"chunked", "identity"}, 501},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct attempt attempt;

		attempt_init(&attempt, "/debug/pprof/symbol");
		attempt.request.method = "POST";
		for (int j = 0; j < 2 && cases[i].names[j]; j++)
			attempt_add(&attempt, cases[i].names[j], cases[i].values[j]);
		if (attempt_status(&attempt) != cases[i].status)
			fail_msg("%zu: %u", i, attempt_status(&attempt));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(hosts_that_are_missing_or_too_many),
		cmocka_unit_test(the_local_address),
		cmocka_unit_test(absolute_targets),
		cmocka_unit_test(origins_of_posts),
		cmocka_unit_test(origin_of_a_unix_socket),
		cmocka_unit_test(what_browsers_say_of_a_request),
		cmocka_unit_test(tokens),
		cmocka_unit_test(the_token_comes_before_the_path),
		cmocka_unit_test(framing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
