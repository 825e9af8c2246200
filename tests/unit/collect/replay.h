#pragma once

#include "collect/cpu.h"

/* A snapshot that is sampled instead of a process. */
struct replay {
	struct target *target;
	struct collector collector;
	struct cpu_statistics statistics;
	struct profile *profile; /* NULL after an error */
};

#define TINY_SNAPSHOT TEST_DATA_DIRECTORY "/snapshot/tiny.snapshot"

/* The text's files are looked for beside tiny.snapshot. */
void replay_init_text(struct replay *replay, const char *text);
void replay_init_file(struct replay *replay, const char *path);
void replay_deinit(struct replay *replay);

/* Without options: all threads, to the end of the snapshot. */
struct error *replay_collect(struct replay *replay, const struct cpu_options *options) MUST_CHECK;

/*
 * What the profile says, a line for each sample, in order: "NAME/TID: LEAF ... ROOT = COUNT TIME".
 * A frame is its name, or its address within tiny, or its address. To be freed.
 */
char *replay_describe(const struct replay *replay);
/* That is what the profile says, and every id in it points to something. */
void assert_samples(const struct replay *replay, const char *expected);
