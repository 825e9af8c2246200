#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "cli/arguments.h"
#include "cli/filter_options.h"
#include "cli/pruning_options.h"
#include "cli/view_options.h"
#include "session/session.h"

/* A profile that an argument names: one of the session, or one made from files for the while. */
struct profile_argument {
	const struct session_profile *profile;
	struct session_profile made; /* empty if it is the session's */
	struct session_profile view; /* what profile points to with --all-frames; borrows all */
	struct profile with_all_frames;
	enum filter_remarks remarks;          /* set by the command */
	bool heeds_settings;                  /* set by the command: focus, hide and so on */
	struct filter_words words;            /* may be set by the command */
	struct profile *filtered;             /* NULL: there is no filter */
	struct session_profile filtered_view; /* borrows all: of that one, and so on */
	struct pruned_profile pruned;
	struct session_profile pruned_view;
	struct shown_profile shown;
};

/* spec: "@1", "@", a file's name; NULL is "@". */
struct error *profile_argument_init(
	struct session *session, const char *spec, struct profile_argument *ret) MUST_CHECK;
void profile_argument_deinit(struct profile_argument *argument);

/* The profile of a file only: file_load(). */
struct error *profile_argument_load(
	const struct session *session, const char *path, struct profile_argument *ret) MUST_CHECK;

#define ALL_FRAMES_OPTION                                                                          \
	{                                                                                          \
		.name = "all-frames", .help = "the allocator's own frames, too",                   \
	}

/* Options of commands that call profile_argument_adjust(). */
#define ADJUSTING_OPTIONS                                                                          \
	{                                                                                          \
		.name = "base",                                                                    \
		.argument = "PROFILE",                                                             \
		.help = "what is more, and less, than in that one, which is @N or a file",         \
		.word = true,                                                                      \
	},                                                                                         \
		ALL_FRAMES_OPTION, PROFILE_FILTER_OPTIONS

/*
 * Subtracts --base, and shows what the profile's drop_frames would hide with --all-frames.
 * profile_argument_filter() has still to be called.
 */
struct error *profile_argument_compare(struct session *session, const struct arguments *arguments,
	struct profile_argument *argument) MUST_CHECK;

/* Of commands that call profile_argument_filter(). */
#define PROFILE_FILTER_OPTIONS THREAD_OPTION, FILTER_OPTIONS, PRUNING_OPTIONS, VIEW_OPTIONS

/* profile_argument_compare(), and then profile_argument_filter(). */
struct error *profile_argument_adjust(struct session *session, const struct arguments *arguments,
	struct profile_argument *argument) MUST_CHECK;

/*
 * Leaves what the filter's options say (filter_apply()) and those of pruning (pruning_apply()),
 * shown as the view's options say.
 */
struct error *profile_argument_filter(struct session *session, const struct arguments *arguments,
	struct profile_argument *argument) MUST_CHECK;

/* Makes a session's profile of what profile has more, and less, than base. */
struct error *session_profile_difference(const struct session_profile *profile,
	const struct session_profile *base, struct session_profile *ret) MUST_CHECK;
