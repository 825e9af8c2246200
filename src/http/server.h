#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/*
 * The side-car's HTTP: a process of its own, without rights, which talks to clients, checks what
 * they ask for, and hands on what is allowed as a question, to be answered by whoever has the
 * rights. It never sees a target; whoever answers never sees a client's bytes, but for the fields
 * of struct http_question.
 */

enum http_subject {
	HTTP_INDEX,       /* the page at / and /debug/pprof/ */
	HTTP_METRICS,     /* OpenMetrics of all processes */
	HTTP_PROFILE,     /* CPU, or with wall the time on the clock, for the duration */
	HTTP_HEAP,        /* what is in use; with a duration: what came and went meanwhile */
	HTTP_ALLOCATIONS, /* the same with allocated space first */
	HTTP_STACKS,      /* every thread's stack now */
	HTTP_COMMAND_LINE,
	HTTP_SYMBOL,     /* names of the addresses in text, "0x12+0x34" */
	HTTP_ACTIVATE,   /* jemalloc's profiler on */
	HTTP_DEACTIVATE, /* and off */
	HTTP_SUBJECTS,
};

enum http_format {
	HTTP_PPROF, /* application/octet-stream, name.pb.gz as attachment */
	HTTP_SVG,   /* image/svg+xml */
	HTTP_TEXT,  /* text/plain; charset=utf-8 */
	HTTP_HTML,
	HTTP_OPEN_METRICS, /* application/openmetrics-text; version=1.0.0; charset=utf-8 */
	HTTP_RAW_HEAP,     /* jemalloc's own text, for jeprof */
	HTTP_FORMATS,
};

#define HTTP_PROCESS_SIZE 64
#define HTTP_TEXT_MAX     65536 /* bytes of a POST's body, or of a query */

struct http_question {
	uint64_t id; /* of the connection's request: for the answer */
	enum http_subject subject;
	enum http_format format;
	bool by_pid;                     /* process is the number of one, "1234" */
	char process[HTTP_PROCESS_SIZE]; /* or a name; "": the only one, or none is meant */
	bool wall;
	uint64_t duration; /* ns; 0: none was given */
	uint32_t rate;     /* Hz; 0: none was given */
	char *text;        /* of HTTP_SYMBOL; owned: http_question_deinit() */
};
void http_question_deinit(struct http_question *question);

/* What the server has counted, for HTTP_METRICS. */
struct http_counts {
	uint64_t answered[6]; /* by hundreds of the status: [2] are 200 to 299 */
	uint64_t refused;     /* connections beyond the limit */
	uint64_t abandoned;   /* clients that left before their answer */
	uint32_t connections; /* now */
};

struct http_options {
	const char *address; /* "127.0.0.1:6060", "[::1]:0", "localhost:6060", "unix:/run/x.sock" */
	const char *token_file;        /* NULL: none is asked for */
	bool beyond_loopback;          /* any other address is allowed; needs a token */
	const char *const *host_names; /* more that the header Host may have; NULL-terminated */
	uint64_t duration_max;         /* ns, of one capture */
	uint32_t rate_max;             /* Hz */
};

struct http_server;

/*
 * Listens, and starts the process. ERROR_USAGE: the address, or its being open to others without a
 * token; ERROR_DENIED, ERROR_FAILED: the kernel's refusal.
 */
struct error *http_server_start(const struct http_options *options, struct http_server **ret)
	MUST_CHECK;
/* Where it listens, with the port that the kernel chose: "http://127.0.0.1:6060/", "unix:PATH". */
const char *http_server_url(const struct http_server *server);
/* To be polled for POLLIN; then http_server_receive() until it has nothing. */
int http_server_descriptor(const struct http_server *server);

enum http_event {
	HTTP_NOTHING,
	HTTP_QUESTION,
	HTTP_LEFT,  /* the client that asked question->id has gone: no answer is needed */
	HTTP_ENDED, /* the process has, by whatever cause */
};
/* Never blocks. */
enum http_event http_server_receive(struct http_server *server, struct http_question *ret);

struct http_answer {
	unsigned status;         /* 200, 400, 403, 404, 500, 503 */
	enum http_format format; /* of a 200 */
	const char *text;        /* the body, or of an error its one line; NULL: it is in body */
	int body;                /* a file, read from its start; -1: none. Stays the caller's */
	const char *file_name;   /* of an attachment, "profile"; NULL: none */
	unsigned retry_after;    /* s, of a 503; 0: not said */
};
/* Never blocks for long: the server takes what it is sent. ERROR_GONE: it has ended. */
struct error *http_server_answer(
	struct http_server *server, uint64_t id, const struct http_answer *answer) MUST_CHECK;

void http_server_counts(const struct http_server *server, struct http_counts *ret);

/* Ends the process, and with it all connections. Takes NULL. */
void http_server_end(struct http_server *server);
void cleanup_http_server(struct http_server **server);
