#include "../base/test_support.h"

#include "push/request.h"

static const struct push_label labels[] = {{"env", "a b"}, {"zone", "\"\\\xc3\xa4"}};

static struct push_profile profile(void)
{
	return (struct push_profile){.file = -1,
		.kind = "process_cpu",
		.service = "my app",
		.start = 1700000000123456789,
		.end = 1700000010123456789,
		.rate = 99,
		.labels = labels,
		.label_count = 2};
}

static void assert_body(const struct push_request *request, const char *expected)
{
	assert_int_equal(request->body.count, strlen(expected));
	assert_memory_equal(request->body.items, expected, strlen(expected));
}

static void ingest(void **state)
{
	struct push_profile sent = profile();
	struct push_request request;

	(void)state;
	assert_success(push_request_init(PUSH_PYROSCOPE, &sent, "\x1f\x8b", 2, &request));
	assert_string_equal(request.target,
		"/ingest?name=my_app%7Benv%3Da%20b%2Czone%3D%22%5C%C3%A4%7D"
		"&from=1700000000&until=1700000011&format=pprof&spyName=limpet&sampleRate=99");
	assert_string_equal(request.content_type, "application/octet-stream");
	assert_body(&request, "\x1f\x8b");
	push_request_deinit(&request);
}

static void ingest_of_little(void **state)
{
	struct push_profile sent = {.file = -1, .kind = "memory", .service = "x"};
	struct push_request request;

	(void)state;
	assert_success(push_request_init(PUSH_PYROSCOPE, &sent, NULL, 0, &request));
	assert_string_equal(
		request.target, "/ingest?name=x%7B%7D&from=0&until=0&format=pprof&spyName=limpet");
	assert_int_equal(request.body.count, 0);
	push_request_deinit(&request);
}

static void push_api(void **state)
{
	struct push_profile sent = profile();
	struct push_request request;

	(void)state;
	assert_success(
		push_request_init(PUSH_PYROSCOPE_PUSH, &sent, "\xff\xfe\xfd\xfc", 4, &request));
	assert_string_equal(request.target, "/push.v1.PusherService/Push");
	assert_string_equal(request.content_type, "application/json");
	assert_body(&request, "{\"series\":[{\"labels\":["
			      "{\"name\":\"__name__\",\"value\":\"process_cpu\"},"
			      "{\"name\":\"service_name\",\"value\":\"my app\"},"
			      "{\"name\":\"__delta__\",\"value\":\"false\"},"
			      "{\"name\":\"pyroscope_spy\",\"value\":\"limpet\"},"
			      "{\"name\":\"env\",\"value\":\"a b\"},"
			      "{\"name\":\"zone\",\"value\":\"\\\"\\\\\xc3\xa4\"}],"
			      "\"samples\":[{\"rawProfile\":\"//79/A==\"}]}]}");
	push_request_deinit(&request);
}

static void parca(void **state)
{
	struct push_profile sent = profile();
	struct push_request request;

	(void)state;
	sent.label_count = 0;
	assert_success(push_request_init(PUSH_PARCA, &sent, "abcde", 5, &request));
	assert_string_equal(request.target, "/api/profiles/writeraw");
	assert_body(&request, "{\"normalized\":true,\"series\":[{\"labels\":{\"labels\":["
			      "{\"name\":\"__name__\",\"value\":\"process_cpu\"},"
			      "{\"name\":\"service_name\",\"value\":\"my app\"}]},"
			      "\"samples\":[{\"rawProfile\":\"YWJjZGU=\"}]}]}");
	push_request_deinit(&request);
}

static void labels_are_checked(void **state)
{
	static const struct push_label wrong = {"a b", ""};
	struct push_profile sent = profile();
	struct push_request request;

	(void)state;
	sent.labels = &wrong;
	sent.label_count = 1;
	assert_error(push_request_init(PUSH_PARCA, &sent, "", 0, &request), ERROR_USAGE,
		"'a b' is no name of a label",
		"letters, digits and _ are allowed, 1024 at most, a digit not first");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ingest),
		cmocka_unit_test(ingest_of_little),
		cmocka_unit_test(push_api),
		cmocka_unit_test(parca),
		cmocka_unit_test(labels_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
