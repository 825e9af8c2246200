#pragma once

#include "base/array.h"
#include "base/error.h"
#include "base/intern.h"
#include "export/frame_kind.h"
#include "profile/profile.h"
#include "profile/visible_frames.h"

/*
 * A profile as reports and pictures show it: inlined functions are frames of their own, what has
 * one name is one, and drop_frames is applied. Names are printable (utf8.h), and as those of `go
 * tool pprof` (internal/graph/graph.go): without a function "[libx.so]" or "<unknown>"; with the
 * grain of lines "main src/main.c:12", with that of addresses "0000000000401136 main
 * src/main.c:12", with that of files and functions "main src/main.c". Ids of names are in the order
 * of strcmp().
 */

struct frame_slot {
	uint32_t name;
	uint32_t function; /* of the profile; PROFILE_NONE: a location without lines */
	uint32_t line;     /* of the source; 0: unknown */
	uint32_t mapping;  /* of the profile; or PROFILE_NONE */
	bool inlined;
};
ARRAY_DEFINE(frame_slots, struct frame_slot)

struct frame_location {
	uint32_t first, end; /* slots, innermost first */
};
ARRAY_DEFINE(frame_locations, struct frame_location)

struct frames {
	const struct profile *profile;
	struct intern_table texts;
	struct u32_array order; /* a name's entry in texts */
	struct u8_array kinds;  /* a name's enum frame_kind */
	struct frame_slots slots;
	struct frame_locations locations;
	struct visible_locations visible;
};

/* avoided: a character that names must not have, a colon stands in for it; or 0. */
struct error *frames_init(const struct profile *profile, char avoided, struct frames *ret)
	MUST_CHECK;

/*
 * For reports: with source files as source_trim() (source_file.h) leaves them. As pprof has it,
 * files of different modules, or of functions with different first lines, are not the same one with
 * the grain of files.
 */
struct error *frames_init_trimmed(const struct profile *profile, const char *trim_path,
	const char *source_path, struct frames *ret) MUST_CHECK;
void frames_deinit(struct frames *frames);

const char *frame_name(const struct frames *frames, uint32_t name);
enum frame_kind frame_kind(const struct frames *frames, uint32_t name);
size_t frame_name_count(const struct frames *frames);

/* Replaces what is in ret by the frames of a stack, the root first. */
struct error *frames_of_stack(const struct frames *frames, uint32_t stack, struct frame_slots *ret)
	MUST_CHECK;
