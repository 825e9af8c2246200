#include "cli/prompt.h"

#include <string.h>

#include <readline/readline.h>

#include "base/string_builder.h"
#include "cli/color.h"
#include "export/utf8.h"
#include "session/attachment.h"

static void append_color(struct string_builder *prompt, bool wanted, enum color color)
{
	if (wanted)
		string_append_format(prompt, "%c%s%c", RL_PROMPT_START_IGNORE,
			color_begin(true, color), RL_PROMPT_END_IGNORE);
}

static void append_colored(
	struct string_builder *prompt, bool wanted, enum color color, const char *text)
{
	append_color(prompt, wanted, color);
	utf8_append_printable(prompt, text, strlen(text));
	append_color(prompt, wanted, COLOR_NONE);
}

/* A recording cannot tell, and does not end. */
static bool has_gone(const struct attachment *attachment)
{
	uint64_t size;
	struct error *error = target_resident_size(attachment->target, &size);
	bool gone = error && error->kind == ERROR_GONE;

	error_destroy(error);
	return gone;
}

static const char *profiler_state(const struct attachment *attachment)
{
	const struct ledger_entry *entry = ledger_find(&attachment->ledger, "prof.active");

	if (!entry)
		return NULL;
	return strcmp(entry->now, "true") == 0 ? " heap:on" : " heap:off";
}

static void append_state(
	struct string_builder *prompt, const struct attachment *attachment, bool color)
{
	const char *state = profiler_state(attachment);

	if (has_gone(attachment))
		append_colored(prompt, color, COLOR_ERROR, ", gone");
	else if (state)
		append_colored(prompt, color, COLOR_SWITCHED, state);
}

char *prompt_make(const struct session *session, bool color)
{
	STRING_BUILDER(prompt);
	char *text;

	string_append(&prompt, "(limpet");
	if (session->target_text) {
		string_append_char(&prompt, ' ');
		append_colored(&prompt, color, COLOR_TARGET, session->target_text);
	}
	if (session->attachment)
		append_state(&prompt, session->attachment, color);
	string_append(&prompt, ") ");
	struct error *error = string_builder_finish(&prompt, &text);
	if (!error)
		return text;
	error_destroy(error);
	return NULL;
}
