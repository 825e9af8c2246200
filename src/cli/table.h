#pragma once

#include <stddef.h>

#include "cli/command.h"

/* Those that are called by other names, too. */
extern const struct command command_cpu, command_live, command_stacks, command_top;

/* All commands, in the order of the help. */
const struct command *const *command_table(size_t *count);

const char *command_group_title(enum command_group group);

/*
 * By name, alias, or the start of one name alone. *ret_number is the number behind the name of a
 * command with number_option ("top10"), or NULL. ERROR_USAGE, with a hint at what was meant.
 */
struct error *command_find(const char *word, const struct command **ret, const char **ret_number)
	MUST_CHECK;
