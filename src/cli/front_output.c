#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/front_internal.h"

#define READ_SIZE 65536
/* What has been waiting so long is shown without what the others have to say. */
#define PATIENCE (2 * NANOSECONDS_PER_SECOND)

void front_output_deinit(struct worker_output *output)
{
	string_builder_deinit(&output->text);
	output_parts_deinit(&output->parts);
	*output = (struct worker_output){0};
}

static void append(
	struct worker_output *output, enum front_stream stream, const char *bytes, size_t length)
{
	struct output_parts *parts = &output->parts;
	struct error *error = NULL;

	if (!output->text.length)
		output->since = clock_monotonic();
	string_append_bytes(&output->text, bytes, length);
	if (parts->count && parts->items[parts->count - 1].stream == stream)
		parts->items[parts->count - 1].end = output->text.length;
	else
		error = output_parts_append(
			parts, (struct output_part){stream, output->text.length});
	error_destroy(error);
}

static void take_stream(struct worker_output *output, enum front_stream stream, int fd)
{
	char buffer[READ_SIZE];
	ssize_t length;

	do {
		length = read(fd, buffer, sizeof(buffer));
		if (length > 0)
			append(output, stream, buffer, (size_t)length);
	} while (length > 0 || (length < 0 && errno == EINTR));
}

/* Messages are written at once, data when the command ends: these come first. */
void front_output_take(struct front_worker *worker)
{
	take_stream(&worker->output, FRONT_MESSAGES, worker->worker.messages);
	take_stream(&worker->output, FRONT_DATA, worker->worker.out);
}

void front_output_begin(struct front *front)
{
	front->heading[FRONT_DATA] = front->heading[FRONT_MESSAGES] = NULL;
	if (front->session->interactive)
		front->shown[FRONT_DATA] = front->shown[FRONT_MESSAGES] = false;
}

static FILE *stream_of(const struct front *front, enum front_stream stream)
{
	return stream == FRONT_DATA ? front->session->out : stderr;
}

/* Whether data and messages are read by the same eyes. */
static bool streams_are_one(const struct front *front)
{
	struct stat data, messages;

	return fstat(fileno(front->session->out), &data) == 0 &&
	       fstat(STDERR_FILENO, &messages) == 0 && data.st_dev == messages.st_dev &&
	       data.st_ino == messages.st_ino;
}

static void begin_heading(struct front *front, enum front_stream stream)
{
	FILE *out = stream_of(front, stream);

	if (front->shown[stream])
		putc('\n', out);
	fputs(session_wants_color(front->session, out) ? "\033[1m==> " : "==> ", out);
}

static void end_heading(struct front *front, enum front_stream stream)
{
	FILE *out = stream_of(front, stream);

	fputs(session_wants_color(front->session, out) ? " <==\033[0m\n" : " <==\n", out);
	fflush(out);
	front->shown[stream] = true;
	if (streams_are_one(front))
		front->shown[FRONT_DATA] = front->shown[FRONT_MESSAGES] = true;
}

static void need_heading(
	struct front *front, enum front_stream stream, const struct front_worker *worker)
{
	bool one = streams_are_one(front);

	if (front->heading[stream] == worker)
		return;
	if (front->json && stream == FRONT_DATA)
		return;
	/* As tail(1) does it for several files. */
	begin_heading(front, stream);
	fputs(front_worker_name(worker), stream_of(front, stream));
	end_heading(front, stream);
	front->heading[stream] = worker;
	if (one)
		front->heading[FRONT_DATA] = front->heading[FRONT_MESSAGES] = worker;
}

/* The process comes first, for whoever reads it as lines. */
static void print_object(FILE *out, const struct front_worker *worker, json_t *object)
{
	json_t *whole = json_pack("{s:i}", "pid", front_worker_pid(worker));

	if (whole && json_object_update(whole, object) == 0)
		json_dumpf(whole, out, JSON_COMPACT);
	else
		json_dumpf(object, out, JSON_COMPACT);
	putc('\n', out);
	json_decref(whole);
}

static void print_json_data(
	FILE *out, const struct front_worker *worker, const char *text, size_t length)
{
	while (length) {
		json_error_t problem;
		json_t *value = json_loadb(text, length, JSON_DISABLE_EOF_CHECK, &problem);
		size_t taken = value ? (size_t)problem.position : length;

		if (json_is_object(value))
			print_object(out, worker, value);
		else
			fwrite(text, 1, taken, out);
		json_decref(value);
		text += taken;
		length -= taken;
		while (length && (*text == '\n' || *text == ' ')) {
			text++;
			length--;
		}
	}
}

