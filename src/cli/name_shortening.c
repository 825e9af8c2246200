#include "cli/name_shortening.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/text_columns.h"
#include "symbolize/short_name.h"

#define GAP ".."

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

	if (!fits(name, columns)) {
		short_name_append(&bare, name);
		if (bare.text)
			name = bare.text;
	}
	if (fits(name, columns))
		string_append(builder, name);
	else
		append_without_middle(builder, name, columns);
}
