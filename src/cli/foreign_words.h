#pragma once

#include <stddef.h>
#include <stdio.h>

/*
 * What people type who know other tools, and what they would be served with here. Those whose
 * command limpet has by the same name are commands of their own (`record`).
 */
struct foreign_word {
	const char *words;   /* "bt", or the first words of a line: "thread apply" */
	const char *command; /* the one that serves; NULL, of a single word only: none does */
	const char *text;    /* what that is, or why there is none; a phrase */
};

const struct foreign_word *foreign_words(size_t *count);

/* The one that a line of words begins with, or NULL. With one word only those of one word count. */
const struct foreign_word *foreign_words_find(char *const *words, size_t count);
const struct foreign_word *foreign_words_find_one(const char *word);

/* The help's topic: the commands, the words, and what each is here. */
void foreign_words_print(FILE *stream);
