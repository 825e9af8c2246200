#include <stdlib.h>
#include <string.h>

#include "arch/code_walk.h"
#include "arch/instruction.h"

/* A byte that says where to begin, and code. A return address is never below the stack pointer. */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

struct text {
	const uint8_t *bytes;
	size_t length;
};

static size_t read_text(void *context, uint64_t address, void *buffer, size_t length)
{
	const struct text *text = context;

	if (address >= text->length)
		return 0;
	if (length > text->length - address)
		length = text->length - address;
	memcpy(buffer, text->bytes + address, length);
	return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	if (!length)
		return 0;
	struct text text = {bytes + 1, length - 1};
	const struct memory_reader reader = {read_text, &text};
	struct instruction instruction;
	struct code_return found;
	int64_t depth;
	uint64_t function;

	if (text.length && instruction_decode(text.bytes, text.length, &instruction) &&
		(!instruction.length || instruction.length > text.length ||
			instruction.length > INSTRUCTION_LENGTH_MAX))
		abort();
	if (code_walk(&reader, bytes[0], &found) && !found.address.from_frame &&
		found.address.distance < 0)
		abort();
	(void)code_hands_result_on(&reader, bytes[0], &function);
	(void)code_walk_depth(&reader, 0, bytes[0], &depth);
	return 0;
}
