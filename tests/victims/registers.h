#pragma once

#include <stdbool.h>

/* Whether check_registers() knows this machine. */
extern const bool registers_known;

/*
 * Fills every register, the flags, the x87 and vector state and the red zone with values drawn from
 * seed, computes for so many steps, and complains "REGISTERS NAME" of each that has changed.
 */
void check_registers(unsigned long seed, unsigned long steps);

/* The same around a read() of one byte, which must be 'w'; without them where it knows none. */
bool check_registers_in_read(unsigned long seed, int fd);
