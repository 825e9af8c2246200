#pragma once

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/string_builder.h"
#include "http/peer.h"
#include "http/request.h"
#include "http/server.h"

/*
 * The server's process: libmicrohttpd reads requests and writes responses; accepting, waiting for
 * answers, limits and deadlines are here. One thread; nothing waits but poll(2).
 */

#define HTTP_CONNECTIONS_MAX     256
#define HTTP_CONNECTIONS_OF_ONE  128 /* of one address: all local clients are one */
#define HTTP_CONNECTIONS_CLOSING 64  /* beside these, such as have been told to close */
#define HTTP_CONNECTIONS_ROOM    (HTTP_CONNECTIONS_MAX + HTTP_CONNECTIONS_CLOSING)

enum http_phase {
	HTTP_FREE,
	HTTP_READING_HEAD, /* or idle, between requests */
	HTTP_READING_BODY,
	HTTP_WAITING, /* for the answer; suspended */
	HTTP_SENDING,
	HTTP_CLOSING, /* shut down; libmicrohttpd is about to notice */
};

struct http_connection {
	enum http_phase phase;
	int socket;                     /* libmicrohttpd's to close */
	struct MHD_Connection *managed; /* NULL: libmicrohttpd has not begun with it */
	unsigned char peer[HTTP_PEER_SIZE];
	char local[HTTP_ADDRESS_SIZE];
	uint64_t began;    /* the phase, ns */
	uint64_t deadline; /* of the phase, ns */
	bool served;       /* an earlier request of it */
	char *target;      /* of this request, as it came; NULL: not read yet */
	bool planned;      /* plan is of this request */
	bool settled;      /* libmicrohttpd knows that it has read all of it */
	struct http_plan plan;
	struct string_builder body;
	uint64_t id;                   /* of the question; 0: none is open */
	bool half_closed;              /* the client sends nothing more */
	bool left;                     /* the parent knows, or will */
	struct MHD_Response *response; /* to be sent; owned until then */
	unsigned status;
	uint64_t size; /* bytes of the response's body, or 0 */
};

struct http_loop {
	struct MHD_Daemon *daemon;
	int control, listener;
	struct http_policy policy;
	struct http_connection connections[HTTP_CONNECTIONS_ROOM];
	size_t closing;            /* of them */
	struct http_counts counts; /* of which .connections are those that are not closing */
	struct http_counts told;   /* to the parent */
	uint64_t told_when;
	uint64_t last_id;
	uint64_t untold[HTTP_CONNECTIONS_ROOM]; /* who has left, when there was no room to say it */
	size_t untold_count;
	uint64_t accept_again; /* ns: not before, since there were no descriptors */
	bool ended;            /* the parent has, or cannot be told anything */
};

/* What the process is given; everything in it belongs to the parent's memory, or its copy. */
struct http_setup {
	struct http_policy policy;
};

/* sandbox_main of the process: descriptors are the listening socket, argument struct http_setup. */
int http_loop_main(int control, const int *descriptors, void *argument);

/* connections.c: accepting, phases, deadlines. */

void http_connection_enter(
	struct http_connection *connection, enum http_phase phase, uint64_t patience);
struct http_connection *http_connection_by_id(struct http_loop *loop, uint64_t id);
/* Accepts what there is; makes room by closing whoever has dawdled for longest, or refuses. */
void http_accept(struct http_loop *loop);
/* Shuts it down: libmicrohttpd closes it. */
void http_connection_close(struct http_loop *loop, struct http_connection *connection);
/* libmicrohttpd has: what it held is freed. */
void http_connection_free(struct http_loop *loop, struct http_connection *connection);
/* Ends what has passed its deadline; the next one, ns, or UINT64_MAX. */
uint64_t http_check_deadlines(struct http_loop *loop);

/* handler.c: libmicrohttpd's callbacks. */

/* NULL: it cannot start. */
struct MHD_Daemon *http_daemon_start(struct http_loop *loop);
/* The client has gone: the parent is told, and libmicrohttpd closes. */
void http_abandon(struct http_loop *loop, struct http_connection *connection);
/* There was no answer in time: the client and the parent are told. */
void http_answer_late(struct http_loop *loop, struct http_connection *connection);
/* Once for each question. */
void http_tell_left(struct http_loop *loop, struct http_connection *connection);
/* What could not be said before; true: it still cannot. */
bool http_catch_up(struct http_loop *loop);
void http_tell_counts(struct http_loop *loop);
/* Takes one message of the parent. */
void http_take_reply(struct http_loop *loop, const char *bytes, size_t length, int body);

/* responses.c */

/* NULL: out of memory. All have the headers that every response has. */
struct MHD_Response *http_response_of_refusal(const struct http_refusal *refusal);
struct MHD_Response *http_response_of_move(const char *location);      /* of a 303 */
struct MHD_Response *http_response_of_format(enum http_format format); /* empty, for HEAD */
/* Takes body, a descriptor, or -1: the text. */
struct MHD_Response *http_response_of_answer(
	const struct http_answer *answer, int body, uint64_t body_size);
