#include "cli/heap_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "base/string_builder.h"
#include "elf/modules.h"
#include "jemalloc/heap_dump.h"
#include "jemalloc/heap_name.h"
#include "session/debug_files.h"
#include "symbolize/symbolize.h"
#include "symbolize/unnamed.h"

struct error *heap_file_describe(const char *path, char **ret)
{
	struct heap_name name;
	int length;

	if (heap_name_parse(path_file_name(path), &name))
		length = asprintf(ret, " of process %" PRIu64 ", its dump %" PRIu64 ", %s",
			name.process, name.sequence, name.reason);
	else
		length = asprintf(ret, "%s", "");
	return length < 0 ? &error_no_memory : NULL;
}

static bool is_same_file(const struct mapping *mapping)
{
	struct stat status;

	return mapping->inode && stat(mapping->path, &status) == 0 &&
	       status.st_ino == mapping->inode && major(status.st_dev) == mapping->device_major &&
	       minor(status.st_dev) == mapping->device_minor;
}

/* A build id of a mapping whose dump has none was read from the file here. */
static bool file_was_used(const struct profile_mapping *mapping)
{
	return mapping->build_id || mapping->has_functions;
}

static bool came_before(const struct profile *profile, const struct profile_mapping *mapping)
{
	for (const struct profile_mapping *m = profile->mappings.items; m < mapping; m++)
		if (m->path == mapping->path)
			return true;
	return false;
}

/* Below a sysroot nothing is known of the files. */
static struct error *note_unproven_files(
	const struct session *session, const struct mappings *of_dump, struct profile *profile)
{
	bool elsewhere = *settings_text(&session->settings, SETTING_SYSROOT);
	STRING_BUILDER(list);

	ARRAY_FOR_EACH (mapping, &profile->mappings) {
		const struct mapping *line = mappings_find(of_dump, mapping->start);

		if (!file_was_used(mapping) || !line || (!elsewhere && is_same_file(line)) ||
			came_before(profile, mapping))
			continue;
		string_append_format(&list, "%s%s", list.length ? ", " : "",
			profile_text(profile, mapping->path));
	}
	if (list.failed)
		return &error_no_memory;
	if (!list.length)
		return NULL;
	return profile_add_comment(profile,
		"names are from files here, perhaps not those that were mapped: %s", list.text);
}

static struct error *note_name(const char *path, struct profile *profile)
{
	CLEANUP(cleanup_free) char *text = NULL;
	struct error *error = heap_file_describe(path, &text);

	if (error || !*text)
		return error;
	return profile_add_comment(profile, "dump%s", text);
}

static struct error *name_from_files(const struct session *session, struct profile *profile)
{
	struct profile_files files = {.profile = profile};
	struct module_table *modules = NULL;
	struct download download;
	struct error *error = session_create_search(session, &download, &files.search);

	if (!error)
		error = modules_of_profile(&files, &modules);
	if (!error)
		error = symbolize_profile(profile, modules);
	module_table_destroy(modules);
	debug_search_destroy(files.search);
	return error;
}

struct error *heap_file_name_addresses(const struct session *session, const char *path,
	const struct u8_array *bytes, struct profile *profile)
{
	CLEANUP(mappings_deinit) struct mappings of_dump = {0};
	struct error *error = heap_dump_mappings(bytes->items, bytes->count, &of_dump);

	if (!error)
		error = name_from_files(session, profile);
	if (!error)
		error = unnamed_note(profile);
	if (!error)
		error = note_unproven_files(session, &of_dump, profile);
	return error ? error : note_name(path, profile);
}
