#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/string_builder.h"
#include "target/snapshot.h"

/* Where a capture ends in the text of those that are not written down yet. */
struct recorded_capture {
	pid_t thread;
	size_t end;
};
ARRAY_DEFINE(recorded_captures, struct recorded_capture)
ARRAY_DEFINE(thread_ids, pid_t)

struct recorder {
	struct target target;
	struct target *recorded; /* borrowed */
	struct string_builder text;
	struct string_builder captures; /* since threads were listed last */
	struct recorded_captures ends;  /* of each of them */
	struct thread_ids threads;      /* of the present round, as written */
	size_t rounds;
	bool continued; /* the captures are further ones of the present round */
	bool mapped;    /* the mappings are written: those of the beginning */
};

static struct recorder *recorder_of(struct target *target)
{
	return (struct recorder *)target;
}

static void recorder_destroy(struct target *target)
{
	struct recorder *recorder = recorder_of(target);

	string_builder_deinit(&recorder->text);
	string_builder_deinit(&recorder->captures);
	recorded_captures_deinit(&recorder->ends);
	thread_ids_deinit(&recorder->threads);
	free(recorder);
}

/* A name may hold whatever the program likes; the snapshot's lines may not. */
static void append_name(struct string_builder *text, const char *name)
{
	if (!*name)
		string_append(text, "\\000");
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;

		if (c <= ' ' || c == '\\' || c == 0x7f)
			string_append_format(text, "\\%03o", c);
		else
			string_append_char(text, *name);
	}
}

/* A newline is written as the kernel does it. */
static void append_path(struct string_builder *text, const struct mapping *mapping)
{
	for (const char *at = mapping->path; *at; at++)
		if (*at == '\n')
			string_append(text, "\\012");
		else
			string_append_char(text, *at);
	if (mapping->deleted)
		string_append(text, " (deleted)");
}

static struct error *write_thread(struct recorder *recorder, const struct thread *thread)
{
	struct thread_status status;

	if (!target_thread_status(recorder->recorded, thread->id, &status))
		return NULL;
	string_append_format(
		&recorder->text, "thread %d %c %lu ", thread->id, status.state, thread->cpu_time);
	append_name(&recorder->text, status.name);
	string_append_char(&recorder->text, '\n');
	return thread_ids_append(&recorder->threads, thread->id);
}

static struct error *write_round(
	struct recorder *recorder, const struct thread *threads, size_t count)
{
	uint64_t cpu_time;
	struct error *error = target_cpu_time(recorder->recorded, &cpu_time);

	if (error)
		return error;
	string_append_format(
		&recorder->text, "round %lu %lu\n", target_now(recorder->recorded), cpu_time);
	recorder->rounds++;
	recorder->threads.count = 0;
	for (size_t i = 0; !error && i < count; i++)
		error = write_thread(recorder, &threads[i]);
	return error;
}

static bool is_written(const struct recorder *recorder, pid_t id)
{
	ARRAY_FOR_EACH (thread, &recorder->threads)
		if (*thread == id)
			return true;
	return false;
}

/* A thread that ended after it was captured has no line to belong to. */
static void write_captures(struct recorder *recorder)
{
	size_t start = 0;

	ARRAY_FOR_EACH (capture, &recorder->ends) {
		if (is_written(recorder, capture->thread))
			string_append_bytes(&recorder->text, recorder->captures.text + start,
				capture->end - start);
		start = capture->end;
	}
	recorder->captures.length = 0;
	recorder->ends.count = 0;
}

/* Threads are listed right after they were captured: then the round is written down. */
static struct error *recorder_list_threads(struct target *target, struct thread_array *ret)
{
	struct recorder *recorder = recorder_of(target);
	size_t before = ret->count;
	struct error *error = target_list_threads(recorder->recorded, ret);

	if (!error && !recorder->continued)
		error = write_round(recorder, ret->items + before, ret->count - before);
	if (error)
		return error;
	write_captures(recorder);
	recorder->continued = false;
	return NULL;
}

static bool recorder_thread_status(struct target *target, pid_t id, struct thread_status *ret)
{
	return target_thread_status(recorder_of(target)->recorded, id, ret);
}

static struct error *recorder_list_mappings(struct target *target, struct mappings *ret)
{
	struct recorder *recorder = recorder_of(target);
	struct error *error = target_list_mappings(recorder->recorded, ret);

