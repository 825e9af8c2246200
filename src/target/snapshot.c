#include "target/snapshot.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"

#define SNAPSHOT_LIMIT ((size_t)1 << 30)

struct snapshot_stack {
	uint64_t address;
	size_t offset; /* into the bytes of all stacks */
	size_t length;
};

struct snapshot_thread {
	struct thread thread;
	struct thread_status status;
	bool captured;
	int64_t system_call; /* -1: it is in none */
	struct registers registers;
	/* Its own, then the others that it may go on on. */
	struct snapshot_stack stacks[1 + OTHER_STACKS];
	size_t stack_count;
};
ARRAY_DEFINE(snapshot_threads, struct snapshot_thread)

struct snapshot_round {
	uint64_t time;
	uint64_t cpu_time;
	size_t first_thread;
	size_t thread_count;
};
ARRAY_DEFINE(snapshot_rounds, struct snapshot_round)

#define BUILD_ID_LENGTH_MAX 128

struct snapshot_id {
	uint64_t start; /* of the mapping */
	char text[BUILD_ID_LENGTH_MAX + 1];
};
ARRAY_DEFINE(snapshot_ids, struct snapshot_id)

struct snapshot {
	struct target target;
	char *directory;
	struct mappings mappings;
	struct snapshot_ids build_ids;
	struct snapshot_rounds rounds;
	struct snapshot_threads threads;
	struct u8_array stacks;
	size_t current;                   /* round */
	struct snapshot_thread *captured; /* while parsing: whose stack comes next */
};

static struct snapshot *snapshot_of(struct target *target)
{
	return (struct snapshot *)target;
}

static void snapshot_destroy(struct target *target)
{
	struct snapshot *snapshot = snapshot_of(target);

	free(snapshot->directory);
	mappings_deinit(&snapshot->mappings);
	snapshot_ids_deinit(&snapshot->build_ids);
	snapshot_rounds_deinit(&snapshot->rounds);
	snapshot_threads_deinit(&snapshot->threads);
	u8_array_deinit(&snapshot->stacks);
	free(snapshot);
}

static struct error *recording_over(const struct target *target)
{
	return error_create(ERROR_GONE, "the recording of process %d (%s) is over",
		target->identity.pid, target->identity.name);
}

static const struct snapshot_round *current_round(const struct snapshot *snapshot)
{
	return &snapshot->rounds.items[snapshot->current];
}

static const struct snapshot_thread *find_thread(const struct snapshot *snapshot, pid_t id)
{
	const struct snapshot_round *round = current_round(snapshot);

	for (size_t i = 0; i < round->thread_count; i++) {
		const struct snapshot_thread *thread =
			&snapshot->threads.items[round->first_thread + i];

		if (thread->thread.id == id)
			return thread;
	}
	return NULL;
}

static struct error *snapshot_list_threads(struct target *target, struct thread_array *ret)
{
	const struct snapshot *snapshot = snapshot_of(target);
	const struct snapshot_round *round = current_round(snapshot);
	struct error *error = NULL;

	for (size_t i = 0; !error && i < round->thread_count; i++)
		error = thread_array_append(
			ret, snapshot->threads.items[round->first_thread + i].thread);
	return error;
}

static bool snapshot_thread_status(struct target *target, pid_t id, struct thread_status *ret)
{
	const struct snapshot_thread *thread = find_thread(snapshot_of(target), id);

	if (thread)
		*ret = thread->status;
	return thread != NULL;
}

static struct error *copy_mapping(const struct mapping *mapping, struct mappings *ret)
{
	struct mapping copy = *mapping;
	struct error *error;

	copy.path = strdup(mapping->path);
	if (!copy.path)
		return &error_no_memory;
	error = mapping_items_append(&ret->list, copy);
	if (error)
		free(copy.path);
	return error;
}

static struct error *snapshot_list_mappings(struct target *target, struct mappings *ret)
{
	struct mappings mappings = {0};
	struct error *error = NULL;

	ARRAY_FOR_EACH (mapping, &snapshot_of(target)->mappings.list)
		if (!error)
			error = copy_mapping(mapping, &mappings);
	if (error)
		mappings_deinit(&mappings);
	else
		*ret = mappings;
	return error;
}

/* Only stacks were recorded. */
static size_t snapshot_read(struct target *target, uint64_t address, void *buffer, size_t length)
{
	(void)target;
	(void)address;
	(void)buffer;
	(void)length;
	return 0;
}

static struct error *snapshot_open_mapping(
	struct target *target, const struct mapping *mapping, int *ret_fd)
{
	CLEANUP(cleanup_free) char *beside = NULL;

