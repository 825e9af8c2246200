#pragma once

#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "base/intern.h"
#include "profile/profile.h"
#include "symbolize/profile_view.h"

/*
 * The functions of a profile that grows while it is looked at, and that is not to be named itself:
 * each location is named once, when it is new, in a copy that holds nothing else.
 */
struct live_names {
	struct profile *mirror;    /* the locations, with the ids that they have in the profile */
	struct intern_table texts; /* of functions: name, NUL, module */
	struct u32_array slots;    /* functions of all locations, innermost first */
	struct u32_array ends; /* by location: the end of its slots, where the next one's begin */
	struct profile_view_options view;
};

/* Gives names to the locations that have none, as attachment_name_profile() does. */
struct live_namer {
	struct error *(*name)(void *context, struct profile *profile);
	void *context;
};

/* Of the view, heeds all but the addresses and the runtime. */
struct error *live_names_init(const struct profile_view_options *view, struct live_names *names)
	MUST_CHECK;
void live_names_deinit(struct live_names *names);

/* Names what is new. Texts that were given out are valid until then. */
struct error *live_names_update(struct live_names *names, const struct profile *profile,
	const struct live_namer *namer) MUST_CHECK;

/* Of a location; one that is too new is a function of its own. */
const uint32_t *live_names_of(const struct live_names *names, uint32_t location, size_t *count);

size_t live_names_count(const struct live_names *names);
/* Printable. *ret_module: the file's name, or "". */
const char *live_names_text(
	const struct live_names *names, uint32_t function, const char **ret_module);
