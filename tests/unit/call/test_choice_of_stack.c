#include "../base/test_support.h"

#include <dlfcn.h>
#include <sys/auxv.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "refusal_support.h"

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
	unwound.end = UNWIND_COMPLETE;
	unwound.by_frame_pointer = true;
	assert_refusal(judge_stack(fixture->modules, &own_memory, &unwound, false),
		REFUSAL_NO_RULES, "a frame may be missing");
	unwound.by_frame_pointer = false;
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
	{"setuid", REFUSAL_THREAD_CHANGE},
	{"setgid", REFUSAL_THREAD_CHANGE},
	{"seteuid", REFUSAL_THREAD_CHANGE},
	{"setegid", REFUSAL_THREAD_CHANGE},
	{"setreuid", REFUSAL_THREAD_CHANGE},
	{"setregid", REFUSAL_THREAD_CHANGE},
	{"setresuid", REFUSAL_THREAD_CHANGE},
	{"setresgid", REFUSAL_THREAD_CHANGE},
	{"setgroups", REFUSAL_THREAD_CHANGE},
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
		assert_refusal(JUDGE(fixture, true, in_libc(fixture, "sem_wait"), in_program(),
				       address, in_program()),
			of_libc[i].refusal, of_libc[i].name);
	}
}

static const char *const waits_in_futex[] = {"pthread_cond_wait", "pthread_cond_timedwait",
	"pthread_cond_clockwait", "cnd_wait", "cnd_timedwait", "sem_wait", "sem_timedwait",
	"sem_clockwait", "pthread_join", "pthread_timedjoin_np", "pthread_clockjoin_np",
	"thrd_join", "pthread_barrier_wait", "syscall"};

/* setresuid(3) once waited for all threads with a lock that a call needs. */
static void a_futex_of_another_function_may_be_waited_for_with_a_lock(void **state)
{
	const struct fixture *fixture = *state;
	uint64_t other = in_libc(fixture, "poll");

	for (size_t i = 0; i < ARRAY_SIZE(waits_in_futex); i++)
		assert_refusal(
			JUDGE(fixture, true, in_libc(fixture, waits_in_futex[i]), in_program()),
			REFUSAL_NONE, waits_in_futex[i]);
	assert_refusal(JUDGE(fixture, true, other, in_program()), REFUSAL_LOCK, "unexpected");
	assert_refusal(JUDGE(fixture, true, in_libc(fixture, "sem_wait"), other, in_program()),
		REFUSAL_LOCK, "within another one");
	assert_refusal(JUDGE(fixture, true, in_libc(fixture, "sem_wait")), REFUSAL_LOCK,
		"a thread of libc's own");
	assert_refusal(JUDGE(fixture, false, other, in_program()), REFUSAL_NONE, "no futex");
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
		assert_refusal(judge_stack(fixture->modules, &memory_reader, &unwound, false),
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
	assert_refusal(judge_stack(fixture->modules, &memory_reader, &unwound, false), REFUSAL_NONE,
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
		WITH_MODULES(a_stack_without_its_end_is_refused),
		WITH_MODULES(a_frame_of_no_file_is_refused),
		WITH_MODULES(functions_of_libc_are_judged_by_address),
		WITH_MODULES(a_futex_of_another_function_may_be_waited_for_with_a_lock),
		WITH_MODULES(frames_of_libc_may_lack_names_but_where_it_was_called),
		WITH_MODULES(frames_without_a_name_are_judged_by_what_was_called),
		WITH_MODULES(a_stripped_program_with_a_c_library_waits_for_no_futex),
		WITH_MODULES(a_stack_followed_without_rules_must_be_that_of_the_call),
		WITH_MODULES(the_loader_is_refused_whole),
		WITH_MODULES(the_vdso_is_a_module_like_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
