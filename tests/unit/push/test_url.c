#include "../base/test_support.h"

#include "push/url.h"

static void urls_that_are_taken(void **state)
{
	static const struct {
		const char *text, *base;
		bool has_kind;
		enum push_kind kind;
	} cases[] = {
		{"http://localhost:4040", "http://localhost:4040", false, 0},
		{"http://localhost:4040/", "http://localhost:4040", false, 0},
		{"https://a.example/prefix//", "https://a.example/prefix", false, 0},
		{"HTTP://a.example", "http://a.example", false, 0},
		{"http://[::1]:7070", "http://[::1]:7070", false, 0},
		{"pyroscope+http://h:4040", "http://h:4040", true, PUSH_PYROSCOPE},
		{"pyroscope-push+https://h", "https://h", true, PUSH_PYROSCOPE_PUSH},
		{"Parca+http://h:7070/x", "http://h:7070/x", true, PUSH_PARCA},
		{"http://h/ingest", "http://h", true, PUSH_PYROSCOPE},
		{"http://h/p/ingest/", "http://h/p", true, PUSH_PYROSCOPE},
		{"http://h/push.v1.PusherService/Push", "http://h", true, PUSH_PYROSCOPE_PUSH},
		{"parca+http://h/api/profiles/writeraw", "http://h", true, PUSH_PARCA},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct push_url url;

		assert_success(push_url_init(cases[i].text, &url));
		assert_string_equal(url.base, cases[i].base);
		assert_int_equal(url.has_kind, cases[i].has_kind);
		if (cases[i].has_kind)
			assert_int_equal(url.kind, cases[i].kind);
		push_url_deinit(&url);
	}
}

static void urls_that_are_refused(void **state)
{
	static const char *const texts[] = {"", "localhost:4040", "/ingest", "ftp://h",
		"file:///etc", "other+http://h", "+http://h", "parca+", "parca+ftp://h", "http://",
		"http://h h", "http://h/\n", "http://h/?a=b", "http://h/#x", "http://h:99999",
		"http://h:x", "parca+parca+http://h", "parca+http://h/ingest", "http://\xc3\xa4"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct push_url url;
		struct error *error = push_url_init(texts[i], &url);

		if (!error)
			fail_msg("'%s' was taken as '%s'", texts[i], url.base);
		assert_int_equal(error->kind, ERROR_USAGE);
		error_destroy(error);
	}
}

/* Neither goes into a message. */
static void a_password_is_not_repeated(void **state)
{
	static const char *const texts[] = {
		"http://user:secret@h", "https://secret@h:1/x", "parca+http://u:secret@h"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct push_url url;
		struct error *error = push_url_init(texts[i], &url);

		assert_non_null(error);
		assert_null(strstr(error->message, "secret"));
		assert_null(strstr(error->hint, "secret"));
		assert_non_null(strstr(error->hint, "--token-file"));
		error_destroy(error);
	}
}

static void a_host_without_a_scheme_gets_a_hint(void **state)
{
	struct push_url url;

	(void)state;
	assert_error(push_url_init("localhost:4040", &url), ERROR_USAGE,
		"'localhost:4040' is no URL of a collector",
		"a URL is meant, such as http://localhost:4040");
}

static void the_kind_is_that_of_either(void **state)
{
	enum push_kind kind;
	bool known;

	(void)state;
	assert_success(push_find_kind("http://h", NULL, &known, &kind));
	assert_false(known);
	assert_success(push_find_kind("http://h", "parca", &known, &kind));
	assert_true(known);
	assert_int_equal(kind, PUSH_PARCA);
	assert_success(push_find_kind("pyroscope+http://h", NULL, &known, &kind));
	assert_true(known);
	assert_int_equal(kind, PUSH_PYROSCOPE);
	assert_error(push_find_kind("pyroscope+http://h", "parca", &known, &kind), ERROR_USAGE,
		"the URL says pyroscope, and --collector parca", NULL);
	assert_error(push_find_kind("http://h", "jaeger", &known, &kind), ERROR_USAGE,
		"'jaeger' is no collector that is known",
		"pyroscope, pyroscope-push and parca are");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_that_are_taken),
		cmocka_unit_test(urls_that_are_refused),
		cmocka_unit_test(a_password_is_not_repeated),
		cmocka_unit_test(a_host_without_a_scheme_gets_a_hint),
		cmocka_unit_test(the_kind_is_that_of_either),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
