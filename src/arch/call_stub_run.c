/*
 * Runs inside the target, on a stack of limpet's own, without any library: compiled freestanding
 * and without instrumentation (CMakeLists.txt), self-contained within its section.
 */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>

#include "arch/call_stub.h"

#define STUB __attribute__((section("limpet_stub"), used, noinline))

void call_stub_run(struct call_block *block);
void call_stub_leave(struct call_block *block);

/* struct sigaction as the kernel takes it on x86-64. */
struct kernel_sigaction {
	uint64_t handler;
	uint64_t flags;
	uint64_t restorer;
	uint64_t mask;
};

STUB static uint64_t system_call(uint64_t number, const uint64_t arguments[6])
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

STUB static uint64_t call(struct call_block *block, struct call_item *item)
{
	const uint64_t *arguments = item->arguments;
	uint64_t (*function)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t) =
		(void *)item->function;

	if (item->first_from)
		item->arguments[0] = block->items[item->first_from - 1].result;
	if (!item->function)
		return system_call(item->number, arguments);
	return function(
		arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}

STUB static int restarts_system_calls(uint64_t signal)
{
	struct kernel_sigaction action = {0};
	uint64_t arguments[6] = {signal, 0, (uint64_t)&action, sizeof(action.mask), 0, 0};

	return system_call(SYS_rt_sigaction, arguments) == 0 && (action.flags & SA_RESTART);
}

STUB static void read_clock(uint64_t time[2])
{
	const uint64_t arguments[6] = {CLOCK_MONOTONIC, (uint64_t)time, 0, 0, 0, 0};

	system_call(SYS_clock_gettime, arguments);
}

/*
 * A caught signal that came while all were blocked will run its handler before the thread is back.
 * Had it come in the system call, that call might have failed with EINTR, and the program may
 * count on it (pause(), a read that alarm() breaks off). So it fails now.
 */
STUB static int would_have_interrupted(const struct call_block *block)
{
	uint64_t pending = 0;
	uint64_t arguments[6] = {(uint64_t)&pending, sizeof(pending), 0, 0, 0, 0};

	if (block->may_interrupt == CALL_INTERRUPTION_NONE)
		return 0;
	system_call(SYS_rt_sigpending, arguments);
	pending &= ~block->signal_mask & block->caught_signals;
	if (!pending || block->may_interrupt == CALL_INTERRUPTION_ALWAYS)
		return pending != 0;
	for (uint64_t signal = 1; signal <= 64; signal++)
		if (pending >> (signal - 1) & 1 && !restarts_system_calls(signal))
			return 1;
	return 0;
}

STUB void call_stub_run(struct call_block *block)
{
	int *(*errno_location)(void) = (void *)block->errno_location;
	int *thread_errno = errno_location ? errno_location() : 0;
	int saved = thread_errno ? *thread_errno : 0;

	__atomic_store_n(&block->state, CALL_STATE_RUNNING, __ATOMIC_RELEASE);
	for (uint64_t i = 0; i < block->count; i++)
		block->items[i].result = call(block, &block->items[i]);
	read_clock(block->returned_at);
	if (thread_errno)
		*thread_errno = saved;
	__atomic_store_n(&block->state, CALL_STATE_RETURNED, __ATOMIC_RELEASE);
	if (would_have_interrupted(block)) {
		block->rip = block->interrupted_rip;
		block->rax = (uint64_t)-EINTR;
	}
}

STUB void call_stub_leave(struct call_block *block)
{
	__atomic_store_n(&block->state, CALL_STATE_LEFT, __ATOMIC_RELEASE);
}
