#include "target/limits.h"

#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "target/proc.h"

/* A line and the member that its number goes into. */
#define LIMIT(name, member)                                                                        \
	{                                                                                          \
		name, offsetof(struct process_limits, member)                                      \
	}

static const struct {
	const char *name;
	size_t offset;
} limit_fields[] = {
	LIMIT("Max address space ", address_space),
	LIMIT("Max data size ", data),
	LIMIT("Max locked memory ", locked_memory),
	LIMIT("Max file size ", file_size),
	LIMIT("Max processes ", processes),
	LIMIT("Max open files ", open_files),
};

static bool take_limit(struct cursor *value, uint64_t *ret)
{
	cursor_skip_spaces(value);
	if (!cursor_skip_text(value, "unlimited"))
		return cursor_take_decimal(value, ret);
	*ret = LIMIT_NONE;
	return true;
}

/* false: a number is missing. Other lines are fine. */
static bool take_limit_line(struct cursor line, struct process_limits *limits, unsigned *found)
{
	for (size_t i = 0; i < ARRAY_SIZE(limit_fields); i++) {
		uint64_t number;

		if (!cursor_skip_text(&line, limit_fields[i].name))
			continue;
		if (!take_limit(&line, &number))
			return false;
		memcpy((char *)limits + limit_fields[i].offset, &number, sizeof(number));
		*found |= 1u << i;
		break;
	}
	return true;
}

bool limits_parse(struct cursor text, struct process_limits *ret)
{
	struct process_limits limits;
	struct cursor line;
	unsigned found = 0;

	while (cursor_take_line(&text, &line))
		if (!take_limit_line(line, &limits, &found))
			return false;
	if (found != (1u << ARRAY_SIZE(limit_fields)) - 1)
		return false;
	*ret = limits;
	return true;
}

bool limits_parse_number(struct cursor text, uint64_t *ret)
{
	cursor_skip_spaces(&text);
	if (!cursor_skip_text(&text, "max"))
		return cursor_take_decimal(&text, ret);
	*ret = LIMIT_NONE;
	return true;
}

bool limits_parse_commit(struct cursor text, uint64_t *ret_limit, uint64_t *ret_committed)
{
	uint64_t limit, committed;
	unsigned found = 0;
	struct cursor line;

	while (cursor_take_line(&text, &line)) {
		if (cursor_skip_text(&line, "CommitLimit:"))
			found |= proc_parse_kib(line, &limit) ? 1 : 4;
		else if (cursor_skip_text(&line, "Committed_AS:"))
			found |= proc_parse_kib(line, &committed) ? 2 : 4;
	}
	if (found != 3)
		return false;
	*ret_limit = limit;
	*ret_committed = committed;
	return true;
}

size_t limits_count_mappings(struct cursor text)
{
	struct cursor line;
	size_t count = 0;

	while (cursor_take_line(&text, &line))
		count += cursor_left(&line) && !cursor_contains(&line, "[vsyscall]");
	return count;
}

/* One of the names between commas. */
static bool lists(struct cursor names, const char *name)
{
	while (cursor_left(&names)) {
		const char *comma = memchr(names.at, ',', cursor_left(&names));
		struct cursor one = {names.at, comma ? comma : names.end};

		if (cursor_equals(&one, name))
			return true;
		names.at = comma ? comma + 1 : names.end;
	}
	return false;
}

/* "HIERARCHY:CONTROLLERS:/PATH", cgroups(7); no controllers: version 2. */
static bool take_group_line(struct cursor line, struct cursor *ret_names, struct cursor *ret_path)
{
	uint64_t hierarchy;

	if (!cursor_take_decimal(&line, &hierarchy) || !cursor_skip_text(&line, ":"))
		return false;
	const char *colon = memchr(line.at, ':', cursor_left(&line));
	if (!colon)
		return false;
	*ret_names = (struct cursor){line.at, colon};
	*ret_path = (struct cursor){colon + 1, line.end};
	return cursor_left(ret_path) && *ret_path->at == '/';
}

/* Where both are there, the controller is in one of them only, and version 1 says so. */
bool limits_parse_group(struct cursor text, struct cursor *ret_path, bool *ret_unified)
{
	struct cursor line, names, path;
	bool found = false;

	while (cursor_take_line(&text, &line)) {
		if (!take_group_line(line, &names, &path))
			continue;
		bool unified = !cursor_left(&names);
		if (!lists(names, "pids") && (!unified || found))
			continue;
		*ret_path = path;
		*ret_unified = unified;
		found = true;
		if (!unified)
			break;
	}
	return found;
}
