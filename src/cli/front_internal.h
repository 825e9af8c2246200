#pragma once

#include "base/string_builder.h"
#include "cli/front.h"
#include "cli/worker.h"

/* What front.c, front_output.c and front_files.c share. */

enum front_stream {
	FRONT_DATA,
	FRONT_MESSAGES,
	FRONT_STREAMS,
};

/* What a worker has printed and the front has not yet, in the order in which it came. */
struct output_part {
	enum front_stream stream;
	size_t end; /* in the text */
};
ARRAY_DEFINE(output_parts, struct output_part)

struct worker_output {
	struct string_builder text;
	struct output_parts parts;
	uint64_t since; /* monotonic ns: how long the first of it has waited */
};

struct front_worker {
	struct worker worker;
	char *spec;                 /* as it was asked for */
	struct worker_reply latest; /* who it is about */
	bool working;
	bool stopped;   /* it takes no part in the rest of the script */
	bool ended;     /* its process has; its ends are closed */
	bool took_part; /* in the command */
	bool printed;   /* another one that says the same has spoken for it */
	int status;     /* of the last command */
	struct worker_output output;
};
ARRAY_DEFINE(front_workers, struct front_worker)

struct front {
	struct session *session;
	struct front_workers workers;
	bool json; /* the data is JSON: no headings, but the process in each object */
	bool shown[FRONT_STREAMS]; /* something was: a heading has a blank line before it */
	bool progressing;          /* a line of progress stands on the terminal */
	const struct front_worker *heading[FRONT_STREAMS]; /* whose stands last; NULL: nobody's */
};

/* "1234 redis-server", or what it was asked for by. */
const char *front_worker_name(const struct front_worker *worker);

/* Of one that was refused, that which was asked for; 0: none is known. */
int front_worker_pid(const struct front_worker *worker);

/* front_output.c */

/* Takes what is in the worker's pipes by now. */
void front_output_take(struct front_worker *worker);
/* Before a command. */
void front_output_begin(struct front *front);
/* What has waited for long is printed while the command still runs. */
void front_output_print_late(struct front *front, uint64_t now);
/* All of it. */
void front_output_print(struct front *front);
void front_output_deinit(struct worker_output *output);

/* front_files.c: the file that a command writes, of which there is one for all processes. */

struct front_files;

/*
 * What to hand to the worker at that place, instead of the words; NULL: the words as they are.
 * ERROR_USAGE: all would write to the same file, and that can not be made one of all.
 */
struct error *front_files_create(struct session *session, const struct arguments *arguments,
	const struct line_words *words, struct front_files **ret) MUST_CHECK;
/* The words for the worker at that place: borrowed; valid until the next call. */
struct error *front_files_words(
	struct front_files *files, size_t index, const struct line_words **ret) MUST_CHECK;
/* What the user called it, with its placeholders filled in. */
const char *front_files_joint_path(const struct front_files *files);
/* Makes the one file of what the workers have written. */
struct error *front_files_join(struct front_files *files, const struct front *front) MUST_CHECK;
void front_files_destroy(struct front_files *files); /* takes NULL */
