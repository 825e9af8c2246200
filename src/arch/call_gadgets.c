#include "arch/call_gadgets.h"

#include <stdbool.h>
#include <string.h>

#include "arch/call_frame.h"

#define SKIP_MAX    128
#define EXIT_NUMBER 60 /* SYS_exit */

struct bytes {
	const uint8_t *at;
	const uint8_t *end;
};

static bool starts_with(const struct bytes *bytes, const void *prefix, size_t length)
{
	return (size_t)(bytes->end - bytes->at) >= length && memcmp(bytes->at, prefix, length) == 0;
}

static bool take(struct bytes *bytes, const void *prefix, size_t length)
{
	bool there = starts_with(bytes, prefix, length);

	if (there)
		bytes->at += length;
	return there;
}

/* "mov %rax, (%base)" or with an 8-bit displacement, for bases that calls preserve. */
static const struct store_form {
	uint8_t code[4];
	size_t length;
	unsigned base;
	bool displaced;
} store_forms[] = {
	{{0x48, 0x89, 0x03}, 3, CALL_REGISTER_RBX, false},
	{{0x48, 0x89, 0x43}, 3, CALL_REGISTER_RBX, true},
	{{0x48, 0x89, 0x45}, 3, CALL_REGISTER_RBP, true},
	{{0x49, 0x89, 0x04, 0x24}, 4, CALL_REGISTER_R12, false},
	{{0x49, 0x89, 0x45}, 3, CALL_REGISTER_R13, true},
	{{0x49, 0x89, 0x06}, 3, CALL_REGISTER_R14, false},
	{{0x49, 0x89, 0x46}, 3, CALL_REGISTER_R14, true},
	{{0x49, 0x89, 0x07}, 3, CALL_REGISTER_R15, false},
	{{0x49, 0x89, 0x47}, 3, CALL_REGISTER_R15, true},
};

/* One "pop", but of %rsp; 0: another instruction. */
static size_t pop_length(const struct bytes *bytes)
{
	size_t left = (size_t)(bytes->end - bytes->at);

	if (left >= 1 && bytes->at[0] >= 0x58 && bytes->at[0] <= 0x5f && bytes->at[0] != 0x5c)
		return 1;
	return left >= 2 && bytes->at[0] == 0x41 && bytes->at[1] >= 0x58 && bytes->at[1] <= 0x5f
		       ? 2
		       : 0;
}

/* What stands between the store and its "ret": pops, and "add $n, %rsp". */
static bool skip_epilogue(struct bytes bytes, size_t *ret_skip)
{
	size_t skip = 0;

	while (skip <= SKIP_MAX) {
		size_t pop = pop_length(&bytes);

		if (pop) {
			bytes.at += pop;
			skip += 8;
		} else if (take(&bytes, "\x48\x83\xc4", 3) && bytes.at < bytes.end &&
			   *bytes.at < 0x80 && *bytes.at % 8 == 0) {
			skip += *bytes.at++;
		} else {
			*ret_skip = skip;
			return starts_with(&bytes, "\xc3", 1);
		}
	}
	return false;
}

static void consider_store(struct bytes bytes, uint64_t address, struct call_gadgets *gadgets)
{
	for (size_t i = 0; i < sizeof(store_forms) / sizeof(store_forms[0]); i++) {
		const struct store_form *form = &store_forms[i];
		struct bytes rest = bytes;
		int8_t displacement = 0;
		size_t skip;

		if (!take(&rest, form->code, form->length))
			continue;
		if (form->displaced) {
			if (rest.at == rest.end)
				continue;
			displacement = (int8_t)*rest.at++;
		}
		if (!skip_epilogue(rest, &skip))
			continue;
		gadgets->store = address;
		gadgets->store_base = form->base;
		gadgets->store_displacement = displacement;
		gadgets->store_skip = skip;
		return;
	}
}

/* "mov %REG, %eax" or all 64 bits, of a register of CALL_EXIT_REGISTERS. */
static bool is_number_from_register(const uint8_t *code, size_t *ret_length)
{
	static const uint8_t forms[][3] = {
		{0x89, 0xd0},       /* %edx */
		{0x89, 0xd8},       /* %ebx */
		{0x89, 0xe8},       /* %ebp */
		{0x44, 0x89, 0xe0}, /* %r12d */
		{0x44, 0x89, 0xe8}, /* %r13d */
		{0x44, 0x89, 0xf0}, /* %r14d */
		{0x44, 0x89, 0xf8}, /* %r15d */
		{0x48, 0x89, 0xd0}, /* %rdx, as musl has it */
		{0x48, 0x89, 0xd8}, /* %rbx */
		{0x48, 0x89, 0xe8}, /* %rbp */
		{0x4c, 0x89, 0xe0}, /* %r12 */
		{0x4c, 0x89, 0xe8}, /* %r13 */
		{0x4c, 0x89, 0xf0}, /* %r14 */
		{0x4c, 0x89, 0xf8}, /* %r15 */
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t length = forms[i][2] ? 3 : 2;

		if (memcmp(code, forms[i], length) != 0)
			continue;
		*ret_length = length;
		return true;
	}
	return false;
}

/* The body of the loop, from the jump's aim up to the system call: two instructions, any order. */
static bool is_exit_loop(const uint8_t *body, size_t length)
{
	static const uint8_t clear[] = {0x31, 0xff};
	static const uint8_t number[] = {0xb8, EXIT_NUMBER, 0, 0, 0};
	bool has_number = false;

	while (length >= 2) {
		size_t used;

		if (memcmp(body, clear, sizeof(clear)) == 0) {
			used = sizeof(clear);
		} else if (length >= sizeof(number) && memcmp(body, number, sizeof(number)) == 0) {
			used = sizeof(number);
			has_number = true;
		} else if (length >= 3 && is_number_from_register(body, &used)) {
			has_number = true;
		} else if (length == 2 && body[0] == 0x89 && is_number_from_register(body, &used)) {
			has_number = true;
		} else {
			return false;
		}
		body += used;
		length -= used;
	}
	return length == 0 && has_number;
}

static void consider_exit(
	const uint8_t *code, const uint8_t *at, uint64_t address, struct call_gadgets *gadgets)
{
	int8_t distance = (int8_t)at[3]; /* from behind the jump, four bytes on */

	if (distance >= -4 || at + 4 + distance < code)
		return;
	if (is_exit_loop(at + 4 + distance, (size_t)(-4 - distance)))
		gadgets->thread_exit = address;
}

static void consider(
	const uint8_t *code, struct bytes here, uint64_t address, struct call_gadgets *gadgets)
{
	if (!gadgets->system_call && starts_with(&here, "\x0f\x05\xc3", 3))
		gadgets->system_call = address;
	if (!gadgets->signal_return &&
		starts_with(&here, CALL_SIGNAL_RETURN, sizeof(CALL_SIGNAL_RETURN) - 1))
		gadgets->signal_return = address;
	if (!gadgets->store && (here.at[0] == 0x48 || here.at[0] == 0x49))
		consider_store(here, address, gadgets);
	if (!gadgets->thread_exit && starts_with(&here, "\x0f\x05\xeb", 3) &&
		here.end - here.at >= 4)
		consider_exit(code, here.at, address, gadgets);
}

void call_gadgets_search(
	const void *code, size_t length, uint64_t address, struct call_gadgets *gadgets)
{
	const uint8_t *first = code;

	for (size_t i = 0; i < length; i++)
		if (first[i] == 0x0f || first[i] == 0x48 || first[i] == 0x49)
			consider(first, (struct bytes){first + i, first + length}, address + i,
				gadgets);
}
