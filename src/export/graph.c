#include "export/graph.h"

#include <string.h>

#include "profile/addition.h"
#include "profile/saturating.h"

struct graph_edge {
	int64_t weight;
	uint32_t last_sample;
	bool inlined;
};
ARRAY_DEFINE(graph_edges, struct graph_edge)

struct edge_table {
	struct intern_table keys; /* the caller's and the function's name */
	struct graph_edges edges;
};

static void edge_table_deinit(struct edge_table *table)
{
	intern_table_deinit(&table->keys);
	graph_edges_deinit(&table->edges);
}

void graph_deinit(struct graph *graph)
{
	graph_nodes_deinit(&graph->nodes);
}

static int64_t value_of(const struct profile *profile, size_t sample, size_t value_type)
{
	return profile->values.items[sample * profile->value_types.count + value_type];
}

static void count_stack(struct graph *graph, const struct frame_slots *slots, uint32_t stamp,
	int64_t value, int64_t samples)
{
	ARRAY_FOR_EACH (slot, slots) {
		struct graph_node *node = &graph->nodes.items[slot->name];

		if (node->last_sample == stamp)
			continue;
		node->last_sample = stamp;
		node->cumulative = add_saturating(node->cumulative, value);
		node->samples = add_saturating(node->samples, magnitude_saturating(samples));
	}
	if (slots->count) {
		uint32_t leaf = slots->items[slots->count - 1].name;

		graph->nodes.items[leaf].flat =
			add_saturating(graph->nodes.items[leaf].flat, value);
	}
}

static struct error *make_nodes(struct graph *graph, size_t count)
{
	struct error *error = graph_nodes_reserve(&graph->nodes, count);

	if (error)
		return error;
	if (count)
		memset(graph->nodes.items, 0, count * sizeof(*graph->nodes.items));
	graph->nodes.count = count;
	return NULL;
}

struct error *graph_init(
	const struct frames *frames, size_t value_type, size_t samples_type, struct graph *ret)
{
	const struct profile *profile = frames->profile;
	CLEANUP(graph_deinit) struct graph graph = {0};
	CLEANUP(frame_slots_deinit) struct frame_slots slots = {0};
	struct error *error = make_nodes(&graph, frame_name_count(frames));

	for (uint32_t i = 0; !error && i < profile->samples.count; i++) {
		int64_t value = value_of(profile, i, value_type), samples = 0;

		if (!value)
			continue;
		if (samples_type != GRAPH_NO_SAMPLES)
			samples = value_of(profile, i, samples_type);
		error = frames_of_stack(frames, profile->samples.items[i].stack, &slots);
		if (!error)
			count_stack(&graph, &slots, i + 1, value, samples);
	}
	if (error)
		return error;
	*ret = graph;
	graph = (struct graph){0};
	return NULL;
}

static struct error *count_edge(struct edge_table *table, uint32_t caller,
	const struct frame_slot *slot, uint32_t stamp, int64_t value)
{
	const uint32_t key[] = {caller, slot->name};
	struct error *error;
	uint32_t id;

	error = intern(&table->keys, key, sizeof(key), &id);
	if (!error && id == table->edges.count)
		error = graph_edges_append(&table->edges, (struct graph_edge){.inlined = true});
	if (error)
		return error;
	struct graph_edge *edge = &table->edges.items[id];
	if (edge->last_sample == stamp)
		return NULL;
	edge->last_sample = stamp;
	edge->weight = add_saturating(edge->weight, value);
	if (!slot->inlined)
		edge->inlined = false;
	return NULL;
}

/* Frames that are not kept are stepped over. */
static struct error *count_edges(struct edge_table *table, const struct graph *graph,
	const struct frame_slots *slots, uint32_t stamp, int64_t value)
{
	const struct frame_slot *caller = NULL;
	struct error *error = NULL;

	ARRAY_FOR_EACH (slot, slots) {
		if (!graph->nodes.items[slot->name].kept)
			continue;
		if (caller && caller->name != slot->name)
			error = count_edge(table, caller->name, slot, stamp, value);
		if (error)
			return error;
		caller = slot;
	}
	return NULL;
}

static void mark_called(struct graph *graph, const struct edge_table *table, int64_t cutoff)
{
	for (uint32_t i = 0; i < table->edges.count; i++) {
		const struct graph_edge *edge = &table->edges.items[i];
		const uint32_t *key = intern_bytes(&table->keys, i, NULL);
		struct graph_node *node = &graph->nodes.items[key[1]];

		if (magnitude_saturating(edge->weight) < cutoff)
			continue;
		if (edge->inlined)
			node->inlined = true;
		else
			node->called = true;
	}
}

static bool has_inlined(const struct frames *frames)
{
	ARRAY_FOR_EACH (slot, &frames->slots)
		if (slot->inlined)
			return true;
	return false;
}

struct error *graph_mark_inlined(
	struct graph *graph, const struct frames *frames, size_t value_type, int64_t cutoff)
{
	const struct profile *profile = frames->profile;
	CLEANUP(edge_table_deinit) struct edge_table table = {0};
	CLEANUP(frame_slots_deinit) struct frame_slots slots = {0};
	struct error *error = NULL;

	if (!has_inlined(frames))
		return NULL;
	for (uint32_t i = 0; !error && i < profile->samples.count; i++) {
		int64_t value = value_of(profile, i, value_type);

		if (!value)
			continue;
		error = frames_of_stack(frames, profile->samples.items[i].stack, &slots);
		if (!error)
			error = count_edges(&table, graph, &slots, i + 1, value);
	}
	if (!error)
		mark_called(graph, &table, cutoff);
	return error;
}

int64_t graph_total(const struct profile *profile, size_t value_type)
{
	int64_t total = 0, base = 0;

	for (size_t i = 0; i < profile->samples.count; i++) {
		int64_t size = magnitude_saturating(value_of(profile, i, value_type));

		total = add_saturating(total, size);
		if (profile_is_base(profile, profile->samples.items[i].labels))
			base = add_saturating(base, size);
	}
	return base > 0 ? base : total;
}
