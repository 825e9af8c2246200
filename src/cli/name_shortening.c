#include "cli/name_shortening.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/text_columns.h"

#define GAP              ".."
#define OPERATOR_LONGEST 3 /* "<=>", "->*", "<<=" */

static bool is_name_character(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t end_length = strlen(end);

	return length >= end_length && memcmp(text + length - end_length, end, end_length) == 0;
}

/* Those of operators, and the '>' of an arrow, open and close nothing. */
static bool is_bracket(const char *name, size_t at)
{
	size_t before = at;

	while (before && at - before < OPERATOR_LONGEST && strchr("<>=-", name[before - 1]))
		before--;
	if (ends_with(name, before, "operator"))
		return false;
	return name[at] == '<' || !at || (name[at - 1] != '-' && name[at - 1] != '=');
}

/* Where the parameters begin: the first '(' outside of angle brackets that follows a name. */
static size_t parameters_at(const char *name, size_t length)
{
	size_t depth = 0;

	for (size_t i = 0; i < length; i++) {
		if (name[i] == '<' && is_bracket(name, i))
			depth++;
		else if (name[i] == '>' && is_bracket(name, i) && depth)
			depth--;
		else if (name[i] == '(' && !depth && i && !ends_with(name, i, "operator") &&
			 (is_name_character(name[i - 1]) || strchr(">)=]+-*/%^&|~!<", name[i - 1])))
			return i;
	}
	return length;
}

/* "f(int) [clone .cold]" keeps what stands behind the parameters, but for "const". */
static void append_without_parameters(struct string_builder *builder, const char *name)
{
	size_t length = strlen(name), at = parameters_at(name, length);
	const char *rest = strstr(name + at, " [clone ");

	string_append_bytes(builder, name, at);
	if (rest)
		string_append(builder, rest);
}

/* The end of what begins there with '<', or 0 if nothing closes it. */
static size_t closing_bracket(const char *name, size_t length, size_t at)
{
	size_t depth = 0;

	for (size_t i = at; i < length; i++) {
		if (name[i] == '<' && is_bracket(name, i))
			depth++;
		else if (name[i] == '>' && is_bracket(name, i) && --depth == 0)
			return i;
	}
	return 0;
}

/*
 * "<T as Trait>::f" begins with what says most: only what follows a name is left out. Behind a
 * bracket that nothing closes all stays.
 */
static void append_without_arguments(struct string_builder *builder, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++) {
		size_t end = 0;

		if (name[i] == '<' && i && (is_name_character(name[i - 1]) || name[i - 1] == ':') &&
			is_bracket(name, i)) {
			end = closing_bracket(name, length, i);
			if (!end) {
				string_append_bytes(builder, name + i, length - i);
				return;
			}
		}
		if (end > i + 1 + strlen(GAP)) {
			string_append(builder, "<" GAP ">");
			i = end;
		} else {
			string_append_char(builder, name[i]);
		}
	}
}

static void append_without_middle(struct string_builder *builder, const char *name, size_t columns)
{
	size_t length = strlen(name), left = columns > strlen(GAP) ? columns - strlen(GAP) : 0;
	size_t head = text_head(name, length, left / 3), tail;

	if (!left) {
		string_append_bytes(builder, name, text_head(name, length, columns));
		return;
	}
	tail = text_tail(name, length, left - text_columns(name, head));
	string_append_bytes(builder, name, head);
	string_append(builder, GAP);
	string_append_bytes(builder, name + length - tail, tail);
}

static bool fits(const char *name, size_t columns)
{
	return text_columns(name, strlen(name)) <= columns;
}

void name_append_shortened(struct string_builder *builder, const char *name, size_t columns)
{
	STRING_BUILDER(bare);
	STRING_BUILDER(barer);

	if (!fits(name, columns)) {
		append_without_parameters(&bare, name);
		if (bare.text && bare.length)
			name = bare.text;
	}
	if (!fits(name, columns)) {
		append_without_arguments(&barer, name);
		if (barer.text && barer.length)
			name = barer.text;
	}
	if (fits(name, columns))
		string_append(builder, name);
	else
		append_without_middle(builder, name, columns);
}
