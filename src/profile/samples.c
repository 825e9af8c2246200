#include "profile/profile.h"
#include "profile/saturating.h"

_Static_assert(sizeof(struct profile_label) == 24, "padding");
_Static_assert(sizeof(struct profile_sample) == 8, "padding");

/* An empty list may come as NULL, which memcmp() and memcpy() must not see. */
static struct error *intern_list(struct intern_table *table, const void *items, size_t count,
	size_t item_size, uint32_t *ret)
{
	if (count > SIZE_MAX / item_size)
		return &error_no_memory;
	return intern(table, count ? items : "", count * item_size, ret);
}

struct error *profile_add_stack(
	struct profile *profile, const uint32_t *locations, size_t count, uint32_t *ret)
{
	return intern_list(&profile->stacks, locations, count, sizeof(*locations), ret);
}

const uint32_t *profile_stack(const struct profile *profile, uint32_t stack, size_t *count)
{
	const uint32_t *locations = intern_bytes(&profile->stacks, stack, count);

	*count /= sizeof(*locations);
	return locations;
}

struct error *profile_add_labels(
	struct profile *profile, const struct profile_label *labels, size_t count, uint32_t *ret)
{
	return intern_list(&profile->label_sets, labels, count, sizeof(*labels), ret);
}

const struct profile_label *profile_labels(
	const struct profile *profile, uint32_t labels, size_t *count)
{
	const struct profile_label *items = intern_bytes(&profile->label_sets, labels, count);

	*count /= sizeof(*items);
	return items;
}

/* Room is made before the key is there: all three tables have an entry, or none. */
static struct error *reserve_sample(struct profile *profile)
{
	struct error *error;

	error = profile_samples_reserve(&profile->samples, profile->samples.count + 1);
	if (error)
		return error;
	return profile_values_reserve(
		&profile->values, profile->values.count + profile->value_types.count);
}

struct error *profile_add_sample(
	struct profile *profile, uint32_t stack, uint32_t labels, const int64_t *values)
{
	struct profile_sample sample = {.stack = stack, .labels = labels};
	size_t width = profile->value_types.count;
	struct error *error = reserve_sample(profile);
	uint32_t id;

	if (error)
		return error;
	error = intern(&profile->sample_keys, &sample, sizeof(sample), &id);
	if (error)
		return error;
	if (id == profile->samples.count) {
		profile->samples.items[profile->samples.count++] = sample;
		for (size_t i = 0; i < width; i++)
			profile->values.items[profile->values.count++] = 0;
	}
	for (size_t i = 0; i < width; i++) {
		int64_t *sum = &profile->values.items[id * width + i];

		*sum = add_saturating(*sum, values[i]);
	}
	return NULL;
}

int64_t profile_total(const struct profile *profile, size_t value_type)
{
	size_t width = profile->value_types.count;
	int64_t total = 0;

	for (size_t i = 0; i < profile->samples.count; i++)
		total = add_saturating(total, profile->values.items[i * width + value_type]);
	return total;
}
