/*
 * Runs inside the target without any library: compiled freestanding and without instrumentation
 * (CMakeLists.txt), self-contained within its section.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "arch/agent.h"
#include "arch/call_situation.h"

#define AGENT __attribute__((section("limpet_agent"), used, noinline))

#define NANOSECONDS  1000000000ULL
#define FIRST_PAUSE  20000ULL    /* ns */
#define LAST_PAUSE   10000000ULL /* ns */
#define PAUSE_SHARE  8           /* of the time since the last order */
#define NAME_MAPPING 0x53564d41  /* PR_SET_VMA: since Linux 5.17, include/uapi/linux/prctl.h */
#define DETACHED     1           /* PTHREAD_CREATE_DETACHED */

/* Words of musl's pthread_attr_t (include/alltypes.h.in, src/internal/pthread_impl.h). */
#define MUSL_STACK_SIZE 0
#define MUSL_STACK_TOP  2
#define MUSL_DETACHED   3

extern const char __start_limpet_agent[] __attribute__((visibility("hidden")));

void agent_reap(const struct agent_parameters *parameters, uint64_t process, uint64_t thread)
	__attribute__((visibility("hidden")));
uint64_t agent_launch(void);
void *agent_main(void *block);
void agent_write(void *descriptor, const char *text);

/* As agent_entry.S has them. */
_Static_assert(offsetof(struct agent_parameters, area) == 0, "AREA");
_Static_assert(offsetof(struct agent_parameters, thread_exit) == 56, "THREAD_EXIT");
_Static_assert(AGENT_REAPER_STACK == 0xf000 && AGENT_SIZE == 0x90000, "REAPER_STACK, AREA_SIZE");

