#include "arch/registers.h"

#include <stddef.h>

/* In the order of a system call's arguments: x86-64 psABI, A.2.1. */
static const uint8_t argument_registers[6] = {
	REGISTER_RDI, REGISTER_RSI, REGISTER_RDX, REGISTER_R8 + 2, REGISTER_R8, REGISTER_R8 + 1};

uint32_t registers_of_sleeper(uint64_t program_counter, uint64_t stack_pointer,
	const uint64_t arguments[6], struct registers *ret)
{
	uint32_t known = 1U << REGISTER_PC | 1U << REGISTER_RSP;

	*ret = (struct registers){0};
	ret->values[REGISTER_PC] = program_counter;
	ret->values[REGISTER_RSP] = stack_pointer;
	for (size_t i = 0; arguments && i < 6; i++) {
		ret->values[argument_registers[i]] = arguments[i];
		known |= 1U << argument_registers[i];
	}
	return ~known & ((1U << REGISTER_COUNT) - 1);
}
