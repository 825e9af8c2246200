#pragma once

#include "profile/profile.h"

/*
 * What profile has more, and with negative values less, than base: `go tool pprof -diff_base`
 * (internal/driver/fetch.go, profile/merge.go). The samples of base are there with their values
 * negated and the label pprof::base=true, so that both sides can still be told apart; reports and
 * pictures add them up.
 *
 * Locations of both are one if they are as far behind the start of mappings that are one, and have
 * the same lines: the addresses may come from different processes. Mappings are one if they have
 * the same size and offset, and the same build id, or path where one of them has no build id. Those
 * of other builds stay apart: reports join them by the functions' names.
 *
 * Value types: those of profile that base has, too. Samples without values are left out. Remarks of
 * base that profile has not are marked as such. ERROR_USAGE: there are no values in common; the
 * hint lists them.
 */
struct error *profile_difference(
	const struct profile *profile, const struct profile *base, struct profile **ret) MUST_CHECK;
