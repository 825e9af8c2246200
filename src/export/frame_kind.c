#include "export/frame_kind.h"

#include <stdbool.h>
#include <string.h>

#include "base/path.h"

static const char *const runtime_names[] = {
	"_start",
	"aligned_alloc",
	"calloc",
	"cfree",
	"free",
	"malloc",
	"memalign",
	"posix_memalign",
	"realloc",
};

static const char *const runtime_prefixes[] = {
	"_Unwind_",
	"__cxa_",
	"__libc_calloc",
	"__libc_free",
	"__libc_malloc",
	"__libc_realloc",
	"__libc_start",
	"__rdl_",
	"__rust_",
	"_dl_",
	"_int_free",
	"_int_malloc",
	"_int_realloc",
	"_rjem_",
	"alloc::alloc::",
	"core::ops::function::",
	"je_",
	"mi_",
	"operator delete",
	"operator new",
	"rust_begin_",
	"std::panic",
	"std::rt::",
	"std::sys::",
	"tc_",
};

static const char *const runtime_files[] = {
	"ld-linux",
	"ld-musl",
	"libjemalloc",
	"libmimalloc",
	"libtcmalloc",
};

static bool is_any(const char *text, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, names[i]) == 0)
			return true;
	return false;
}

static bool starts_with_any(const char *text, const char *const *prefixes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(text, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static bool is_runtime(const char *name, const char *file)
{
	return is_any(name, runtime_names, ARRAY_SIZE(runtime_names)) ||
	       starts_with_any(name, runtime_prefixes, ARRAY_SIZE(runtime_prefixes)) ||
	       starts_with_any(file, runtime_files, ARRAY_SIZE(runtime_files));
}

/* perf's mark for kernel frames in folded stacks. */
static bool has_kernel_suffix(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && strcmp(name + length - 4, "_[k]") == 0;
}

/* The kernel's own; anonymous memory to which the program gave a name is not. */
static bool is_of_kernel(const char *path)
{
	return path[0] == '[' && strncmp(path, "[anon", 5) != 0;
}

enum frame_kind frame_kind_of(const struct profile *profile, uint32_t location, const char *name)
{
	uint32_t mapping = profile->locations.items[location].mapping;
	const char *path = "";

	if (mapping != PROFILE_NONE)
		path = profile_text(profile, profile->mappings.items[mapping].path);
	if (is_of_kernel(path) || has_kernel_suffix(name))
		return FRAME_SYSTEM;
	if (name[0] == '[' && mapping == PROFILE_NONE)
		return FRAME_SYSTEM;
	if (is_runtime(name, path_file_name(path)))
		return FRAME_RUNTIME;
	if (mapping != PROFILE_NONE && mapping != 0 && strstr(path_file_name(path), ".so"))
		return FRAME_LIBRARY;
	return FRAME_APPLICATION;
}
