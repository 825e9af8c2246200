#pragma once

#include <stdio.h>

/* The help's topic: every option of jeprof (of jemalloc 5.3), and what it is here. */
void jeprof_words_print(FILE *stream);
