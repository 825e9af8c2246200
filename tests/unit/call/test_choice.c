#include "../base/test_support.h"

#include <linux/futex.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>

#include "refusal_support.h"

#define TIME_ADDRESS 0x5000

static struct timespec time_in_memory;

static size_t read_time(void *context, uint64_t address, void *buffer, size_t length)
{
	(void)context;
	if (address != TIME_ADDRESS || length != sizeof(time_in_memory))
		return 0;
	memcpy(buffer, &time_in_memory, length);
	return length;
}

static const struct memory_reader reader = {read_time, NULL};

static void every_refusal_has_a_text(void **state)
{
	(void)state;
	for (enum thread_refusal i = 0; i < REFUSAL_COUNT; i++) {
		assert_non_null(thread_refusal_text(i));
		for (enum thread_refusal j = 0; j < i; j++)
			assert_string_not_equal(thread_refusal_text(i), thread_refusal_text(j));
	}
}

/* known: how long it has waited already. */
static struct thread_wait wait_of(const struct thread_status *status, bool known)
{
	struct thread_wait wait = {.call = blocking_call_find(status->system_call), .known = known};

	if (!wait.call)
		return wait;
	wait.time_out = blocking_call_time_out(wait.call, status->arguments, &reader);
	wait.timed = wait.time_out && wait.time_out != TIME_OUT_UNKNOWN;
	return wait;
}

static enum thread_refusal judge_waiting(
	const struct thread_status *status, bool known, unsigned *ret_rank)
{
	const struct thread_wait wait = wait_of(status, known);

	return judge_status(status, &wait, ret_rank);
}

static void only_sleeping_threads_will_do(void **state)
{
	static const struct {
		char state;
		enum thread_refusal refusal;
	} cases[] = {{'S', REFUSAL_NONE}, {'R', REFUSAL_RUNNING}, {'D', REFUSAL_UNINTERRUPTIBLE},
		{'T', REFUSAL_SUSPENDED}, {'t', REFUSAL_SUSPENDED}, {'Z', REFUSAL_EXITED},
		{'X', REFUSAL_EXITED}, {'I', REFUSAL_RUNNING}, {0, REFUSAL_RUNNING}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct thread_status status = {
			.state = cases[i].state, .system_call = SYS_pause};
		unsigned rank = 77;

		assert_refusal(judge_waiting(&status, false, &rank), cases[i].refusal,
			(char[]){cases[i].state, 0});
		assert_int_equal(rank, cases[i].refusal ? 77 : 1);
	}
}

/* Whatever else it does. */
static void a_shadow_stack_comes_first(void **state)
{
	static const char states[] = {'S', 'R', 'D', 'T'};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		const struct thread_status status = {
			.state = states[i], .system_call = SYS_pause, .shadow_stack = true};
		unsigned rank = 77;

		assert_refusal(judge_waiting(&status, false, &rank), REFUSAL_SHADOW_STACK,
			(char[]){states[i], 0});
		assert_int_equal(rank, 77);
	}
}

struct wait {
	int64_t system_call;
	uint64_t arguments[6];
	struct timespec time; /* at TIME_ADDRESS */
	enum thread_refusal refusal;
	unsigned rank;
	bool shortens; /* what is left of its time can be entered instead */
};

