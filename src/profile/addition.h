#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/string_builder.h"
#include "profile/profile.h"

/* Adding one profile to another, whose tables then hold what both have, once. */

/* A value of the source, by its type's name, and the index of the result's that it is added to. */
struct profile_part {
	const char *type;
	size_t to;
};

/* What becomes of a sample of the source. */
struct profile_choice {
	bool wanted;
	uint32_t root; /* a location of the result that is put below its stack, or PROFILE_NONE */
};

/* How much of a stack is left: so many locations, leaf first, and lines of the last of these. */
struct profile_depth {
	size_t locations;
	uint32_t lines; /* the innermost ones; 0: all */
};

/* What becomes of functions and stacks on the way. Functions may be NULL: as they are. */
struct profile_shape {
	bool no_inlines; /* of functions inlined into one another, the one that they are in */
	/* Appends the function's other name; nothing: it keeps its own. */
	void (*name)(void *context, const struct profile *source,
		const struct profile_function *function, struct string_builder *name);
	/* Of a stack that is not empty. */
	struct profile_depth (*depth)(void *context, const struct profile *source,
		const uint32_t *locations, size_t count);
	void *context;
};

struct profile_addition {
	const struct profile_part *parts; /* NULL: each value to that of the same type's name */
	size_t part_count;
	bool is_base; /* subtracted instead, with the label pprof::base=true and marked remarks */
	const struct profile_choice *choices; /* by sample; NULL: all, as they are */
	bool bare;                            /* without the source's labels and remarks */
	bool no_remarks;                      /* without the source's remarks */
	/* Labels that samples get that have none of that key: the ids are the result's. */
	const struct profile_label *labels;
	size_t label_count;
	const struct profile_shape *shape; /* NULL: all as it is */
};

/*
 * Locations of both are one if they are as far behind the start of mappings that are one, and have
 * the same lines: the addresses may come from different processes. Mappings are one if they have
 * the same size and offset, and the same build id, or path where one of them has no build id. Those
 * of other builds stay apart: reports join them by the functions' names. Samples without values are
 * left out, and so are functions, locations and labels that no sample has. Time, duration and
 * period are joined as pprof does it (profile/merge.go). A function that the shape gives another
 * name remembers its own as the whole one.
 */
struct error *profile_add(struct profile *result, const struct profile *source,
	const struct profile_addition *how) MUST_CHECK;

/* All of a profile's own texts, such as drop_frames. */
struct error *profile_copy_texts(struct profile *result, const struct profile *profile) MUST_CHECK;

/* Whether the labels are those of a sample that was subtracted. */
bool profile_is_base(const struct profile *profile, uint32_t labels);
