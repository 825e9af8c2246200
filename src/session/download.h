#pragma once

#include <stdbool.h>

#include "elf/debug_search.h"

/*
 * The fetching of debug files for one naming: what a terminal shows of it, and its end by Ctrl-C,
 * after which names are made of what is here.
 */
struct download {
	bool quiet;          /* nothing is shown */
	bool off;            /* nothing is fetched */
	bool shown;          /* there is a line to be cleared */
	bool stopped;        /* by Ctrl-C */
	unsigned interrupts; /* Ctrl-C that were pressed before, for something else */
};

/* search: NULL has nothing to fetch. The download must outlive it. */
void download_begin(struct download *download, struct debug_search *search);
