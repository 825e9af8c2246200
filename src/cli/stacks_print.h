#pragma once

#include <stdio.h>

#include "cli/stacks_groups.h"
#include "profile/profile.h"

/* What the command `stacks` says; the profile is named. */
struct stacks_report {
	pid_t process;
	const struct profile *profile;
	const struct stack_listing *listing;
	const struct stack_groups *groups;
};

struct error *stacks_print_text(FILE *out, const struct stacks_report *report) MUST_CHECK;
struct error *stacks_print_json(FILE *out, const struct stacks_report *report) MUST_CHECK;
