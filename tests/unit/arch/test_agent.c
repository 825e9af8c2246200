#include "../base/test_support.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "detour.h"

#include "arch/agent_plan.h"

/* limpet's thread, started in the test's own process by the chain that starts it in a target. */

#define SECOND 1000000000ULL

static struct machine before, after;
static struct call_chain chain;
static uint64_t area;
static uint64_t own_thread;

static uint64_t address_of(const void *thing)
{
	return (uint64_t)(uintptr_t)thing;
}

static struct agent_block *block(void)
{
	return (struct agent_block *)(area + AGENT_BLOCK);
}

/* The C library's own, not a sanitizer's. */
static uint64_t real(const char *name)
{
	void *library = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	void *function = library ? dlsym(library, name) : NULL;

	assert_non_null(function);
	dlclose(library);
	return address_of(function);
}

/* Room that is free right now. */
static int set_up(void **state)
{
	void *room = mmap(NULL, AGENT_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(room, MAP_FAILED);
	munmap(room, AGENT_SIZE);
	area = address_of(room);
	own_thread = (uint64_t)gettid();
	detour_prepare(&before);
	return 0;
}

static struct agent_request make_request(void)
{
	return (struct agent_request){
		.area = area,
		.parameters =
			{
				.pthread_create = real("pthread_create"),
				.attribute_init = address_of(pthread_attr_init),
				.attribute_set_stack = address_of(pthread_attr_setstack),
				.attribute_set_detached = address_of(pthread_attr_setdetachstate),
				.attribute_destroy = address_of(pthread_attr_destroy),
				.errno_location = address_of(__errno_location),
				.quiet = SECOND,
			},
	};
}

static bool plan(const struct agent_request *request, struct call_situation *situation,
	struct raw_registers *ret)
{
	static uint8_t extended[DETOUR_EXTENDED_SIZE];
	const struct call_gadgets gadgets = detour_find_gadgets();
	size_t length = detour_traced_extended(&before, extended);

	situation->found.user = before.registers;
	situation->thread = own_thread;
	return agent_plan(&chain, situation, &gadgets, extended, length, request, ret);
}

static void launch(const struct agent_request *request, struct call_situation *situation)
{
	struct raw_registers registers;

	assert_true(plan(request, situation, &registers));
	errno = 1234;
	detour_run_chain(&chain, &registers, &before, &after);
	assert_int_equal(errno, 1234);
	detour_assert_unharmed(&before, &after);
}

static unsigned count_tasks(void)
{
	DIR *directory = opendir("/proc/self/task");
	unsigned count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2;
}

static bool is_mapped(void)
{
	unsigned char resident;

	return mincore((void *)area, 4096, &resident) == 0;
}

static void wait_until_gone(void)
{
	while (is_mapped() || count_tasks() > 1)
		sched_yield();
}

static void start(uint64_t quiet)
{
	struct call_situation situation = {.original_system_call = -1};
	struct agent_request request = make_request();

	request.parameters.quiet = quiet;
	launch(&request, &situation);
	assert_true(is_mapped());
	while (__atomic_load_n(&block()->state, __ATOMIC_SEQ_CST) != AGENT_STATE_READY)
		sched_yield();
	assert_int_equal(block()->launch_result, 0);
}

static void leave(void)
{
	__atomic_store_n(&block()->leave, 1, __ATOMIC_SEQ_CST);
	wait_until_gone();
}

static void give_order(const struct call_item *items, size_t count)
{
	memcpy(block()->items, items, count * sizeof(*items));
	block()->count = count;
	__atomic_store_n(&block()->order, block()->order + 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&block()->done, __ATOMIC_SEQ_CST) != block()->order)
		sched_yield();
}

static void it_comes_and_goes_without_a_trace(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		start(SECOND);
		assert_int_equal(count_tasks(), 2);
		leave();
		assert_false(is_mapped());
		assert_int_equal(count_tasks(), 1);
	}
}

static void it_has_a_name_and_blocks_signals(void **state)
{
	char path[64], text[4096] = "";

	(void)state;
	start(SECOND);
	snprintf(path, sizeof(path), "/proc/self/task/%lu/status", block()->thread);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	assert_non_null(strstr(text, "Name:\tlimpet\n"));
	/* glibc opens 32, which pthread_cancel() sends. */
	snprintf(path, sizeof(path), "SigBlk:\t%016llx\n",
		(unsigned long long)call_blocked_signals() & ~(1ULL << (SIGKILL - 1)) &
			~(1ULL << (SIGSTOP - 1)) & ~(1ULL << (32 - 1)));
	assert_non_null(strstr(text, path));
	leave();
}

static uint64_t subtract(uint64_t from, uint64_t what)
{
	return from - what;
}

