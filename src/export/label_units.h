#pragma once

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

/*
 * The unit that the numbers of a label have: one for each key of a profile, as pprof has it
 * (NumLabelUnits() of profile/profile.go): the first that a sample tells.
 */
struct label_units {
	struct u32_array units; /* by key's string; 0: none was told */
};

/* The profile's samples are looked at, so that it has to be the one before any filter. */
struct error *label_units_init(const struct profile *profile, struct label_units *ret) MUST_CHECK;
void label_units_deinit(struct label_units *units);

/* Where none was told: bytes of "alignment" and "request", else what the key says. */
const char *label_unit(
	const struct label_units *units, const struct profile *profile, uint32_t key);
