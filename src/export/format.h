#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

/* A kind of file that holds a profile or shows it. What it cannot do is NULL. */
struct format {
	const char *suffix; /* of file names: ".pb.gz" */
	const char *description;
	/* value_type NULL is the default; formats that hold all of them ignore it. */
	struct error *(*write)(
		const struct profile *profile, const char *value_type, struct u8_array *ret);
	struct error *(*read)(const void *bytes, size_t length, struct profile **ret);
	bool (*recognize)(const void *bytes, size_t length);
};

struct format_table {
	const struct format *formats;
	size_t count;
};

/* The formats of this layer. */
extern const struct format_table export_formats;

/*
 * The format that the end of the file's name tells, among those of all tables that can be written.
 * ERROR_USAGE: none; the hint lists them.
 */
struct error *format_find(const struct format_table *tables, size_t table_count, const char *path,
	const struct format **ret) MUST_CHECK;

/*
 * Reads a profile in the first format that recognizes the content. ERROR_MALFORMED: the file is
 * empty, of no known format, or damaged; the message begins with what it was taken for.
 */
struct error *export_load(const struct format_table *tables, size_t table_count, const void *bytes,
	size_t length, struct profile **ret) MUST_CHECK;
