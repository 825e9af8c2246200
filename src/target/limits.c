#include "target/limits.h"

#include <stddef.h>
#include <string.h>

#include "base/array.h"

/* A line and the member that its number goes into. */
struct field {
	const char *name;
	size_t offset;
	uint64_t unit;
};

static void store(void *into, const struct field *field, uint64_t number)
{
	memcpy((char *)into + field->offset, &number, sizeof(number));
}

#define LIMIT(name, member)                                                                        \
	{                                                                                          \
		name, offsetof(struct process_limits, member), 1                                   \
	}

static const struct field limit_fields[] = {
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
		store(limits, &limit_fields[i], number);
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

#define KIB 1024
#define USAGE(name, member, unit)                                                                  \
	{                                                                                          \
		name, offsetof(struct process_usage, member), unit                                 \
	}

static const struct field usage_fields[] = {
	USAGE("VmSize:", address_space, KIB),
	USAGE("VmData:", data, KIB),
	USAGE("VmLck:", locked_memory, KIB),
	USAGE("Threads:", threads, 1),
	USAGE("FDSize:", descriptor_slots, 1),
	USAGE("Uid:", user, 1),
};

static bool take_scaled(struct cursor *value, uint64_t unit, uint64_t *ret)
{
	uint64_t number;

	cursor_skip_spaces(value);
	return cursor_take_decimal(value, &number) && !__builtin_mul_overflow(number, unit, ret);
}

static bool take_usage_line(struct cursor line, struct process_usage *usage)
{
	if (cursor_skip_text(&line, "CapEff:")) {
		cursor_skip_spaces(&line);
		return cursor_take_hexadecimal(&line, &usage->effective_capabilities);
	}
	if (cursor_skip_text(&line, "x86_Thread_features:"))
		usage->shadow_stack = cursor_contains(&line, "shstk");
	for (size_t i = 0; i < ARRAY_SIZE(usage_fields); i++) {
		uint64_t number;

		if (!cursor_skip_text(&line, usage_fields[i].name))
			continue;
		if (!take_scaled(&line, usage_fields[i].unit, &number))
			return false;
		store(usage, &usage_fields[i], number);
		break;
	}
	return true;
}

bool limits_parse_usage(struct cursor text, struct process_usage *ret)
{
	struct process_usage usage = {0};
	struct cursor line;

	while (cursor_take_line(&text, &line))
		if (!take_usage_line(line, &usage))
			return false;
	/* Every status says that, also of a kernel thread, which has no memory. */
	if (!usage.threads)
		return false;
	*ret = usage;
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
			found |= take_scaled(&line, KIB, &limit) ? 1 : 4;
		else if (cursor_skip_text(&line, "Committed_AS:"))
			found |= take_scaled(&line, KIB, &committed) ? 2 : 4;
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

bool limits_highest_descriptor(
	const uint64_t *open, size_t count, uint64_t limit, uint64_t ceiling, uint64_t *ret)
{
	uint64_t next = limit < ceiling ? limit : ceiling;

	while (next-- > 0) {
		while (count && open[count - 1] > next)
			count--;
		if (!count || open[count - 1] != next) {
			*ret = next;
			return true;
		}
	}
	return false;
}