	if (error || recorder->mapped)
		return error;
	recorder->mapped = true;
	ARRAY_FOR_EACH (mapping, &ret->list) {
		if (!mapping->executable)
			continue;
		string_append_format(&recorder->text, "mapping %lx-%lx r-xp %08lx %02x:%02x %lu ",
			mapping->start, mapping->end, mapping->offset, mapping->device_major,
			mapping->device_minor, mapping->inode);
		append_path(&recorder->text, mapping);
		string_append_char(&recorder->text, '\n');
	}
	return NULL;
}

static size_t recorder_read(struct target *target, uint64_t address, void *buffer, size_t length)
{
	return target_read(recorder_of(target)->recorded, address, buffer, length);
}

static struct error *recorder_open_mapping(
	struct target *target, const struct mapping *mapping, int *ret_fd)
{
	return target_open_mapping(recorder_of(target)->recorded, mapping, ret_fd);
}

static struct error *recorder_cpu_time(struct target *target, uint64_t *ret)
{
	return target_cpu_time(recorder_of(target)->recorded, ret);
}

static void append_stack(
	struct string_builder *text, const char *keyword, const struct stack_copy *copy)
{
	string_append_format(text, "%s %lx ", keyword, copy->address);
	for (size_t i = 0; i < copy->length; i++)
		string_append_format(text, "%02x", copy->bytes[i]);
	string_append_char(text, '\n');
}

static struct error *record_capture(struct recorder *recorder, const struct capture *capture)
{
	struct string_builder *text = &recorder->captures;

	string_append_format(text, "capture %d", capture->thread);
	for (int i = 0; i < REGISTER_COUNT; i++)
		string_append_format(text, " %lx", capture->registers.values[i]);
	if (capture->system_call >= 0)
		string_append_format(text, " call %" PRId64, capture->system_call);
	string_append_char(text, '\n');
	append_stack(text, "stack",
		&(struct stack_copy){
			capture->stack_address, capture->stack, capture->stack_length});
	for (size_t i = 0; i < OTHER_STACKS; i++)
		if (capture->others[i].length)
			append_stack(text, "other", &capture->others[i]);
	return recorded_captures_append(
		&recorder->ends, (struct recorded_capture){capture->thread, text->length});
}

static struct error *recorder_capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count)
{
	struct recorder *recorder = recorder_of(target);
	struct error *error = target_capture(recorder->recorded, time, captures, count);

	recorder->continued = !time && recorder->rounds && !recorder->ends.count;
	for (size_t i = 0; !error && i < count; i++)
		if (captures[i].outcome == CAPTURE_DONE)
			error = record_capture(recorder, &captures[i]);
	return error;
}

static uint64_t recorder_now(struct target *target)
{
	return target_now(recorder_of(target)->recorded);
}

static struct error *recorder_wait_until(struct target *target, uint64_t time)
{
	return target_wait_until(recorder_of(target)->recorded, time);
}

static const struct target_operations recorder_operations = {
	.destroy = recorder_destroy,
	.list_threads = recorder_list_threads,
	.thread_status = recorder_thread_status,
	.list_mappings = recorder_list_mappings,
	.read = recorder_read,
	.open_mapping = recorder_open_mapping,
	.cpu_time = recorder_cpu_time,
	.capture = recorder_capture,
	.now = recorder_now,
	.wait_until = recorder_wait_until,
};

struct error *recorder_create(struct target *target, struct target **ret)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	struct target_identity *identity;

	if (!recorder)
		return &error_no_memory;
	identity = &recorder->target.identity;
	*identity = target->identity;
	identity->name = strdup(target->identity.name);
	identity->executable = strdup(target->identity.executable);
	identity->alias = NULL;
	if (!identity->name || !identity->executable) {
		free(identity->name);
		free(identity->executable);
		free(recorder);
		return &error_no_memory;
	}
	recorder->target.operations = &recorder_operations;
	recorder->recorded = target;
	string_append_format(&recorder->text, "limpet-snapshot 1\nprocess %d ", identity->pid);
	append_name(&recorder->text, identity->name);
	string_append_char(&recorder->text, ' ');
	append_name(&recorder->text, identity->executable);
	string_append_char(&recorder->text, '\n');
	*ret = &recorder->target;
	return NULL;
}

void recorder_add_build_id(struct target *target, uint64_t start, const char *id)
{
	string_append_format(&recorder_of(target)->text, "build-id %lx %s\n", start, id);
}

struct error *recorder_save(struct target *target, const char *path)
{
	struct recorder *recorder = recorder_of(target);

	if (recorder->text.failed || recorder->captures.failed)
		return &error_no_memory;
	return file_write(path, recorder->text.text, recorder->text.length, 0600);
}
