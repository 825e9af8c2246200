#include "arch/call_situation.h"

#include <signal.h>
#include <stddef.h>

#define SIGNAL_SETXID 33 /* glibc's, for setresuid() in all threads */

uint64_t call_blocked_signals(void)
{
	static const int open[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGNAL_SETXID};
	uint64_t blocked = UINT64_MAX;

	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		blocked &= ~(1ULL << (open[i] - 1));
	return blocked;
}

enum call_interruption call_interruption_of(const struct call_situation *situation)
{
	const struct raw_registers *found = &situation->found;

	if (raw_interrupted_system_call(found) < 0)
		return CALL_INTERRUPTION_NONE;
	switch (-(int64_t)found->user.rax) {
	case ERESTARTNOINTR:
		return CALL_INTERRUPTION_NONE;
	case ERESTARTSYS:
		return CALL_INTERRUPTION_UNLESS_RESTART;
	default:
		return CALL_INTERRUPTION_ALWAYS;
	}
}