static void print_part(struct front *front, const struct front_worker *worker,
	enum front_stream stream, const char *text, size_t length)
{
	FILE *out = stream_of(front, stream);

	if (front->json && stream == FRONT_DATA)
		print_json_data(out, worker, text, length);
	else
		fwrite(text, 1, length, out);
	fflush(out);
}

static void print_parts(struct front *front, const struct front_worker *worker, bool headings)
{
	const struct worker_output *output = &worker->output;
	size_t start = 0;

	ARRAY_FOR_EACH (part, &output->parts) {
		if (headings)
			need_heading(front, part->stream, worker);
		print_part(
			front, worker, part->stream, output->text.text + start, part->end - start);
		start = part->end;
	}
}

static void clear_progress(struct front *front)
{
	if (front->progressing)
		fputs("\r\033[K", stderr);
	front->progressing = false;
}

static void empty(struct worker_output *output)
{
	output->text.length = 0;
	output->parts.count = 0;
}

void front_output_print_late(struct front *front, uint64_t now)
{
	ARRAY_FOR_EACH (worker, &front->workers) {
		struct worker_output *output = &worker->output;

		/* Half a line, or half an object, is none. */
		if (!output->text.length || now < output->since + PATIENCE ||
			output->text.text[output->text.length - 1] != '\n')
			continue;
		clear_progress(front);
		print_parts(front, worker, true);
		empty(output);
	}
}

static bool same_output(const struct worker_output *one, const struct worker_output *other)
{
	if (one->text.length != other->text.length || one->parts.count != other->parts.count ||
		memcmp(one->text.text, other->text.text, one->text.length) != 0)
		return false;
	for (size_t i = 0; i < one->parts.count; i++)
		if (one->parts.items[i].stream != other->parts.items[i].stream ||
			one->parts.items[i].end != other->parts.items[i].end)
			return false;
	return true;
}

/* Those that say the same as the one, itself first: 1 where it stands alone. */
static size_t count_same(const struct front *front, const struct front_worker *first)
{
	const struct front_workers *all = &front->workers;
	size_t count = 0;

	for (const struct front_worker *other = first; other < all->items + all->count; other++)
		count += other->took_part && !other->printed &&
			 same_output(&first->output, &other->output);
	return count;
}

static void print_heading_for(struct front *front, enum front_stream stream,
	const struct front_worker *first, size_t count)
{
	const struct front_workers *all = &front->workers;
	FILE *out = stream_of(front, stream);
	size_t took_part = 0;

	ARRAY_FOR_EACH (worker, all)
		took_part += worker->took_part;
	begin_heading(front, stream);
	if (count == took_part)
		fprintf(out, "all %zu processes", count);
	else
		fprintf(out, "%zu of %zu processes:", count, took_part);
	for (const struct front_worker *worker = first; worker < all->items + all->count; worker++)
		if (count < took_part && worker->took_part && !worker->printed &&
			same_output(&first->output, &worker->output))
			fprintf(out, " %d", worker->latest.pid);
	end_heading(front, stream);
}

/* One of them speaks for all that say the same. */
static void print_once(struct front *front, struct front_worker *first, size_t count)
{
	bool one = streams_are_one(front), done[FRONT_STREAMS] = {false};

	ARRAY_FOR_EACH (part, &first->output.parts) {
		if (!done[part->stream])
			print_heading_for(front, part->stream, first, count);
		done[part->stream] = true;
		if (one)
			done[FRONT_DATA] = done[FRONT_MESSAGES] = true;
	}
	print_parts(front, first, false);
	for (struct front_worker *other = front->workers.items + front->workers.count;
		--other >= first;)
		other->printed |= other->took_part && same_output(&first->output, &other->output);
	front->heading[FRONT_DATA] = front->heading[FRONT_MESSAGES] = NULL;
}

void front_output_print(struct front *front)
{
	clear_progress(front);
	ARRAY_FOR_EACH (worker, &front->workers)
		worker->printed = false;
	ARRAY_FOR_EACH (worker, &front->workers) {
		size_t count;

		if (worker->printed || !worker->output.text.length)
			continue;
		count = front->json || !worker->took_part ? 1 : count_same(front, worker);
		if (count > 1)
			print_once(front, worker, count);
		else
			print_parts(front, worker, true);
	}
	ARRAY_FOR_EACH (worker, &front->workers)
		empty(&worker->output);
}
