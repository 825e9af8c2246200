#include "call/choice.h"

#include <string.h>
#include <sys/syscall.h>

#include "base/path.h"
#include "call/call_site.h"
#include "call/equipment.h"

static const char *const texts[REFUSAL_COUNT] = {
	[REFUSAL_NONE] = "nothing speaks against it",
	[REFUSAL_RUNNING] = "running",
	[REFUSAL_UNINTERRUPTIBLE] = "in an uninterruptible wait",
	[REFUSAL_SUSPENDED] = "suspended or traced",
	[REFUSAL_EXITED] = "has exited",
	[REFUSAL_SECCOMP] = "not permitted by its seccomp filters what limpet needs",
	[REFUSAL_SHADOW_STACK] = "with a hardware shadow stack, which a call would break",
	[REFUSAL_UNKNOWN_WAIT] = "in a system call that might not survive it",
	[REFUSAL_TIME_OUT] = "in a system call that would start over, or end half done",
	[REFUSAL_ALLOCATOR_THREAD] = "the allocator's own thread",
	[REFUSAL_LIMPET] = "limpet's own",
	[REFUSAL_STACK_ROOM] = "with too little room on its stack",
	[REFUSAL_NOT_CAPTURED] = "could not be stopped",
	[REFUSAL_STACK] = "its stack cannot be followed to its end",
	[REFUSAL_NO_RULES] = "in code without unwind information, whose caller cannot be told",
	[REFUSAL_ALLOCATOR] = "in the allocator",
	[REFUSAL_LOADER] = "in the dynamic loader",
	[REFUSAL_LOCK] = "waiting for a lock",
	[REFUSAL_FORK] = "in fork",
	[REFUSAL_THREAD_CHANGE] = "starting, ending or changing threads",
	[REFUSAL_UNWINDER] = "in exception handling",
	[REFUSAL_SIGNAL_HANDLER] = "in a signal handler",
	[REFUSAL_UNKNOWN_LIBC] = "in a part of the C library that has no name",
	[REFUSAL_UNKNOWN_CODE] = "in code that has neither unwind information nor a name",
	[REFUSAL_BORROW] = "did not stay where it was",
};

const char *thread_refusal_text(enum thread_refusal refusal)
{
	return texts[refusal];
}

static enum thread_refusal judge_state(char state)
{
	switch (state) {
	case 'S':
		return REFUSAL_NONE;
	case 'D':
		return REFUSAL_UNINTERRUPTIBLE;
	case 'T':
	case 't':
		return REFUSAL_SUSPENDED;
	case 'Z':
	case 'X':
		return REFUSAL_EXITED;
	default:
		return REFUSAL_RUNNING;
	}
}

/* Threads that wait for each other first, then for the outside, then for a time. */
static unsigned rank_of(const struct thread_wait *wait)
{
	if (wait->timed)
		return 3;
	if (wait->call->number == SYS_futex)
		return 0;
	return wait->call->fails ? 2 : 1;
}

/* May it be entered again? Where what is left of the time cannot be told, it would start over. */
static enum thread_refusal judge_wait(const struct thread_wait *wait)
{
	if (!wait->call)
		return REFUSAL_UNKNOWN_WAIT;
	if (wait->time_out == TIME_OUT_UNKNOWN)
		return REFUSAL_TIME_OUT;
	if (wait->timed && wait->time_out > TIME_OUT_MAX &&
		(!wait->known || wait->call->form == TIME_OUT_FIXED))
		return REFUSAL_TIME_OUT;
	return REFUSAL_NONE;
}