static void it_runs_what_it_is_told(void **state)
{
	const struct call_item items[] = {
		{.number = SYS_gettid},
		{.function = address_of(subtract), .arguments = {0, 1}, .first_from = 1},
		{.number = SYS_close, .arguments = {UINT32_MAX}},
		{.function = address_of(subtract),
			.arguments = {9, 2},
			.only_if_from = 3,
			.only_if_value = (uint64_t)-EBADF},
		{.function = address_of(subtract),
			.arguments = {9, 2},
			.only_if_from = 3,
			.only_if_value = EBADF},
	};

	(void)state;
	start(SECOND);
	for (int i = 0; i < 100; i++) {
		give_order(items, 5);
		assert_int_equal(block()->items[0].result, block()->thread);
		assert_int_equal(block()->items[1].result, block()->thread - 1);
		assert_int_equal(block()->items[2].result, -EBADF);
		assert_int_equal(block()->items[3].result, 7);
		assert_int_equal(block()->items[4].result, CALL_NOT_MADE);
	}
	assert_true(block()->thread != (uint64_t)gettid());
	leave();
}

/* As malloc_stats_print(3) does: piece by piece. */
static uint64_t print(void (*write)(void *, const char *), void *descriptor)
{
	write(descriptor, "one, ");
	write(descriptor, "");
	write(descriptor, "two");
	return 7;
}

static void it_writes_what_functions_print(void **state)
{
	int ends[2];
	char text[32] = "";

	(void)state;
	assert_int_equal(pipe(ends), 0);
	start(SECOND);
	const struct call_item items[] = {
		{.function = address_of(print),
			.arguments = {agent_write_address(area), (uint64_t)ends[1]}},
		/* Nobody is told of a descriptor that cannot be written to. */
		{.function = address_of(print), .arguments = {agent_write_address(area), 1000}},
	};
	give_order(items, 2);
	assert_int_equal(block()->items[0].result, 7);
	assert_int_equal(block()->items[1].result, 7);
	assert_int_equal(read(ends[0], text, sizeof(text)), 8);
	assert_string_equal(text, "one, two");
	leave();
	close(ends[0]);
	close(ends[1]);
}

static void without_a_sign_of_life_it_leaves(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	struct agent_request request = make_request();

	(void)state;
	request.parameters.quiet = 0;
	launch(&request, &situation);
	wait_until_gone();
	detour_prepare(&before);
	start(SECOND);
	for (int i = 0; i < 150; i++) { /* longer than it would be quiet */
		const struct timespec pause = {.tv_nsec = SECOND / 100};

		nanosleep(&pause, NULL);
		__atomic_fetch_add(&block()->sign_of_life, 1, __ATOMIC_SEQ_CST);
	}
	assert_true(is_mapped());
	wait_until_gone();
}

/* pthread_create() of a thread that is frozen for a while when the new one has been started. */
static int create_and_stand_still(
	pthread_t *thread, const pthread_attr_t *attribute, void *(*run)(void *), void *argument)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
		(void *)real("pthread_create");
	const struct timespec pause = {.tv_nsec = SECOND / 10};
	int result = create(thread, attribute, run, argument);

	while (__atomic_load_n(&block()->state, __ATOMIC_SEQ_CST) != AGENT_STATE_LEAVING)
		sched_yield();
	/* What would be wrong takes time to happen. */
	nanosleep(&pause, NULL);
	return result;
}

static void it_stays_until_its_starter_is_out_of_its_code(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	struct agent_request request = make_request();

	(void)state;
	request.parameters.quiet = 0;
	request.parameters.pthread_create = address_of(create_and_stand_still);
	launch(&request, &situation);
	wait_until_gone();
}

static bool is_open(int descriptor)
{
	return fcntl(descriptor, F_GETFD) >= 0;
}

static void it_closes_what_it_has_opened(void **state)
{
	const struct call_item open_two[] = {{.number = SYS_dup, .opens = 1},
		{.number = SYS_dup, .opens = 1},
		{.number = SYS_dup, .arguments = {UINT32_MAX}, .opens = 1}};

	(void)state;
	start(SECOND);
	give_order(open_two, 3);
	int first = (int)block()->items[0].result, second = (int)block()->items[1].result;
	assert_true(is_open(first) && is_open(second));
	const struct call_item close_one[] = {
		{.number = SYS_close, .arguments = {(uint64_t)first}}};
	give_order(close_one, 1);
	/* The number is somebody else's now, and must not be closed. */
	assert_int_equal(dup2(0, first), first);
	leave();
	assert_true(is_open(first));
	assert_false(is_open(second));
	close(first);
}

static uint64_t undone[2];

static uint64_t undo(uint64_t which, uint64_t value)
{
	undone[which] += value;
	return 0;
}

static uint64_t first_bytes(uint64_t address)
{
	uint64_t bytes;

	memcpy(&bytes, (const void *)address, sizeof(bytes));
	return bytes;
}

static void put_undo(uint64_t count)
{
	uint64_t function = address_of(undo), absent = area + AGENT_SIZE + (1 << 30);
	const struct agent_undo items[] = {
		{{.function = function, .arguments = {0, 3}}, first_bytes(function)},
		{{.function = function, .arguments = {1, 4}}, first_bytes(function)},
		{{.function = function, .arguments = {1, 100}}, first_bytes(function) + 1},
		{{.function = absent, .arguments = {1, 100}}, 0},
	};

	memset(undone, 0, sizeof(undone));
	memcpy(block()->undo, items, sizeof(items));
	__atomic_store_n(&block()->undo_count, count, __ATOMIC_SEQ_CST);
}

