#include "collect/shares.h"

static uint64_t add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

void shares_deinit(struct shares *shares)
{
	share_array_deinit(&shares->sets);
}

static struct error *find(struct shares *shares, uint32_t labels, struct share **ret)
{
	struct share_array *sets = &shares->sets;
	struct error *error = share_array_reserve(sets, (size_t)labels + 1);

	if (error)
		return error;
	while (sets->count <= labels)
		sets->items[sets->count++] = (struct share){0};
	*ret = &sets->items[labels];
	return NULL;
}

struct error *shares_give(struct shares *shares, uint32_t labels, uint64_t weight, bool in_call)
{
	struct share *share;
	struct error *error = find(shares, labels, &share);

	if (error)
		return error;
	share->given = add(share->given, weight);
	if (in_call)
		share->in_calls = add(share->in_calls, weight);
	return NULL;
}

struct error *shares_charge(struct shares *shares, uint32_t labels, uint64_t time)
{
	struct share *share;
	struct error *error = find(shares, labels, &share);

	if (!error)
		share->charged = add(share->charged, time);
	return error;
}

uint64_t shares_charged(const struct shares *shares)
{
	uint64_t sum = 0;

	ARRAY_FOR_EACH (share, &shares->sets)
		sum = add(sum, share->charged);
	return sum;
}

uint64_t shares_sampled(const struct shares *shares)
{
	uint64_t sum = 0;

	ARRAY_FOR_EACH (share, &shares->sets)
		if (share->given)
			sum = add(sum, share->charged);
	return sum;
}

/* What was charged for that much of the weight. */
static uint64_t part(const struct share *share, uint64_t weight)
{
	if (!share->given)
		return 0;
	if (weight > share->given)
		weight = share->given;
	return (uint64_t)((unsigned __int128)share->charged * weight / share->given);
}

uint64_t shares_in_calls(const struct shares *shares)
{
	uint64_t sum = 0;

	ARRAY_FOR_EACH (share, &shares->sets)
		sum = add(sum, part(share, share->in_calls));
	return sum;
}

/* From one end of its weight to the other: what is cut off here is there for the next. */
static uint64_t deal(struct share *share, uint64_t weight)
{
	uint64_t before = part(share, share->dealt);

	share->dealt = add(share->dealt, weight);
	return part(share, share->dealt) - before;
}

void shares_deal(struct shares *shares, const struct profile_sample *samples, size_t count,
	int64_t *weights, size_t stride)
{
	ARRAY_FOR_EACH (share, &shares->sets)
		share->dealt = 0;
	for (size_t i = 0; i < count; i++) {
		uint32_t labels = samples[i].labels;
		int64_t weight = weights[i * stride], dealt = 0;

		if (weight > 0 && labels < shares->sets.count)
			dealt = (int64_t)deal(&shares->sets.items[labels], (uint64_t)weight);
		weights[i * stride] = dealt;
	}
}
