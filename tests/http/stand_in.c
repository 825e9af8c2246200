#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/string_builder.h"
#include "http/page.h"
#include "http/server.h"

/*
 * stand_in ADDRESS [TOKEN-FILE|- [beyond|- [HOST-NAME...]]]: answers what the HTTP process asks,
 * with fixed bodies; a CPU profile of the process "slow" when it is told to. It prints a line for
 * each event. On stdin, "answer" answers what is held back, "counts" prints them, "quiet" has
 * questions not printed, "body PATH" gives a file as the body of profiles; the end ends it.
 */

#define BODY_SIZE 100000
#define HELD_MAX  64
#define HOSTS_MAX 8

struct stand_in {
	struct http_server *server;
	uint64_t held[HELD_MAX];
	size_t held_count;
	bool quiet;
	char body[256]; /* path; "": a fixed one */
};

static void complain(struct error *error)
{
	if (!error)
		return;
	printf("error %d %s\n", (int)error->kind, error->message);
	if (error->hint)
		printf("hint %s\n", error->hint);
	error_destroy(error);
	fflush(stdout);
}

static int make_body(char fill)
{
	char bytes[BODY_SIZE];
	int fd = memfd_create("body", MFD_CLOEXEC);

	memset(bytes, fill, sizeof(bytes));
	complain(write_all(fd, bytes, sizeof(bytes)));
	return fd;
}

static void answer_text(struct stand_in *stand_in, uint64_t id, unsigned status,
	enum http_format format, const char *text)
{
	const struct http_answer answer = {.status = status,
		.format = format,
		.text = text,
		.body = -1,
		.retry_after = status == 503 ? 7 : 0};

	complain(http_server_answer(stand_in->server, id, &answer));
}

static void answer_file(struct stand_in *stand_in, uint64_t id, enum http_format format)
{
	CLEANUP(cleanup_close)
	int body = *stand_in->body ? open(stand_in->body, O_RDONLY | O_CLOEXEC)
				   : make_body(format == HTTP_PPROF ? 'p' : 's');
	const struct http_answer answer = {.status = 200,
		.format = format,
		.body = body,
		.file_name = format == HTTP_PPROF ? "../pro\"file" : NULL};

	complain(http_server_answer(stand_in->server, id, &answer));
}

static void answer_page(struct stand_in *stand_in, const struct http_question *question)
{
	static const struct http_page_process processes[] = {
		{4242, "redis-server",
			"/usr/bin/redis-server 127.0.0.1:6379 --save '' --appendonly no", 734003200,
			0.413, "", true, "", ""},
		{17, "<b>&\"evil'", "sh -c 'echo <script>alert(1)</script>'", 3 << 20, 0.003,
			"it does not use jemalloc: glibc's malloc has no profiler", false, "",
			"cpu for 30s"},
		{1234567, "a rather long name of a process that goes on",
			"/opt/service/bin/service --configuration=/etc/service/service.yaml", 0, -1,
			"", false, "", ""},
		{99, "gone", "gone", 0, -1, "", false,
			"it is traced by another process (gdb, 311): attach is refused", ""},
	};
	struct http_page page = {
		.processes = processes,
		.count = ARRAY_SIZE(processes),
		.version = "0.1.0",
		.url = http_server_url(stand_in->server),
		.note = "this is a stand-in",
	};
	STRING_BUILDER(text);

	if (*question->process) {
		page.count = 1;
		page.only_one = !question->by_pid;
		page.needs_token = true;
	}
	http_page_render(&page, &text);
	answer_text(stand_in, question->id, 200, HTTP_HTML, text.text);
}

static void answer_counts(struct stand_in *stand_in, uint64_t id)
{
	struct http_counts counts;
	STRING_BUILDER(text);

	http_server_counts(stand_in->server, &counts);
	for (size_t i = 0; i < ARRAY_SIZE(counts.answered); i++)
		string_append_format(&text, "answered_%zu %lu\n", i, counts.answered[i]);
	string_append_format(&text, "refused %lu\nabandoned %lu\nconnections %u\n", counts.refused,
		counts.abandoned, counts.connections);
	if (id)
		answer_text(stand_in, id, 200, HTTP_OPEN_METRICS, text.text);
	else
		printf("%s", text.text);
}

/* More than a message holds. */
static void answer_long_text(struct stand_in *stand_in, uint64_t id)
{
	char *text = malloc(BODY_SIZE + 1);

	memset(text, 't', BODY_SIZE);
	text[BODY_SIZE] = '\0';
	answer_text(stand_in, id, 200, HTTP_TEXT, text);
	free(text);
}

