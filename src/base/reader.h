#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * "length bytes at address" of something: a process, a copied stack, a file laid out as the
 * loader would. Returns how many bytes were read from the start on, 0 to length.
 */
struct memory_reader {
	size_t (*read)(void *context, uint64_t address, void *buffer, size_t length);
	void *context;
};

static inline size_t memory_read(
	const struct memory_reader *reader, uint64_t address, void *buffer, size_t length)
{
	return reader->read(reader->context, address, buffer, length);
}
