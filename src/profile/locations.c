#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/profile.h"

/* Interned by its bytes, with the lines behind it: no padding. */
struct location_key {
	uint64_t address;
	uint32_t mapping;
	uint32_t line_count;
};
_Static_assert(sizeof(struct location_key) == 16, "padding");
_Static_assert(sizeof(struct profile_line) == 8, "padding");
_Static_assert(sizeof(struct profile_function) == 20, "padding");

#define LINES_ON_STACK 8

struct error *profile_add_function(
	struct profile *profile, const struct profile_function *function, uint32_t *ret)
{
	return intern(&profile->functions, function, sizeof(*function), ret);
}

const struct profile_function *profile_function(const struct profile *profile, uint32_t function)
{
	return intern_bytes(&profile->functions, function, NULL);
}

/* Room is made before the key is there: both tables have an entry, or neither. */
static struct error *add_location(
	struct profile *profile, const struct location_key *key, size_t key_length, uint32_t *ret)
{
	struct profile_location location = {.address = key->address, .mapping = key->mapping};
	struct error *error;
	uint32_t id;

	error = profile_locations_reserve(&profile->locations, profile->locations.count + 1);
	if (!error)
		error = intern(&profile->location_keys, key, key_length, &id);
	if (error)
		return error;
	if (id == profile->locations.count)
		profile->locations.items[profile->locations.count++] = location;
	*ret = id;
	return NULL;
}

struct error *profile_add_location(
	struct profile *profile, uint32_t mapping, uint64_t address, uint32_t *ret)
{
	struct location_key key = {.address = address, .mapping = mapping};

	return add_location(profile, &key, sizeof(key), ret);
}

static size_t key_size(uint32_t line_count)
{
	return sizeof(struct location_key) + line_count * sizeof(struct profile_line);
}

struct error *profile_add_complete_location(struct profile *profile, uint32_t mapping,
	uint64_t address, const struct profile_line *lines, uint32_t count, uint32_t *ret)
{
	struct location_key key = {.address = address, .mapping = mapping, .line_count = count};
	_Alignas(struct location_key) char on_stack[sizeof(key) + LINES_ON_STACK * sizeof(*lines)];
	CLEANUP(cleanup_free) char *on_heap = NULL;
	char *bytes = on_stack;
	size_t known = profile->locations.count;
	struct error *error;
	uint32_t id;

	if (count > LINES_ON_STACK)
		bytes = on_heap = malloc(key_size(count));
	if (!bytes)
		return &error_no_memory;
	memcpy(bytes, &key, sizeof(key));
	if (count)
		memcpy(bytes + sizeof(key), lines, count * sizeof(*lines));
	error = add_location(profile, (const void *)bytes, key_size(count), &id);
	if (!error && id == known)
		error = profile_set_lines(profile, id, lines, count);
	if (error)
		return error;
	*ret = id;
	return NULL;
}

struct error *profile_add_named_location(struct profile *profile, const char *name, uint32_t *ret)
{
	struct profile_function function = {0};
	struct profile_line line = {0};
	struct error *error = profile_string(profile, name, &function.name);

	if (error)
		return error;
	error = profile_add_function(profile, &function, &line.function);
	if (error)
		return error;
	return profile_add_complete_location(profile, PROFILE_NONE, 0, &line, 1, ret);
}

struct error *profile_set_lines(struct profile *profile, uint32_t location,
	const struct profile_line *lines, uint32_t count)
{
	struct profile_location *target = &profile->locations.items[location];

	if (count > target->line_count) {
		size_t first = profile->lines.count;
		struct error *error;

		if (first + count > UINT32_MAX)
			return &error_no_memory;
		error = profile_lines_reserve(&profile->lines, first + count);
		if (error)
			return error;
		target->first_line = (uint32_t)first;
		profile->lines.count += count;
	}
	if (count)
		memcpy(profile->lines.items + target->first_line, lines, count * sizeof(*lines));
	target->line_count = count;
	return NULL;
}
