#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/string_builder.h"

/* The index page: which processes there are, and what can be had of each. */

struct http_page_process {
	int pid;
	const char *name;    /* as in /name/NAME/ */
	const char *command; /* its command line, shortened by whoever shows it */
	uint64_t resident;   /* bytes */
	double cpu;          /* of one CPU, 1.0 being all of it; negative: not known yet */
	const char *heap;    /* "" if it can be had, else why not, in some words */
	bool heap_active;    /* the profiler samples */
	const char *problem; /* why nothing can be had of it; "": nothing is in the way */
	const char *doing;   /* "cpu for 30s"; "": nothing */
};

struct http_page {
	const struct http_page_process *processes;
	size_t count;
	bool only_one; /* paths without /pid/ are about processes[0] */
	const char *version;
	const char *url;  /* as http_server_url(), for the commands to copy; NULL: not known */
	bool needs_token; /* which these have a place for then */
	const char *note; /* one line; "": none */
};

void http_page_render(const struct http_page *page, struct string_builder *to);