/* struct sigaction as the kernel takes it on x86-64. */
struct kernel_sigaction {
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

AGENT static uint64_t system_call(uint64_t number, const uint64_t arguments[6])
{
	register uint64_t r10 __asm__("r10") = arguments[3];
	register uint64_t r8 __asm__("r8") = arguments[4];
	register uint64_t r9 __asm__("r9") = arguments[5];
	uint64_t result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "0"(number), "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]),
			 "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

AGENT static uint64_t call_function(uint64_t address, const uint64_t arguments[6])
{
	uint64_t (*function)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) =
		(void *)address;

	return function(
		arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

AGENT static uint64_t page_address(uint64_t offset)
{
	return (uint64_t)__start_limpet_agent - AGENT_CODE + offset;
}

AGENT static const struct agent_parameters *parameters_of(void)
{
	return (const void *)page_address(AGENT_PARAMETERS);
}

AGENT static void read_clock(uint64_t time[2])
{
	const uint64_t arguments[6] = {CLOCK_MONOTONIC, (uint64_t)time, 0, 0, 0, 0};

	system_call(SYS_clock_gettime, arguments);
}

AGENT static uint64_t now(void)
{
	uint64_t time[2];

	read_clock(time);
	return time[0] * NANOSECONDS + time[1];
}

AGENT static int restarts_system_calls(uint64_t signal)
{
	struct kernel_sigaction action = {0};
	const uint64_t arguments[6] = {signal, 0, (uint64_t)&action, sizeof(action.mask), 0, 0};

	return system_call(SYS_rt_sigaction, arguments) == 0 && (action.flags & SA_RESTART);
}

/*
 * A caught signal that came while all were blocked will run its handler before the thread is back.
 * Had it come in the system call, that call might have failed with EINTR, and the program may
 * count on it (pause(), a read that alarm() breaks off). So it fails now.
 */
AGENT static int would_have_interrupted(const struct agent_parameters *parameters)
{
	uint64_t pending = 0;
	const uint64_t arguments[6] = {(uint64_t)&pending, sizeof(pending), 0, 0, 0, 0};

	if (parameters->interruption == CALL_INTERRUPTION_NONE)
		return 0;
	system_call(SYS_rt_sigpending, arguments);
	pending &= ~parameters->signal_mask & parameters->caught_signals;
	if (!pending || parameters->interruption == CALL_INTERRUPTION_ALWAYS)
		return pending != 0;
	for (uint64_t signal = 1; signal <= 64; signal++)
		if (pending >> (signal - 1) & 1 && !restarts_system_calls(signal))
			return 1;
	return 0;
}

AGENT static uint64_t create_thread(
	const struct agent_parameters *parameters, struct agent_block *block)
{
	uint64_t thread = 0;
	const uint64_t creation[6] = {(uint64_t)&thread, (uint64_t)block->attribute,
		(uint64_t)agent_main, (uint64_t)block};

	return (uint32_t)call_function(parameters->pthread_create, creation);
}

/* pthread_create() with a stack in limpet's mapping: nothing of the thread outlives it. */
AGENT static uint64_t start_thread(
	const struct agent_parameters *parameters, struct agent_block *block)
{
	uint64_t attribute = (uint64_t)block->attribute, failed;
	const uint64_t just_it[6] = {attribute};
	const uint64_t detached[6] = {attribute, DETACHED};
	const uint64_t stack[6] = {attribute, parameters->area + AGENT_STACK, AGENT_STACK_SIZE};

	failed = (uint32_t)call_function(parameters->attribute_init, just_it);
	if (failed)
		return failed;
	failed = (uint32_t)call_function(parameters->attribute_set_detached, detached);
	if (!failed)
		failed = (uint32_t)call_function(parameters->attribute_set_stack, stack);
	if (!failed)
		failed = create_thread(parameters, block);
	call_function(parameters->attribute_destroy, just_it);
	return failed;
}

/* pthread_attr_t of musl 0.9.15 to 1.2: a program that is linked statically lacks what fills it. */
AGENT static uint64_t start_thread_of_musl(
	const struct agent_parameters *parameters, struct agent_block *block)
{
	block->attribute[MUSL_STACK_SIZE] = AGENT_STACK_SIZE;
	block->attribute[MUSL_STACK_TOP] = parameters->area + AGENT_STACK + AGENT_STACK_SIZE;
	block->attribute[MUSL_DETACHED] = DETACHED;
	return create_thread(parameters, block);
}

AGENT static void make_readable(const struct agent_parameters *parameters)
{
	const uint64_t protection[6] = {
		parameters->area + AGENT_PAGE, AGENT_SIZE - AGENT_PAGE, PROT_READ | PROT_WRITE};
	const uint64_t name[6] = {
		NAME_MAPPING, 0, parameters->area, AGENT_SIZE, parameters->area + AGENT_NAME};

	system_call(SYS_mprotect, protection);
	system_call(SYS_prctl, name);
}

/*
 * The kernel tells of the borrowed thread's end of work, not the code here: as soon as that is told
 * the mapping may be gone, and the thread may stand still for as long as it likes before.
 */
AGENT static void plan_next_step(
	const struct agent_parameters *parameters, const struct agent_block *block)
{
	uint64_t *number = (uint64_t *)parameters->after;

	if (block->launch_result) {
		*number = SYS_munmap;
		return;
	}
	*number = SYS_clock_gettime;
	*(uint64_t *)parameters->after_arguments[0] = CLOCK_MONOTONIC;
	*(uint64_t *)parameters->after_arguments[1] = (uint64_t)block->launched_at;
}

/* On the borrowed thread, as a step of its chain. */
AGENT uint64_t agent_launch(void)
{
	const struct agent_parameters *parameters = parameters_of();
	struct agent_block *block = (void *)(parameters->area + AGENT_BLOCK);
	const uint64_t none[6] = {0};
	int *thread_errno = (int *)call_function(parameters->errno_location, none);
	int saved = *thread_errno;

	make_readable(parameters);
	block->launch_result = parameters->musl_attributes ? start_thread_of_musl(parameters, block)
							   : start_thread(parameters, block);
	plan_next_step(parameters, block);
	*thread_errno = saved;
	if (would_have_interrupted(parameters))
		*(uint64_t *)parameters->ending = parameters->back_failed;
	return 0;
}

/* For functions that hand a text to one of this kind, piece by piece. */
AGENT void agent_write(void *descriptor, const char *text)
{
	uint64_t length = 0;

	while (text[length])
		length++;
	while (length) {
		const uint64_t arguments[6] = {(uint64_t)descriptor, (uint64_t)text, length};
		int64_t written = (int64_t)system_call(SYS_write, arguments);

		if (written <= 0)
			return;
		text += written;
		length -= (uint64_t)written;
	}
}

AGENT static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

AGENT static void note_descriptor(struct agent_block *block, const struct call_item *item)
{
	uint64_t wanted = item->opens ? 0 : item->arguments[0] + 1;
	uint64_t noted = item->opens ? item->result + 1 : 0;

	if (item->opens ? (int64_t)item->result < 0 : item->number != SYS_close || item->result)
		return;
	for (int i = 0; i < AGENT_DESCRIPTORS_MAX; i++)
		if (block->descriptors[i] == wanted) {
			block->descriptors[i] = noted;
			return;
		}
}

AGENT static void run_item(struct agent_block *block, struct call_item *item)
{
	if (item->only_if_from && (uint32_t)block->items[item->only_if_from - 1].result !=
					  (uint32_t)item->only_if_value) {
		item->result = CALL_NOT_MADE;
		return;
	}
	if (item->first_from)
		item->arguments[0] = block->items[item->first_from - 1].result;
	if (item->function) {
		item->result = call_function(item->function, item->arguments);
		return;
	}
	item->result = system_call(item->number, item->arguments);
	note_descriptor(block, item);
}

AGENT static void run_order(struct agent_block *block, uint64_t order)
{
	for (uint64_t i = 0; i < block->count && i < CALL_COUNT_MAX; i++)
		run_item(block, &block->items[i]);
	read_clock(block->returned_at);
	__atomic_store_n(&block->done, order, __ATOMIC_SEQ_CST);
}

/* A library may have been unloaded since. */
AGENT static int is_code(uint64_t address, uint64_t first_bytes)
{
	uint64_t found = 0;
	const uint64_t none[6] = {0};
	const uint64_t to[2] = {(uint64_t)&found, sizeof(found)};
	const uint64_t from[2] = {address, sizeof(found)};
	const uint64_t arguments[6] = {
		system_call(SYS_getpid, none), (uint64_t)to, 1, (uint64_t)from, 1, 0};

	return system_call(SYS_process_vm_readv, arguments) == sizeof(found) &&
	       found == first_bytes;
}

AGENT static void undo(struct agent_block *block)
{
	uint64_t count = load(&block->undo_count);

	for (uint64_t i = 0; i < count && i < AGENT_UNDO_MAX; i++) {
		const struct call_item *item = &block->undo[i].item;

		if (is_code(item->function, block->undo[i].code))
			call_function(item->function, item->arguments);
	}
}

AGENT static void close_descriptors(struct agent_block *block)
{
	for (int i = 0; i < AGENT_DESCRIPTORS_MAX; i++)
		if (block->descriptors[i]) {
			const uint64_t arguments[6] = {block->descriptors[i] - 1};

			system_call(SYS_close, arguments);
		}
}

AGENT static void sleep_for(uint64_t pause)
{
	const uint64_t time[2] = {0, pause};
	const uint64_t arguments[6] = {(uint64_t)time};

	system_call(SYS_nanosleep, arguments);
}

AGENT static uint64_t pause_after(uint64_t idle)
{
	uint64_t pause = idle / PAUSE_SHARE;

	if (pause < FIRST_PAUSE)
		return FIRST_PAUSE;
	return pause < LAST_PAUSE ? pause : LAST_PAUSE;
}

/* Until limpet wants it gone, or has given no sign of life for too long. */
AGENT static void serve(const struct agent_parameters *parameters, struct agent_block *block)
{
	uint64_t sign = load(&block->sign_of_life), seen = now(), busy = seen, time;

	for (;;) {
		uint64_t order = load(&block->order), new_sign = load(&block->sign_of_life);

		if (order != block->done) {
			run_order(block, order);
			seen = busy = now();
			continue;
		}
		time = now();
		if (new_sign != sign)
			seen = time;
		sign = new_sign;
		if (load(&block->leave) || time - seen > parameters->quiet)
			return;
		sleep_for(pause_after(time - busy));
	}
}

/* false: an order came just before it was said that none is taken any more. */
AGENT static int take_leave(struct agent_block *block)
{
	__atomic_store_n(&block->state, AGENT_STATE_LEAVING, __ATOMIC_SEQ_CST);
	if (load(&block->order) == block->done)
		return 1;
	__atomic_store_n(&block->state, AGENT_STATE_READY, __ATOMIC_SEQ_CST);
	return 0;
}

AGENT static void take_name(void)
{
	const uint64_t arguments[6] = {PR_SET_NAME, page_address(AGENT_NAME)};

	system_call(SYS_prctl, arguments);
}

/* The start routine of limpet's thread. */
AGENT void *agent_main(void *argument)
{
	const struct agent_parameters *parameters = parameters_of();
	struct agent_block *block = argument;
	const uint64_t none[6] = {0};

	take_name();
	block->thread = system_call(SYS_gettid, none);
	__atomic_store_n(&block->state, AGENT_STATE_READY, __ATOMIC_SEQ_CST);
	do
		serve(parameters, block);
	while (!take_leave(block));
	while (!load(&block->launched_at[0]))
		sleep_for(FIRST_PAUSE);
	undo(block);
	close_descriptors(block);
	if (parameters->thread_exit)
		agent_reap(parameters, system_call(SYS_getpid, none), block->thread);
	return (void *)0;
}
