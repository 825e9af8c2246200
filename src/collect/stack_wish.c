#include "collect/stack_wish.h"

static bool grow(size_t *length, size_t first, size_t most)
{
	if (*length >= most)
		return false;
	*length = *length ? *length * 2 : first;
	return true;
}

/* Of another stack there was something, but not this: it may be elsewhere by now. */
static bool move_or_grow(struct stack_wish *wish, uint64_t missing)
{
	bool moves = wish->other_address && missing - wish->other_address >= 2 * wish->other;

	if (moves)
		wish->other_address = missing - CAPTURE_OTHER_BELOW;
	return grow(&wish->other, STACK_WISH_OTHER, CAPTURE_OTHER_MAX) || moves;
}

bool stack_wish_more(struct stack_wish *wish, const struct unwind_result *unwound)
{
	uint64_t from = unwound->missing - CAPTURE_OTHER_BELOW;

	if (unwound->end == UNWIND_STACK_TOO_SHORT)
		return unwound->on_other_stack ? move_or_grow(wish, unwound->missing)
					       : grow(&wish->own, wish->own, CAPTURE_STACK_MAX);
	if (unwound->end != UNWIND_OTHER_STACK || (wish->other && wish->other_address == from))
		return false;
	if (!wish->other)
		wish->other = STACK_WISH_OTHER;
	wish->other_address = from;
	return true;
}

void stack_wish_fit(struct stack_wish *wish, struct stack_need *need, size_t needed, bool complete)
{
	size_t enough;

	if (!complete || needed > CAPTURE_STACK_MAX) {
		*need = (struct stack_need){0};
		return;
	}
	if (needed > need->largest)
		need->largest = needed;
	if (++need->stacks < STACK_WISH_STACKS)
		return;
	enough = need->largest + need->largest / 2 + STACK_WISH_LEAST;
	enough -= enough % STACK_WISH_LEAST;
	if (enough < wish->own)
		wish->own = enough;
	*need = (struct stack_need){0};
}
