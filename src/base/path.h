#pragma once

/* The part behind the last slash, within the path; all of a path that ends in one. */
const char *path_file_name(const char *path);

/*
 * In place, the shortest path that means the same, by the text alone: "a//b/./c/../d" is "a/b/d";
 * what is empty then is "." if there is room, as Go's filepath.Clean() does it.
 */
void path_clean(char *path);
