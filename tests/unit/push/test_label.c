#include "../base/test_support.h"

#include <stdio.h>
#include <stdlib.h>

#include "push/label.h"

static void good_labels(void **state)
{
	static const struct push_label labels[] = {
		{"env", "production"}, {"_x9", ""}, {"Region", "M\xc3\xbcnchen = 1"}};

	(void)state;
	assert_success(push_labels_check(PUSH_PYROSCOPE, labels, 3));
	assert_success(push_labels_check(PUSH_PARCA, labels, 3));
	assert_success(push_labels_check(PUSH_PARCA, NULL, 0));
}

static void bad_labels(void **state)
{
	static const struct push_label labels[] = {{"", "x"}, {"9a", "x"}, {"a-b", "x"},
		{"a.b", "x"}, {"\xc3\xa4", "x"}, {"__name__", "x"}, {"__x", "x"},
		{"service_name", "x"}, {"a", "\xff"}, {"a", "\xc3"}};

	(void)state;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct error *error = push_labels_check(PUSH_PARCA, &labels[i], 1);

		if (!error)
			fail_msg("'%s' was taken", labels[i].key);
		assert_int_equal(error->kind, ERROR_USAGE);
		error_destroy(error);
	}
}

/* Its name=app{key=value} has no way to write them. */
static void what_only_ingest_cannot_carry(void **state)
{
	static const char *const values[] = {"a,b", "a}", " a", "a\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct push_label label = {"k", values[i]};
		struct error *error = push_labels_check(PUSH_PYROSCOPE, &label, 1);

		assert_non_null(error);
		assert_non_null(strstr(error->hint, "--collector pyroscope-push"));
		error_destroy(error);
		assert_success(push_labels_check(PUSH_PYROSCOPE_PUSH, &label, 1));
	}
}

static void limits(void **state)
{
	struct push_label many[PUSH_LABELS_MAX + 1];
	char names[PUSH_LABELS_MAX + 1][8];
	char *value = calloc(1, PUSH_LABEL_VALUE_MAX + 2);
	struct push_label long_one = {"k", value};
	static const struct push_label twice[] = {{"a", "1"}, {"b", "1"}, {"a", "2"}};

	(void)state;
	for (size_t i = 0; i < PUSH_LABELS_MAX + 1; i++) {
		snprintf(names[i], sizeof(names[i]), "n%zu", i);
		many[i] = (struct push_label){names[i], "x"};
	}
	assert_success(push_labels_check(PUSH_PARCA, many, PUSH_LABELS_MAX));
	assert_error(push_labels_check(PUSH_PARCA, many, PUSH_LABELS_MAX + 1), ERROR_USAGE,
		"25 labels are too many: Pyroscope takes 30 with its own, limpet 24 of yours",
		NULL);
	memset(value, 'a', PUSH_LABEL_VALUE_MAX);
	assert_success(push_labels_check(PUSH_PARCA, &long_one, 1));
	value[PUSH_LABEL_VALUE_MAX] = 'a';
	assert_error(push_labels_check(PUSH_PARCA, &long_one, 1), ERROR_USAGE,
		"the value of the label k is longer than 2048 bytes", NULL);
	assert_error(push_labels_check(PUSH_PARCA, twice, 3), ERROR_USAGE,
		"the label a is there twice", NULL);
	free(value);
}

static void assert_service(enum push_kind kind, const char *service, const char *expected)
{
	STRING_BUILDER(text);

	push_service_append(kind, service, &text);
	assert_string_equal(text.text, expected);
	string_builder_deinit(&text);
}

static void names_of_applications(void **state)
{
	(void)state;
	assert_service(PUSH_PYROSCOPE, "a-b.c/d_9", "a-b.c/d_9");
	assert_service(PUSH_PYROSCOPE, "my app {x}", "my_app__x_");
	assert_service(PUSH_PYROSCOPE, "", "unknown");
	assert_service(PUSH_PARCA, "my app {x}", "my app {x}");
	assert_service(PUSH_PARCA, "M\xc3\xbc", "M\xc3\xbc");
	assert_service(PUSH_PARCA, "M\xff\n", "M__");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_labels),
		cmocka_unit_test(bad_labels),
		cmocka_unit_test(what_only_ingest_cannot_carry),
		cmocka_unit_test(limits),
		cmocka_unit_test(names_of_applications),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
