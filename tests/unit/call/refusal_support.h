#pragma once

#include "../base/test_support.h"

#include "call/choice.h"

static inline void assert_refusal(
	enum thread_refusal is, enum thread_refusal expected, const char *what)
{
	if (is != expected)
		fail_msg("%s: '%s', and not '%s'", what, thread_refusal_text(is),
			thread_refusal_text(expected));
}
