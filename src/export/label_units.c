#include "export/label_units.h"

#include <string.h>

void label_units_deinit(struct label_units *units)
{
	u32_array_deinit(&units->units);
}

struct error *label_units_init(const struct profile *profile, struct label_units *ret)
{
	struct label_units made = {0};
	size_t count = profile->strings.entries.count;
	struct error *error = u32_array_reserve(&made.units, count);

	if (error)
		return error;
	for (size_t i = 0; i < count; i++)
		made.units.items[i] = 0;
	made.units.count = count;
	ARRAY_FOR_EACH (sample, &profile->samples) {
		size_t label_count;
		const struct profile_label *labels =
			profile_labels(profile, sample->labels, &label_count);

		for (size_t i = 0; i < label_count; i++)
			if (!labels[i].text && !made.units.items[labels[i].key])
				made.units.items[labels[i].key] = labels[i].unit;
	}
	*ret = made;
	return NULL;
}

const char *label_unit(const struct label_units *units, const struct profile *profile, uint32_t key)
{
	const char *name = profile_text(profile, key);
	uint32_t unit = key < units->units.count ? units->units.items[key] : 0;

	if (unit)
		return profile_text(profile, unit);
	return strcmp(name, "alignment") == 0 || strcmp(name, "request") == 0 ? "bytes" : name;
}
