#include "export/format.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/string_builder.h"
#include "base/text.h"
#include "export/flame_svg.h"
#include "export/folded.h"
#include "export/pprof.h"
#include "export/report.h"

static struct error *write_pprof(
	const struct profile *profile, const char *value_type, struct u8_array *ret)
{
	(void)value_type;
	return pprof_write(profile, ret);
}

static struct error *write_pprof_uncompressed(
	const struct profile *profile, const char *value_type, struct u8_array *ret)
{
	(void)value_type;
	return pprof_write_uncompressed(profile, ret);
}

static struct error *write_flame(
	const struct profile *profile, const char *value_type, struct u8_array *ret)
{
	return flame_svg_write(profile, &(struct flame_options){.value_type = value_type}, ret);
}

static struct error *write_report(
	const struct profile *profile, const char *value_type, struct u8_array *ret)
{
	return report_top(profile, &(struct report_options){.value_type = value_type}, ret);
}

static const struct format formats[] = {
	{
		.suffix = ".pb.gz",
		.description = "pprof profile",
		.write = write_pprof,
		.read = pprof_read,
		.recognize = pprof_recognize,
	},
	{
		.suffix = ".pb",
		.description = "pprof profile, not compressed",
		.write = write_pprof_uncompressed,
	},
	{
		.suffix = ".folded",
		.description = "folded stacks",
		.write = folded_write,
		.read = folded_read,
		.recognize = folded_recognize,
	},
	{
		.suffix = ".svg",
		.description = "flame graph",
		.write = write_flame,
	},
	{
		.suffix = ".txt",
		.description = "table of the hottest functions",
		.write = write_report,
	},
};

const struct format_table export_formats = {formats, ARRAY_SIZE(formats)};

/* A name that is a suffix and nothing else is a hidden file. */
static bool has_suffix(const char *path, const char *suffix)
{
	return text_ends_with(path, suffix) && path[strlen(path) - strlen(suffix) - 1] != '/';
}

static bool can_write(const struct format *format)
{
	return format->write != NULL;
}

static bool can_read(const struct format *format)
{
	return format->read != NULL;
}

static const char *suffix_of(const struct format *format)
{
	return format->suffix;
}

static const char *description_of(const struct format *format)
{
	return format->description;
}

/* Sets the hint to the words and a list. */
static struct error *hint_at(struct error *error, const char *words,
	const struct format_table *tables, size_t table_count,
	bool (*wanted)(const struct format *format),
	const char *(*name)(const struct format *format))
{
	CLEANUP(cleanup_free) char *text = NULL;
	STRING_BUILDER(list);

	for (size_t i = 0; i < table_count; i++)
		for (size_t j = 0; j < tables[i].count; j++) {
			if (!wanted(&tables[i].formats[j]))
				continue;
			string_append(&list, list.length ? ", " : "");
			string_append(&list, name(&tables[i].formats[j]));
		}
	error_destroy(string_builder_finish(&list, &text));
	return text ? error_set_hint(error, "%s%s", words, text) : error;
}

struct error *format_find(const struct format_table *tables, size_t table_count, const char *path,
	const struct format **ret)
{
	for (size_t i = 0; i < table_count; i++)
		for (size_t j = 0; j < tables[i].count; j++) {
			const struct format *format = &tables[i].formats[j];

			if (!format->write || !has_suffix(path, format->suffix))
				continue;
			*ret = format;
			return NULL;
		}
	struct error *error =
		error_create(ERROR_USAGE, "the name '%s' does not end like any format's", path);
	return hint_at(error, "known are ", tables, table_count, can_write, suffix_of);
}

struct error *export_load(const struct format_table *tables, size_t table_count, const void *bytes,
	size_t length, struct profile **ret)
{
	if (!length)
		return error_create(ERROR_MALFORMED, "empty");
	for (size_t i = 0; i < table_count; i++)
		for (size_t j = 0; j < tables[i].count; j++) {
			const struct format *format = &tables[i].formats[j];

			if (!format->read || !format->recognize ||
				!format->recognize(bytes, length))
				continue;
			struct error *error = format->read(bytes, length, ret);
			return error ? error_add_context(error, "%s", format->description) : NULL;
		}
	struct error *error = error_create(ERROR_MALFORMED, "of no known format");
	return hint_at(error, "what can be read: ", tables, table_count, can_read, description_of);
}
