#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* A process as it looks from outside: what limpet must leave as it found it. */

struct state_task {
	pid_t id;
	char name[16];
	char state;
	pid_t tracer;
	uint64_t blocked;
	uint64_t pending;
	unsigned seccomp;
	unsigned no_new_privileges;
};

struct state_mapping {
	uint64_t begin, end;
	char permissions[5];
	char *path; /* "" for an anonymous one */
};

struct state_descriptor {
	int number;
	char *link;
};

struct state {
	pid_t pid;
	uint64_t ignored, caught, shared_pending;
	struct state_task *tasks; /* by id */
	size_t task_count;
	struct state_mapping *mappings;
	size_t mapping_count;
	struct state_descriptor *descriptors;
	size_t descriptor_count;
};

/* false: the process is gone. What vanishes meanwhile is left out. */
bool state_take(pid_t pid, struct state *ret);
void state_deinit(struct state *state);

/* Whether a task of the process has a tracer, or stands still for one. */
bool state_is_traced(const struct state *state);

/* Lines such as "LEFTOVER descriptor 7 -> /memfd:x", "MASK ...", "STOPPED ...". */
struct difference_list {
	char **lines;
	size_t count;
};

/*
 * What is otherwise than before. allocates: the process's own allocator may take more memory, in
 * pieces that are aligned to its 2 MiB. [heap] and [stack] may grow in any case.
 */
void state_compare(const struct state *before, const struct state *now, bool allocates,
	struct difference_list *ret);
/* Forgets descriptors of before that are closed or others now: they were open for a moment. */
void state_forget_passing(struct state *before, const struct state *now);
void difference_add(struct difference_list *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Keeps those that the other list has too. */
void difference_intersect(struct difference_list *list, const struct difference_list *other);
/* Keeps those that it has not. */
void difference_subtract(struct difference_list *list, const struct difference_list *other);
void difference_deinit(struct difference_list *list);

/* Parts of the above. */
bool state_read_mappings(pid_t pid, struct state *state);
void state_compare_mappings(const struct state *before, const struct state *now, bool allocates,
	struct difference_list *ret);

int state_order_tasks(const void *left, const void *right);

/* Room for one more than count; ends the program where there is none. */
void *grown(void *items, size_t count, size_t size);
