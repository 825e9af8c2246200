#pragma once

#include <stddef.h>
#include <stdio.h>

/* What `help` explains beside the commands: `help words`. */
struct help_topic {
	const char *name;
	const char *summary; /* a phrase for the list; no full stop */
	void (*print)(FILE *stream);
};

const struct help_topic *help_topics(size_t *count);

/* By its whole name; or NULL. */
const struct help_topic *help_topic_find(const char *name);
