#include "arch/call_frame.h"

#include <cpuid.h>
#include <string.h>

enum {
	FRAME_FLAGS = 0,
	FRAME_STACK_FLAGS = 3,
	FRAME_SEGMENTS = CALL_FRAME_REGISTERS + 18,
	FRAME_EXTENDED = CALL_FRAME_REGISTERS + 23,
	FRAME_SIGNAL_MASK = 37,
};

#define UC_FLAGS            7ULL /* UC_FP_XSTATE | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS */
#define STACK_FLAGS_INVALID 7ULL /* makes the kernel leave the alternate stack alone */
#define XSTATE_SOFTWARE     464  /* the bytes of an XSAVE area that are software's */
#define XSTATE_MAGIC1       0x46505853u
#define XSTATE_MAGIC2       0x46505845u
#define XSTATE_FEATURES     512 /* which components the XSAVE area holds */
#define XSTATE_LEAF         0xd /* of CPUID: where each component lies */
#define XSTATE_FIRST        2   /* the first component behind the legacy ones */
#define XSTATE_LAST         62

void call_frame_fill(struct call_frame *frame, const struct raw_registers *registers,
	uint64_t signal_mask, uint64_t extended_address)
{
	const struct user_regs_struct *user = &registers->user;
	const uint64_t values[] = {user->r8, user->r9, user->r10, user->r11, user->r12, user->r13,
		user->r14, user->r15, user->rdi, user->rsi, user->rbp, user->rbx, user->rdx,
		user->rax, user->rcx, user->rsp, user->rip, user->eflags};
	uint64_t *words = frame->words;

	memset(frame, 0, sizeof(*frame));
	words[FRAME_FLAGS] = UC_FLAGS;
	words[FRAME_STACK_FLAGS] = STACK_FLAGS_INVALID;
	memcpy(words + CALL_FRAME_REGISTERS, values, sizeof(values));
	words[FRAME_SEGMENTS] = (user->cs & 0xffff) | (user->ss & 0xffff) << 48;
	words[FRAME_EXTENDED] = extended_address;
	words[FRAME_SIGNAL_MASK] = signal_mask;
}

/*
 * Without the components at the end that the area does not hold. A tracer gets room for all that
 * the machine has; the kernel takes back no more than the process may use (AMX has to be asked
 * for), and forgets all vector registers but the SSE ones if there is more.
 */
static size_t extended_used(const void *extended, size_t length)
{
	size_t used = CALL_EXTENDED_MIN;
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
size_t call_frame_extended(const void *extended, size_t length, void *ret)
{
	size_t used = extended_used(extended, length);
	const uint32_t sizes[] = {XSTATE_MAGIC1, (uint32_t)used + 4};
	const uint32_t magic2 = XSTATE_MAGIC2, size = (uint32_t)used;
	char *bytes = ret;
	uint64_t features;

	memcpy(bytes, extended, used);
	/* A tracer finds the enabled features where software finds its own bytes. */
	memcpy(&features, bytes + XSTATE_SOFTWARE, sizeof(features));
	memset(bytes + XSTATE_SOFTWARE, 0, 48);
	memcpy(bytes + XSTATE_SOFTWARE, sizes, sizeof(sizes));
	memcpy(bytes + XSTATE_SOFTWARE + 8, &features, sizeof(features));
	memcpy(bytes + XSTATE_SOFTWARE + 16, &size, sizeof(size));
	memcpy(bytes + used, &magic2, sizeof(magic2));
	return used + sizeof(magic2);
}
