#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"

struct completion;

enum command_group {
	GROUP_PROCESS,
	GROUP_CPU,
	GROUP_HEAP,
	GROUP_PROFILES,
	GROUP_SCRIPTS,
	GROUP_WORDS,
	GROUP_SHELL,
	GROUP_COUNT,
};

/* Where a command is run while limpet is attached to several processes (front.h). */
enum command_reach {
	REACH_PROCESSES, /* for each process */
	REACH_FILES,     /* once if it is about files, else for each process */
	REACH_SESSION,   /* once: it is about no process */
	REACH_BOTH,      /* once, and, if it has arguments, for each process */
	REACH_ONE,       /* not at all: it shows one process */
};

/*
 * A command of the shell, of scripts and of the command line. Help, completion and man page are
 * made of what is said here. Lives in a file of its own, command_NAME.c, and in the list in
 * table.c.
 */
struct command {
	const char *name;
	const char *alias; /* another name, or NULL */
	enum command_group group;
	const char *usage;           /* what follows the name: "[PROFILE] -o FILE", or "" */
	const char *summary;         /* a phrase for the list of commands; no full stop */
	const char *description;     /* sentences, separated by blank lines into paragraphs */
	const char *const *examples; /* lines, with a comment if need be; ended by NULL */
	const struct command_option *options; /* ended by one without a name; NULL: none */
	unsigned minimum, maximum;            /* how many arguments, options not counted */

	/* "top10" and "top 10" are "top --number 10" with number_option "number"; NULL: are not */
	const char *number_option;
	bool repeatable;           /* safe to run again by an empty Enter */
	bool takes_interrupts;     /* Ctrl-C is a way to end it well, and what follows is run */
	bool unpaged;              /* what it prints is to be seen at once, however long */
	bool writes_last_argument; /* it names a file to write: see cli/output_name.h */
	bool names_variable;       /* its first argument may be a $NAME that is not replaced */
	const char
		*rest_after; /* the argument that commands follow, as they are written; or NULL */
	bool stops_at_argument; /* what follows the first argument has its own options */
	bool prints_json;       /* with --json it fills in the answer; else its text is wrapped */
	bool takes_patterns;    /* "-word" that is no option is an argument */
	enum command_reach reach;

	struct error *(*run)(struct session *session, const struct arguments *arguments);
	/* What an argument can be; NULL: nothing to offer. */
	void (*complete)(struct completion *completion);
};
