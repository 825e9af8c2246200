#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "state.h"

/*
 * What jemalloc maps when it has nothing left: a size class from 2 MiB on (src/extent.c of 5.3.1,
 * extent_grow_retained()), at any page; and all of them are multiples of this. The memory that
 * limpet takes is none, and smaller.
 */
#define ALLOCATION_LEAST (2ULL << 20)
#define ALLOCATION_UNIT  (512ULL << 10)
#define NEVER            UINT64_MAX

static bool parse_mapping(char *line, struct state_mapping *ret)
{
	int path_at = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*x %*s %*u %n", &ret->begin, &ret->end,
		    ret->permissions, &path_at) < 3 ||
		!path_at)
		return false;
	ret->path = strdup(line + path_at);
	if (!ret->path)
		report_fail("out of memory");
	return true;
}

bool state_read_mappings(pid_t pid, struct state *state)
{
	char path[64], line[4352];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file)) {
		struct state_mapping mapping;

		if (!parse_mapping(line, &mapping))
			continue;
		state->mappings = grown(state->mappings, state->mapping_count, sizeof(mapping));
		state->mappings[state->mapping_count++] = mapping;
	}
	fclose(file);
	return state->mapping_count > 0;
}

static bool grows_by_itself(const struct state_mapping *mapping)
{
	return mapping &&
	       (strcmp(mapping->path, "[heap]") == 0 || strcmp(mapping->path, "[stack]") == 0);
}

static bool is_anonymous(const struct state_mapping *mapping, const char *permissions)
{
	return !*mapping->path && strcmp(mapping->permissions, permissions) == 0;
}

/* Reserved before, in use now, or the other way round. */
static bool is_of_allocator(const struct state_mapping *mapping)
{
	return is_anonymous(mapping, "rw-p") || is_anonymous(mapping, "---p");
}

static bool is_same(const struct state_mapping *before, const struct state_mapping *now)
{
	return strcmp(before->permissions, now->permissions) == 0 &&
	       strcmp(before->path, now->path) == 0;
}

static bool is_allocation(uint64_t begin, uint64_t end, const struct state_mapping *now)
{
	uint64_t size = end - begin;

	return is_of_allocator(now) && size >= ALLOCATION_LEAST && size % ALLOCATION_UNIT == 0;
}

static void compare_span(uint64_t begin, uint64_t end, const struct state_mapping *before,
	const struct state_mapping *now, bool allocates, struct difference_list *ret)
{
	const struct state_mapping *seen = now ? now : before;
	const char *what = !before ? "LEFTOVER mapping" : "LEFTOVER lost mapping";

	if (grows_by_itself(before) || grows_by_itself(now))
		return;
	if (before && now && is_same(before, now))
		return;
	if (before && now && is_of_allocator(before) && is_of_allocator(now))
		return;
	if (allocates && !before && is_allocation(begin, end, now))
		return;
	if (before && now)
		difference_add(ret, "LEFTOVER permissions %" PRIx64 "-%" PRIx64 " %s%s%s were %s",
			begin, end, now->permissions, *now->path ? " " : "", now->path,
			before->permissions);
	else
		difference_add(ret, "%s %" PRIx64 "-%" PRIx64 " %s %" PRIu64 " KiB%s%s", what,
			begin, end, seen->permissions, (end - begin) / 1024, *seen->path ? " " : "",
			seen->path);
}

/* A position in a list of mappings. */
struct walk {
	const struct state_mapping *next, *end;
};

/* The mapping that covers the address, or NULL; lowers *until to where that changes. */
static const struct state_mapping *walk_to(struct walk *walk, uint64_t address, uint64_t *until)
{
	uint64_t change;

	while (walk->next < walk->end && walk->next->end <= address)
		walk->next++;
	if (walk->next == walk->end)
		return NULL;
	change = walk->next->begin <= address ? walk->next->end : walk->next->begin;
	if (change < *until)
		*until = change;
	return walk->next->begin <= address ? walk->next : NULL;
}

/* Two runs of anonymous memory side by side are one mapping or two: spans are compared, not rows.
 */
void state_compare_mappings(const struct state *before, const struct state *now, bool allocates,
	struct difference_list *ret)
{
	struct walk old = {before->mappings, before->mappings + before->mapping_count};
	struct walk new = {now->mappings, now->mappings + now->mapping_count};
	uint64_t address = 0;

	while (address != NEVER) {
		uint64_t until = NEVER;
		const struct state_mapping *was = walk_to(&old, address, &until);
		const struct state_mapping *is = walk_to(&new, address, &until);

		if (was || is)
			compare_span(address, until, was, is, allocates, ret);
		address = until;
	}
}