	if (mapping->path[0] != '/')
		return error_create(ERROR_NOT_FOUND, "no file behind '%s'", mapping->path);
	if (asprintf(&beside, "%s/%s", snapshot_of(target)->directory,
		    path_file_name(mapping->path)) < 0) {
		beside = NULL;
		return &error_no_memory;
	}
	struct error *error = file_open_regular(NULL, beside, ret_fd);
	if (!error || error->kind == ERROR_NO_MEMORY)
		return error;
	error_destroy(error);
	return file_open_regular(NULL, mapping->path, ret_fd);
}

static const char *snapshot_build_id(struct target *target, const struct mapping *mapping)
{
	ARRAY_FOR_EACH (id, &snapshot_of(target)->build_ids)
		if (id->start == mapping->start)
			return id->text;
	return "";
}

static struct error *snapshot_cpu_time(struct target *target, uint64_t *ret)
{
	*ret = current_round(snapshot_of(target))->cpu_time;
	return NULL;
}

static struct stack_copy copy_of(
	const struct snapshot *snapshot, const struct snapshot_stack *stack, size_t wanted)
{
	struct stack_copy copy = {.address = stack->address};

	if (stack->length)
		copy.bytes = snapshot->stacks.items + stack->offset;
	copy.length = stack->length < wanted ? stack->length : wanted;
	return copy;
}

static void take_capture(const struct snapshot *snapshot, struct capture *capture)
{
	const struct snapshot_thread *thread = find_thread(snapshot, capture->thread);

	capture->outcome = !thread             ? CAPTURE_THREAD_GONE
			   : !thread->captured ? CAPTURE_ASLEEP
					       : CAPTURE_DONE;
	if (capture->outcome != CAPTURE_DONE)
		return;
	capture->registers = thread->registers;
	capture->system_call = thread->system_call;
	struct stack_copy own = copy_of(snapshot, &thread->stacks[0], capture->wish.own);
	capture->stack_address = own.address;
	capture->stack = own.bytes;
	capture->stack_length = own.length;
	for (size_t i = 0; i < OTHER_STACKS; i++)
		capture->others[i] = copy_of(snapshot, &thread->stacks[1 + i], capture->wish.other);
}

static struct error *snapshot_wait_until(struct target *target, uint64_t time)
{
	struct snapshot *snapshot = snapshot_of(target);

	(void)time;
	if (snapshot->current + 1 >= snapshot->rounds.count)
		return recording_over(target);
	snapshot->current++;
	return NULL;
}

static struct error *snapshot_capture(
	struct target *target, uint64_t time, struct capture *captures, size_t count)
{
	struct error *error = time ? snapshot_wait_until(target, time) : NULL;

	for (size_t i = 0; !error && i < count; i++)
		take_capture(snapshot_of(target), &captures[i]);
	return error;
}

static uint64_t snapshot_now(struct target *target)
{
	return current_round(snapshot_of(target))->time;
}

static const struct target_operations snapshot_operations = {
	.destroy = snapshot_destroy,
	.list_threads = snapshot_list_threads,
	.thread_status = snapshot_thread_status,
	.list_mappings = snapshot_list_mappings,
	.read = snapshot_read,
	.open_mapping = snapshot_open_mapping,
	.build_id = snapshot_build_id,
	.cpu_time = snapshot_cpu_time,
	.capture = snapshot_capture,
	.now = snapshot_now,
	.wait_until = snapshot_wait_until,
};

static bool take_id(struct cursor *line, pid_t *ret)
{
	uint64_t id;

	cursor_skip_spaces(line);
	if (!cursor_take_decimal(line, &id) || id > INT_MAX)
		return false;
	*ret = (pid_t)id;
	return true;
}

/* Times are signed in a profile. */
static bool take_time(struct cursor *line, uint64_t *ret)
{
	cursor_skip_spaces(line);
	return cursor_take_decimal(line, ret) && *ret <= INT64_MAX;
}

static bool at_end(struct cursor *line)
{
	cursor_skip_spaces(line);
	return !cursor_left(line);
}

static bool take_word(struct cursor *line, struct cursor *ret)
{
	cursor_skip_spaces(line);
	ret->at = line->at;
	while (cursor_left(line) && *line->at != ' ')
		line->at++;
	ret->end = line->at;
	return cursor_left(ret) > 0;
}

static bool is_octal(const char *digits)
{
	return digits[0] >= '0' && digits[0] <= '3' && digits[1] >= '0' && digits[1] <= '7' &&
	       digits[2] >= '0' && digits[2] <= '7';
}

/* A name with its \ooo; NULL: no memory. */
static char *unescape(struct cursor text)
{
	char *name = malloc(cursor_left(&text) + 1), *to = name;

	while (name && cursor_left(&text)) {
		bool escaped = *text.at == '\\' && cursor_left(&text) >= 4 && is_octal(text.at + 1);

		*to++ = escaped ? (char)((text.at[1] - '0') << 6 | (text.at[2] - '0') << 3 |
					  (text.at[3] - '0'))
				: *text.at;
		text.at += escaped ? 4 : 1;
	}
	if (name)
		*to = '\0';
	return name;
}

