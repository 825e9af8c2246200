#include "cli/stacks_print.h"

#include <stdbool.h>
#include <string.h>

#include "arch/system_calls.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/string_builder.h"
#include "cli/json.h"
#include "cli/report.h"
#include "symbolize/short_name.h"

/* Of a group's threads: more are counted only. */
#define NAMED_MAX 12

struct frame_text {
	const char *name;
	const char *file;   /* "" if unknown */
	const char *module; /* path; "" for none */
	uint32_t line;
	uint64_t address; /* 0: none */
	bool is_short;    /* to be: name is whole */
};

/* Of the location's lines, which of an address without lines are one. */
struct line_range {
	uint32_t first, end;
};

static struct line_range shown_lines(const struct stacks_report *report, uint32_t location)
{
	uint32_t count = report->profile->locations.items[location].line_count;

	if (!count)
		count = 1;
	return (struct line_range){report->view->no_inlines ? count - 1 : 0, count};
}

/* line: of the location, 0 being the innermost inlined function. */
static struct frame_text frame_of(
	const struct stacks_report *report, uint32_t location, uint32_t line)
{
	const struct profile *profile = report->profile;
	const struct profile_location *place = &profile->locations.items[location];
	struct frame_text text = {"<unknown>", "", "", 0, place->address, false};

	if (place->mapping != PROFILE_NONE)
		text.module = profile_text(profile, profile->mappings.items[place->mapping].path);
	if (line < place->line_count) {
		const struct profile_line *known = &profile->lines.items[place->first_line + line];
		const struct profile_function *function =
			profile_function(profile, known->function);

		text.name = profile_text(profile, function->name);
		if (report->view->names == NAMES_MANGLED && function->system_name)
			text.name = profile_text(profile, function->system_name);
		text.is_short = report->view->names == NAMES_SHORT;
		text.file = profile_text(profile, function->file);
		text.line = known->line;
	}
	return text;
}

/* "libc.so.6+0x27249", of what has no name. */
static bool has_module_in_name(const struct frame_text *frame)
{
	const char *file = path_file_name(frame->module);
	size_t length = strlen(file);

	return strncmp(frame->name, file, length) == 0 && frame->name[length] == '+';
}

static void append_name(struct string_builder *text, const struct frame_text *frame)
{
	string_append(text, "");
	if (frame->is_short)
		short_name_append(text, frame->name);
	else
		string_append(text, frame->name);
}

static void print_frame(FILE *out, const struct frame_text *frame, size_t times)
{
	STRING_BUILDER(name);

	append_name(&name, frame);
	fputs("    ", out);
	print_text(out, name.failed ? frame->name : name.text);
	if (*frame->file) {
		fputs("  ", out);
		print_text(out, frame->file);
		if (frame->line)
			fprintf(out, ":%u", frame->line);
	} else if (*frame->module && !has_module_in_name(frame)) {
		fputs("  ", out);
		print_text(out, path_file_name(frame->module));
	}
	if (times > 1)
		fprintf(out, "  (%zu times)", times);
	fputc('\n', out);
}

static bool is_same_frame(const struct frame_text *a, const struct frame_text *b)
{
	return strcmp(a->name, b->name) == 0 && strcmp(a->file, b->file) == 0 &&
	       a->line == b->line && strcmp(a->module, b->module) == 0;
}

/* A recursion is one line. */
struct frame_run {
	FILE *out;
	struct frame_text frame;
	size_t times; /* 0: none yet */
};

static void add_to_run(struct frame_run *run, const struct frame_text *frame)
{
	if (run->times && is_same_frame(&run->frame, frame)) {
		run->times++;
		return;
	}
	if (run->times)
		print_frame(run->out, &run->frame, run->times);
	run->frame = *frame;
	run->times = 1;
}

static void print_stack(FILE *out, const struct stacks_report *report, uint32_t stack)
{
	struct frame_run run = {.out = out};
	size_t count;
	const uint32_t *locations = profile_stack(report->profile, stack, &count);

	for (size_t i = 0; i < count; i++) {
		struct line_range lines = shown_lines(report, locations[i]);

		for (uint32_t line = lines.first; line < lines.end; line++) {
			struct frame_text frame = frame_of(report, locations[i], line);

			add_to_run(&run, &frame);
		}
	}
	if (run.times)
		print_frame(out, &run.frame, run.times);
}

static const char *state_text(char state)
{
	switch (state) {
	case 'R':
		return "running";
	case 'S':
		return "asleep";
	case 'D':
		return "in uninterruptible sleep";
	case 'T':
		return "stopped";
	case 't':
		return "traced";
	default:
		return "in an unknown state";
	}
}