enum thread_refusal judge_status(
	const struct thread_status *status, const struct thread_wait *wait, unsigned *ret_rank)
{
	enum thread_refusal refusal = judge_state(status->state);

	if (status->shadow_stack)
		return REFUSAL_SHADOW_STACK;
	if (refusal)
		return refusal;
	/* jemalloc's background threads: they hold its locks between two waits. */
	if (strncmp(status->name, "jemalloc_bg", strlen("jemalloc_bg")) == 0)
		return REFUSAL_ALLOCATOR_THREAD;
	if (strcmp(status->name, "limpet") == 0)
		return REFUSAL_LIMPET;
	refusal = judge_wait(wait);
	if (!refusal)
		*ret_rank = rank_of(wait);
	return refusal;
}

struct function_rule {
	const char *name; /* a whole name, or with * a beginning */
	enum thread_refusal refusal;
};

/* Wherever they are. */
static const struct function_rule rules[] = {
	{"malloc*", REFUSAL_ALLOCATOR},
	{"calloc", REFUSAL_ALLOCATOR},
	{"realloc*", REFUSAL_ALLOCATOR},
	{"free", REFUSAL_ALLOCATOR},
	{"cfree", REFUSAL_ALLOCATOR},
	{"posix_memalign", REFUSAL_ALLOCATOR},
	{"aligned_alloc", REFUSAL_ALLOCATOR},
	{"memalign", REFUSAL_ALLOCATOR},
	{"valloc", REFUSAL_ALLOCATOR},
	{"pvalloc", REFUSAL_ALLOCATOR},
	{"mallinfo*", REFUSAL_ALLOCATOR},
	{"mallopt", REFUSAL_ALLOCATOR},
	{"mallctl*", REFUSAL_ALLOCATOR},
	{"mallocx", REFUSAL_ALLOCATOR},
	{"rallocx", REFUSAL_ALLOCATOR},
	{"xallocx", REFUSAL_ALLOCATOR},
	{"sallocx", REFUSAL_ALLOCATOR},
	{"dallocx", REFUSAL_ALLOCATOR},
	{"sdallocx", REFUSAL_ALLOCATOR},
	{"nallocx", REFUSAL_ALLOCATOR},
	{"je_*", REFUSAL_ALLOCATOR},
	{"_rjem_*", REFUSAL_ALLOCATOR},
	{"jemalloc*", REFUSAL_ALLOCATOR},
	{"jemallctl*", REFUSAL_ALLOCATOR},
	{"__libc_malloc*", REFUSAL_ALLOCATOR},
	{"__malloc_*", REFUSAL_ALLOCATOR},
	{"__libc_free", REFUSAL_ALLOCATOR},
	{"__libc_calloc", REFUSAL_ALLOCATOR},
	{"__libc_realloc", REFUSAL_ALLOCATOR},
	{"__libc_memalign", REFUSAL_ALLOCATOR},
	{"background_thread_entry", REFUSAL_ALLOCATOR},
	{"_Znw*", REFUSAL_ALLOCATOR},
	{"_Zna*", REFUSAL_ALLOCATOR},
	{"_Zdl*", REFUSAL_ALLOCATOR},
	{"_Zda*", REFUSAL_ALLOCATOR},
	{"fork", REFUSAL_FORK},
	{"vfork", REFUSAL_FORK},
	{"_Fork", REFUSAL_FORK},
	{"__libc_fork", REFUSAL_FORK},
	{"posix_spawn*", REFUSAL_FORK},
	{"__run_fork_handlers", REFUSAL_FORK},
	{"__run_prefork_handlers", REFUSAL_FORK},
	{"__run_postfork_handlers", REFUSAL_FORK},
	{"system", REFUSAL_FORK},
	{"popen", REFUSAL_FORK},
	{"dlopen*", REFUSAL_LOADER},
	{"dlclose*", REFUSAL_LOADER},
	{"dlsym*", REFUSAL_LOADER},
	{"dlvsym", REFUSAL_LOADER},
	{"dladdr*", REFUSAL_LOADER},
	{"dlinfo", REFUSAL_LOADER},
	{"dlmopen*", REFUSAL_LOADER},
	{"dl_iterate_phdr", REFUSAL_LOADER},
	{"_dl_*", REFUSAL_LOADER},
	{"__tls_get_addr", REFUSAL_LOADER},
	{"__dls*", REFUSAL_LOADER},
	{"do_dlsym", REFUSAL_LOADER},
	{"do_init_fini", REFUSAL_LOADER},
	{"load_library", REFUSAL_LOADER},
	{"pthread_create*", REFUSAL_THREAD_CHANGE},
	{"__pthread_create*", REFUSAL_THREAD_CHANGE},
	{"pthread_exit", REFUSAL_THREAD_CHANGE},
	{"pthread_cancel", REFUSAL_THREAD_CHANGE},
	{"__call_tls_dtors", REFUSAL_THREAD_CHANGE},
	{"__nptl_deallocate_tsd", REFUSAL_THREAD_CHANGE},
	{"exit", REFUSAL_THREAD_CHANGE},
	{"_exit", REFUSAL_THREAD_CHANGE},
	{"_Exit", REFUSAL_THREAD_CHANGE},
	{"quick_exit", REFUSAL_THREAD_CHANGE},
	{"abort", REFUSAL_THREAD_CHANGE},
	{"__run_exit_handlers", REFUSAL_THREAD_CHANGE},
	{"__cxa_finalize", REFUSAL_THREAD_CHANGE},
	{"__cxa_thread_atexit*", REFUSAL_THREAD_CHANGE},
	/* They hold the lock of all threads' stacks until each thread has answered. */
	{"setuid", REFUSAL_THREAD_CHANGE},
	{"setgid", REFUSAL_THREAD_CHANGE},
	{"seteuid", REFUSAL_THREAD_CHANGE},
	{"setegid", REFUSAL_THREAD_CHANGE},
	{"setreuid", REFUSAL_THREAD_CHANGE},
	{"setregid", REFUSAL_THREAD_CHANGE},
	{"setresuid", REFUSAL_THREAD_CHANGE},
	{"setresgid", REFUSAL_THREAD_CHANGE},
	{"setgroups", REFUSAL_THREAD_CHANGE},
	{"__setuid", REFUSAL_THREAD_CHANGE},
	{"__setgid", REFUSAL_THREAD_CHANGE},
	{"__setreuid", REFUSAL_THREAD_CHANGE},
	{"__setregid", REFUSAL_THREAD_CHANGE},
	{"__setresuid", REFUSAL_THREAD_CHANGE},
	{"__setresgid", REFUSAL_THREAD_CHANGE},
	{"__setxid", REFUSAL_THREAD_CHANGE},
	{"__nptl_setxid*", REFUSAL_THREAD_CHANGE},
	{"__synccall", REFUSAL_THREAD_CHANGE},
	{"_Unwind_*", REFUSAL_UNWINDER},
	{"__cxa_throw", REFUSAL_UNWINDER},
	{"__gxx_personality*", REFUSAL_UNWINDER},
	{"backtrace", REFUSAL_UNWINDER},
	{"pthread_mutex_*", REFUSAL_LOCK},
	{"__pthread_mutex_*", REFUSAL_LOCK},
	{"pthread_rwlock_*", REFUSAL_LOCK},
	{"__pthread_rwlock_*", REFUSAL_LOCK},
	{"__lll_lock_*", REFUSAL_LOCK},
	{"__lock*", REFUSAL_LOCK},
	{"__tl_lock", REFUSAL_LOCK},
	{"__ofl_lock", REFUSAL_LOCK},
	{"pthread_once", REFUSAL_LOCK},
	{"__pthread_once", REFUSAL_LOCK},
	{"__cxa_guard_acquire", REFUSAL_LOCK},
	{"__restore_rt", REFUSAL_SIGNAL_HANDLER},
};

