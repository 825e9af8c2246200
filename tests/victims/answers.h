#pragma once

#include <stdbool.h>
#include <stddef.h>

/* What the victims of tests/torture do alike: work in rounds, until they are asked. */

/* Starts a thread that makes one round after another; none while the process is to be quiet. */
void spawn_worker(const char *name, void (*round)(void *argument), void *argument);

/* In between all workers stand between two rounds. */
void pause_workers(void);
void resume_workers(void);

/*
 * Says "ready", then answers "check" with "ok" or, if anything was complained of, with "failed",
 * and what append adds, "quiet" with "quiet" once all workers pause, "go" with "go". Other commands
 * are passed on. Both functions may be NULL.
 */
void answer_commands(void (*append)(char *line, size_t size), void (*other)(const char *command))
	__attribute__((noreturn));

/* Appends to a line of that size. */
void append(char *line, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
