#include <stdlib.h>
#include <string.h>

#include "elf/go_functions.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define TEXT       0x401000
#define LOOKS      512
#define PC_AT_ONCE 64

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_function(
	const struct go_functions *functions, const struct go_function *function, uint64_t address)
{
	int32_t delta;

	require(function->start <= address && address < function->end);
	require(function->name != NULL);
	(void)!strlen(function->name);
	for (uint64_t at = 0; at < PC_AT_ONCE && at < function->end - address; at++)
		if (go_function_stack_delta(functions, function, address + at, &delta))
			require(delta >= 0);
}

/* From each function to the one behind it, and across the text. */
static void check_functions(const struct go_functions *functions)
{
	struct go_function found;
	uint64_t address = TEXT;

	for (int i = 0; i < LOOKS; i++) {
		if (!go_functions_find(functions, address, &found)) {
			address += 16;
			continue;
		}
		check_function(functions, &found, address);
		address = found.end;
	}
	if (go_functions_find(functions, UINT64_MAX, &found))
		check_function(functions, &found, UINT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct u8_array table = {0};
	struct go_functions *functions = NULL;

	if (u8_array_reserve(&table, length ? length : 1))
		return 0;
	if (length)
		memcpy(table.items, bytes, length);
	table.count = length;
	struct error *error = go_functions_create(&table, TEXT, &functions);
	require(!table.items && !error == !!functions);
	if (functions)
		check_functions(functions);
	error_destroy(error);
	go_functions_destroy(functions);
	return 0;
}
