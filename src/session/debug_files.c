#include "session/debug_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "session/attachment.h"

struct error *session_set_up_search(
	const struct session *session, struct target *target, struct debug_search *search)
{
	const struct settings *settings = &session->settings;
	char root[TARGET_ROOT_SIZE] = "";

	if (target)
		target_root(target, root);
	return debug_search_set_up(
		search, &(struct debug_search_options){
				.folders = settings_text(settings, SETTING_DEBUG_DIR),
				.symbols = settings_text(settings, SETTING_SYMBOLS),
				.sysroot = settings_text(settings, SETTING_SYSROOT),
				.root = root,
				.program = target ? target->identity.executable : NULL,
				.alias = target ? target->identity.alias : NULL,
			});
}

struct error *session_create_search(
	const struct session *session, struct download *download, struct debug_search **ret)
{
	struct debug_search *search;
	struct error *error = debug_search_create(&search);

	if (!error)
		error = session_set_up_search(session, NULL, search);
	else
		return error;
	if (error) {
		debug_search_destroy(search);
		return error;
	}
	*download = (struct download){.quiet = session->quiet};
	download_begin(download, search);
	*ret = search;
	return NULL;
}

static bool is_about_files(enum setting_id id)
{
	return id == SETTING_DEBUG_DIR || id == SETTING_SYMBOLS || id == SETTING_SYSROOT;
}

static struct error *check_folder(const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return NULL;
	return error_create(ERROR_USAGE, "there is no folder '%s'", path);
}

/* What would be looked for in vain is a mistake in writing. */
static struct error *check_folders(enum setting_id id, const char *text)
{
	CLEANUP(cleanup_free) char *copy = strdup(text);
	char *rest = copy, *one;
	struct error *error = NULL;

	if (!copy)
		return &error_no_memory;
	if (id == SETTING_SYSROOT)
		return *text ? check_folder(text) : NULL;
	while (!error && id == SETTING_DEBUG_DIR && (one = strsep(&rest, ":")))
		if (*one)
			error = check_folder(one);
	return error;
}

/* Without a target it is tried all the same, to tell at once what is wrong. */
static struct error *use_settings(struct session *session)
{
	struct debug_search *search;
	struct download download;
	struct error *error;

	if (session->attachment)
		return attachment_set_up(session->attachment, session);
	error = session_create_search(session, &download, &search);
	if (!error)
		debug_search_destroy(search);
	return error;
}

struct error *session_set(struct session *session, enum setting_id id, const char *text)
{
	CLEANUP(cleanup_free) char *former = NULL;
	struct error *error, *again;

	if (!is_about_files(id))
		return settings_set(&session->settings, id, text);
	if (strcmp(settings_text(&session->settings, id), text) == 0)
		return NULL;
	error = check_folders(id, text);
	if (error)
		return error;
	former = strdup(settings_text(&session->settings, id));
	if (!former)
		return &error_no_memory;
	error = settings_set(&session->settings, id, text);
	if (!error)
		error = use_settings(session);
	if (!error)
		return NULL;
	again = settings_set(&session->settings, id, former);
	error_destroy(again);
	return error;
}
