#include "symbolize/runtime_frames.h"

#include <stdbool.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/path.h"
#include "symbolize/short_name.h"

enum verdict {
	UNKNOWN,
	PROGRAM,
	RUNTIME,
	RUST_MAIN, /* Rust's runtime, called by C's main() */
	C_MAIN,
};

static const char *const names[] = {
	"__clone",
	"__clone3",
	"__rust_try",
	"_start",
	"clone",
	"clone3",
	"execute_native_thread_routine",
	"libc_start_main_stage2",
	"runtime.goexit",
	"runtime.goexit.abi0",
	"runtime.main",
	"runtime.mstart",
	"runtime.mstart0",
	"runtime.mstart1",
	"runtime.mstart.abi0",
	"runtime.rt0_go",
	"runtime.rt0_go.abi0",
	"start_thread",
};

/* Of short names (short_name.h). */
static const char *const prefixes[] = {
	"__libc_start_",
	"core::ops::function::FnOnce::call_once",
	"std::__invoke",
	"std::panic::catch_unwind",
	"std::panicking::catch_unwind",
	"std::panicking::r#try",
	"std::panicking::try",
	"std::rt::",
	"std::sys::backtrace::__rust_begin_short_backtrace",
	"std::sys_common::backtrace::__rust_begin_short_backtrace",
	"std::thread::Builder::spawn_unchecked",
	"std::thread::_Invoker::",
	"std::thread::_State_impl::",
	"std::thread::lifecycle::",
};

/* Anywhere in them: what a thread, or Rust's runtime, is given to call. */
static const char *const parts[] = {
	" as FnOnce>::call_once",
	"::Thread::new::thread_start",
};

/* Whose functions that start threads have no names where only exported ones have. */
static const char *const libraries[] = {"ld-linux", "ld-musl", "libc.", "libc-", "libpthread"};

static bool is_any(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}

static bool starts_with_any(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strncmp(text, list[i], strlen(list[i])) == 0)
			return true;
	return false;
}

static bool holds_any(const char *text, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strstr(text, list[i]))
			return true;
	return false;
}

static enum verdict judge(const char *name)
{
	STRING_BUILDER(text);

	if (strcmp(name, "main") == 0)
		return C_MAIN;
	short_name_append(&text, name);
	if (text.failed || !text.length)
		return PROGRAM;
	if (strncmp(text.text, "std::rt::", strlen("std::rt::")) == 0)
		return RUST_MAIN;
	return is_any(text.text, names, ARRAY_SIZE(names)) ||
			       starts_with_any(text.text, prefixes, ARRAY_SIZE(prefixes)) ||
			       holds_any(text.text, parts, ARRAY_SIZE(parts))
		       ? RUNTIME
		       : PROGRAM;
}

/* "libc.so.6+0x27249" */
static bool is_unnamed_in_library(
	const struct profile *profile, const struct profile_location *location, const char *name)
{
	const char *file;
	size_t length;

	if (location->mapping == PROFILE_NONE)
		return false;
	file = path_file_name(
		profile_text(profile, profile->mappings.items[location->mapping].path));
	length = strlen(file);
	return starts_with_any(file, libraries, ARRAY_SIZE(libraries)) &&
	       (!*name || (strncmp(name, file, length) == 0 && name[length] == '+'));
}

static enum verdict verdict_of(struct runtime_frames *frames, const struct profile *profile,
	const struct profile_location *location, uint32_t line)
{
	uint32_t index = profile->lines.items[location->first_line + line].function;
	const struct profile_function *function = profile_function(profile, index);
	const char *name =
		profile_text(profile, function->whole ? function->whole : function->name);

	if (is_unnamed_in_library(profile, location, name))
		return RUNTIME;
	if (frames->verdicts.items[index] == UNKNOWN)
		frames->verdicts.items[index] = (uint8_t)judge(name);
	return frames->verdicts.items[index];
}

struct error *runtime_frames_init(const struct profile *profile, struct runtime_frames *ret)
{
	size_t count = profile->functions.entries.count;
	struct error *error;

	*ret = (struct runtime_frames){0};
	error = u8_array_reserve(&ret->verdicts, count + 1);
	if (!error)
		memset(ret->verdicts.items, UNKNOWN, count);
	return error;
}

void runtime_frames_deinit(struct runtime_frames *frames)
{
	u8_array_deinit(&frames->verdicts);
}

struct profile_depth runtime_frames_cut(struct runtime_frames *frames,
	const struct profile *profile, const uint32_t *locations, size_t count)
{
	const struct profile_depth all = {.locations = count};
	struct profile_depth main = all, left;
	bool after_main = false;

	for (size_t i = count; i-- > 0;) {
		const struct profile_location *location = &profile->locations.items[locations[i]];

		if (!location->line_count)
			return after_main ? main : (struct profile_depth){.locations = i + 1};
		for (uint32_t line = location->line_count; line-- > 0;) {
			enum verdict verdict = verdict_of(frames, profile, location, line);
			bool whole = line == location->line_count - 1;

			left = (struct profile_depth){i + 1, whole ? 0 : line + 1};
			if (after_main && verdict != RUST_MAIN)
				return main;
			if (verdict == PROGRAM)
				return left;
			after_main = verdict == C_MAIN;
			if (after_main)
				main = left;
		}
	}
	return after_main ? main : all;
}
