#pragma once

#include <stdio.h>

#include "cli/command.h"

/* limpet's own command line, in the shape of a command: its options and how it is called. */
extern const struct command command_line;

/* The command of that name; "COMMAND --help" is a way to call it. */
extern const struct command command_help;

/* All commands by group, a line each. Headings in bold with color. */
void help_print_overview(FILE *stream, bool color);
void help_print_command(FILE *stream, const struct command *command, bool color);

/* The answer as JSON: the table itself, of one command, or of all (NULL). */
void help_answer(struct session *session, const struct command *command);
/*
 * All that can be typed, a line each, for the test that help, man page and completion agree:
 * "command NAME", "alias NAME COMMAND", "option COMMAND NAME", "setting NAME", "topic NAME".
 */
void help_print_list(FILE *stream);

/* What --help prints. */
void help_print_command_line(FILE *stream, bool color);

/* Text of words, filled to lines that begin with indent blanks; blank lines separate paragraphs. */
void help_print_filled(FILE *stream, const char *text, int indent);
