#include "../base/test_support.h"

#include <dlfcn.h>
#include <linux/futex.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "call/choice.h"

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

static void assert_refusal(enum thread_refusal is, enum thread_refusal expected, const char *what)
{
	if (is != expected)
		fail_msg("%s: '%s', and not '%s'", what, thread_refusal_text(is),
			thread_refusal_text(expected));
}

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

/* From tests/unit/unwind/capture.h, whose other names are target.h's too. */
struct module_table *capture_modules(void);

static size_t read_own(void *context, uint64_t address, void *buffer, size_t length)
{
	struct iovec local = {buffer, length}, remote = {(void *)address, length};
	ssize_t got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);

	(void)context;
	return got < 0 ? 0 : (size_t)got;
}

static const struct memory_reader own_memory = {read_own, NULL};

/* Stacks over the modules of this process, whose libc is the system's. */
struct fixture {
	struct module_table *modules;
	void *libc;
	uint64_t unnamed; /* an address in libc that has no name */
};

static void program(void)
{
	__asm__ volatile("nop");
}

/* Inside a function, as a return address is. */
static uint64_t in_program(void)
{
	return (uint64_t)(uintptr_t)program + 1;
}

/* libc's own, whatever a sanitizer has put before it. */
static uint64_t in_libc(const struct fixture *fixture, const char *name)
{
	void *function = dlsym(fixture->libc, name);

	if (!function)
		fail_msg("libc has no %s", name);
	return (uint64_t)(uintptr_t)function + 1;
}

/* In the same module as the address. */
static uint64_t find_unnamed(const struct fixture *fixture, uint64_t near)
{
	const struct module *module = module_table_find(fixture->modules, near);

	assert_non_null(module);
	assert_non_null(module->image);
	for (uint64_t address = module->start; address < module->end; address += 16)
		if (!elf_image_symbol_at(module->image, address - module->bias))
			return address;
	return 0;
}

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture.modules = capture_modules();
	fixture.libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	assert_non_null(fixture.libc);
	fixture.unnamed = find_unnamed(&fixture, in_libc(&fixture, "poll"));
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	dlclose(fixture->libc);
	module_table_destroy(fixture->modules);
	return 0;
}

static enum thread_refusal judge(
	const struct fixture *fixture, uint64_t *addresses, size_t count, bool in_futex)
{
	const struct unwind_result unwound = {
		.addresses = {addresses, count, count}, .end = UNWIND_COMPLETE};

	return judge_stack(fixture->modules, &own_memory, &unwound, in_futex);
}