/* Only where they are the C library's own. */
static const struct function_rule libc_rules[] = {
	{"tz*", REFUSAL_LOCK},
	{"syslog", REFUSAL_LOCK},
	{"vsyslog", REFUSAL_LOCK},
};

static bool matches(const char *rule, const char *name)
{
	size_t length = strlen(rule);

	if (rule[length - 1] == '*')
		return strncmp(rule, name, length - 1) == 0;
	return strcmp(rule, name) == 0;
}

static enum thread_refusal find_rule(
	const struct function_rule *items, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (matches(items[i].name, name))
			return items[i].refusal;
	return REFUSAL_NONE;
}

enum thread_refusal judge_function(const char *name, bool in_libc)
{
	enum thread_refusal refusal = find_rule(rules, ARRAY_SIZE(rules), name);

	if (!refusal && in_libc)
		refusal = find_rule(libc_rules, ARRAY_SIZE(libc_rules), name);
	return refusal;
}

struct module_rule {
	const char *part; /* of the file's name */
	enum thread_refusal refusal;
};

static const struct module_rule module_rules[] = {
	{"jemalloc", REFUSAL_ALLOCATOR},
	{"tcmalloc", REFUSAL_ALLOCATOR},
	{"mimalloc", REFUSAL_ALLOCATOR},
	{"ld-linux", REFUSAL_LOADER},
	{"libgcc_s", REFUSAL_UNWINDER},
};

