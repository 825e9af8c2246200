#pragma once

#include <jansson.h>
#include <stdio.h>

#include "cli/stacks_groups.h"
#include "profile/profile.h"
#include "symbolize/profile_view.h"

/* What the command `stacks` says; the profile is named. */
struct stacks_report {
	pid_t process;
	const struct profile *profile;
	const struct stack_listing *listing;
	const struct stack_groups *groups;
	const struct profile_view_options *view; /* its names and inlined functions are heeded */
};

struct error *stacks_print_text(FILE *out, const struct stacks_report *report) MUST_CHECK;
/* NULL: no memory. */
json_t *stacks_json(const struct stacks_report *report);
