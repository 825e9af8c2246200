#pragma once

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "session/session.h"

/*
 * What a command says where JSON is asked for, by --json or the setting json: one object a command,
 * in one line, where its text would have gone, and also where it fails. Its keys are those of
 * proto/limpet.schema.json. Messages go to stderr all the same.
 */

/* The state before a command, as commands run commands. */
struct answer_scope {
	const struct arguments *arguments;
	FILE *former_out;
	FILE *text; /* what a command without JSON of its own prints; NULL: it has some */
	char *text_bytes;
	size_t text_length;
	struct json_t *former_answer;
	bool former_json, former_failed;
};

/* Whether JSON is asked for: by the option, or the setting. */
bool answer_wanted(const struct session *session, const struct arguments *arguments);

/* Sets session->json. What is begun must be ended. */
struct error *answer_begin(struct session *session, const struct arguments *arguments,
	struct answer_scope *ret) MUST_CHECK;
/* Prints the object with what error, or NULL, tells; returns that error, or one of printing. */
struct error *answer_end(struct session *session, struct answer_scope *scope, struct error *error)
	MUST_CHECK;

/* Adds a value, which is taken over, to what the running command says. */
void answer_put(struct session *session, const char *key, json_t *value);
/* The file that was written, or NULL; of parts of a file of all processes: that file. */
void answer_put_saved(struct session *session, const char *path);
/* Adds all of an object, which is taken over. Fails, too, if object is NULL, for want of memory. */
struct error *answer_put_all(struct session *session, json_t *object) MUST_CHECK;
/* Prints what there is so far as an object of its own: of commands that go on and on. */
struct error *answer_print_part(struct session *session, const char *command) MUST_CHECK;

/*
 * For an error before there is a command that could answer; command NULL: none was found. Prints
 * only where JSON is asked for: by the setting, or a word --json of those. Returns the error.
 */
struct error *answer_refusal(struct session *session, const char *command, char *const *words,
	size_t count, struct error *error) MUST_CHECK;
