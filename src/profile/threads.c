#include "profile/threads.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/quantity.h"

bool profile_find_thread(const struct profile *profile, uint32_t labels, struct profile_thread *ret)
{
	size_t count;
	const struct profile_label *items = profile_labels(profile, labels, &count);

	*ret = (struct profile_thread){.name = ""};
	for (size_t i = 0; i < count; i++) {
		const char *key = profile_text(profile, items[i].key);

		if (items[i].text && strcmp(key, "thread") == 0)
			ret->name = profile_text(profile, items[i].text);
		else if (!items[i].text && strcmp(key, "tid") == 0)
			ret->id = items[i].number;
	}
	return *ret->name || ret->id;
}

bool profile_thread_is_meant(const struct profile_thread *thread, const char *text)
{
	int64_t id;

	return strcmp(text, thread->name) == 0 ||
	       (thread->id && parse_signed(text, &id) && id == thread->id);
}

struct error *profile_add_thread_location(
	struct profile *result, const struct profile_thread *thread, uint32_t *ret)
{
	CLEANUP(cleanup_free) char *text = NULL;
	int length;

	if (!thread->id)
		length = asprintf(&text, "%s", thread->name);
	else if (*thread->name)
		length = asprintf(&text, "%s (%" PRId64 ")", thread->name, thread->id);
	else
		length = asprintf(&text, "thread %" PRId64, thread->id);
	if (length < 0) {
		text = NULL;
		return &error_no_memory;
	}
	return profile_add_named_location(result, text, ret);
}