static struct error *unexpected(const char *what)
{
	return error_create(ERROR_MALFORMED, "expected %s", what);
}

static struct error *parse_process(struct snapshot *snapshot, struct cursor line)
{
	struct target_identity *identity = &snapshot->target.identity;
	struct cursor name;

	if (identity->name || !take_id(&line, &identity->pid) || !take_word(&line, &name))
		return unexpected("PID NAME EXECUTABLE, once");
	cursor_skip_spaces(&line);
	identity->name = unescape(name);
	identity->executable = unescape(line);
	return identity->name && identity->executable ? NULL : &error_no_memory;
}

static bool follows(const struct mapping_items *list, const struct mapping *mapping)
{
	return !list->count || list->items[list->count - 1].end <= mapping->start;
}

static struct error *parse_mapping(struct snapshot *snapshot, struct cursor line)
{
	struct mappings one = {0};
	struct error *error;

	cursor_skip_spaces(&line);
	error = mappings_parse(line, &one);
	if (error && error->kind != ERROR_MALFORMED)
		return error;
	error_destroy(error);
	if (one.list.count != 1)
		return unexpected("a line of a maps file");
	if (follows(&snapshot->mappings.list, &one.list.items[0]))
		error = copy_mapping(&one.list.items[0], &snapshot->mappings);
	else
		error = unexpected("an address above the mapping before");
	mappings_deinit(&one);
	return error;
}

static struct error *parse_round(struct snapshot *snapshot, struct cursor line)
{
	struct snapshot_round round = {.first_thread = snapshot->threads.count};

	if (!take_time(&line, &round.time) || !take_time(&line, &round.cpu_time) || !at_end(&line))
		return unexpected("TIME CPU-TIME");
	if (snapshot->rounds.count &&
		round.time < snapshot->rounds.items[snapshot->rounds.count - 1].time)
		return unexpected("a time not before that of the round before");
	return snapshot_rounds_append(&snapshot->rounds, round);
}

static struct error *parse_thread(struct snapshot *snapshot, struct cursor line)
{
	struct snapshot_thread thread = {.status = {.system_call = -1}};
	struct cursor state;
	struct error *error;

	if (!snapshot->rounds.count || !take_id(&line, &thread.thread.id) ||
		!take_word(&line, &state) || !take_time(&line, &thread.thread.cpu_time))
		return unexpected("ID STATE CPU-TIME NAME, in a round");
	cursor_skip_spaces(&line);
	CLEANUP(cleanup_free) char *name = unescape(line);
	if (!name)
		return &error_no_memory;
	memcpy(thread.status.name, name, strnlen(name, sizeof(thread.status.name) - 1));
	thread.status.state = *state.at;
	snapshot->captured = NULL; /* the array may move */
	error = snapshot_threads_append(&snapshot->threads, thread);
	if (!error)
		snapshot->rounds.items[snapshot->rounds.count - 1].thread_count++;
	return error;
}

static struct snapshot_thread *thread_of_last_round(struct snapshot *snapshot, pid_t id)
{
	for (size_t i = snapshot->threads.count; snapshot->rounds.count && i-- > 0;) {
		if (i < snapshot->rounds.items[snapshot->rounds.count - 1].first_thread)
			break;
		if (snapshot->threads.items[i].thread.id == id)
			return &snapshot->threads.items[i];
	}
	return NULL;
}

static bool take_system_call(struct cursor *line, int64_t *ret)
{
	uint64_t number;

	*ret = -1;
	cursor_skip_spaces(line);
	if (!cursor_skip_text(line, "call "))
		return true;
	if (!cursor_take_decimal(line, &number) || number > INT32_MAX)
		return false;
	*ret = (int64_t)number;
	return true;
}

static struct error *parse_capture(struct snapshot *snapshot, struct cursor line)
{
	struct snapshot_thread *thread;
	pid_t id;

	if (!take_id(&line, &id) || !(thread = thread_of_last_round(snapshot, id)))
		return unexpected("the ID of a thread of the round");
	snapshot->captured = thread;
	for (int i = 0; i < REGISTER_COUNT; i++) {
		cursor_skip_spaces(&line);
		if (!cursor_take_hexadecimal(&line, &thread->registers.values[i]))
			return unexpected("17 registers");
	}
	if (!take_system_call(&line, &thread->system_call) || !at_end(&line))
		return unexpected("nothing more, or `call NUMBER`");
	thread->captured = true;
	return NULL;
}

