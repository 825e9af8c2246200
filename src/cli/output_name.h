#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/array.h"
#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"

/*
 * Names of files to write, wherever a command takes one. In them %t is the local time
 * (20261201-031500, which sorts), %p the process's number, %n its name, %i a number that makes the
 * name of a file that is not there yet, and %% a percent sign.
 */

/* For the help. */
#define OUTPUT_NAME_HELP                                                                           \
	"In the name of a file to write, %t is the local time, as in 20261201-031500, %p the "     \
	"process's number, %n its name, %i a number from 1 on that makes a name not yet taken, "   \
	"and %% a percent sign."

/* What the placeholders stand for. */
struct output_facts {
	time_t time;
	int pid;             /* 0: no process, or several */
	bool several;        /* that are attached to, and the file is one of all */
	const char *process; /* its name */
	bool (*is_taken)(const char *path);
};

/* ERROR_USAGE: another placeholder, or one of a process without any. *ret is to be freed. */
struct error *output_name_fill(const char *text, const struct output_facts *facts, char **ret)
	MUST_CHECK;

/* "leak-2.pb.gz" of leak.pb.gz: numbered before what says the format. NULL: no memory. */
char *output_name_numbered(const char *path, unsigned number);

ARRAY_DEFINE(owned_texts, char *)
void owned_texts_free(struct owned_texts *texts);

/*
 * What a command that is run again and again has written: none of its files takes the place of an
 * earlier one, and there can be a limit on how many there are.
 */
struct written_files {
	struct owned_texts paths;
	size_t limit; /* 0: none */
	bool refused; /* for the limit's sake */
};

/* Bytes that they have on the disk now. */
uint64_t written_files_size(const struct written_files *files);
void written_files_free(struct written_files *files);

/* The name to write to, of what the user wrote. append: it may be one of an earlier time. */
struct error *output_name_choose(struct session *session, const char *text, bool append, char **ret)
	MUST_CHECK;

/* Whether that could be done: ERROR_USAGE. */
struct error *output_name_check(struct session *session, const char *text) MUST_CHECK;
struct error *output_names_check(struct session *session, const struct arguments *arguments)
	MUST_CHECK;

/* Fills in all names that the command will write to; the arguments' texts are then those of owned.
 */
struct error *output_names_apply(
	struct session *session, struct arguments *arguments, struct owned_texts *owned) MUST_CHECK;