#define JUDGE(fixture, in_futex, ...)                                                              \
	judge(fixture, (uint64_t[]){__VA_ARGS__},                                                  \
		sizeof((uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), in_futex)

static void a_stack_without_its_end_is_refused(void **state)
{
	const struct fixture *fixture = *state;
	uint64_t addresses[] = {in_libc(fixture, "poll"), in_program()};
	struct unwind_result unwound = {.addresses = {addresses, 2, 2}};

	for (unwound.end = 0; unwound.end < UNWIND_END_COUNT; unwound.end++)
		assert_refusal(judge_stack(fixture->modules, &own_memory, &unwound, false),
			unwound.end == UNWIND_NO_RULES ? REFUSAL_NO_RULES
			: unwound.end                  ? REFUSAL_STACK
						       : REFUSAL_NONE,
			unwind_end_text(unwound.end));
	/* What is known of it says more. */
	addresses[0] = in_libc(fixture, "malloc");
	unwound.end = UNWIND_NO_RULES;
	assert_refusal(judge_stack(fixture->modules, &own_memory, &unwound, false),
		REFUSAL_ALLOCATOR, "in malloc()");
	addresses[0] = in_libc(fixture, "poll");
	unwound.end = UNWIND_COMPLETE;
	unwound.signal_frame = true;
	assert_refusal(judge_stack(fixture->modules, &own_memory, &unwound, false),
		REFUSAL_SIGNAL_HANDLER, "signal frame");
}

static void a_frame_of_no_file_is_refused(void **state)
{
	const struct fixture *fixture = *state;

	assert_refusal(JUDGE(fixture, false, in_libc(fixture, "poll"), 0x1000, in_program()),
		REFUSAL_STACK, "no module");
}

static const struct {
	const char *name;
	enum thread_refusal refusal;
} of_libc[] = {
	{"poll", REFUSAL_NONE},
	{"epoll_wait", REFUSAL_NONE},
	{"read", REFUSAL_NONE},
	{"accept4", REFUSAL_NONE},
	{"nanosleep", REFUSAL_NONE},
	{"pause", REFUSAL_NONE},
	{"pthread_cond_wait", REFUSAL_NONE},
	{"pthread_join", REFUSAL_NONE},
	{"sem_wait", REFUSAL_NONE},
	{"syscall", REFUSAL_NONE},
	{"malloc", REFUSAL_ALLOCATOR},
	{"calloc", REFUSAL_ALLOCATOR},
	{"realloc", REFUSAL_ALLOCATOR},
	{"free", REFUSAL_ALLOCATOR},
	{"posix_memalign", REFUSAL_ALLOCATOR},
	{"aligned_alloc", REFUSAL_ALLOCATOR},
	{"memalign", REFUSAL_ALLOCATOR},
	{"valloc", REFUSAL_ALLOCATOR},
	{"pvalloc", REFUSAL_ALLOCATOR},
	{"malloc_trim", REFUSAL_ALLOCATOR},
	{"mallopt", REFUSAL_ALLOCATOR},
	{"mallinfo2", REFUSAL_ALLOCATOR},
	{"fork", REFUSAL_FORK},
	{"_Fork", REFUSAL_FORK},
	{"vfork", REFUSAL_FORK},
	{"posix_spawn", REFUSAL_FORK},
	{"posix_spawnp", REFUSAL_FORK},
	{"system", REFUSAL_FORK},
	{"popen", REFUSAL_FORK},
	{"dlopen", REFUSAL_LOADER},
	{"dlclose", REFUSAL_LOADER},
	{"dlsym", REFUSAL_LOADER},
	{"dladdr", REFUSAL_LOADER},
	{"dl_iterate_phdr", REFUSAL_LOADER},
	{"pthread_create", REFUSAL_THREAD_CHANGE},
	{"pthread_exit", REFUSAL_THREAD_CHANGE},
	{"pthread_cancel", REFUSAL_THREAD_CHANGE},
	{"exit", REFUSAL_THREAD_CHANGE},
	{"_exit", REFUSAL_THREAD_CHANGE},
	{"quick_exit", REFUSAL_THREAD_CHANGE},
	{"abort", REFUSAL_THREAD_CHANGE},
	{"backtrace", REFUSAL_UNWINDER},
	{"pthread_mutex_lock", REFUSAL_LOCK},
	{"pthread_mutex_timedlock", REFUSAL_LOCK},
	{"pthread_rwlock_rdlock", REFUSAL_LOCK},
	{"pthread_rwlock_wrlock", REFUSAL_LOCK},
	{"pthread_once", REFUSAL_LOCK},
	{"syslog", REFUSAL_LOCK},
	{"tzset", REFUSAL_LOCK},
};

/* Many have several names at one address; any of them must do. */
static void functions_of_libc_are_judged_by_address(void **state)
{
	const struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(of_libc); i++) {
		uint64_t address = in_libc(fixture, of_libc[i].name);

		assert_refusal(JUDGE(fixture, false, address, in_program(), in_program()),
			of_libc[i].refusal, of_libc[i].name);
		/* Further out, too: what it calls does not make it harmless. */
		assert_refusal(JUDGE(fixture, true, in_libc(fixture, "poll"), in_program(), address,
				       in_program()),
			of_libc[i].refusal, of_libc[i].name);
	}
}