static void before_it_leaves_it_undoes_what_it_is_told(void **state)
{
	(void)state;
	start(SECOND);
	put_undo(4);
	leave();
	assert_int_equal(undone[0], 3);
	assert_int_equal(undone[1], 4);
	detour_prepare(&before);
	start(SECOND);
	put_undo(1);
	wait_until_gone();
	assert_int_equal(undone[0], 3);
	assert_int_equal(undone[1], 0);
	detour_prepare(&before);
	start(SECOND);
	put_undo(4);
	put_undo(0);
	leave();
	assert_int_equal(undone[0] + undone[1], 0);
}

static void a_system_call_is_entered_again_or_fails(void **state)
{
	struct call_situation situation = {.original_system_call = SYS_getppid};
	struct agent_request request = make_request();

	(void)state;
	detour_enter_system_call(&before, SYS_getppid, -ERESTARTSYS);
	launch(&request, &situation);
	assert_int_equal(after.registers.rax, getppid());
	leave();
}

static void count_signal(int signal)
{
	(void)signal;
}

/* pthread_create() of the program's, during which a signal comes. */
static int create_and_raise(
	pthread_t *thread, const pthread_attr_t *attribute, void *(*run)(void *), void *argument)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) =
		(void *)real("pthread_create");

	syscall(SYS_tgkill, getpid(), gettid(), SIGUSR1);
	return create(thread, attribute, run, argument);
}

static void check_interruption(int flags, int64_t found, int64_t expected)
{
	const struct sigaction action = {.sa_handler = count_signal, .sa_flags = flags};
	struct call_situation situation = {
		.original_system_call = SYS_getppid, .caught_signals = 1ULL << (SIGUSR1 - 1)};
	struct agent_request request = make_request();

	assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
	detour_prepare(&before);
	detour_enter_system_call(&before, SYS_getppid, found);
	request.parameters.pthread_create = address_of(create_and_raise);
	launch(&request, &situation);
	assert_int_equal(after.registers.rax, expected);
	leave();
}

static void a_signal_meanwhile_has_the_effect_it_would_have_had(void **state)
{
	(void)state;
	check_interruption(SA_RESTART, -ERESTARTSYS, getppid());
	check_interruption(0, -ERESTARTSYS, -EINTR);
	check_interruption(SA_RESTART, -EINTR, -EINTR);
	check_interruption(SA_RESTART, -514, -EINTR);
	check_interruption(0, -513, getppid());
}

static int refuse_to_create(
	pthread_t *thread, const pthread_attr_t *attribute, void *(*run)(void *), void *argument)
{
	(void)thread;
	(void)attribute;
	(void)run;
	(void)argument;
	return EAGAIN;
}

static void nothing_stays_of_a_launch_that_fails(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	struct agent_request request = make_request();

	(void)state;
	request.parameters.pthread_create = address_of(refuse_to_create);
	launch(&request, &situation);
	assert_false(is_mapped());
	assert_int_equal(count_tasks(), 1);
}

/* Whatever has come to the address meanwhile is not touched. */
static void what_is_there_already_stays(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	const struct agent_request request = make_request();
	uint8_t *foreign = mmap((void *)area, 4096, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	(void)state;
	assert_int_equal(address_of(foreign), area);
	memset(foreign, 0x77, 4096);
	launch(&request, &situation);
	for (size_t i = 0; i < 4096; i++)
		assert_int_equal(foreign[i], 0x77);
	assert_int_equal(count_tasks(), 1);
	munmap(foreign, 4096);
}

static void without_memory_nothing_happens(void **state)
{
	struct call_situation situation = {.original_system_call = -1};
	struct agent_request request = make_request();

	(void)state;
	request.area = 1ULL << 63; /* mmap() fails */
	launch(&request, &situation);
	assert_int_equal(count_tasks(), 1);
	/* The kernel copies for nobody of that number. */
	request = make_request();
	own_thread = INT32_MAX;
	launch(&request, &situation);
	assert_int_equal(count_tasks(), 1);
	munmap((void *)area, AGENT_SIZE);
}

#define IN_AREA(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_AREA(it_comes_and_goes_without_a_trace),
		IN_AREA(it_has_a_name_and_blocks_signals),
		IN_AREA(it_runs_what_it_is_told),
		IN_AREA(it_writes_what_functions_print),
		IN_AREA(without_a_sign_of_life_it_leaves),
		IN_AREA(it_stays_until_its_starter_is_out_of_its_code),
		IN_AREA(it_closes_what_it_has_opened),
		IN_AREA(before_it_leaves_it_undoes_what_it_is_told),
		IN_AREA(a_system_call_is_entered_again_or_fails),
		IN_AREA(a_signal_meanwhile_has_the_effect_it_would_have_had),
		IN_AREA(nothing_stays_of_a_launch_that_fails),
		IN_AREA(what_is_there_already_stays),
		IN_AREA(without_memory_nothing_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
