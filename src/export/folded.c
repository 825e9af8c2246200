#include "export/folded.h"

#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/cursor.h"
#include "base/text.h"
#include "export/stack_list.h"
#include "export/utf8.h"
#include "export/value_type.h"

#define SEPARATOR ';'

static void write_entry(struct string_builder *text, const struct frames *frames,
	const struct stack_list *list, const struct stack_entry *entry)
{
	const uint32_t *names = stack_entry_names(list, entry);

	for (size_t i = 0; i < entry->depth; i++) {
		if (i)
			string_append_char(text, SEPARATOR);
		string_append(text, frame_name(frames, names[i]));
	}
	if (!entry->depth)
		string_append(text, "[no stack]");
	string_append_format(text, " %" PRId64 "\n", entry->value);
}

struct error *folded_write(
	const struct profile *profile, const char *value_type, struct u8_array *ret)
{
	CLEANUP(frames_deinit) struct frames frames = {0};
	CLEANUP(stack_list_deinit) struct stack_list list = {0};
	STRING_BUILDER(text);
	struct error *error;
	size_t type;

	error = export_find_value_type(profile, value_type, &type);
	if (!error)
		error = frames_init(profile, SEPARATOR, &frames);
	if (!error)
		error = stack_list_init(&frames, type, &list);
	if (error)
		return error;
	ARRAY_FOR_EACH (entry, &list.entries)
		write_entry(&text, &frames, &list, entry);
	return text_finish(&text, ret);
}

struct folded_line {
	struct cursor stack;
	int64_t value;
};

/* What is wrong with the line, or NULL. */
static const char *split_line(struct cursor line, struct folded_line *ret)
{
	const char *space = memrchr(line.at, ' ', cursor_left(&line));
	struct cursor number = {space ? space + 1 : line.at, line.end};
	bool negative = cursor_skip_text(&number, "-");
	uint64_t value;

	if (number.at == number.end || *number.at < '0' || *number.at > '9')
		return "no whole number at its end";
	if (!cursor_take_decimal(&number, &value) || value > INT64_MAX)
		return "its number is too large";
	if (number.at != number.end)
		return "no whole number at its end";
	ret->stack = (struct cursor){line.at, space ? space : line.at};
	while (ret->stack.end > ret->stack.at && ret->stack.end[-1] == ' ')
		ret->stack.end--;
	if (!cursor_left(&ret->stack))
		return "no stack before its number";
	ret->value = negative ? -(int64_t)value : (int64_t)value;
	return NULL;
}

/* The next line that is not blank, without the end of line. */
static bool take_line(struct cursor *text, struct cursor *ret, size_t *line_number)
{
	while (cursor_take_line(text, ret)) {
		++*line_number;
		while (ret->end > ret->at && (ret->end[-1] == '\r' || ret->end[-1] == ' '))
			ret->end--;
		if (cursor_left(ret))
			return true;
	}
	return false;
}

static bool is_text(struct cursor line)
{
	for (; line.at < line.end; line.at++)
		if ((unsigned char)*line.at < ' ' && *line.at != '\t')
			return false;
	return true;
}

bool folded_recognize(const void *bytes, size_t length)
{
	struct cursor text = cursor_over(bytes, length), line;
	struct folded_line split;
	size_t line_number = 0;

	return take_line(&text, &line, &line_number) && is_text(line) && !split_line(line, &split);
}

struct folded_reader {
	struct profile *profile;
	struct intern_table names;
	struct u32_array locations; /* by name */
	struct u32_array stack;
	struct string_builder text;
};

static void reader_deinit(struct folded_reader *reader)
{
	profile_destroy(reader->profile);
	intern_table_deinit(&reader->names);
	u32_array_deinit(&reader->locations);
	u32_array_deinit(&reader->stack);
	string_builder_deinit(&reader->text);
}

static struct error *add_location(struct folded_reader *reader, const char *name, size_t length)
{
	struct error *error;
	uint32_t location;

	reader->text.length = 0;
	utf8_append(&reader->text, name, length);
	if (reader->text.failed)
		return &error_no_memory;
	error = profile_add_named_location(reader->profile, reader->text.text, &location);
	return error ? error : u32_array_append(&reader->locations, location);
}

static struct error *read_frame(struct folded_reader *reader, const char *name, size_t length)
{
	struct error *error;
	uint32_t id;

	error = intern(&reader->names, name, length, &id);
	if (!error && id == reader->locations.count)
		error = add_location(reader, name, length);
	return error ? error : u32_array_append(&reader->stack, reader->locations.items[id]);
}

/* Lines have the root first, stacks the leaf. */
static struct error *read_stack(struct folded_reader *reader, struct cursor stack, uint32_t *ret)
{
	struct error *error = NULL;
	bool more = true;

	reader->stack.count = 0;
	while (!error && more) {
		const char *name = memrchr(stack.at, SEPARATOR, cursor_left(&stack));

		more = name != NULL;
		name = name ? name + 1 : stack.at;
		error = read_frame(reader, name, (size_t)(stack.end - name));
		stack.end = more ? name - 1 : name;
	}
	return error ? error
		     : profile_add_stack(
			       reader->profile, reader->stack.items, reader->stack.count, ret);
}

static struct error *read_line(struct folded_reader *reader, struct cursor line, size_t line_number)
{
	struct folded_line split;
	const char *problem = split_line(line, &split);
	struct error *error;
	uint32_t stack;

	if (problem)
		return error_create(ERROR_MALFORMED, "line %zu: %s", line_number, problem);
	error = read_stack(reader, split.stack, &stack);
	return error ? error : profile_add_sample(reader->profile, stack, 0, &split.value);
}

struct error *folded_read(const void *bytes, size_t length, struct profile **ret)
{
	CLEANUP(reader_deinit) struct folded_reader reader = {0};
	struct cursor text = cursor_over(bytes, length), line;
	size_t line_number = 0;
	struct error *error = profile_create(&reader.profile);

	if (!error)
		error = profile_add_value_type(reader.profile, "samples", "count");
	while (!error && take_line(&text, &line, &line_number))
		error = read_line(&reader, line, line_number);
	if (!error && !reader.profile->samples.count)
		error = error_create(ERROR_MALFORMED, "empty");
	if (error)
		return error;
	*ret = TAKE_POINTER(reader.profile);
	return NULL;
}
