#include "call/call_site.h"

#include <string.h>

static bool read_bytes(
	const struct memory_reader *reader, uint64_t address, void *bytes, size_t length)
{
	return memory_read(reader, address, bytes, length) == length;
}

/* A 32-bit displacement counts from the end of the instruction. */
static uint64_t displaced(uint64_t end, const uint8_t *displacement)
{
	int32_t distance;

	memcpy(&distance, displacement, sizeof(distance));
	return end + (uint64_t)(int64_t)distance;
}

/* endbr64 and bnd stand before the jump in some linkers' tables. */
static bool follow_linkage(const struct memory_reader *reader, uint64_t address, uint64_t *ret)
{
	static const uint8_t landing[] = {0xf3, 0x0f, 0x1e, 0xfa};
	uint8_t code[12];
	size_t at = 0;

	if (!read_bytes(reader, address, code, sizeof(code)))
		return false;
	if (memcmp(code, landing, sizeof(landing)) == 0)
		at += sizeof(landing);
	if (code[at] == 0xf2)
		at++;
	if (code[at] != 0xff || code[at + 1] != 0x25)
		return false;
	return read_bytes(reader, displaced(address + at + 6, code + at + 2), ret, sizeof(*ret));
}

bool call_site_target(const struct memory_reader *reader, uint64_t return_address, uint64_t *ret)
{
	uint8_t code[6];
	uint64_t target, linked;

	if (!read_bytes(reader, return_address - sizeof(code), code, sizeof(code)))
		return false;
	if (code[0] == 0xff && code[1] == 0x15)
		return read_bytes(reader, displaced(return_address, code + 2), ret, sizeof(*ret));
	if (code[1] != 0xe8)
		return false;
	target = displaced(return_address, code + 2);
	*ret = follow_linkage(reader, target, &linked) ? linked : target;
	return true;
}
