#include "arch/raw_registers.h"

#include <errno.h>
#include <string.h>

#define USER_CODE_SEGMENT_64    0x33
#define SYSTEM_CALL_INSTRUCTION 2 /* bytes: 0f 05 */

bool registers_from_raw(const struct raw_registers *raw, struct registers *ret)
{
	const struct user_regs_struct *user = &raw->user;

	if ((user->cs & 0xffff) != USER_CODE_SEGMENT_64)
		return false;
	*ret = (struct registers){{user->rax, user->rdx, user->rcx, user->rbx, user->rsi, user->rdi,
		user->rbp, user->rsp, user->r8, user->r9, user->r10, user->r11, user->r12,
		user->r13, user->r14, user->r15, user->rip}};
	return true;
}

static bool is_restart_code(int64_t result)
{
	switch (-result) {
	case ERESTARTSYS:
	case ERESTARTNOINTR:
	case ERESTARTNOHAND:
	case ERESTART_RESTARTBLOCK:
		return true;
	default:
		return false;
	}
}

int64_t raw_system_call(const struct raw_registers *raw)
{
	int64_t number = (int64_t)raw->user.orig_rax;

	return number < 0 ? -1 : number;
}

int64_t raw_interrupted_system_call(const struct raw_registers *raw)
{
	int64_t result = (int64_t)raw->user.rax;
	int64_t number = (int64_t)raw->user.orig_rax;

	if (number < 0 || !(is_restart_code(result) || result == -EINTR))
		return -1;
	return number;
}

bool raw_restarts_by_itself(const struct raw_registers *raw)
{
	return raw_interrupted_system_call(raw) >= 0 && is_restart_code((int64_t)raw->user.rax);
}

void raw_ask_for_restart(struct raw_registers *raw)
{
	raw->user.rax = (uint64_t)-ERESTARTNOHAND;
}

void raw_reenter_system_call(struct raw_registers *raw, int64_t original_system_call)
{
	struct user_regs_struct *user = &raw->user;

	if (raw_interrupted_system_call(raw) < 0)
		return;
	user->rax = (uint64_t)original_system_call;
	user->rip -= SYSTEM_CALL_INSTRUCTION;
	user->orig_rax = UINT64_MAX;
}

void raw_arguments(const struct raw_registers *raw, uint64_t ret[6])
{
	const struct user_regs_struct *user = &raw->user;
	const uint64_t arguments[6] = {
		user->rdi, user->rsi, user->rdx, user->r10, user->r8, user->r9};

	memcpy(ret, arguments, sizeof(arguments));
}

void raw_set_argument(struct raw_registers *raw, unsigned index, uint64_t value)
{
	struct user_regs_struct *user = &raw->user;
	unsigned long long *const registers[6] = {
		&user->rdi, &user->rsi, &user->rdx, &user->r10, &user->r8, &user->r9};

	*registers[index] = value;
}