static void describe(const struct stand_in *stand_in, const struct http_question *question)
{
	if (stand_in->quiet)
		return;
	printf("question %lu subject=%d format=%d %s=%s wall=%d duration=%lu rate=%u text=%s\n",
		question->id, (int)question->subject, (int)question->format,
		question->by_pid ? "pid" : "name", question->process, question->wall,
		question->duration, question->rate, question->text ? question->text : "");
}

static void answer(struct stand_in *stand_in, const struct http_question *question)
{
	const uint64_t id = question->id;

	if (strcmp(question->process, "slow") == 0) {
		if (stand_in->held_count < HELD_MAX)
			stand_in->held[stand_in->held_count++] = id;
	} else if (strcmp(question->process, "busy") == 0) {
		answer_text(stand_in, id, 503, HTTP_TEXT, "another capture goes on");
	} else if (strcmp(question->process, "nobody") == 0) {
		answer_text(stand_in, id, 404, HTTP_TEXT, "there is no process 'nobody'");
	} else if (question->subject == HTTP_INDEX) {
		answer_page(stand_in, question);
	} else if (question->subject == HTTP_METRICS) {
		answer_counts(stand_in, id);
	} else if (question->subject == HTTP_COMMAND_LINE) {
		answer_text(stand_in, id, 200, HTTP_TEXT, "stand-in");
	} else if (question->subject == HTTP_SYMBOL) {
		answer_text(stand_in, id, 200, HTTP_TEXT, "num_symbols: 1\n");
	} else if (question->subject == HTTP_STACKS) {
		answer_long_text(stand_in, id);
	} else if (question->subject == HTTP_ACTIVATE || question->subject == HTTP_DEACTIVATE) {
		answer_text(stand_in, id, 200, HTTP_TEXT, "done\n");
	} else {
		answer_file(stand_in, id, question->format);
	}
}

/* False: the HTTP process has ended. */
static bool take_events(struct stand_in *stand_in)
{
	struct http_question question = {0};

	for (;;) {
		switch (http_server_receive(stand_in->server, &question)) {
		case HTTP_NOTHING:
			fflush(stdout);
			return true;
		case HTTP_QUESTION:
			describe(stand_in, &question);
			answer(stand_in, &question);
			break;
		case HTTP_LEFT:
			printf("left %lu\n", question.id);
			break;
		case HTTP_ENDED:
			printf("ended\n");
			return false;
		}
		http_question_deinit(&question);
	}
}

/* False: at the end of stdin. */
static bool take_command(struct stand_in *stand_in)
{
	char line[300];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (strcmp(line, "answer\n") == 0) {
		for (size_t i = 0; i < stand_in->held_count; i++)
			answer_file(stand_in, stand_in->held[i], HTTP_PPROF);
		stand_in->held_count = 0;
	} else if (sscanf(line, "body %255s", stand_in->body) == 1) {
		snprintf(line, sizeof(line), "body");
	} else if (strcmp(line, "quiet\n") == 0) {
		stand_in->quiet = true;
	} else if (strcmp(line, "counts\n") == 0) {
		answer_counts(stand_in, 0);
	}
	printf("%.*s: done\n", (int)strcspn(line, "\n"), line);
	fflush(stdout);
	return true;
}

static const char *argument(int argc, char **argv, int index)
{
	return index < argc && strcmp(argv[index], "-") != 0 ? argv[index] : NULL;
}

int main(int argc, char **argv)
{
	const char *hosts[HOSTS_MAX + 1] = {NULL};
	struct http_options options = {
		.address = argc > 1 ? argv[1] : "127.0.0.1:0",
		.token_file = argument(argc, argv, 2),
		.beyond_loopback = argument(argc, argv, 3) != NULL,
		.host_names = hosts,
		.duration_max = 600 * NANOSECONDS_PER_SECOND,
		.rate_max = 1000,
	};
	struct stand_in stand_in = {0};
	struct error *error;

	for (int i = 4; i < argc && i - 4 < HOSTS_MAX; i++)
		hosts[i - 4] = argv[i];
	error = http_server_start(&options, &stand_in.server);
	if (error) {
		complain(error);
		return EXIT_FAILURE;
	}
	printf("ready %s\n", http_server_url(stand_in.server));
	fflush(stdout);
	struct pollfd wait[] = {{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = http_server_descriptor(stand_in.server), .events = POLLIN}};
	bool goes_on = true;
	setvbuf(stdin, NULL, _IONBF, 0);
	while (goes_on && poll(wait, ARRAY_SIZE(wait), -1) > 0) {
		if (wait[1].revents)
			goes_on = take_events(&stand_in);
		if (goes_on && wait[0].revents)
			goes_on = take_command(&stand_in);
	}
	http_server_end(stand_in.server);
	return EXIT_SUCCESS;
}