static enum thread_refusal judge_module(const struct module *module)
{
	const char *name = path_file_name(module->path);

	for (size_t i = 0; i < ARRAY_SIZE(module_rules); i++)
		if (strstr(name, module_rules[i].part))
			return module_rules[i].refusal;
	return REFUSAL_NONE;
}

/* What is gone through frame by frame, from the leaf on. */
struct judgement {
	struct module_table *modules;
	const struct memory_reader *reader;
	const struct unwind_result *unwound;
	bool in_futex;
	bool built_in; /* the C library, and the allocator with it */
	/* Frames of the C library that follow each other, up to here. */
	bool inside;
	bool at_leaf;
	bool any_named;
	const char *outermost; /* name, or NULL */
};

/*
 * A thread is not chosen by what only the user says that the functions are. Assembler functions of
 * musl have no size, and would lend their names to all that follows.
 */
static const struct elf_symbol *symbol_at(const struct module *module, uint64_t address)
{
	const struct elf_symbol *symbol;

	if (!module || !module->image)
		return NULL;
	symbol = elf_image_proven_symbol_at(module->image, address - module->bias);
	if (symbol && !symbol->size && symbol->address != address - module->bias &&
		is_c_library(module))
		return NULL;
	return symbol;
}

/* The function that the frame at index called: what lies below it began there. */
struct called {
	const struct module *module; /* NULL: not known */
	const char *name;            /* NULL: it has none that is exported */
};

static struct called called_function(const struct judgement *judgement, size_t index)
{
	uint64_t address = judgement->unwound->addresses.items[index], target;
	struct called called = {0};

	if (!call_site_target(judgement->reader, address + 1, &target))
		return called;
	called.module = module_table_find(judgement->modules, target);
	const struct elf_symbol *symbol = symbol_at(called.module, target);
	called.name = symbol ? symbol->name : NULL;
	return called;
}

/* "pthread_join" of "__pthread_join", "__GI___pthread_join". */
static const char *public_name(const char *name)
{
	name += strspn(name, "_");
	if (strncmp(name, "GI_", 3) == 0)
		name += 3 + strspn(name + 3, "_");
	return name;
}

/*
 * The inner locks of a C library are waited for in functions without names, by those that hold
 * another one, maybe; and others hold one while they wait for something else. A thread will do only
 * in a function that waits for what is no lock, and holds none.
 */
