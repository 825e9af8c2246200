#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/completion.h"

/*
 * Completion for the command line of bash, zsh and fish, made of the table of commands. Commands,
 * options and choices stand in the scripts; for what changes they ask limpet: `limpet completion
 * --processes` prints "PID<Tab>NAME", and `limpet completion --before 'ctl ' --word sta` what could
 * stand there.
 */
struct completion_script {
	const char *shell;
	void (*print)(FILE *stream, struct session *session);
};

extern const struct completion_script completion_bash, completion_zsh, completion_fish;

/* What can stand behind an option. */
enum value_kind {
	VALUE_NONE, /* it takes none */
	VALUE_ANY,  /* nothing can be offered */
	VALUE_CHOICE,
	VALUE_FILE,
	VALUE_FOLDER,
	VALUE_PROFILE, /* a file with one */
	VALUE_PID,
	VALUE_PROCESS_NAME,
};

enum value_kind value_kind(const struct command_option *option);

/* What can stand where a command has its arguments. */
struct argument_kinds {
	struct completion words; /* the first argument, as far as that is always the same */
	bool processes;
	bool asks; /* limpet is to be asked: for the first argument, too, if there are no words */
	bool files;
};

void argument_kinds_init(
	struct session *session, const struct command *command, struct argument_kinds *ret);
void argument_kinds_deinit(struct argument_kinds *kinds);
/* The words with a blank between each; false: there are none. */
bool print_words(
	FILE *stream, const struct argument_kinds *kinds, const char *before, const char *behind);
/* Those that the value of an option can be, likewise. */
void print_choices(FILE *stream, const struct command_option *option);

/* The text with a backslash before each of the characters. */
void print_escaped(FILE *stream, const char *text, const char *characters);

/* The ends of the names of files with profiles, such as ".pb.gz", each with what is around it. */
void print_profile_suffixes(
	FILE *stream, const char *before, const char *behind, const char *between);
