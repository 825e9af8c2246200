#include "call/needed_calls.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/array.h"

#define CLONE_THREAD_FLAGS                                                                         \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)
#define ALL         0x3fu
#define BUT(number) (ALL & ~(1u << (number)))

/* Those of both ways to make a call: arch/agent_plan.c, agent_run.c, call_direct.c. */
static const struct needed_call calls[] = {
	{.number = SYS_rt_sigreturn, .unknown_arguments = ALL, .name = "rt_sigreturn"},
	{.number = SYS_mmap,
		.arguments = {0, 0, PROT_WRITE},
		.unknown_arguments = BUT(2),
		.name = "mmap"},
	{.number = SYS_process_vm_writev, .unknown_arguments = ALL, .name = "process_vm_writev"},
	{.number = SYS_process_vm_readv, .unknown_arguments = ALL, .name = "process_vm_readv"},
	{.number = SYS_mprotect,
		.arguments = {0, 0, PROT_READ | PROT_EXEC},
		.unknown_arguments = BUT(2),
		.name = "mprotect"},
	{.number = SYS_munmap, .unknown_arguments = ALL, .name = "munmap"},
	/* glibc goes on with clone(2) where this one fails. */
	{.number = SYS_clone3, .unknown_arguments = ALL, .may_fail = true, .name = "clone3"},
	{.number = SYS_clone,
		.arguments = {CLONE_THREAD_FLAGS},
		.unknown_arguments = BUT(0),
		.name = "clone"},
	{.number = SYS_set_robust_list, .unknown_arguments = ALL, .name = "set_robust_list"},
	{.number = SYS_rseq, .unknown_arguments = ALL, .may_fail = true, .name = "rseq"},
	{.number = SYS_rt_sigprocmask, .unknown_arguments = ALL, .name = "rt_sigprocmask"},
	{.number = SYS_rt_sigpending, .unknown_arguments = ALL, .name = "rt_sigpending"},
	{.number = SYS_rt_sigaction, .unknown_arguments = ALL, .name = "rt_sigaction"},
	{.number = SYS_prctl, .unknown_arguments = ALL, .may_fail = true, .name = "prctl"},
	{.number = SYS_gettid, .name = "gettid"},
	{.number = SYS_getpid, .name = "getpid"},
	{.number = SYS_clock_gettime, .unknown_arguments = ALL, .name = "clock_gettime"},
	{.number = SYS_nanosleep, .unknown_arguments = ALL, .name = "nanosleep"},
	{.number = SYS_tgkill, .unknown_arguments = ALL, .name = "tgkill"},
	{.number = SYS_exit, .name = "exit"},
	{.number = SYS_ppoll, .unknown_arguments = ALL, .name = "ppoll"},
	/* For a condition: also for the one whether a handler has run. */
	{.number = SYS_futex,
		.arguments = {0, FUTEX_CMP_REQUEUE_PRIVATE},
		.unknown_arguments = BUT(1),
		.name = "futex"},
};

/* Whatever their arguments turn out to be. */
static const struct needed_call order_calls[] = {
	{.number = SYS_memfd_create, .unknown_arguments = ALL, .name = "memfd_create"},
	{.number = SYS_fcntl, .unknown_arguments = ALL, .name = "fcntl"},
	{.number = SYS_close, .unknown_arguments = ALL, .name = "close"},
	{.number = SYS_munmap, .unknown_arguments = ALL, .name = "munmap"},
};

static bool makes(const struct call_order *order, int64_t number)
{
	for (size_t i = 0; i < order->count; i++) {
		const struct call_item *item = &order->items[i];

		if (!item->function && (int64_t)item->number == number)
			return true;
	}
	return false;
}

struct error *needed_calls_permitted(struct target *target, pid_t thread,
	const struct call_order *order, struct call_permission *ret)
{
	const struct needed_call *needed[ARRAY_SIZE(calls) + ARRAY_SIZE(order_calls)];
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		needed[count++] = &calls[i];
	for (size_t i = 0; order && i < ARRAY_SIZE(order_calls); i++)
		if (makes(order, order_calls[i].number))
			needed[count++] = &order_calls[i];
	return call_permission_find(target, thread, needed, count, ret);
}
