#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "cli/live_names.h"
#include "cli/live_window.h"
#include "profile/profile.h"

/* A window of samples by functions and by threads. All times are CPU, ns. */

struct live_function {
	const char *name, *module; /* of the names; module "" for none */
	int64_t self;              /* of stacks that end in it */
	int64_t total;             /* of stacks that hold it, once each */
};
ARRAY_DEFINE(live_functions, struct live_function)

struct thread_usage {
	char name[64]; /* printable */
	int64_t id;    /* 0: not known any more */
	int64_t time;
	char state; /* as in struct thread_status; X: gone; 0: not asked for */
};
ARRAY_DEFINE(thread_usages, struct thread_usage)

struct live_rows {
	struct live_functions functions; /* that had any CPU */
	struct thread_usages threads; /* those that had any CPU come first, the most of it first */
	int64_t total;                /* what percentages are of */
};

void live_rows_deinit(struct live_rows *rows);

/*
 * Replaces what is in rows; texts are valid as long as the names. Threads have what the kernel
 * charged to them. What it charged to the process beyond what samples stand for is "[not sampled]".
 */
struct error *live_rows_make(struct live_rows *rows, const struct live_window *window,
	const struct profile *profile, const struct live_names *names) MUST_CHECK;

bool live_rows_have_thread(const struct live_rows *rows, int64_t id);

/* Appends a thread that had no CPU. */
struct error *live_rows_add_thread(struct live_rows *rows, int64_t id, const char *name, char state)
	MUST_CHECK;

/* The most first; equal ones by their names. */
void live_rows_sort(struct live_rows *rows, bool by_total);
