#include "session/naming.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "symbolize/jit_dump.h"
#include "symbolize/run_time_code.h"
#include "symbolize/symbolize.h"
#include "symbolize/unnamed.h"

#define MAP_SIZE_MAX  ((size_t)512 * 1024 * 1024)
#define MAP_PATH_SIZE 48

/* It may grow while it is read. */
static struct error *read_map(struct target *target, const char *path, struct u8_array *ret)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error = target_open_trusted(target, path, &fd);
	struct stat status;

	if (error)
		return error;
	if (fstat(fd, &status) == 0 && status.st_size > (off_t)MAP_SIZE_MAX)
		return error_create(ERROR_MALFORMED, "'%s' is larger than %zu MiB", path,
			MAP_SIZE_MAX / 1024 / 1024);
	error = file_read_fd(fd, MAP_SIZE_MAX, ret);
	return error ? error_add_context(error, "'%s'", path) : NULL;
}

/* problem: why there is no map, or NULL. A recording never has one. */
static struct error *note_unnamed(
	struct profile *profile, int64_t samples, const char *path, const struct error *problem)
{
	if (!samples || (problem && problem->kind == ERROR_UNSUPPORTED))
		return NULL;
	if (!problem)
		return profile_add_comment(profile,
			"%" PRId64
			" samples have frames in code made at run time that %s does not name",
			samples, path);
	if (problem->kind != ERROR_NOT_FOUND)
		return profile_add_comment(profile,
			"%" PRId64
			" samples have frames in code made at run time, which has no names: %s",
			samples, problem->message);
	return profile_add_comment(profile,
		"%" PRId64
		" samples have frames in code made at run time, which has no names: start node "
		"with --perf-basic-prof, or have the runtime write %s (`help cpu`)",
		samples, path);
}

static struct error *read_dump(
	struct target *target, const struct mapping *mapping, struct u8_array *ret)
{
	CLEANUP(cleanup_close) int fd = -1;
	struct error *error = target_open_mapping(target, mapping, &fd);

	return error ? error : file_read_fd(fd, MAP_SIZE_MAX, ret);
}

/* The process maps the file itself: whatever its name leads to, it is that one. */
static struct error *name_by_dump(struct target *target, const struct mapping *mapping,
	struct profile *profile, const struct u32_array *locations)
{
	CLEANUP(u8_array_deinit) struct u8_array dump = {0};
	struct error *error = read_dump(target, mapping, &dump);

	if (!error)
		error = run_time_code_name_by_dump(
			profile, locations, cursor_over(dump.items, dump.count));
	if (!error || error->kind == ERROR_NO_MEMORY)
		return error;
	struct error *comment_error = profile_add_comment(profile,
		"'%s' does not name code made at run time: %s", mapping->path, error->message);
	error_destroy(error);
	return comment_error;
}

/* The mappings of a process that is gone are gone as well. */
static struct error *name_by_dumps(
	struct target *target, struct profile *profile, const struct u32_array *locations)
{
	CLEANUP(mappings_deinit) struct mappings mappings = {0};
	struct error *error = target_list_mappings(target, &mappings);

	if (error && error->kind != ERROR_NO_MEMORY) {
		error_destroy(error);
		return NULL;
	}
	ARRAY_FOR_EACH (mapping, &mappings.list)
		if (!error && mapping->executable && jit_dump_is_name(mapping->path))
			error = name_by_dump(target, mapping, profile, locations);
	return error;
}

static bool any_unnamed(const struct profile *profile, const struct u32_array *locations)
{
	ARRAY_FOR_EACH (location, locations)
		if (!profile->locations.items[*location].line_count)
			return true;
	return false;
}

static struct error *name_by_map(
	struct target *target, struct profile *profile, const struct u32_array *locations)
{
	CLEANUP(u8_array_deinit) struct u8_array map = {0};
	CLEANUP(cleanup_error) struct error *problem = NULL;
	struct error *error = NULL;
	char path[MAP_PATH_SIZE];
	int64_t samples;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", target->identity.inside);
	problem = read_map(target, path, &map);
	if (!problem)
		error = run_time_code_name(profile, locations, cursor_over(map.items, map.count));
	if (!error)
		error = run_time_code_count_unnamed(profile, locations, &samples);
	return error ? error : note_unnamed(profile, samples, path, problem);
}

static struct error *name_run_time_code(
	struct target *target, struct profile *profile, const struct u32_array *locations)
{
	struct error *error = name_by_dumps(target, profile, locations);

	return error || !any_unnamed(profile, locations) ? error
							 : name_by_map(target, profile, locations);
}

/* "redis-check-rdb+0x12" in the mapping: the file's name is that of its path. */
static struct error *rename_address(struct profile *profile, uint32_t index, const char *old)
{
	const struct profile_location *location = &profile->locations.items[index];
	const char *path = profile_text(profile, profile->mappings.items[location->mapping].path);
	struct profile_line line = profile->lines.items[location->first_line];
	struct profile_function function = *profile_function(profile, line.function);
	const char *name = profile_text(profile, function.name);
	CLEANUP(cleanup_free) char *renamed = NULL;
	size_t length = strlen(old);
	struct error *error;

	if (strncmp(name, old, length) != 0 || strncmp(name + length, "+0x", 3) != 0)
		return NULL;
	if (asprintf(&renamed, "%s%s", path_file_name(path), name + length) < 0) {
		renamed = NULL;
		return &error_no_memory;
	}
	error = profile_string(profile, renamed, &function.name);
	function.system_name = function.name;
	if (!error)
		error = profile_add_function(profile, &function, &line.function);
	return error ? error : profile_set_lines(profile, index, &line, 1);
}

static struct error *rename_addresses(struct profile *profile, uint32_t path, const char *old)
{
	struct error *error = NULL;

	for (uint32_t i = 0; !error && i < profile->locations.count; i++) {
		const struct profile_location *location = &profile->locations.items[i];

		if (location->line_count == 1 && location->mapping < profile->mappings.count &&
			profile->mappings.items[location->mapping].path == path)
			error = rename_address(profile, i, old);
	}
	return error;
}

/* Mappings of the one path get the other one. */
static struct error *rename_mappings(
	struct profile *profile, const char *from, const char *to, uint32_t *ret)
{
	uint32_t old;
	struct error *error = profile_string(profile, from, &old);

	if (!error)
		error = profile_string(profile, to, ret);
	if (error)
		return error;
	ARRAY_FOR_EACH (mapping, &profile->mappings)
		if (mapping->path == old)
			mapping->path = *ret;
	return NULL;
}

struct error *attachment_name_addresses(struct attachment *attachment, struct profile *profile)
{
	const struct target_identity *identity = &attachment->target->identity;
	struct error *error = NULL;
	uint32_t path;

	/* A profile that grows has been through this before. */
	if (identity->alias)
		error = rename_mappings(profile, identity->alias, identity->executable, &path);
	if (!error)
		error = symbolize_profile(profile, attachment->modules);
	if (!error && identity->alias) {
		error = rename_mappings(profile, identity->executable, identity->alias, &path);
		if (!error)
			error = rename_addresses(
				profile, path, path_file_name(identity->executable));
	}
	return error ? error : unnamed_note(profile);
}

struct error *attachment_name_profile(struct attachment *attachment, struct profile *profile)
{
	CLEANUP(u32_array_deinit) struct u32_array locations = {0};
	struct error *error = run_time_code_find(profile, attachment->modules, &locations);

	download_begin(&attachment->download, attachment->search);

	if (!error && locations.count)
		error = name_run_time_code(attachment->target, profile, &locations);
	return error ? error : attachment_name_addresses(attachment, profile);
}
