#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/completion.h"
#include "session/attachment.h"

/* The profile that the line is about, if it is one of the session. */
static const struct profile *meant_profile(const struct completion *completion)
{
	const struct line_words *words = &completion->line->words;
	const struct session_profile *found;
	const char *spec = "@";

	for (size_t i = 1; i < words->count; i++)
		if (words->items[i][0] == '@')
			spec = words->items[i];
	struct error *error = session_find_profile(completion->session, spec, &found);
	if (!error)
		return found->profile;
	error_destroy(error);
	return NULL;
}

/* Of ERE what is no letter of its own; and of a line of input. */
static bool needs_dot(char c)
{
	return strchr("\\^$.|?*+()[]{}\"'` \t#", c) || (unsigned char)c < ' ';
}

static void add_function(struct completion *completion, const char *name)
{
	size_t begun = strlen(completion->text);
	bool typed_so = strncmp(name, completion->text, begun) == 0;
	CLEANUP(cleanup_free) char *pattern = strdup(name);

	if (!pattern)
		return;
	for (char *c = pattern; *c; c++)
		if (needs_dot(*c))
			*c = '.';
	if (!typed_so && strncmp(pattern, completion->text, begun) != 0)
		return;
	const char *text = completion->text;
	completion->text = "";
	completion_add_note(completion, pattern, strcmp(pattern, name) == 0 ? NULL : name, 0);
	completion->text = text;
}

void complete_functions(struct completion *completion)
{
	const struct profile *profile = meant_profile(completion);

	for (uint32_t i = 0; profile && i < profile->functions.entries.count; i++) {
		const char *name = profile_text(profile, profile_function(profile, i)->name);

		if (name[0])
			add_function(completion, name);
	}
}

void complete_sample_types(struct completion *completion)
{
	const struct profile *profile = meant_profile(completion);

	for (size_t i = 0; profile && i < profile->value_types.count; i++)
		completion_add(
			completion, profile_text(profile, profile->value_types.items[i].type));
}

void complete_threads(struct completion *completion)
{
	CLEANUP(thread_array_deinit) struct thread_array threads = {0};
	const struct attachment *attachment = completion->session->attachment;

	if (!attachment)
		return;
	error_destroy(target_list_threads(attachment->target, &threads));
	ARRAY_FOR_EACH (thread, &threads) {
		struct thread_status status;
		char number[16];

		if (!target_thread_status(attachment->target, thread->id, &status))
			continue;
		snprintf(number, sizeof(number), "%d", thread->id);
		completion_add_note(completion, number, status.name, 1);
		if (completion->text[0] && !strpbrk(status.name, " \t'\"\\"))
			completion_add(completion, status.name);
	}
}

static void add_programs(struct completion *completion, const char *folder)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	size_t begun = strlen(completion->text);

	while (directory && (entry = readdir(directory)))
		if (entry->d_name[0] != '.' &&
			strncmp(entry->d_name, completion->text, begun) == 0 &&
			faccessat(dirfd(directory), entry->d_name, X_OK, 0) == 0)
			completion_add(completion, entry->d_name);
	if (directory)
		closedir(directory);
}

void complete_programs(struct completion *completion)
{
	const char *path = getenv("PATH");
	CLEANUP(cleanup_free) char *copy = strdup(path ? path : "/bin:/usr/bin");
	char *rest = copy, *folder;

	while (rest && (folder = strsep(&rest, ":")))
		if (folder[0] == '/')
			add_programs(completion, folder);
}
