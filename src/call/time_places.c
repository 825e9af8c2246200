#include "call/time_places.h"

#include "base/array.h"

static uint64_t address_of(const struct time_places *places, size_t index)
{
	return places->address + index * TIME_PLACE_LENGTH;
}

static bool refers_to(const struct thread_status *status, uint64_t address)
{
	for (size_t i = 0; i < ARRAY_SIZE(status->arguments); i++)
		if (status->arguments[i] == address)
			return true;
	return false;
}

void time_places_note(struct time_places *places, pid_t thread, const struct thread_status *status)
{
	if (status->system_call < 0)
		return;
	for (size_t i = 0; i < places->count; i++)
		if (refers_to(status, address_of(places, i)))
			places->owners[i] = thread;
}

/* One that was let go may not have come back to its call yet. */
static bool is_given_up(const struct time_places *places, struct target *target, size_t index)
{
	struct thread_status status;

	if (!places->owners[index] || !target_thread_status(target, places->owners[index], &status))
		return true;
	return status.system_call >= 0 && !refers_to(&status, address_of(places, index));
}

uint64_t time_places_take(struct time_places *places, struct target *target, pid_t thread)
{
	for (size_t i = 0; i < places->count; i++)
		if (places->owners[i] == thread)
			return address_of(places, i);
	for (size_t i = 0; i < places->count; i++) {
		if (!is_given_up(places, target, i))
			continue;
		places->owners[i] = thread;
		return address_of(places, i);
	}
	return 0;
}
