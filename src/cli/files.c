#include "cli/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/path.h"
#include "cli/heap_file.h"
#include "cli/progress.h"
#include "export/format.h"
#include "jemalloc/heap_dump.h"
#include "jemalloc/heap_write.h"

#define FILE_SIZE_MAX (1024UL * 1024 * 1024)
#define FILE_MODE     0666
#define LARGE         ((size_t)16 * 1024 * 1024) /* takes so long that it is told */

static const struct format heap_formats[] = {
	{
		/* What was read as one is written as it was: file_save(). */
		.suffix = ".heap",
		.description = "jemalloc heap dump",
		.write = heap_write_threaded,
		.read = heap_dump_parse,
		.recognize = heap_dump_recognize,
	},
	{
		.suffix = ".gperftools",
		.description = "heap profile as gperftools writes it",
		.write = heap_write_plain,
	},
};

#define TABLE_COUNT 2

static void list_tables(struct format_table ret[static TABLE_COUNT])
{
	ret[0] = (struct format_table){heap_formats, ARRAY_SIZE(heap_formats)};
	ret[1] = export_formats;
}

static struct error *find_format(const char *path, const struct format **ret)
{
	struct format_table tables[TABLE_COUNT];

	list_tables(tables);
	return format_find(tables, TABLE_COUNT, path, ret);
}

/* A file that may not be read or written says nothing about the target. */
static struct error *about_file(struct error *error)
{
	if (error && (error->kind == ERROR_DENIED || error->kind == ERROR_GONE))
		error->kind = ERROR_FAILED;
	return error;
}

static const char *describe(const struct u8_array *bytes)
{
	struct format_table tables[TABLE_COUNT];

	list_tables(tables);
	for (size_t i = 0; i < TABLE_COUNT; i++)
		for (size_t j = 0; j < tables[i].count; j++) {
			const struct format *format = &tables[i].formats[j];

			if (format->recognize && format->recognize(bytes->items, bytes->count))
				return format->description;
		}
	return "";
}

static struct error *parse(const struct session *session, const char *path, struct u8_array *bytes,
	struct session_profile *profile)
{
	struct format_table tables[TABLE_COUNT];
	struct error *error;

	list_tables(tables);
	error = export_load(tables, TABLE_COUNT, bytes->items, bytes->count, &profile->profile);
	if (error || !heap_dump_recognize(bytes->items, bytes->count))
		return error;
	profile->raw = *bytes;
	*bytes = (struct u8_array){0};
	return heap_file_name_addresses(session, path, &profile->raw, profile->profile);
}

static struct error *set_texts(
	struct session_profile *profile, const char *path, const char *description)
{
	CLEANUP(cleanup_free) char *details = NULL;
	struct error *error = heap_file_describe(path, &details);

	if (error)
		return error;
	profile->name = strdup(path_file_name(path));
	profile->origin = strdup(path);
	if (!profile->name || !profile->origin ||
		asprintf(&profile->description, "%s%s", description, details) < 0)
		return &error_no_memory;
	return NULL;
}

struct error *file_load(
	const struct session *session, const char *path, struct session_profile *ret)
{
	CLEANUP(session_profile_deinit) struct session_profile profile = {0};
	CLEANUP(u8_array_deinit) struct u8_array bytes = {0};
	struct error *error = file_read(path, FILE_SIZE_MAX, &bytes);

	if (error)
		return about_file(error);
	error = set_texts(&profile, path, describe(&bytes));
	if (error)
		return error;
	struct progress progress = progress_begin(session);
	if (bytes.count >= LARGE)
		progress_show(&progress, "reading '%s', %zu MiB", path, bytes.count >> 20);
	error = parse(session, path, &bytes, &profile);
	progress_end(&progress);
	if (error)
		return error_add_context(error, "'%s'", path);
	*ret = profile;
	profile = (struct session_profile){0};
	return NULL;
}

struct error *file_check(const char *path)
{
	const struct format *format;
	struct error *error = find_format(path, &format);

	return error ? error : about_file(file_check_writable(path));
}

const char *file_readable_suffix(size_t index)
{
	struct format_table tables[TABLE_COUNT];

	list_tables(tables);
	for (size_t i = 0; i < TABLE_COUNT; i++)
		for (size_t j = 0; j < tables[i].count; j++)
			if (tables[i].formats[j].read && !index--)
				return tables[i].formats[j].suffix;
	return NULL;
}

bool file_is_picture(const char *path)
{
	const struct format *format;
	struct error *error = find_format(path, &format);

	if (!error)
		return strcmp(format->suffix, ".svg") == 0;
	error_destroy(error);
	return false;
}

struct error *file_save_bytes(const char *path, const struct u8_array *bytes)
{
	return about_file(file_write(path, bytes->items, bytes->count, FILE_MODE));
}

struct error *file_save(
	const struct session_profile *profile, const char *value_type, const char *path)
{
	CLEANUP(u8_array_deinit) struct u8_array made = {0};
	const struct u8_array *bytes = &made;
	const struct format *format;
	struct error *error = find_format(path, &format);

	if (error)
		return error;
	if (format == &heap_formats[0] && profile->raw.count)
		bytes = &profile->raw;
	else
		error = format->write(profile->profile, value_type, &made);
	if (error)
		return error_add_context(error, "cannot write '%s'", path);
	return file_save_bytes(path, bytes);
}

const char *value_type_name(const struct session *session, const struct arguments *arguments)
{
	const char *option = arguments_value(arguments, "sample-index");
	const char *setting = settings_text(&session->settings, SETTING_SAMPLE_INDEX);

	if (option)
		return option;
	return setting[0] ? setting : NULL;
}
