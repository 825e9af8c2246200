#pragma once

#include "base/array.h"
#include "base/error.h"

/*
 * The text of source files, found as `go tool pprof` finds it (openSourceFile() and trimPath() of
 * internal/report/source.go). Paths are lists of folders, DIR:DIR, and may be "".
 */

/*
 * What is left of a source file's name: without the first of the folders of trim_path that it is
 * in; if that is "", without all up to a folder that is called as one of source_path is. Points
 * into the name.
 */
const char *source_trim(const char *name, const char *trim_path, const char *source_path);

struct source_line {
	size_t start, length; /* in the text, without the end of the line */
};
ARRAY_DEFINE(source_lines, struct source_line)

struct source_file {
	struct u8_array text;
	struct source_lines lines;
	int64_t modified; /* ns since 1970 */
};

/*
 * A name that is not absolute is looked for in the folders of source_path, the current one if it is
 * "", and in all above them. ERROR_NOT_FOUND, or what else is in the way, with the file's name.
 */
struct error *source_file_init(const char *name, const char *trim_path, const char *source_path,
	struct source_file *ret) MUST_CHECK;
void source_file_deinit(struct source_file *file);
