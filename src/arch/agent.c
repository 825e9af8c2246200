#include "arch/agent.h"

/* The linker's names for the ends of the section (a section whose name is a C identifier). */
extern const uint8_t __start_limpet_agent[];
extern const uint8_t __stop_limpet_agent[];
extern const uint8_t agent_launch[] __attribute__((visibility("hidden")));
extern const uint8_t agent_write[] __attribute__((visibility("hidden")));

const void *agent_code(uint64_t *ret_length, uint64_t *ret_entry)
{
	*ret_entry = (uint64_t)(agent_launch - __start_limpet_agent);
	*ret_length = (uint64_t)(__stop_limpet_agent - __start_limpet_agent);
	return __start_limpet_agent;
}

uint64_t agent_write_address(uint64_t area)
{
	return area + AGENT_CODE + (uint64_t)(agent_write - __start_limpet_agent);
}