static void frames_of_libc_may_lack_names_but_where_it_was_called(void **state)
{
	const struct fixture *fixture = *state;
	uint64_t unnamed = fixture->unnamed, wait = in_libc(fixture, "pthread_cond_wait");

	if (!unnamed)
		skip(); /* this libc has names for everything */
	assert_refusal(JUDGE(fixture, true, unnamed, unnamed, wait, in_program()), REFUSAL_NONE,
		"a wait that has helpers");
	assert_refusal(JUDGE(fixture, false, unnamed, in_program()), REFUSAL_UNKNOWN_LIBC,
		"called, and without a name");
	assert_refusal(JUDGE(fixture, false, wait, unnamed, in_program()), REFUSAL_UNKNOWN_LIBC,
		"a known one within an unknown one");
	assert_refusal(
		JUDGE(fixture, false, wait, in_program(), unnamed, in_program(), in_program()),
		REFUSAL_UNKNOWN_LIBC, "further out");
	assert_refusal(JUDGE(fixture, true, unnamed, unnamed, in_program()), REFUSAL_UNKNOWN_LIBC,
		"a futex of no name");
	/* What starts threads has no names either. */
	assert_refusal(JUDGE(fixture, true, wait, in_program(), unnamed, unnamed), REFUSAL_NONE,
		"the start of a thread");
	assert_refusal(JUDGE(fixture, false, unnamed, unnamed), REFUSAL_UNKNOWN_LIBC,
		"a thread of libc's own");
}

/* As if it were linked into the program. */
static void forget_c_library(const struct fixture *fixture)
{
	CLEANUP(u8_array_deinit) struct u8_array maps = {0};
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	size_t kept = 0;
	bool changed;

	assert_success(file_read("/proc/self/maps", 1 << 24, &maps));
	assert_success(mappings_parse(cursor_over(maps.items, maps.count), &mappings));
	ARRAY_FOR_EACH (mapping, &mappings.list)
		if (strstr(mapping->path, "/libc.so"))
			free(mapping->path);
		else
			mappings.list.items[kept++] = *mapping;
	mappings.list.count = kept;
	assert_success(module_table_update(fixture->modules, &mappings, &changed));
	assert_true(changed);
}

/* The C library's locks may be behind any of its futexes then, and the allocator's. */
static void a_stripped_program_with_a_c_library_waits_for_no_futex(void **state)
{
	const struct fixture *fixture = *state;
	uint64_t unnamed = find_unnamed(fixture, in_program());

	assert_true(unnamed);
	assert_refusal(JUDGE(fixture, true, unnamed, in_program()), REFUSAL_NONE,
		"the C library lies elsewhere");
	forget_c_library(fixture);
	assert_refusal(JUDGE(fixture, true, unnamed, in_program()), REFUSAL_UNKNOWN_LIBC,
		"a futex of no name");
	assert_refusal(JUDGE(fixture, false, unnamed, in_program()), REFUSAL_NONE, "another wait");
	assert_refusal(JUDGE(fixture, true, in_program(), in_program()), REFUSAL_NONE, "names");
}

/* Code that has called a function through a slot: call *0x100(%rip). */
struct call_memory {
	uint64_t return_address;
	uint64_t function;
};

static size_t read_call(void *context, uint64_t address, void *buffer, size_t length)
{
	static const uint8_t code[6] = {0xff, 0x15, 0x00, 0x01, 0x00, 0x00};
	const struct call_memory *memory = context;

	if (address == memory->return_address - sizeof(code) && length == sizeof(code)) {
		memcpy(buffer, code, length);
		return length;
	}
	if (address == memory->return_address + 0x100 && length == sizeof(memory->function)) {
		memcpy(buffer, &memory->function, length);
		return length;
	}
	return 0;
}

