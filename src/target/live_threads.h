#pragma once

#include "base/error.h"
#include "target/target.h"

/* A thread whose CPU time is read again and again, from a descriptor that stays open. */
struct live_thread {
	pid_t id;
	int schedstat; /* -1: not open */
	bool seen;     /* in the listing that is being made */
	bool asked;    /* for by itself, since the last listing */
};
ARRAY_DEFINE(live_thread_array, struct live_thread)

/* The threads of a process, by id. A zeroed struct with process set is empty. */
struct live_threads {
	pid_t process;
	struct live_thread_array known; /* sorted by id */
	size_t open;                    /* how many of them */
};

void live_threads_deinit(struct live_threads *threads);

struct error *live_threads_list(struct live_threads *threads, struct thread_array *ret) MUST_CHECK;
/* Of threads that were listed before; those that are gone get the id 0. */
void live_threads_refresh(struct live_threads *threads, struct thread *items, size_t count);
bool live_threads_status(struct live_threads *threads, pid_t thread, struct thread_status *ret);
