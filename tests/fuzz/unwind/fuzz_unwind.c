#include <stdlib.h>
#include <string.h>

#include "../../unit/unwind/capture.h"

/*
 * Stacks and registers of any content, over the modules of this program. Most words of the input
 * become addresses of code or of the stack, or no unwinding would get far.
 */

#define STACK_ADDRESS 0x7f0000000000ULL
#define WORDS_MAX     512

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct module_table *modules;
static struct unwinder *unwinder;
static struct unwind_result result;

static void start(void)
{
	modules = capture_modules();
	if (unwinder_create(modules, &unwinder))
		abort();
}

static uint64_t code_address(uint64_t word)
{
	size_t count;
	const struct module *items = module_table_items(modules, &count);
	const struct module *module = &items[(word >> 8) % count];

	return module->start + (word >> 16) % (module->end - module->start);
}

static uint64_t translate(uint64_t word)
{
	switch (word & 7) {
	case 0:
	case 1:
	case 2:
	case 3:
		return code_address(word);
	case 4:
	case 5:
		return STACK_ADDRESS + (word >> 16) % (WORDS_MAX * 8);
	case 6:
		return word >> 3;
	default:
		return word >> 60;
	}
}

static void check(const struct unwind_input *input)
{
	uint64_t pc = registers_pc(&input->registers);

	if (!result.addresses.count || result.addresses.count > UNWIND_DEPTH_MAX ||
		result.addresses.items[0] != pc || result.end >= UNWIND_END_COUNT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct unwind_input input = {.stack_address = STACK_ADDRESS};
	uint64_t words[REGISTER_COUNT + WORDS_MAX] = {0};
	size_t count = length / sizeof(words[0]);

	if (!unwinder)
		start();
	if (count < REGISTER_COUNT)
		return 0;
	if (count > REGISTER_COUNT + WORDS_MAX)
		count = REGISTER_COUNT + WORDS_MAX;
	memcpy(words, bytes, count * sizeof(words[0]));
	for (size_t i = 0; i < count; i++)
		words[i] = translate(words[i]);
	memcpy(input.registers.values, words, sizeof(input.registers.values));
	input.registers.values[REGISTER_RSP] = STACK_ADDRESS;
	input.stack = (const uint8_t *)(words + REGISTER_COUNT);
	input.stack_length = (count - REGISTER_COUNT) * sizeof(words[0]);
	if (unwind_stack(unwinder, &input, &result))
		abort();
	check(&input);
	return 0;
}
