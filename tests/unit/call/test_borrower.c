#include "../base/test_support.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/array.h"
#include "call/borrower.h"

#define PROCESS 4242

/* As many threads as there are, the first of them with a shadow stack. */
static size_t thread_count, shadowed_count;
static const char *maps; /* NULL: they cannot be read, either */
static char state_letter;

static struct error *list_threads(struct target *target, struct thread_array *ret)
{
	struct error *error = NULL;

	(void)target;
	for (size_t i = 0; !error && i < thread_count; i++)
		error = thread_array_append(ret, (struct thread){.id = PROCESS + (pid_t)i});
	return error;
}

static bool thread_status(struct target *target, pid_t thread, struct thread_status *ret)
{
	(void)target;
	if ((size_t)(thread - PROCESS) >= thread_count)
		return false;
	*ret = (struct thread_status){
		.name = "worker",
		.state = state_letter,
		.system_call = SYS_pause,
		.shadow_stack = (size_t)(thread - PROCESS) < shadowed_count,
	};
	return true;
}

static struct error *list_mappings(struct target *target, struct mappings *ret)
{
	(void)target;
	if (maps)
		return mappings_parse(cursor_over(maps, strlen(maps)), ret);
	return error_create(ERROR_GONE, "as far as its mappings");
}

static const struct target_operations operations = {
	.list_threads = list_threads,
	.thread_status = thread_status,
	.list_mappings = list_mappings,
};

static bool no_plan(void *context, const struct call_situation *situation,
	const struct capture *found, struct call_chain *chain, struct raw_registers *ret)
{
	(void)context;
	(void)situation;
	(void)found;
	(void)chain;
	(void)ret;
	return false;
}

static void assert_borrowing(
	size_t threads, size_t shadowed, enum error_kind kind, const char *message)
{
	struct target target = {.operations = &operations, .identity = {.pid = PROCESS}};
	struct borrower borrower = {.target = &target, .memory = -1};
	struct borrowed borrowed;

	state_letter = 'S';
	maps = NULL;
	thread_count = threads;
	shadowed_count = shadowed;
	assert_error(borrow_thread(&borrower, no_plan, NULL, &borrowed), kind, message, NULL);
	borrower_deinit(&borrower);
}

static void shadow_stacks_everywhere_are_refused_at_once(void **state)
{
	static const char refusal[] =
		"process 4242 runs with a hardware shadow stack, which a call would break";

	(void)state;
	assert_borrowing(1, 1, ERROR_UNSUPPORTED, refusal);
	assert_borrowing(3, 3, ERROR_UNSUPPORTED, refusal);
}

/* As they are every thread's own. */
static void a_thread_without_a_shadow_stack_is_looked_at(void **state)
{
	(void)state;
	assert_borrowing(3, 2, ERROR_GONE, "as far as its mappings");
	assert_borrowing(1, 0, ERROR_GONE, "as far as its mappings");
	assert_borrowing(0, 0, ERROR_GONE, "as far as its mappings");
}

static void assert_refused(
	pid_t thread, enum thread_refusal refusal, enum error_kind kind, const char *message)
{
	struct target target = {.operations = &operations, .identity = {.pid = PROCESS}};
	struct borrower borrower = {.target = &target, .memory = -1, .only = thread};
	struct error *error;
	struct borrowed borrowed;

	error = borrow_thread(&borrower, no_plan, NULL, &borrowed);
	assert_non_null(error);
	assert_int_equal(error->kind, kind);
	assert_string_equal(error->message, message);
	assert_int_equal(borrower.refusal, refusal);
	error_destroy(error);
	borrower_deinit(&borrower);
}

static void one_alone_is_tried_and_its_refusal_kept(void **state)
{
	(void)state;
	thread_count = 2;
	shadowed_count = 0;
	state_letter = 'R';
	maps = "10000-30000 rw-p 00000000 00:00 0 \n";
	assert_refused(PROCESS + 1, REFUSAL_RUNNING, ERROR_UNSUPPORTED,
		"thread 4243 (worker) cannot be borrowed for a call without risk now: running");
	assert_refused(PROCESS + 2, REFUSAL_EXITED, ERROR_GONE,
		"process 4242 has no thread 4244 any more");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shadow_stacks_everywhere_are_refused_at_once),
		cmocka_unit_test(one_alone_is_tried_and_its_refusal_kept),
		cmocka_unit_test(a_thread_without_a_shadow_stack_is_looked_at),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
