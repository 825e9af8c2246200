#include "call/free_range.h"

#define FIRST_ADDRESS 0x100000ULL
#define LAST_ADDRESS  (1ULL << 47) /* the vsyscall page is beyond what a process may map */

/* The middle of the largest gap. */
struct error *find_free_range(struct target *target, size_t length, uint64_t *ret)
{
	uint64_t largest = 0, previous = FIRST_ADDRESS;
	struct mappings mappings;
	struct error *error = target_list_mappings(target, &mappings);

	if (error)
		return error;
	ARRAY_FOR_EACH (mapping, &mappings.list) {
		if (mapping->start >= LAST_ADDRESS)
			break;
		if (mapping->start > previous && mapping->start - previous > largest) {
			largest = mapping->start - previous;
			*ret = (previous + largest / 2) & ~0xffffULL;
		}
		previous = mapping->end;
	}
	mappings_deinit(&mappings);
	if (largest < 4 * length)
		return error_create(ERROR_UNSUPPORTED, "no free address range in the process");
	return NULL;
}