/* The exported function jumped into another that has no name: the call tells which it was. */
static void frames_without_a_name_are_judged_by_what_was_called(void **state)
{
	const struct fixture *fixture = *state;
	uint64_t addresses[] = {fixture->unnamed, in_program(), in_program()};
	struct call_memory memory = {.return_address = in_program() + 1};
	const struct memory_reader memory_reader = {read_call, &memory};
	const struct unwind_result unwound = {
		.addresses = {addresses, 3, 3}, .end = UNWIND_COMPLETE};

	if (!fixture->unnamed)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(of_libc); i++) {
		memory.function = in_libc(fixture, of_libc[i].name) - 1;
		assert_refusal(judge_stack(fixture->modules, &memory_reader, &unwound, true),
			of_libc[i].refusal, of_libc[i].name);
	}
	memory.function = fixture->unnamed;
	assert_refusal(judge_stack(fixture->modules, &memory_reader, &unwound, true),
		REFUSAL_UNKNOWN_LIBC, "what was called has no name either");
	memory.function = 0x1000;
	assert_refusal(judge_stack(fixture->modules, &memory_reader, &unwound, true),
		REFUSAL_UNKNOWN_LIBC, "what was called is nowhere");
}

static void a_stack_followed_without_rules_must_be_that_of_the_call(void **state)
{
	const struct fixture *fixture = *state;
	uint64_t addresses[] = {in_libc(fixture, "poll"), in_program(), in_program()};
	struct call_memory memory = {.return_address = in_program() + 1};
	const struct memory_reader memory_reader = {read_call, &memory};
	const struct unwind_result unwound = {
		.addresses = {addresses, 3, 3}, .end = UNWIND_COMPLETE, .by_code = true};

	memory.function = in_libc(fixture, "poll") - 1;
	assert_refusal(judge_stack(fixture->modules, &memory_reader, &unwound, true), REFUSAL_NONE,
		"what was called");
	memory.function = in_program() - 1;
	assert_refusal(judge_stack(fixture->modules, &memory_reader, &unwound, true), REFUSAL_STACK,
		"a call of something else");
	memory.function = in_libc(fixture, "dlopen") - 1;
	assert_refusal(judge_stack(fixture->modules, &memory_reader, &unwound, true),
		REFUSAL_LOADER, "a call that went on elsewhere");
}

static void the_loader_is_refused_whole(void **state)
{
	const struct fixture *fixture = *state;
	size_t count, found = 0;
	const struct module *items = module_table_items(fixture->modules, &count);

	for (size_t i = 0; i < count; i++) {
		if (!strstr(items[i].path, "/ld-linux"))
			continue;
		found++;
		assert_refusal(JUDGE(fixture, false, in_libc(fixture, "poll"), items[i].start + 64,
				       in_program()),
			REFUSAL_LOADER, items[i].path);
	}
	assert_int_equal(found, 1);
}

static void the_vdso_is_a_module_like_others(void **state)
{
	const struct fixture *fixture = *state;

	assert_refusal(JUDGE(fixture, false, getauxval(AT_SYSINFO_EHDR) + 0x800, in_program()),
		REFUSAL_NONE, "vdso");
}

#define WITH_MODULES(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_refusal_has_a_text),
		cmocka_unit_test(only_sleeping_threads_will_do),
		cmocka_unit_test(a_shadow_stack_comes_first),
		cmocka_unit_test(waits_are_ranked),
		cmocka_unit_test(the_allocators_own_threads_are_left_alone),
		cmocka_unit_test(functions_are_judged_by_name),
		WITH_MODULES(a_stack_without_its_end_is_refused),
		WITH_MODULES(a_frame_of_no_file_is_refused),
		WITH_MODULES(functions_of_libc_are_judged_by_address),
		WITH_MODULES(frames_of_libc_may_lack_names_but_where_it_was_called),
		WITH_MODULES(frames_without_a_name_are_judged_by_what_was_called),
		WITH_MODULES(a_stripped_program_with_a_c_library_waits_for_no_futex),
		WITH_MODULES(a_stack_followed_without_rules_must_be_that_of_the_call),
		WITH_MODULES(the_loader_is_refused_whole),
		WITH_MODULES(the_vdso_is_a_module_like_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
