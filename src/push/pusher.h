#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Sends profiles to a collector, Pyroscope or Parca: a process of its own, without rights over
 * targets, which keeps what could not be sent yet in a bounded queue and tries again.
 */

enum push_kind {
	PUSH_PYROSCOPE,      /* POST /ingest?name=...&format=pprof */
	PUSH_PYROSCOPE_PUSH, /* POST /push.v1.PusherService/Push */
	PUSH_PARCA,          /* POST /api/profiles/writeraw */
};

struct push_label {
	const char *key, *value;
};

struct push_options {
	const char *url; /* http://HOST:PORT[/PREFIX]; the kind is in its scheme or path:
			  pyroscope+http://, parca+http://, or --collector */
	enum push_kind kind;
	const char *token_file; /* "Bearer"; with user: Basic; NULL: none */
	const char *user;       /* NULL: none */
	const char *tenant;     /* X-Scope-OrgID; NULL: none */
	uint64_t queue_max;     /* bytes of profiles that wait, all together */

	const char *ca_file; /* PEM: who vouches for the collector; NULL: the system's */
	uint64_t timeout;    /* ns, of one attempt; 0: 30 s */
	uint64_t pause,
		pause_max; /* ns between attempts, the first and the longest; 0: 1 s, 30 s */
	bool (*interrupted)(void); /* of push_once() and push_ask_kind(); NULL: never */
};

/* A profile to be sent. */
struct push_profile {
	int file;            /* pprof, gzip; read from its start. Stays the caller's, but its
				bytes must not change any more */
	const char *kind;    /* "process_cpu", "wall", "memory": __name__ of Parca and Pyroscope */
	const char *service; /* name of the application */
	uint64_t start, end; /* ns since the epoch */
	uint32_t rate;       /* Hz; 0: does not apply */
	const struct push_label *labels;
	size_t label_count;
};

struct push_counts {
	uint64_t sent, bytes; /* that the collector took */
	uint64_t retries;
	uint64_t refused;                /* for good, by the collector: 400, 413, 422 */
	uint64_t dropped;                /* the oldest, as the queue was full */
	uint64_t waiting, waiting_bytes; /* now */
};

struct pusher;

/* ERROR_USAGE: the URL; ERROR_NOT_FOUND, ERROR_DENIED: the token file. */
struct error *pusher_start(const struct push_options *options, struct pusher **ret) MUST_CHECK;
/* To be polled for POLLIN; then pusher_take(). */
int pusher_descriptor(const struct pusher *pusher);
/* Takes what the process tells: counts, and why the last one failed. Never blocks. */
void pusher_take(struct pusher *pusher);
/* Hands one over. Never blocks for long. ERROR_GONE: the process has ended. */
struct error *pusher_add(struct pusher *pusher, const struct push_profile *profile) MUST_CHECK;
void pusher_counts(const struct pusher *pusher, struct push_counts *ret);
/* Of the last attempt that failed, in a line; "": the last one went well. */
const char *pusher_problem(const struct pusher *pusher);
/* Sends what waits for so many ns at most; the counts then are the last ones. */
void pusher_finish(struct pusher *pusher, uint64_t patience);
/* The same, then ends. Takes NULL. */
void pusher_end(struct pusher *pusher, uint64_t patience);

/* What the collector said when it took a profile: "200 OK". */
#define PUSH_TEXT_SIZE 512
struct push_receipt {
	char text[PUSH_TEXT_SIZE];
	uint64_t bytes;    /* of the profile */
	uint64_t attempts; /* from 1 on */
};

/*
 * Sends one, now, in this process; tries again for so many ns. An error says what was answered, and
 * has a hint. ret may be NULL.
 */
struct error *push_once(const struct push_options *options, const struct push_profile *profile,
	uint64_t patience, struct push_receipt *ret) MUST_CHECK;

/*
 * The collector of that name, or, if it is NULL, the one that the URL tells. ERROR_USAGE: they
 * contradict each other, or there is no such collector. *ret_known: whether either tells.
 */
struct error *push_find_kind(
	const char *url, const char *collector, bool *ret_known, enum push_kind *ret) MUST_CHECK;
/*
 * Asks the server which one it is, and asks again for so many ns while it does not answer or fails.
 * options->kind is of no importance. ERROR_FAILED, with a hint.
 */
struct error *push_ask_kind(
	const struct push_options *options, uint64_t patience, enum push_kind *ret) MUST_CHECK;
