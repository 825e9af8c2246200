#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "session/session.h"

/*
 * Lines of one word that `go tool pprof` understands in its shell, and that are no assignment to a
 * setting here: ":", "cum", "lines", "noinlines", "mean", "trim=0". *ret: it was one of these, and
 * was done.
 */
struct error *pprof_word_run(struct session *session, const char *word, bool *ret) MUST_CHECK;

/* The help's topic: pprof's commands and options, and what they are here. */
void pprof_words_print(FILE *stream);
