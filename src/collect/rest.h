#pragma once

#include "collect/shares.h"

/* What was charged and no sample has a share of: it is in the profile all the same. */

/* Adds a sample of that time, ns, that counts as none, of one frame of that name. */
struct error *rest_add(struct profile *profile, const char *name, uint32_t labels, uint64_t time)
	MUST_CHECK;

/*
 * Adds "[not sampled]" for each label set that has been charged and has no sample. The sets are
 * those of the other profile, which may be the same.
 */
struct error *rest_add_sets(struct profile *profile, const struct shares *shares,
	const struct profile *labelled) MUST_CHECK;
