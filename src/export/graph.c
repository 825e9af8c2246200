#include "export/graph.h"

#include "profile/addition.h"
#include "profile/saturating.h"

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
	return value_type == GRAPH_NO_VALUES
		       ? 0
		       : profile->values.items[sample * profile->value_types.count + value_type];
}

/* What a sample adds to its nodes. */
struct addend {
	uint32_t stamp;
	int64_t value, divisor, samples;
};

static bool find_addend(const struct profile *profile, const struct graph_values *values,
	uint32_t sample, struct addend *ret)
{
	*ret = (struct addend){
		.stamp = sample + 1,
		.value = value_of(profile, sample, values->value),
		.divisor = value_of(profile, sample, values->divisor),
		.samples = value_of(profile, sample, values->samples),
	};
	return ret->value || ret->divisor;
}

static int64_t mean(int64_t value, int64_t divisor)
{
	/* The one quotient that is no int64_t. */
	if (divisor == -1)
		return negate_saturating(value);
	return divisor ? value / divisor : value;
}

int64_t graph_node_flat(const struct graph_node *node)
{
	return mean(node->flat, node->flat_divisor);
}

int64_t graph_node_cumulative(const struct graph_node *node)
{
	return mean(node->cumulative, node->cumulative_divisor);
}

static void count_stack(
	struct graph *graph, const struct frame_slots *slots, const struct addend *addend)
{
	ARRAY_FOR_EACH (slot, slots) {
		struct graph_node *node = &graph->nodes.items[slot->name];

		if (node->last_sample == addend->stamp)
			continue;
		node->last_sample = addend->stamp;
		node->cumulative = add_saturating(node->cumulative, addend->value);
		node->cumulative_divisor =
			add_saturating(node->cumulative_divisor, addend->divisor);
		node->samples =
			add_saturating(node->samples, magnitude_saturating(addend->samples));
	}
	if (slots->count) {
		struct graph_node *leaf = &graph->nodes.items[slots->items[slots->count - 1].name];

		leaf->flat = add_saturating(leaf->flat, addend->value);
		leaf->flat_divisor = add_saturating(leaf->flat_divisor, addend->divisor);
	}
}

static struct error *make_nodes(struct graph *graph, size_t count)
{
	struct error *error = graph_nodes_reserve(&graph->nodes, count);

	if (error)
		return error;
	for (size_t i = 0; i < count; i++)
		graph->nodes.items[i] = (struct graph_node){.kept = true};
	graph->nodes.count = count;
	return NULL;
}

struct error *graph_init(
	const struct frames *frames, const struct graph_values *values, struct graph *ret)
{
	const struct profile *profile = frames->profile;
	CLEANUP(graph_deinit) struct graph graph = {0};
	CLEANUP(frame_slots_deinit) struct frame_slots slots = {0};
	struct error *error = make_nodes(&graph, frame_name_count(frames));
	struct addend addend;

	for (uint32_t i = 0; !error && i < profile->samples.count; i++) {
		if (!find_addend(profile, values, i, &addend))
			continue;
		error = frames_of_stack(frames, profile->samples.items[i].stack, &slots);
		if (!error)
			count_stack(&graph, &slots, &addend);
	}
	if (error)
		return error;
	*ret = graph;
	graph = (struct graph){0};
	return NULL;
}

static struct error *count_edge(struct edge_table *table, uint32_t caller,
	const struct frame_slot *slot, const struct addend *addend)
{
	const uint32_t key[] = {caller, slot->name};
	struct error *error;
	uint32_t id;

	error = intern(&table->keys, key, sizeof(key), &id);
	if (!error && id == table->edges.count)
		error = graph_edges_append(&table->edges,
			(struct graph_edge){
				.caller = caller, .callee = slot->name, .inlined = true});
	if (error)
		return error;
	struct graph_edge *edge = &table->edges.items[id];
	if (edge->last_sample == addend->stamp)
		return NULL;
	edge->last_sample = addend->stamp;
	edge->weight = add_saturating(edge->weight, addend->value);
	if (!slot->inlined)
		edge->inlined = false;
	return NULL;
}

/* Frames that are not kept are stepped over. */
static struct error *count_edges(struct edge_table *table, const struct graph *graph,
	const struct frame_slots *slots, const struct addend *addend)
{
	const struct frame_slot *caller = NULL;
	struct error *error = NULL;

	ARRAY_FOR_EACH (slot, slots) {
		if (!graph->nodes.items[slot->name].kept)
			continue;
		if (caller && caller->name != slot->name)
			error = count_edge(table, caller->name, slot, addend);
		if (error)
			return error;
		caller = slot;
	}
	return NULL;
}

static void drop_light_edges(const struct graph *graph, struct graph_edges *edges, int64_t cutoff)
{
	size_t kept = 0;

	ARRAY_FOR_EACH (edge, edges)
		if (magnitude_saturating(edge->weight) >= cutoff ||
			!graph->nodes.items[edge->callee].listed)
			edges->items[kept++] = *edge;
	edges->count = kept;
}

static void mark_called(struct graph *graph, const struct graph_edges *edges)
{
	ARRAY_FOR_EACH (edge, edges) {
		struct graph_node *node = &graph->nodes.items[edge->callee];

		if (edge->inlined)
			node->inlined = true;
		else
			node->called = true;
	}
}

struct error *graph_find_edges(struct graph *graph, const struct frames *frames,
	const struct graph_values *values, int64_t cutoff, struct graph_edges *edges)
{
	const struct profile *profile = frames->profile;
	CLEANUP(edge_table_deinit) struct edge_table table = {0};
	CLEANUP(frame_slots_deinit) struct frame_slots slots = {0};
	struct error *error = NULL;
	struct addend addend;

	for (uint32_t i = 0; !error && i < profile->samples.count; i++) {
		if (!find_addend(profile, values, i, &addend))
			continue;
		error = frames_of_stack(frames, profile->samples.items[i].stack, &slots);
		if (!error)
			error = count_edges(&table, graph, &slots, &addend);
	}
	if (error)
		return error;
	drop_light_edges(graph, &table.edges, cutoff);
	mark_called(graph, &table.edges);
	*edges = table.edges;
	table.edges = (struct graph_edges){0};
	return NULL;
}

int64_t graph_total(const struct profile *profile, const struct graph_values *values)
{
	int64_t total = 0, base = 0, divisor = 0, base_divisor = 0;

	for (uint32_t i = 0; i < profile->samples.count; i++) {
		struct addend addend;

		find_addend(profile, values, i, &addend);
		addend.value = magnitude_saturating(addend.value);
		total = add_saturating(total, addend.value);
		divisor = add_saturating(divisor, addend.divisor);
		if (!profile_is_base(profile, profile->samples.items[i].labels))
			continue;
		base = add_saturating(base, addend.value);
		base_divisor = add_saturating(base_divisor, addend.divisor);
	}
	return base > 0 ? mean(base, base_divisor) : mean(total, divisor);
}
