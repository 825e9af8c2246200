#include "arch/call_plan.h"

#include <cpuid.h>
#include <errno.h>
#include <signal.h>
#include <string.h>

#define ERESTARTSYS    512
#define ERESTARTNOINTR 513

#define DIRECTION_FLAG 0x400ULL
#define RED_ZONE       128
#define MXCSR_DEFAULT  0x1f80
#define SIGNAL_SETXID  33 /* glibc's, for setresuid() in all threads */

uint64_t call_blocked_signals(void)
{
	static const int open[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGNAL_SETXID};
	uint64_t blocked = UINT64_MAX;

	for (size_t i = 0; i < sizeof(open) / sizeof(open[0]); i++)
		blocked &= ~(1ULL << (open[i] - 1));
	return blocked;
}

static enum call_interruption interruption_of(const struct raw_registers *found)
{
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

void call_plan_stub(const struct call_situation *situation, uint64_t area, uint64_t errno_location,
	struct call_block *block, struct raw_registers *ret)
{
	struct raw_registers back = situation->found;
	const struct user_regs_struct *user = &back.user;

	raw_reenter_system_call(&back, true, situation->original_system_call);
	block->r15 = user->r15;
	block->r14 = user->r14;
	block->r13 = user->r13;
	block->r12 = user->r12;
	block->rbp = user->rbp;
	block->rbx = user->rbx;
	block->r11 = user->r11;
	block->r10 = user->r10;
	block->r9 = user->r9;
	block->r8 = user->r8;
	block->rcx = user->rcx;
	block->rdx = user->rdx;
	block->rsi = user->rsi;
	block->rdi = user->rdi;
	block->rax = user->rax;
	block->rip = user->rip;
	block->rsp = user->rsp;
	block->flags = user->eflags;
	block->signal_mask = situation->signal_mask;
	block->extended_state = area + CALL_AREA_EXTENDED_STATE;
	block->mxcsr = MXCSR_DEFAULT;
	block->blocked_signals = call_blocked_signals() | situation->signal_mask;
	block->errno_location = errno_location;
	block->caught_signals = situation->caught_signals;
	block->may_interrupt = interruption_of(&situation->found);
	block->interrupted_rip = situation->found.user.rip;
	block->state = CALL_STATE_IDLE;

