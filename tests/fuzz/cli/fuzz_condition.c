#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/condition.h"
#include "cli/output_name.h"

static bool is_taken(const char *path)
{
	return path[0] == 'x' && !strchr(path, '7');
}

/* A name that is filled in never leads to a folder that was not written there. */
static void check_name(const char *text)
{
	const struct output_facts facts = {
		.time = 1796094900, .pid = 42, .process = "../a b%t", .is_taken = is_taken};
	char *name, *numbered;
	struct error *error = output_name_fill(text, &facts, &name);
	size_t slashes = 0;

	if (error) {
		error_destroy(error);
		return;
	}
	for (const char *c = text; *c; c++)
		slashes += *c == '/';
	for (const char *c = name; *c; c++)
		slashes -= *c == '/';
	numbered = output_name_numbered(name, 1);
	if (slashes || !numbered || strlen(numbered) != strlen(name) + 2)
		abort();
	free(numbered);
	free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *text = strndup((const char *)bytes, length);
	struct condition condition;
	struct error *error = text ? condition_parse(text, &condition) : &error_no_memory;

	if (!error) {
		if (!isfinite(condition.limit) || condition.second_of_day >= 86400 ||
			!memchr(condition.name, '\0', sizeof(condition.name)))
			abort();
		(void)condition_holds(&condition, 1);
	}
	error_destroy(error);
	if (text)
		check_name(text);
	free(text);
	return 0;
}
