#include "base/array.h"

struct error *array_reserve(void **items, size_t *capacity, size_t count, size_t item_size)
{
	size_t wanted = *capacity ? *capacity : 8;

	if (count <= *capacity)
		return NULL;
	if (count > SIZE_MAX / 2 / item_size)
		return &error_no_memory;
	while (wanted < count)
		wanted *= 2;
	void *grown = reallocarray(*items, wanted, item_size);
	if (!grown)
		return &error_no_memory;
	*items = grown;
	*capacity = wanted;
	return NULL;
}
