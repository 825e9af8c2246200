#include "arch/call_stub.h"

/* The linker's names for the ends of the section (a section whose name is a C identifier). */
extern const uint8_t __start_limpet_stub[];
extern const uint8_t __stop_limpet_stub[];
extern const uint8_t call_stub_entry[] __attribute__((visibility("hidden")));

const void *call_stub_code(uint64_t *ret_length, uint64_t *ret_entry)
{
	*ret_entry = (uint64_t)(call_stub_entry - __start_limpet_stub);
	*ret_length = (uint64_t)(__stop_limpet_stub - __start_limpet_stub);
	return __start_limpet_stub;
}