static const struct wait waits[] = {
	/* For another thread: the best. */
	{SYS_futex, {0, FUTEX_WAIT_PRIVATE}, {0}, REFUSAL_NONE, 0, false},
	{SYS_futex, {0, FUTEX_WAIT_BITSET, 0, TIME_ADDRESS}, {99, 0}, REFUSAL_NONE, 0, false},
	/* For the outside, without an error that has to be hidden, and with one. */
	{SYS_ppoll, {0}, {0}, REFUSAL_NONE, 1, false},
	{SYS_poll, {0, 0, UINT64_MAX}, {0}, REFUSAL_NONE, 1, false},
	{SYS_read, {0}, {0}, REFUSAL_NONE, 2, false},
	{SYS_epoll_wait, {0, 0, 0, UINT64_MAX}, {0}, REFUSAL_NONE, 2, false},
	{SYS_epoll_wait, {0, 0, 0, 0}, {0}, REFUSAL_NONE, 2, false},
	/* With a time that would start over: if it is short, or if it is known how much is left. */
	{SYS_futex, {0, FUTEX_WAIT, 0, TIME_ADDRESS}, {1, 0}, REFUSAL_NONE, 3, false},
	{SYS_futex, {0, FUTEX_WAIT, 0, TIME_ADDRESS}, {1, 1}, REFUSAL_TIME_OUT, 0, true},
	{SYS_epoll_wait, {0, 0, 0, 1000}, {0}, REFUSAL_NONE, 3, false},
	{SYS_epoll_wait, {0, 0, 0, 1001}, {0}, REFUSAL_TIME_OUT, 0, true},
	{SYS_nanosleep, {TIME_ADDRESS}, {0, 500}, REFUSAL_NONE, 3, false},
	{SYS_nanosleep, {TIME_ADDRESS}, {60, 0}, REFUSAL_TIME_OUT, 0, true},
	{SYS_clock_nanosleep, {0, TIMER_ABSTIME, TIME_ADDRESS}, {60, 0}, REFUSAL_NONE, 1, false},
	{SYS_recvmmsg, {0, 0, 0, 0, TIME_ADDRESS}, {60, 0}, REFUSAL_TIME_OUT, 0, false},
	/* A time that cannot be read, or cannot be known. */
	{SYS_nanosleep, {TIME_ADDRESS + 1}, {0}, REFUSAL_TIME_OUT, 0, false},
	{SYS_connect, {3}, {0}, REFUSAL_TIME_OUT, 0, false},
	{SYS_futex, {0, FUTEX_LOCK_PI}, {0}, REFUSAL_TIME_OUT, 0, false},
	/* Not known to survive it. */
	{-1, {0}, {0}, REFUSAL_UNKNOWN_WAIT, 0, false},
	{SYS_vfork, {0}, {0}, REFUSAL_UNKNOWN_WAIT, 0, false},
	{SYS_restart_syscall, {0}, {0}, REFUSAL_UNKNOWN_WAIT, 0, false},
	{SYS_ioctl, {0}, {0}, REFUSAL_UNKNOWN_WAIT, 0, false},
};

static void waits_are_ranked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		struct thread_status status = {.state = 'S', .system_call = waits[i].system_call};
		char what[32];
		unsigned rank = 77;

		memcpy(status.arguments, waits[i].arguments, sizeof(status.arguments));
		time_in_memory = waits[i].time;
		snprintf(what, sizeof(what), "row %zu", i);
		assert_refusal(judge_waiting(&status, false, &rank), waits[i].refusal, what);
		assert_int_equal(rank, waits[i].refusal ? 77 : waits[i].rank);
		if (waits[i].refusal != REFUSAL_TIME_OUT || !waits[i].shortens)
			continue;
		assert_refusal(judge_waiting(&status, true, &rank), REFUSAL_NONE, what);
		assert_int_equal(rank, 3);
	}
}

static void the_allocators_own_threads_are_left_alone(void **state)
{
	struct thread_status status = {
		.name = "jemalloc_bg_thd", .state = 'S', .system_call = SYS_futex};
	unsigned rank;

	(void)state;
	assert_refusal(judge_waiting(&status, false, &rank), REFUSAL_ALLOCATOR_THREAD, status.name);
	strcpy(status.name, "jemalloc_user");
	assert_refusal(judge_waiting(&status, false, &rank), REFUSAL_NONE, status.name);
}

