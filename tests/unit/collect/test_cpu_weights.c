#include "../base/test_support.h"

#include "replay.h"
#include "tiny_snapshots.h"

/*
 * 301 that one thread was charged and 100 that another was. The weights are the times between the
 * rounds, so the first thread has them as 2000 : 1000, and 301 * 2000 / 3000 = 200.67. When it
 * was charged how much does not matter.
 */
#define WEIGHED                                                                                    \
	HEAD "round 1000 100\n"                                                                    \
	     "thread 1 R 50 tiny\n"                                                                \
	     "thread 2 R 50 other\n"                                                               \
	     "round 2000 201\n"                                                                    \
	     "thread 1 R 91 tiny\n"                                                                \
	     "thread 2 R 110 other\n"                                                              \
	     "round 4000 230\n"                                                                    \
	     "thread 1 R 100 tiny\n"                                                               \
	     "thread 2 R 130 other\n"                                                              \
	     "capture 1" PARSING WHOLE_STACK "round 5000 501\n"                                    \
	     "thread 1 R 351 tiny\n"                                                               \
	     "thread 2 R 150 other\n"                                                              \
	     "capture 1" IN_CALL WHOLE_STACK "capture 2" PARSING WHOLE_STACK

static void samples_of_a_thread_weigh_as_the_time_between_rounds(void **state)
{
	struct replay replay;

	(void)state;
	replay_init_text(&replay, WEIGHED);
	assert_success(replay_collect(&replay, NULL));
	assert_samples(&replay, "tiny/1:" WHOLE " = 1 200\n"
				"tiny/1: read(2)" WHOLE " = 1 101\n"
				"other/2:" WHOLE " = 1 100\n");
	assert_int_equal(replay.statistics.cpu_time, 401);
	assert_int_equal(replay.statistics.sampled_time, 401);
	assert_int_equal(replay.statistics.system_time, 100);
	replay_deinit(&replay);
}

/* It has not run from the third round to the fourth, and may run in the fifth. */
static void one_that_did_not_run_is_looked_at_all_the_same(void **state)
{
	struct replay replay;

	(void)state;
	replay_init_text(&replay, HEAD "round 1000 100\n"
				       "thread 1 R 100 tiny\n"
				       "round 2000 150\n"
				       "thread 1 R 150 tiny\n"
				       "round 3000 190\n"
				       "thread 1 S 190 tiny\n"
				       "capture 1" PARSING WHOLE_STACK "round 4000 190\n"
				       "thread 1 S 190 tiny\n"
				       "round 5000 200\n"
				       "thread 1 R 200 tiny\n"
				       "capture 1" PARSING WHOLE_STACK);
	assert_success(replay_collect(&replay, NULL));
	assert_samples(&replay, "tiny/1:" WHOLE " = 2 100\n");
	assert_int_equal(replay.statistics.lost[CAPTURE_THREAD_GONE], 0);
	replay_deinit(&replay);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_of_a_thread_weigh_as_the_time_between_rounds),
		cmocka_unit_test(one_that_did_not_run_is_looked_at_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
