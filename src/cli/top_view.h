#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "cli/arguments.h"

/*
 * `top` with a process and without a profile, on the command line, is the live view, as in py-spy,
 * perf and top(1); with a profile it is pprof's table.
 */

/* `top` with the options that it has there. In no list: `help top` and `help words` tell. */
extern const struct command command_top_view;

/*
 * Makes arguments of `live` out of the words, if that is what they mean: *ret_meant. process_given:
 * one was named before the command. An error only if no profile could be meant.
 */
struct error *top_view_parse(char *const *words, size_t count, bool process_given,
	struct arguments *ret, bool *ret_meant) MUST_CHECK;
