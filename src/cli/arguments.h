#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"

struct command;
struct completion;

struct command_option {
	const char *name;     /* --name; '-' and '_' in it are the same; NULL ends the table */
	char letter;          /* -n; 0: none */
	const char *argument; /* what the help calls its value: "FILE"; NULL: it takes none */
	const char *help;     /* NULL: hidden */
	bool word;            /* "name=value" without dashes too, as in pprof's shell */
	/* What the value can be; NULL: as its argument says (completion.h). */
	void (*complete)(struct completion *completion);
	bool number_or_none;  /* its letter takes a value only if that is a whole number */
	const char *const *choices; /* what the value can be, ended by NULL; NULL: anything */
	bool boolean;         /* takes no value, or "=true" or "=false" */
};

struct given_option {
	const struct command_option *option;
	const char *value; /* NULL if it takes none */
};
ARRAY_DEFINE(given_options, struct given_option)
ARRAY_DEFINE(argument_words, const char *)

/*
 * The options of a command one after the other: its own, and --json, which every command takes.
 * before: the one before, or NULL for the first. NULL: there are no more.
 */
const struct command_option *command_next_option(
	const struct command *command, const struct command_option *before);

/* What was given to a command. The texts are those of the words parsed. */
struct arguments {
	const struct command *command;
	struct argument_words words;  /* all that is no option */
	struct given_options options; /* in the order given */
};

/*
 * Options may be given as -d 10, -d10, --rate=99, --rate 99, --ra 99, clusters -ab, and
 * as pprof does it: -cum, -sample_index=x. "--" ends them. "-" and negative numbers are arguments,
 * and to a command that takes patterns so is "-word" that is no option's whole name.
 * ERROR_USAGE, with a hint.
 */
struct error *arguments_parse(const struct command *command, char *const *words, size_t count,
	struct arguments *ret) MUST_CHECK;
/* Gives the command's number_option a value, as "top10" and "top 10" do. */
struct error *arguments_set_number(struct arguments *arguments, const char *number) MUST_CHECK;
void arguments_deinit(struct arguments *arguments);

/* "usage: NAME ARGUMENTS", as the hint of an ERROR_USAGE about the command's arguments. */
struct error *arguments_error(const struct arguments *arguments, const char *format, ...)
	FORMAT_PRINTF(2, 3) MUST_CHECK;

/* The argument at an index from 0, or NULL. */
const char *arguments_word(const struct arguments *arguments, size_t index);

/*
 * By long name, which must be in the command's table. The last one given counts. A boolean option
 * that was given as false was not given.
 */
bool arguments_has(const struct arguments *arguments, const char *option);
/* NULL if not given. */
const char *arguments_value(const struct arguments *arguments, const char *option);

/* Of a boolean option: what was given, or else the fallback. */
bool arguments_boolean(const struct arguments *arguments, const char *option, bool fallback);

/* Stand in for an option that was not given with a value of their own. ERROR_USAGE. */
struct error *arguments_number(const struct arguments *arguments, const char *option,
	uint64_t fallback, uint64_t minimum, uint64_t maximum, uint64_t *ret) MUST_CHECK;
struct error *arguments_duration(const struct arguments *arguments, const char *option,
	uint64_t fallback, uint64_t *ret) MUST_CHECK; /* ns */
