#include "../base/test_support.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/clock.h"
#include "cli/condition.h"

#define SECOND NANOSECONDS_PER_SECOND

static void conditions_are_understood(void **state)
{
	static const struct {
		const char *text;
		struct condition expected;
	} cases[] = {
		{"rss > 2G", {.kind = CONDITION_RESIDENT, .limit = 0x1p31}},
		{"rss>=2G repeat", {.kind = CONDITION_RESIDENT,
					   .order = ORDER_AT_LEAST,
					   .limit = 0x1p31,
					   .repeat = true}},
		{" rss\t<1.5M  for 10s ", {.kind = CONDITION_RESIDENT,
						  .order = ORDER_BELOW,
						  .limit = 0x1.8p20,
						  .duration = 10 * SECOND}},
		{"cpu > 80% for 1m repeat", {.kind = CONDITION_CPU,
						    .limit = 0.8,
						    .duration = 60 * SECOND,
						    .repeat = true}},
		{"cpu > 3.5", {.kind = CONDITION_CPU, .limit = 3.5}},
		{"threads <= 3", {.kind = CONDITION_THREADS, .order = ORDER_AT_MOST, .limit = 3}},
		{"fds > 1000", {.kind = CONDITION_DESCRIPTORS, .limit = 1000}},
		{"allocated > 2k",
			{.kind = CONDITION_CTL, .name = "stats.allocated", .limit = 2048}},
		{"ctl stats.arenas.0.nthreads > 4",
			{.kind = CONDITION_CTL, .name = "stats.arenas.0.nthreads", .limit = 4}},
		{"growth 60%/min", {.kind = CONDITION_GROWTH,
					   .relative = true,
					   .limit = 0.01,
					   .duration = 60 * SECOND}},
		{"growth > 3600k/h for 5m",
			{.kind = CONDITION_GROWTH, .limit = 1024, .duration = 300 * SECOND}},
		{"growth 1/s", {.kind = CONDITION_GROWTH, .limit = 1, .duration = 10 * SECOND}},
		{"exit", {.kind = CONDITION_EXIT}},
		{"signal USR1", {.kind = CONDITION_SIGNAL, .signal = SIGUSR1}},
		{"signal SIGUSR2 repeat",
			{.kind = CONDITION_SIGNAL, .signal = SIGUSR2, .repeat = true}},
		{"time 3:00", {.kind = CONDITION_TIME, .second_of_day = 3 * 3600}},
		{"time 23:59:58", {.kind = CONDITION_TIME, .second_of_day = 86398}},
		{"every 10m", {.kind = CONDITION_EVERY, .duration = 600 * SECOND}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct condition *expected = &cases[i].expected;
		struct condition got = {0};

		assert_success(condition_parse(cases[i].text, &got));
		assert_int_equal(got.kind, expected->kind);
		assert_int_equal(got.order, expected->order);
		assert_true(fabs(got.limit - expected->limit) < 1e-9);
		assert_int_equal(got.relative, expected->relative);
		assert_string_equal(got.name, expected->name);
		assert_int_equal(got.duration, expected->duration);
		assert_int_equal(got.signal, expected->signal);
		assert_int_equal(got.second_of_day, expected->second_of_day);
		assert_int_equal(got.repeat, expected->repeat);
	}
}

static void mistakes_are_explained(void **state)
{
	static const char behind[] =
		"what can follow is `for TIME`, `repeat`, options, and `do COMMAND`";
	static const struct {
		const char *text, *message, *hint;
	} cases[] = {
		{"rsss > 2G", "'rsss' is nothing to wait for", "did you mean rss?"},
		{"rss", "rss: one of > >= < <= is missing", "it is written as in: rss > 2G"},
		{"rss == 2G", "rss: one of > >= < <= is missing", "it is written as in: rss > 2G"},
		{"rss >", "rss: a size is missing", "it is written as in: rss > 2G"},
		{"rss > 80%", "rss: '80%' is no size, such as 512M or 2G",
			"it is written as in: rss > 2G"},
		{"cpu > 80%%", "cpu: '80%%' is no amount of CPU: 80% is of one core, 3.5 are cores",
			"it is written as in: cpu > 80%"},
		{"growth 10%", "growth: '10%' is no rate, such as 10%/min or 50M/h",
			"it is written as in: growth 10%/min"},
		{"growth 0%/min", "growth: '0%' is no growth",
			"it is written as in: growth 10%/min"},
		{"signal HUP",
			"signal: 'HUP' is no signal that can be waited for: USR1 and USR2 can",
			"it is written as in: signal USR1"},
		{"time 24:00", "time: '24:00' is no time of day, such as 03:00",
			"it is written as in: time 03:00"},
		{"every 0", "every: '0' is no time to wait, such as 30s or 10m",
			"it is written as in: every 10m"},
		{"mapped 3", "mapped: one of > >= < <= is missing",
			"it is written as in: mapped > 2G"},
		{"exit for 10s", "exit: `for` goes with what is met for a while only", NULL},
		{"rss > 2G for", "rss: a time is missing", NULL},
		{"rss > 2G now", "'now' is not understood behind rss", behind},
		{"exit repeat repeat", "'repeat' is not understood behind exit", behind},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct condition condition;

		assert_error(condition_parse(cases[i].text, &condition), ERROR_USAGE,
			cases[i].message, cases[i].hint);
	}
}

static void limits_are_compared(void **state)
{
	struct condition condition = {.limit = 2};

	(void)state;
	condition.order = ORDER_ABOVE;
	assert_false(condition_holds(&condition, 2));
	assert_true(condition_holds(&condition, 2.1));
	condition.order = ORDER_AT_LEAST;
	assert_true(condition_holds(&condition, 2));
	assert_false(condition_holds(&condition, 1.9));
	condition.order = ORDER_BELOW;
	assert_false(condition_holds(&condition, 2));
	assert_true(condition_holds(&condition, 1));
	condition.order = ORDER_AT_MOST;
	assert_true(condition_holds(&condition, 2));
	assert_false(condition_holds(&condition, 3));
}

/* 2026-12-01 03:15:00 UTC is 1796094900. */
static void the_time_of_day_comes_again(void **state)
{
	struct condition condition = {.kind = CONDITION_TIME, .second_of_day = 3 * 3600};
	const time_t three = 1796094900 - 15 * 60;

	(void)state;
	assert_int_equal(condition_next_time(&condition, three - 1), three);
	assert_int_equal(condition_next_time(&condition, three), three + 86400);
	assert_int_equal(condition_next_time(&condition, three + 86399), three + 86400);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_are_understood),
		cmocka_unit_test(mistakes_are_explained),
		cmocka_unit_test(limits_are_compared),
		cmocka_unit_test(the_time_of_day_comes_again),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
