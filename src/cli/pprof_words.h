#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "session/session.h"

#define PPROF_WORD_SETTINGS 5 /* at most, of a word */

/*
 * Lines of one word that `go tool pprof` understands in its shell, and that are no assignment to a
 * setting here: ":", "cum", "lines", "noinlines", "mean", "trim=0". done: it was one of these, and
 * has set these settings.
 */
struct pprof_word {
	bool done;
	enum setting_id settings[PPROF_WORD_SETTINGS];
	size_t count;
};
struct error *pprof_word_run(struct session *session, const char *word, struct pprof_word *ret)
	MUST_CHECK;

/* The help's topic: pprof's commands and options, and what they are here. */
void pprof_words_print(FILE *stream);
