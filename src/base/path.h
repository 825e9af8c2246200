#pragma once

/* The part behind the last slash, within the path; all of a path that ends in one. */
const char *path_file_name(const char *path);