static const struct {
	const char *name;
	enum thread_refusal anywhere, in_libc;
} functions[] = {
	{"malloc", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"malloc_usable_size", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"calloc", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"reallocarray", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"free", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"_Znwm", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"_ZnamRKSt9nothrow_t", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"_ZdlPvm", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"je_malloc", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"_rjem_mallctl", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"_rjem_je_arena_choose_hard", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"mallctlbymib", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"background_thread_entry", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"fork", REFUSAL_FORK, REFUSAL_FORK},
	{"posix_spawnp", REFUSAL_FORK, REFUSAL_FORK},
	{"__run_prefork_handlers", REFUSAL_FORK, REFUSAL_FORK},
	{"dlopen", REFUSAL_LOADER, REFUSAL_LOADER},
	{"dl_iterate_phdr", REFUSAL_LOADER, REFUSAL_LOADER},
	{"_dl_runtime_resolve_xsavec", REFUSAL_LOADER, REFUSAL_LOADER},
	{"__tls_get_addr", REFUSAL_LOADER, REFUSAL_LOADER},
	{"pthread_create", REFUSAL_THREAD_CHANGE, REFUSAL_THREAD_CHANGE},
	{"__pthread_create_2_1", REFUSAL_THREAD_CHANGE, REFUSAL_THREAD_CHANGE},
	{"exit", REFUSAL_THREAD_CHANGE, REFUSAL_THREAD_CHANGE},
	{"__call_tls_dtors", REFUSAL_THREAD_CHANGE, REFUSAL_THREAD_CHANGE},
	{"do_dlsym", REFUSAL_LOADER, REFUSAL_LOADER},
	{"__libc_malloc_impl", REFUSAL_ALLOCATOR, REFUSAL_ALLOCATOR},
	{"__lockfile", REFUSAL_LOCK, REFUSAL_LOCK},
	{"_Unwind_RaiseException", REFUSAL_UNWINDER, REFUSAL_UNWINDER},
	{"__gxx_personality_v0", REFUSAL_UNWINDER, REFUSAL_UNWINDER},
	{"pthread_mutex_lock", REFUSAL_LOCK, REFUSAL_LOCK},
	{"__nptl_setxid", REFUSAL_THREAD_CHANGE, REFUSAL_THREAD_CHANGE},
	{"__synccall", REFUSAL_THREAD_CHANGE, REFUSAL_THREAD_CHANGE},
	{"setrlimit", REFUSAL_NONE, REFUSAL_NONE},
	{"__pthread_rwlock_rdlock", REFUSAL_LOCK, REFUSAL_LOCK},
	{"__lll_lock_wait", REFUSAL_LOCK, REFUSAL_LOCK},
	{"__cxa_guard_acquire", REFUSAL_LOCK, REFUSAL_LOCK},
	{"__restore_rt", REFUSAL_SIGNAL_HANDLER, REFUSAL_SIGNAL_HANDLER},
	/* A program may have functions of these names. */
	{"syslog", REFUSAL_NONE, REFUSAL_LOCK},
	{"tzset", REFUSAL_NONE, REFUSAL_LOCK},
	{"tz_convert", REFUSAL_NONE, REFUSAL_LOCK},
	/* Where threads wait, and what only looks alike. */
	{"poll", REFUSAL_NONE, REFUSAL_NONE},
	{"epoll_wait", REFUSAL_NONE, REFUSAL_NONE},
	{"pthread_cond_wait", REFUSAL_NONE, REFUSAL_NONE},
	{"main", REFUSAL_NONE, REFUSAL_NONE},
	{"start_thread", REFUSAL_NONE, REFUSAL_NONE},
	{"__libc_start_main", REFUSAL_NONE, REFUSAL_NONE},
	{"my_malloc", REFUSAL_NONE, REFUSAL_NONE},
	{"free_list", REFUSAL_NONE, REFUSAL_NONE},
	{"forked", REFUSAL_NONE, REFUSAL_NONE},
	{"exit_code", REFUSAL_NONE, REFUSAL_NONE},
	{"system_clock", REFUSAL_NONE, REFUSAL_NONE},
	{"", REFUSAL_NONE, REFUSAL_NONE},
};

static void functions_are_judged_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		const char *name = functions[i].name;

		assert_refusal(judge_function(name, false), functions[i].anywhere, name);
		assert_refusal(judge_function(name, true), functions[i].in_libc, name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_has_a_text),
		cmocka_unit_test(only_sleeping_threads_will_do),
		cmocka_unit_test(a_shadow_stack_comes_first),
		cmocka_unit_test(waits_are_ranked),
		cmocka_unit_test(the_allocators_own_threads_are_left_alone),
		cmocka_unit_test(functions_are_judged_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