static int hexadecimal_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct error *take_stack(
	struct snapshot *snapshot, struct cursor line, struct snapshot_stack *ret)
{
	cursor_skip_spaces(&line);
	if (!cursor_take_hexadecimal(&line, &ret->address))
		return unexpected("ADDRESS BYTES, after a capture");
	cursor_skip_spaces(&line);
	ret->offset = snapshot->stacks.count;
	for (; cursor_left(&line) >= 2; line.at += 2) {
		int high = hexadecimal_digit(line.at[0]), low = hexadecimal_digit(line.at[1]);
		struct error *error;

		if (high < 0 || low < 0)
			return unexpected("hexadecimal bytes");
		error = u8_array_append(&snapshot->stacks, (uint8_t)(high << 4 | low));
		if (error)
			return error;
	}
	ret->length = snapshot->stacks.count - ret->offset;
	return cursor_left(&line) ? unexpected("an even number of digits") : NULL;
}

static struct error *parse_stack(struct snapshot *snapshot, struct cursor line)
{
	struct snapshot_thread *thread = snapshot->captured;

	if (!thread || thread->stack_count)
		return unexpected("ADDRESS BYTES, after a capture");
	return take_stack(snapshot, line, &thread->stacks[thread->stack_count++]);
}

static struct error *parse_other(struct snapshot *snapshot, struct cursor line)
{
	struct snapshot_thread *thread = snapshot->captured;

	if (!thread || !thread->stack_count || thread->stack_count > OTHER_STACKS)
		return unexpected("no more than 3 other stacks, after a stack");
	return take_stack(snapshot, line, &thread->stacks[thread->stack_count++]);
}

static struct error *parse_build_id(struct snapshot *snapshot, struct cursor line)
{
	struct snapshot_id id = {0};

	if (!cursor_take_hexadecimal(&line, &id.start) || !cursor_skip_text(&line, " ") ||
		!cursor_left(&line) || cursor_left(&line) > BUILD_ID_LENGTH_MAX)
		return unexpected("an address and a build id");
	memcpy(id.text, line.at, cursor_left(&line));
	if (strspn(id.text, "0123456789abcdef") != cursor_left(&line))
		return unexpected("a build id in hexadecimal");
	return snapshot_ids_append(&snapshot->build_ids, id);
}

static const struct {
	const char *keyword;
	struct error *(*parse)(struct snapshot *snapshot, struct cursor line);
} lines[] = {
	{"process ", parse_process},
	{"mapping ", parse_mapping},
	{"build-id ", parse_build_id},
	{"round ", parse_round},
	{"thread ", parse_thread},
	{"capture ", parse_capture},
	{"stack ", parse_stack},
	{"other ", parse_other},
};

static struct error *parse_line(struct snapshot *snapshot, struct cursor line)
{
	if (!cursor_left(&line) || *line.at == '#')
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (cursor_skip_text(&line, lines[i].keyword))
			return lines[i].parse(snapshot, line);
	return unexpected("process, mapping, build-id, round, thread, capture, stack or other");
}

static struct error *parse_all(struct snapshot *snapshot, struct cursor text)
{
	struct cursor line;

	if (!cursor_take_line(&text, &line) || !cursor_equals(&line, "limpet-snapshot 1"))
		return error_create(ERROR_MALFORMED, "not a snapshot of limpet's");
	for (unsigned number = 2; cursor_take_line(&text, &line); number++) {
		struct error *error = parse_line(snapshot, line);

		if (error)
			return error_add_context(error, "line %u", number);
	}
	if (!snapshot->target.identity.name || !snapshot->rounds.count)
		return error_create(ERROR_MALFORMED, "the snapshot has no process or no round");
	return NULL;
}

struct error *snapshot_parse(
	const void *bytes, size_t length, const char *directory, struct target **ret)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	struct error *error;

	if (!snapshot)
		return &error_no_memory;
	snapshot->target.operations = &snapshot_operations;
	snapshot->directory = strdup(directory);
	error = snapshot->directory ? parse_all(snapshot, cursor_over(bytes, length))
				    : &error_no_memory;
	if (error) {
		target_destroy(&snapshot->target);
		return error;
	}
	*ret = &snapshot->target;
	return NULL;
}

struct error *snapshot_open(const char *path, struct target **ret)
{
	CLEANUP(u8_array_deinit) struct u8_array text = {0};
	const char *slash = strrchr(path, '/');
	struct error *error = file_read(path, SNAPSHOT_LIMIT, &text);

	if (error)
		return error;
	CLEANUP(cleanup_free)
	char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	if (!directory)
		return &error_no_memory;
	error = snapshot_parse(text.items, text.count, directory, ret);
	return error ? error_add_context(error, "'%s'", path) : NULL;
}