static void print_threads(FILE *out, const struct listed_stack *threads, size_t count)
{
	for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
		bool repeats = i && strcmp(threads[i].name, threads[i - 1].name) == 0;

		fputs(i ? ", " : "", out);
		if (!repeats) {
			print_text(out, threads[i].name);
			fputc(' ', out);
		}
		fprintf(out, "%d", threads[i].thread);
	}
	if (count > NAMED_MAX)
		fprintf(out, " and %zu more", count - NAMED_MAX);
}

static void print_group(
	FILE *out, const struct stacks_report *report, const struct stack_group *group)
{
	const struct listed_stack *threads = report->listing->threads.items + group->first;
	const char *call = system_call_name(threads->system_call);

	fprintf(out, "%zu %s %s", group->count, group->count == 1 ? "thread" : "threads",
		state_text(group->state));
	if (call)
		fprintf(out, " in %s", call);
	fputs(": ", out);
	print_threads(out, threads, group->count);
	fputc('\n', out);
	print_stack(out, report, threads->stack);
	fputc('\n', out);
}

struct error *stacks_print_text(FILE *out, const struct stacks_report *report)
{
	ARRAY_FOR_EACH (group, report->groups)
		print_group(out, report, group);
	ARRAY_FOR_EACH (thread, &report->listing->threads) {
		if (thread->outcome == CAPTURE_DONE)
			continue;
		fprintf(out, "%d ", thread->thread);
		print_text(out, thread->name);
		fprintf(out, ", %s: %s\n", state_text(thread->state),
			capture_outcome_text(thread->outcome));
	}
	return NULL;
}

static json_t *frame_json(const struct frame_text *frame)
{
	json_t *object = json_object();
	STRING_BUILDER(name);

	append_name(&name, frame);
	json_put(&object, "function", json_text(name.failed ? frame->name : name.text));
	if (*frame->file)
		json_put(&object, "file", json_text(frame->file));
	if (frame->line)
		json_put(&object, "line", json_integer(frame->line));
	if (*frame->module)
		json_put(&object, "module", json_text(frame->module));
	if (frame->address)
		json_put(&object, "address", json_address(frame->address));
	return object;
}

static json_t *stack_json(const struct stacks_report *report, uint32_t stack)
{
	json_t *frames = json_array();
	size_t count;
	const uint32_t *locations = profile_stack(report->profile, stack, &count);

	for (size_t i = 0; i < count; i++) {
		struct line_range lines = shown_lines(report, locations[i]);

		for (uint32_t line = lines.first; line < lines.end; line++) {
			struct frame_text frame = frame_of(report, locations[i], line);

			json_add(&frames, frame_json(&frame));
		}
	}
	return frames;
}

static json_t *thread_json(const struct listed_stack *thread)
{
	json_t *object = json_object();
	const char state[] = {thread->state, '\0'};

	json_put(&object, "id", json_integer(thread->thread));
	json_put(&object, "name", json_text(thread->name));
	if (thread->outcome != CAPTURE_DONE) {
		json_put(&object, "state", json_text(state));
		json_put(&object, "why", json_text(capture_outcome_text(thread->outcome)));
	} else {
		json_put(&object, "stopped", json_boolean(thread->stopped));
	}
	return object;
}

static json_t *group_json(const struct stacks_report *report, const struct stack_group *group)
{
	const struct listed_stack *threads = report->listing->threads.items + group->first;
	const char *call = system_call_name(threads->system_call);
	const char state[] = {group->state, '\0'};
	json_t *object = json_object(), *listed = json_array();

	for (size_t i = 0; i < group->count; i++)
		json_add(&listed, thread_json(&threads[i]));
	json_put(&object, "count", json_integer((json_int_t)group->count));
	json_put(&object, "state", json_text(state));
	json_put(&object, "system_call", json_text(call));
	json_put(&object, "complete", json_boolean(threads->end == UNWIND_COMPLETE));
	json_put(&object, "end", json_text(unwind_end_text(threads->end)));
	json_put(&object, "threads", listed);
	json_put(&object, "frames", stack_json(report, threads->stack));
	return object;
}

json_t *stacks_json(const struct stacks_report *report)
{
	json_t *object = json_object(), *groups = json_array(), *others = json_array();

	ARRAY_FOR_EACH (group, report->groups)
		json_add(&groups, group_json(report, group));
	ARRAY_FOR_EACH (thread, &report->listing->threads)
		if (thread->outcome != CAPTURE_DONE)
			json_add(&others, thread_json(thread));
	json_put(&object, "process", json_integer(report->process));
	json_put(&object, "threads", json_integer((json_int_t)report->listing->threads.count));
	json_put(&object, "groups", groups);
	json_put(&object, "without_stack", others);
	return object;
}
