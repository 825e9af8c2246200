#include "unwind/unwind_internal.h"

#define WORD sizeof(uint64_t)

enum unwind_end frame_pointer_step(struct unwinder *unwinder, const struct registers *frame,
	struct registers *ret, bool *ret_outermost)
{
	uint64_t pair = frame->values[REGISTER_RBP], caller, address;

	/* "The deepest stack frame" is marked so: psABI 3.4.1. */
	*ret_outermost = !pair;
	if (!pair)
		return UNWIND_COMPLETE;
	if (pair % WORD || pair < registers_sp(frame))
		return UNWIND_NO_RULES;
	if (!unwind_read_stack(unwinder->input, pair, &caller) ||
		!unwind_read_stack(unwinder->input, pair + WORD, &address))
		return unwind_why_unreadable(unwinder, pair);
	if (!code_is_behind_call(unwinder, address))
		return UNWIND_NO_RULES;
	*ret = *frame;
	ret->values[REGISTER_RBP] = caller;
	ret->values[REGISTER_RSP] = pair + 2 * WORD;
	ret->values[REGISTER_PC] = address;
	return UNWIND_COMPLETE;
}
