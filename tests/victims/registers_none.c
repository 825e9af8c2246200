#include "registers.h"

#include <unistd.h>

const bool registers_known = false;

void check_registers(unsigned long seed, unsigned long steps)
{
	(void)seed;
	(void)steps;
}

bool check_registers_in_read(unsigned long seed, int fd)
{
	char byte = 0;

	(void)seed;
	return read(fd, &byte, 1) == 1 && byte == 'w';
}
