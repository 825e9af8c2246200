#include "../base/test_support.h"

#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include "call/candidates.h"

#define PROCESS 4242
#define OTHER   4243 /* a thread that the list does not name */
#define STACK   0x10000
#define TIME    0x20000 /* address of a time-out */

static int64_t system_call;
static uint64_t stack_pointer;
static struct timespec time_out;

static struct error *list_threads(struct target *target, struct thread_array *ret)
{
	(void)target;
	return thread_array_append(ret, (struct thread){.id = PROCESS});
}

static bool thread_status(struct target *target, pid_t thread, struct thread_status *ret)
{
	(void)target;
	if (thread != PROCESS && thread != OTHER)
		return false;
	*ret = (struct thread_status){
		.state = 'S',
		.system_call = system_call,
		.arguments = {TIME, 0, TIME},
		.stack_pointer = stack_pointer,
	};
	return true;
}

static uint64_t asleep_for(struct target *target, pid_t thread)
{
	(void)target;
	(void)thread;
	return 1000;
}

static struct error *list_mappings(struct target *target, struct mappings *ret)
{
	static const char maps[] = "10000-30000 rw-p 00000000 00:00 0 \n";

	(void)target;
	return mappings_parse(cursor_over(maps, strlen(maps)), ret);
}

static size_t read_memory(struct target *target, uint64_t address, void *buffer, size_t length)
{
	(void)target;
	if (address != TIME || length != sizeof(time_out))
		return 0;
	memcpy(buffer, &time_out, sizeof(time_out));
	return length;
}

static const struct target_operations operations = {
	.list_threads = list_threads,
	.thread_status = thread_status,
	.asleep_for = asleep_for,
	.list_mappings = list_mappings,
	.read = read_memory,
};

static enum thread_refusal judge(size_t places)
{
	struct target target = {.operations = &operations, .identity = {.pid = PROCESS}};
	struct borrower borrower = {
		.target = &target, .memory = -1, .places = {.address = 0x1000, .count = places}};
	CLEANUP(candidate_list_deinit) struct candidate_list list = {.borrower = &borrower};

	assert_success(candidate_list_read(&list));
	assert_int_equal(list.candidates.count, 1);
	return list.candidates.items[0].refusal;
}

static int set_up(void **state)
{
	(void)state;
	system_call = SYS_pause;
	stack_pointer = STACK + 0x20000 - 8;
	time_out = (struct timespec){.tv_sec = 10};
	return 0;
}

static void a_stack_needs_room(void **state)
{
	(void)state;
	assert_int_equal(judge(1), REFUSAL_NONE);
	stack_pointer = STACK + BORROW_STACK_ROOM;
	assert_int_equal(judge(1), REFUSAL_NONE);
	stack_pointer--;
	assert_int_equal(judge(1), REFUSAL_STACK_ROOM);
	stack_pointer = STACK - 8; /* is not mapped */
	assert_int_equal(judge(1), REFUSAL_STACK_ROOM);
}

static void what_is_left_of_a_time_needs_a_place(void **state)
{
	(void)state;
	system_call = SYS_rt_sigtimedwait;
	assert_int_equal(judge(1), REFUSAL_NONE);
	assert_int_equal(judge(0), REFUSAL_TIME_OUT);
	time_out = (struct timespec){.tv_nsec = 999999999}; /* short: may start over */
	assert_int_equal(judge(0), REFUSAL_NONE);
}

static void one_alone_is_listed(void **state)
{
	struct target target = {.operations = &operations, .identity = {.pid = PROCESS}};
	struct borrower borrower = {.target = &target, .memory = -1, .only = OTHER};
	CLEANUP(candidate_list_deinit) struct candidate_list list = {.borrower = &borrower};

	(void)state;
	assert_success(candidate_list_read(&list));
	assert_int_equal(list.candidates.count, 1);
	assert_int_equal(list.candidates.items[0].thread, OTHER);
	borrower.only = OTHER + 1; /* is gone */
	assert_success(candidate_list_read(&list));
	assert_int_equal(list.candidates.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_stack_needs_room, set_up),
		cmocka_unit_test_setup(one_alone_is_listed, set_up),
		cmocka_unit_test_setup(what_is_left_of_a_time_needs_a_place, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
