#include "cli/naming_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "session/debug_files.h"

static const struct naming_option {
	const char *name;
	enum setting_id setting;
	bool repeatable;
} naming_options[] = {
	{"debug-dir", SETTING_DEBUG_DIR, true},
	{"symbols", SETTING_SYMBOLS, true},
	{"sysroot", SETTING_SYSROOT, false},
};

/* *ret is NULL if it was not given. */
static struct error *read_values(
	const struct arguments *arguments, const struct naming_option *option, char **ret)
{
	STRING_BUILDER(text);
	bool any = false;

	*ret = NULL;
	ARRAY_FOR_EACH (given, &arguments->options) {
		if (strcmp(given->option->name, option->name) != 0)
			continue;
		if (option->repeatable && any)
			string_append_char(&text, ':');
		else
			text.length = 0;
		string_append(&text, given->value);
		any = true;
	}
	return any ? string_builder_finish(&text, ret) : NULL;
}

static struct error *apply(struct session *session, const struct arguments *arguments,
	const struct naming_option *option, struct naming_settings *former)
{
	CLEANUP(cleanup_free) char *value = NULL;
	CLEANUP(cleanup_free)
	char *before = strdup(settings_text(&session->settings, option->setting));
	struct error *error = read_values(arguments, option, &value);

	if (error || !value)
		return error;
	if (!before)
		return &error_no_memory;
	error = session_set(session, option->setting, value);
	if (error)
		return error;
	former->former[option->setting] = TAKE_POINTER(before);
	return NULL;
}

struct error *naming_options_apply(struct session *session, const struct arguments *arguments,
	struct naming_settings *ret_former)
{
	struct error *error = NULL;

	*ret_former = (struct naming_settings){0};
	for (size_t i = 0; !error && i < ARRAY_SIZE(naming_options); i++)
		error = apply(session, arguments, &naming_options[i], ret_former);
	if (error)
		naming_options_restore(session, ret_former);
	return error;
}

void naming_settings_keep(struct naming_settings *former)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++)
		free(former->former[id]);
	*former = (struct naming_settings){0};
}

/* What was right before may have been deleted meanwhile: then what the command set stays. */
void naming_options_restore(struct session *session, struct naming_settings *former)
{
	for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
		if (former->former[id])
			error_destroy(session_set(session, id, former->former[id]));
		free(former->former[id]);
	}
	*former = (struct naming_settings){0};
}
