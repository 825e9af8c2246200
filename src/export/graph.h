#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "export/frames.h"

/* One value of a profile by functions, computed as pprof does it (internal/graph/graph.go). */

/* Which of a sample's values are looked at; GRAPH_NO_VALUES: none. */
#define GRAPH_NO_VALUES SIZE_MAX
struct graph_values {
	size_t value;
	size_t samples; /* the type that counts samples, or GRAPH_NO_VALUES */
	size_t divisor; /* the type that a mean divides by, or GRAPH_NO_VALUES */
};

struct graph_node {
	int64_t flat, flat_divisor;             /* of stacks that end in the function */
	int64_t cumulative, cumulative_divisor; /* of stacks that hold it, once each */
	int64_t samples;      /* that cumulative rests on; of both sides of a difference */
	uint32_t last_sample; /* 1 + the sample that was counted last */
	bool kept;            /* set by the user; of others there are no edges */
	bool listed;          /* set by the user: it has a row, to which no light edges lead */
	bool inlined, called; /* by a kept one */
};
ARRAY_DEFINE(graph_nodes, struct graph_node)

/* That a function called another, or that it was inlined into it. */
struct graph_edge {
	uint32_t caller, callee; /* nodes */
	int64_t weight;          /* of stacks in which it did, once each */
	uint32_t last_sample;
	bool inlined; /* in all of them */
};
ARRAY_DEFINE(graph_edges, struct graph_edge)

struct graph {
	struct graph_nodes nodes; /* by name */
};

/* All nodes are kept as it begins. */
struct error *graph_init(const struct frames *frames, const struct graph_values *values,
	struct graph *ret) MUST_CHECK;
void graph_deinit(struct graph *graph);

/* With a divisor the mean. */
int64_t graph_node_flat(const struct graph_node *node);
int64_t graph_node_cumulative(const struct graph_node *node);

/*
 * The edges between kept nodes, those that are not kept being stepped over, in no order, and
 * without those to listed ones that are worth less than the cutoff; and marks in the nodes how they
 * were called. edges: empty, as it begins.
 */
struct error *graph_find_edges(struct graph *graph, const struct frames *frames,
	const struct graph_values *values, int64_t cutoff, struct graph_edges *edges) MUST_CHECK;

/*
 * What percentages are of: the sum of all magnitudes; if there are samples with the label
 * pprof::base=true, which the subtrahend of a difference has, of theirs only. With a divisor that
 * is divided by the divisors' sum.
 */
int64_t graph_total(const struct profile *profile, const struct graph_values *values);
