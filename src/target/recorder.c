#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/string_builder.h"
#include "target/snapshot.h"

struct recorder {
	struct target target;
	struct target *recorded; /* borrowed */
	struct string_builder text;
	struct string_builder captures; /* of the round that is listed next */
	bool mapped;                    /* the mappings are written: those of the beginning */
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

/* Threads are listed right after they were captured: then the round is written down. */
static struct error *recorder_list_threads(struct target *target, struct thread_array *ret)
{
	struct recorder *recorder = recorder_of(target);
	size_t before = ret->count;
	struct error *error = target_list_threads(recorder->recorded, ret);
	uint64_t cpu_time = 0;

	if (!error)
		error = target_cpu_time(recorder->recorded, &cpu_time);
	if (error)
		return error;
	string_append_format(
		&recorder->text, "round %lu %lu\n", target_now(recorder->recorded), cpu_time);
	for (size_t i = before; i < ret->count; i++) {
		const struct thread *thread = &ret->items[i];
		struct thread_status status;

		if (!target_thread_status(recorder->recorded, thread->id, &status))
			continue;
		string_append_format(&recorder->text, "thread %d %c %lu ", thread->id, status.state,
			thread->cpu_time);
		append_name(&recorder->text, status.name);
		string_append_char(&recorder->text, '\n');
	}
	string_append_bytes(&recorder->text, recorder->captures.text, recorder->captures.length);
	recorder->captures.length = 0;
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

static void record_capture(struct recorder *recorder, const struct capture *capture)
{
	struct string_builder *text = &recorder->captures;

	string_append_format(text, "capture %d", capture->thread);
	for (int i = 0; i < REGISTER_COUNT; i++)
		string_append_format(text, " %lx", capture->registers.values[i]);
	string_append_format(text, "\nstack %lx ", capture->stack_address);
	for (size_t i = 0; i < capture->stack_length; i++)
		string_append_format(text, "%02x", capture->stack[i]);
	string_append_char(text, '\n');
}

static struct error *recorder_capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count)
{
	struct recorder *recorder = recorder_of(target);
	struct error *error = target_capture(recorder->recorded, time, captures, count);

	for (size_t i = 0; !error && i < count; i++)
		if (captures[i].outcome == CAPTURE_DONE)
			record_capture(recorder, &captures[i]);
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

struct error *recorder_save(struct target *target, const char *path)
{
	struct recorder *recorder = recorder_of(target);

	if (recorder->text.failed || recorder->captures.failed)
		return &error_no_memory;
	return file_write(path, recorder->text.text, recorder->text.length, 0600);
}