static bool waits_for_no_lock(const char *name)
{
	static const char *const names[] = {"pthread_cond_wait", "pthread_cond_timedwait",
		"pthread_cond_clockwait", "cnd_wait", "cnd_timedwait", "sem_wait", "sem_timedwait",
		"sem_clockwait", "new_sem_wait", "pthread_join", "pthread_timedjoin_np",
		"pthread_clockjoin_np", "pthread_timedjoin_ex", "pthread_clockjoin_ex", "thrd_join",
		"pthread_barrier_wait", "syscall"};

	name = public_name(name);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* The frames of the C library end below the frame at index, which called them. */
static enum thread_refusal end_run(struct judgement *judgement, size_t index)
{
	const char *outermost = judgement->outermost;
	enum thread_refusal refusal;

	if (!judgement->inside)
		return REFUSAL_NONE;
	judgement->inside = false;
	if (!outermost || judgement->unwound->by_code) {
		struct called called = called_function(judgement, index);

		/* What was followed must be what was called. */
		if (called.module && !is_c_library(called.module))
			return REFUSAL_STACK;
		if (!outermost && !called.name)
			return REFUSAL_UNKNOWN_LIBC;
		refusal = called.name ? judge_function(called.name, true) : REFUSAL_NONE;
		if (refusal)
			return refusal;
		outermost = outermost ? outermost : called.name;
	}
	if (!judgement->at_leaf || !judgement->in_futex)
		return REFUSAL_NONE;
	return waits_for_no_lock(outermost) ? REFUSAL_NONE : REFUSAL_LOCK;
}

static enum thread_refusal judge_frame(struct judgement *judgement, size_t index)
{
	uint64_t address = judgement->unwound->addresses.items[index];
	const struct module *module = module_table_find(judgement->modules, address);
	const struct elf_symbol *symbol = symbol_at(module, address);
	enum thread_refusal refusal;

	if (!module || !module->image)
		return REFUSAL_STACK;
	refusal = judge_module(module);
	if (!refusal && symbol)
		refusal = judge_function(symbol->name, is_c_library(module));
	if (refusal)
		return refusal;
	if (!is_c_library(module) && !symbol && judgement->unwound->by_code)
		return REFUSAL_UNKNOWN_CODE;
	/* One of their locks, maybe; in no other call that may be borrowed they wait. */
	if (judgement->built_in && !symbol && judgement->in_futex)
		return REFUSAL_UNKNOWN_LIBC;
	if (!is_c_library(module))
		return end_run(judgement, index);
	if (!judgement->inside) {
		judgement->inside = true;
		judgement->at_leaf = index == 0;
		judgement->any_named = false;
	}
	judgement->outermost = symbol ? symbol->name : NULL;
	judgement->any_named |= symbol != NULL;
	return REFUSAL_NONE;
}

enum thread_refusal judge_stack(struct module_table *modules, const struct memory_reader *reader,
	const struct unwind_result *unwound, bool in_futex)
{
	struct judgement judgement = {
		.modules = modules,
		.reader = reader,
		.unwound = unwound,
		.in_futex = in_futex,
		.built_in = !has_c_library(modules),
	};

	if (unwound->signal_frame)
		return REFUSAL_SIGNAL_HANDLER;
	for (size_t i = 0; i < unwound->addresses.count; i++) {
		enum thread_refusal refusal = judge_frame(&judgement, i);

		if (refusal)
			return refusal;
	}
	if (unwound->end != UNWIND_COMPLETE && unwound->end != UNWIND_NO_RULES)
		return REFUSAL_STACK;
	/* The frame pointer alone may leave one out. */
	if (unwound->end == UNWIND_NO_RULES || unwound->by_frame_pointer)
		return REFUSAL_NO_RULES;
	/* The frames that started the thread or the program: the last run may have no names. */
	if (judgement.inside && judgement.at_leaf && !judgement.any_named)
		return REFUSAL_UNKNOWN_LIBC;
	/* A thread of the library's own, or one that does not run yet. */
	if (judgement.inside && judgement.at_leaf && in_futex)
		return REFUSAL_LOCK;
	return REFUSAL_NONE;
}
