#include "export/frame_kind.h"

#include <stdbool.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"

static const char *const runtime_names[] = {
	"_start",
	"aligned_alloc",
	"calloc",
	"cfree",
	"clone",
	"clone3",
	"free",
	"malloc",
	"memalign",
	"posix_memalign",
	"realloc",
	"start_thread",
};

/* Of Rust, C++ and D: what their libraries bring along is in these, wherever it was compiled. */
static const char *const runtime_prefixes[] = {
	"_Unwind_",
	"__cxa_",
	"__gnu_cxx::",
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
	"alloc::boxed::",
	"alloc::collections::",
	"alloc::fmt::",
	"alloc::raw_vec::",
	"alloc::rc::",
	"alloc::slice::",
	"alloc::str::",
	"alloc::string::",
	"alloc::sync::",
	"alloc::vec::",
	"core::cmp::",
	"core::fmt::",
	"core::hash::",
	"core::iter::",
	"core::num::",
	"core::ops::",
	"core::option::",
	"core::panicking::",
	"core::ptr::",
	"core::result::",
	"core::slice::",
	"core::str::",
	"je_",
	"mi_",
	"operator delete",
	"operator new",
	"runtime.",
	"rust_begin_",
	"std::",
	"tc_",
};

/* Of Rust's "<alloc::vec::Vec<T> as core::ops::drop::Drop>::drop". */
static const char *const implementing_prefixes[] = {
	"alloc::",
	"core::",
	"std::",
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

/* What stands in front of the path of a type: "<", "<&mut ", "<[". */
static const char *skip_marks(const char *name)
{
	static const char *const marks[] = {"<", "&", "mut ", "*const ", "*mut ", "[", "("};

	for (size_t i = 0; i < ARRAY_SIZE(marks);) {
		size_t length = strlen(marks[i]);

		if (strncmp(name, marks[i], length) == 0) {
			name += length;
			i = 0;
		} else {
			i++;
		}
	}
	return name;
}

static bool is_of_library_type(const char *name)
{
	return *name == '<' && starts_with_any(skip_marks(name), implementing_prefixes,
				       ARRAY_SIZE(implementing_prefixes));
}

static bool is_runtime(const char *name, const char *file)
{
	return is_any(name, runtime_names, ARRAY_SIZE(runtime_names)) || is_of_library_type(name) ||
	       starts_with_any(name, runtime_prefixes, ARRAY_SIZE(runtime_prefixes)) ||
	       starts_with_any(file, runtime_files, ARRAY_SIZE(runtime_files));
}

/* The kernel's own; anonymous memory to which the program gave a name is not. */
static bool is_of_kernel(const char *path)
{
	return path[0] == '[' && strncmp(path, "[anon", 5) != 0;
}

/* "[truncated]", and "read(2)", a system call that a thread was in, stand for no code. */
static bool is_no_code(const char *name)
{
	return name[0] == '[' || text_ends_with(name, "(2)");
}

/* A short name may lack what tells it. */
static const char *whole_name(const struct profile *profile, uint32_t index)
{
	const struct profile_function *function;

	if (index == PROFILE_NONE)
		return "";
	function = profile_function(profile, index);
	return profile_text(profile, function->whole ? function->whole : function->name);
}

enum frame_kind frame_kind_of(const struct profile *profile, uint32_t location, uint32_t function)
{
	uint32_t mapping = profile->locations.items[location].mapping;
	const char *name = whole_name(profile, function), *path = "";

	if (mapping != PROFILE_NONE)
		path = profile_text(profile, profile->mappings.items[mapping].path);
	/* perf's mark for kernel frames in folded stacks. */
	if (is_of_kernel(path) || text_ends_with(name, "_[k]"))
		return FRAME_SYSTEM;
	if (mapping == PROFILE_NONE && is_no_code(name))
		return FRAME_SYSTEM;
	if (is_runtime(name, path_file_name(path)))
		return FRAME_RUNTIME;
	if (mapping != PROFILE_NONE && mapping != 0 && strstr(path_file_name(path), ".so"))
		return FRAME_LIBRARY;
	return FRAME_APPLICATION;
}