	uint64_t length, entry;
	call_stub_code(&length, &entry);
	*ret = situation->found;
	ret->user.rip = area + CALL_AREA_CODE + entry;
	ret->user.rsp = area + CALL_AREA_STACK_TOP;
	ret->user.orig_rax = UINT64_MAX;
	ret->user.rax = 0;
}

/* Indexes of 64-bit words in the kernel's struct ucontext, x86-64 (asm/ucontext.h, sigcontext.h).
 */
enum {
	UCONTEXT_FLAGS = 0,
	UCONTEXT_STACK_FLAGS = 3,
	UCONTEXT_REGISTERS = 5,
	UCONTEXT_SEGMENTS = UCONTEXT_REGISTERS + 18,
	UCONTEXT_EXTENDED = UCONTEXT_REGISTERS + 23,
	UCONTEXT_SIGNAL_MASK = 37,
	UCONTEXT_WORDS = 38,
};

#define UC_FLAGS            7ULL /* UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS */
#define STACK_FLAGS_INVALID 7ULL /* makes the kernel leave the alternate stack alone */
#define XSTATE_SOFTWARE     464  /* the bytes of an XSAVE area that are software's */
#define XSTATE_MAGIC1       0x46505853u
#define XSTATE_MAGIC2       0x46505845u
#define XSTATE_FEATURES     512 /* which components the XSAVE area holds */
#define XSTATE_MIN          576
#define XSTATE_LEAF         0xd /* of CPUID: where each component lies */
#define XSTATE_FIRST        2   /* the first component behind the legacy ones */
#define XSTATE_LAST         62

static void fill_context(
	uint64_t *context, const struct call_situation *situation, uint64_t extended_address)
{
	struct raw_registers back = situation->found;
	const struct user_regs_struct *user = &back.user;

	raw_reenter_system_call(&back, false, situation->original_system_call);
	uint64_t registers[] = {user->r8, user->r9, user->r10, user->r11, user->r12, user->r13,
		user->r14, user->r15, user->rdi, user->rsi, user->rbp, user->rbx, user->rdx,
		user->rax, user->rcx, user->rsp, user->rip, user->eflags};
	context[UCONTEXT_FLAGS] = UC_FLAGS;
	context[UCONTEXT_STACK_FLAGS] = STACK_FLAGS_INVALID;
	memcpy(context + UCONTEXT_REGISTERS, registers, sizeof(registers));
	context[UCONTEXT_SEGMENTS] = (user->cs & 0xffff) | (user->ss & 0xffff) << 48;
	context[UCONTEXT_EXTENDED] = extended_address;
	context[UCONTEXT_SIGNAL_MASK] = situation->signal_mask;
}

/*
 * Without the components at the end that the area does not hold. A tracer gets room for all that
 * the machine has; the kernel takes back no more than the process may use (AMX has to be asked
 * for), and forgets all vector registers but the SSE ones if there is more.
 */
static size_t extended_used(const void *extended, size_t length)
{
	size_t used = XSTATE_MIN;
	uint64_t features;

	memcpy(&features, (const char *)extended + XSTATE_FEATURES, sizeof(features));
	for (unsigned i = XSTATE_FIRST; i <= XSTATE_LAST; i++) {
		unsigned size, offset, ecx, edx;

		if (!(features >> i & 1))
			continue;
		__cpuid_count(XSTATE_LEAF, i, size, offset, ecx, edx);
		if ((size_t)offset + size > used)
			used = (size_t)offset + size;
	}
	return used < length ? used : length;
}

/* The software bytes tell the kernel that more than the legacy 512 bytes follow. */
static void fill_extended(struct call_frame *frame, const void *extended, size_t length)
{
	uint32_t sizes[] = {XSTATE_MAGIC1, (uint32_t)length + 4};
	uint32_t magic2 = XSTATE_MAGIC2, size = (uint32_t)length;
	uint64_t features;

	memcpy(frame->extended, extended, length);
	/* A tracer finds the enabled features where software finds its own bytes. */
	memcpy(&features, frame->extended + XSTATE_SOFTWARE, sizeof(features));
	memset(frame->extended + XSTATE_SOFTWARE, 0, 48);
	memcpy(frame->extended + XSTATE_SOFTWARE, sizes, sizeof(sizes));
	memcpy(frame->extended + XSTATE_SOFTWARE + 8, &features, sizeof(features));
	memcpy(frame->extended + XSTATE_SOFTWARE + 16, &size, sizeof(size));
	memcpy(frame->extended + length, &magic2, sizeof(magic2));
	frame->extended_length = length + sizeof(magic2);
}

void call_plan_system_call(const struct call_situation *situation,
	const struct call_gadgets *gadgets, uint64_t number, const uint64_t arguments[6],
	const void *extended, size_t extended_length, struct call_frame *frame,
	struct raw_registers *ret)
{
	uint64_t words[1 + UCONTEXT_WORDS] = {gadgets->signal_return};
	uint64_t below = situation->found.user.rsp - RED_ZONE;

	extended_length = extended_used(extended, extended_length);
	frame->extended_address = (below - extended_length - 64) & ~63ULL;
	frame->address = ((frame->extended_address - CALL_FRAME_SIZE) & ~15ULL) - 8;
	fill_context(words + 1, situation, frame->extended_address);
	memset(frame->bytes, 0, sizeof(frame->bytes));
	memcpy(frame->bytes, words, sizeof(words));
	fill_extended(frame, extended, extended_length);

	*ret = situation->found;
	ret->user.rip = gadgets->system_call;
	ret->user.rsp = frame->address;
	ret->user.orig_rax = UINT64_MAX;
	ret->user.rax = number;
	ret->user.rdi = arguments[0];
	ret->user.rsi = arguments[1];
	ret->user.rdx = arguments[2];
	ret->user.r10 = arguments[3];
	ret->user.r8 = arguments[4];
	ret->user.r9 = arguments[5];
	ret->user.eflags &= ~DIRECTION_FLAG;
}

static bool find_bytes(
	const void *code, size_t length, const void *pattern, size_t pattern_length, size_t *ret)
{
	const char *found = length ? memmem(code, length, pattern, pattern_length) : NULL;

	if (found)
		*ret = (size_t)(found - (const char *)code);
	return found != NULL;
}

bool call_find_system_call(const void *code, size_t length, size_t *ret)
{
	return find_bytes(code, length, "\x0f\x05\xc3", 3, ret);
}

bool call_find_signal_return(const void *code, size_t length, size_t *ret)
{
	return find_bytes(code, length, "\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05", 9, ret);
}
