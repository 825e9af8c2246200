#include "call/memory.h"

#include <unistd.h>

bool memory_get(int memory, uint64_t address, void *ret, size_t length)
{
	return pread(memory, ret, length, (off_t)address) == (ssize_t)length;
}

bool memory_put(int memory, uint64_t address, const void *bytes, size_t length)
{
	return pwrite(memory, bytes, length, (off_t)address) == (ssize_t)length;
}
