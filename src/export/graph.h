#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "export/frames.h"

/* One value of a profile by functions, computed as pprof does it (internal/graph/graph.go). */

struct graph_node {
	int64_t flat;         /* of stacks that end in the function */
	int64_t cumulative;   /* of stacks that hold it, once each */
	int64_t samples;      /* that cumulative rests on; of both sides of a difference */
	uint32_t last_sample; /* 1 + the sample that was counted last */
	bool kept;            /* set by the user */
	bool inlined, called; /* by a kept one */
};
ARRAY_DEFINE(graph_nodes, struct graph_node)

struct graph {
	struct graph_nodes nodes; /* by name */
};

/* samples_type: the value type that counts samples, or GRAPH_NO_SAMPLES. */
#define GRAPH_NO_SAMPLES SIZE_MAX
struct error *graph_init(const struct frames *frames, size_t value_type, size_t samples_type,
	struct graph *ret) MUST_CHECK;
void graph_deinit(struct graph *graph);

/* Finds out for kept nodes how kept ones call them, where that is worth the cutoff or more. */
struct error *graph_mark_inlined(struct graph *graph, const struct frames *frames,
	size_t value_type, int64_t cutoff) MUST_CHECK;

/*
 * What percentages are of: the sum of all magnitudes; if there are samples with the label
 * pprof::base=true, which the subtrahend of a difference has, of theirs only.
 */
int64_t graph_total(const struct profile *profile, size_t value_type);
