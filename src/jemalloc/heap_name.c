#include "jemalloc/heap_name.h"

#include <string.h>

#include "base/array.h"
#include "base/cursor.h"

static const struct {
	char letter;
	bool numbered;
	const char *reason;
} reasons[] = {
	{'m', true, "on demand"},
	{'i', true, "after so many bytes as lg_prof_interval says"},
	{'u', true, "at a new peak of mapped memory"},
	{'f', false, "at exit"},
};

/* Takes ".TEXT" off the end. */
static bool take_last_part(struct cursor *name, struct cursor *ret)
{
	const char *dot = memrchr(name->at, '.', cursor_left(name));

	if (!dot)
		return false;
	*ret = (struct cursor){dot + 1, name->end};
	name->end = dot;
	return true;
}

static bool take_last_number(struct cursor *name, uint64_t *ret)
{
	struct cursor part;

	return take_last_part(name, &part) && cursor_take_decimal(&part, ret) &&
	       !cursor_left(&part);
}

static const char *find_reason(struct cursor part)
{
	for (size_t i = 0; cursor_left(&part) && i < ARRAY_SIZE(reasons); i++) {
		struct cursor rest = {part.at + 1, part.end};
		uint64_t number;

		if (*part.at == reasons[i].letter &&
			(!reasons[i].numbered || cursor_take_decimal(&rest, &number)) &&
			!cursor_left(&rest))
			return reasons[i].reason;
	}
	return NULL;
}

bool heap_name_parse(const char *file_name, struct heap_name *ret)
{
	struct cursor name = cursor_over(file_name, strlen(file_name)), part;
	struct heap_name parsed;

	if (!take_last_part(&name, &part) || !cursor_equals(&part, "heap") ||
		!take_last_part(&name, &part))
		return false;
	parsed.reason = find_reason(part);
	if (!parsed.reason || !take_last_number(&name, &parsed.sequence) ||
		!take_last_number(&name, &parsed.process))
		return false;
	*ret = parsed;
	return true;
}
