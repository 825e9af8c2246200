#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/pattern.h"

#define NAME_MAX_LENGTH 256

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* A whole match is a match anywhere. */
static void try_on(const char *text, const char *name)
{
	CLEANUP(cleanup_pattern) struct pattern *anywhere = NULL;
	CLEANUP(cleanup_pattern) struct pattern *whole = NULL;
	struct error *error = pattern_create(text, PATTERN_ANYWHERE, &anywhere);

	if (!error)
		error = pattern_create(text, PATTERN_WHOLE, &whole);
	if (error) {
		error_destroy(error);
		return;
	}
	if (pattern_matches(whole, name) && !pattern_matches(anywhere, name))
		abort();
}

/* A line is the pattern, what follows is the name. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	CLEANUP(cleanup_free) char *text = strndup((const char *)bytes, length);
	char *name = text ? strchr(text, '\n') : NULL;

	if (!name)
		return 0;
	*name++ = '\0';
	if (strlen(name) <= NAME_MAX_LENGTH)
		try_on(text, name);
	return 0;
}
