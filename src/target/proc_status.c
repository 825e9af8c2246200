#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "base/array.h"
#include "target/proc.h"

#define KIB 1024

static bool take_number(struct cursor *value, void *member)
{
	return cursor_take_decimal(value, member);
}

static bool add_number(struct cursor *value, void *member)
{
	uint64_t *sum = member, number;

	if (!cursor_take_decimal(value, &number))
		return false;
	*sum += number;
	return true;
}

static bool take_mask(struct cursor *value, void *member)
{
	return cursor_take_hexadecimal(value, member);
}

static bool take_unsigned(struct cursor *value, void *member)
{
	uint64_t number;

	if (!cursor_take_decimal(value, &number) || number > UINT_MAX)
		return false;
	*(unsigned *)member = (unsigned)number;
	return true;
}

static bool take_process(struct cursor *value, void *member)
{
	unsigned number;

	if (!take_unsigned(value, &number) || number > INT_MAX)
		return false;
	*(pid_t *)member = (pid_t)number;
	return true;
}

static bool take_last_process(struct cursor *value, void *member)
{
	do
		if (!take_process(value, member))
			return false;
	while (cursor_skip_spaces(value), cursor_left(value));
	return true;
}

static bool take_users(struct cursor *value, void *member)
{
	uid_t *users = member;

	for (int i = 0; i < 4; i++) {
		cursor_skip_spaces(value);
		if (!take_unsigned(value, &users[i]))
			return false;
	}
	return true;
}

static bool take_flag(struct cursor *value, void *member)
{
	unsigned flag;

	if (!take_unsigned(value, &flag))
		return false;
	*(bool *)member = flag != 0;
	return true;
}

static bool take_shadow_stack(struct cursor *value, void *member)
{
	*(bool *)member = cursor_contains(value, "shstk");
	return true;
}

static bool take_kib(struct cursor *value, void *member)
{
	return proc_parse_kib(*value, member);
}

/* A line "Name:\tvalue", and the member that the value goes into. */
struct field {
	const char *name;
	bool (*take)(struct cursor *value, void *member);
	size_t offset;
};

#define FIELD_OF(type, name, take, member)                                                         \
	{                                                                                          \
		name, take, offsetof(struct type, member)                                          \
	}
#define FIELD(name, take, member) FIELD_OF(proc_status, name, take, member)

static const struct field status_fields[] = {
	FIELD("Tgid", take_process, process),
	FIELD("PPid", take_process, parent),
	FIELD("TracerPid", take_process, tracer),
	FIELD("Uid", take_users, users),
	FIELD("NSpid", take_last_process, inside),
	FIELD("Kthread", take_flag, kernel_thread),
	FIELD("VmSize", take_kib, address_space),
	FIELD("VmLck", take_kib, locked_memory),
	FIELD("VmRSS", take_kib, resident),
	FIELD("VmData", take_kib, data),
	FIELD("Threads", take_number, threads),
	FIELD("SigPnd", take_mask, pending_signals),
	FIELD("ShdPnd", take_mask, shared_pending_signals),
	FIELD("SigBlk", take_mask, blocked_signals),
	FIELD("SigCgt", take_mask, caught_signals),
	FIELD("CapEff", take_mask, effective_capabilities),
	FIELD("Seccomp", take_unsigned, seccomp),
	FIELD("Seccomp_filters", take_unsigned, seccomp_filters),
	FIELD("x86_Thread_features", take_shadow_stack, shadow_stack),
	FIELD("voluntary_ctxt_switches", take_number, sleeps),
	FIELD("voluntary_ctxt_switches", add_number, switches),
	FIELD("nonvoluntary_ctxt_switches", add_number, switches),
};

/* Unknown names are fine. */
static bool take_line(struct cursor line, const struct field *fields, size_t count, void *ret)
{
	const char *colon = memchr(line.at, ':', cursor_left(&line));

	if (!colon)
		return true;
	struct cursor name = {line.at, colon}, value = {colon + 1, line.end};
	cursor_skip_spaces(&value);
	for (size_t i = 0; i < count; i++) {
		struct cursor taken = value;

		if (cursor_equals(&name, fields[i].name) &&
			!fields[i].take(&taken, (char *)ret + fields[i].offset))
			return false;
	}
	return true;
}

static bool take_lines(struct cursor text, const struct field *fields, size_t count, void *ret)
{
	struct cursor line;

	while (cursor_take_line(&text, &line))
		if (!take_line(line, fields, count, ret))
			return false;
	return true;
}

bool proc_parse_status(struct cursor text, struct proc_status *ret)
{
	struct proc_status status = {0};

	if (!take_lines(text, status_fields, ARRAY_SIZE(status_fields), &status) || !status.process)
		return false;
	*ret = status;
	return true;
}

bool proc_parse_kib(struct cursor text, uint64_t *ret)
{
	uint64_t number;

	cursor_skip_spaces(&text);
	if (!cursor_take_decimal(&text, &number) || number > UINT64_MAX / KIB)
		return false;
	*ret = number * KIB;
	return true;
}

#define UNKNOWN UINT64_MAX /* no number of KiB */

static const struct field memory_fields[] = {
	FIELD_OF(target_memory, "Rss", take_kib, resident),
	FIELD_OF(target_memory, "Pss", take_kib, proportional),
	FIELD_OF(target_memory, "Swap", take_kib, swapped),
};

bool proc_parse_memory(struct cursor text, struct target_memory *ret)
{
	struct target_memory memory = {UNKNOWN, UNKNOWN, UNKNOWN};

	if (!take_lines(text, memory_fields, ARRAY_SIZE(memory_fields), &memory) ||
		memory.resident == UNKNOWN || memory.proportional == UNKNOWN ||
		memory.swapped == UNKNOWN)
		return false;
	*ret = memory;
	return true;
}
