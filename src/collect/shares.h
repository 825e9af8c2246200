#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "profile/profile.h"

/*
 * What was charged, divided among samples. A sample is given a weight that does not depend on what
 * its thread does: the time that it stands for on the clock. What the kernel charged to the threads
 * of one label set is then dealt out to the samples of that set, to each by its weight. So the sums
 * are the kernel's, and among the functions of a thread, short bursts have their share as well as
 * long ones. This is the ratio estimator of survey sampling (Cochran, Sampling Techniques, 1977,
 * chapter 6). All times are ns.
 */

struct share {
	uint64_t given;    /* weight of all samples, ... */
	uint64_t in_calls; /* ... and of those in system calls */
	uint64_t charged;
	uint64_t dealt; /* weight, while it is dealt out */
};
ARRAY_DEFINE(share_array, struct share)

/* By label set; a zeroed struct is empty. Sums stop at the end of uint64_t. */
struct shares {
	struct share_array sets;
};

void shares_deinit(struct shares *shares);

struct error *shares_give(struct shares *shares, uint32_t labels, uint64_t weight, bool in_call)
	MUST_CHECK;
struct error *shares_charge(struct shares *shares, uint32_t labels, uint64_t time) MUST_CHECK;

uint64_t shares_charged(const struct shares *shares);
/* Of that, what sets with samples have, and how much of it is for those in system calls. */
uint64_t shares_sampled(const struct shares *shares);
uint64_t shares_in_calls(const struct shares *shares);

/*
 * Replaces the weights of so many samples, which are stride apart, by what they get. Where they are
 * all that was given, the sum for each label set is what was charged, to the last ns.
 */
void shares_deal(struct shares *shares, const struct profile_sample *samples, size_t count,
	int64_t *weights, size_t stride);
