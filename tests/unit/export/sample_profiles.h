#pragma once

#include "profile/profile.h"

/* Profiles that have, between them, all that an export must cope with. The same at each call. */
struct sample_profile {
	const char *name;
	void (*fill)(struct profile *profile);
};

extern const struct sample_profile sample_profiles[];
extern const size_t sample_profile_count;

/* The caller's. Any failure ends the program. */
struct profile *sample_profile_create(const char *name);
