#include "arch/call_chain.h"

#include <errno.h>
#include <string.h>

#define RED_ZONE       128
#define WORD           sizeof(uint64_t)
#define DIRECTION_FLAG 0x400ULL
#define TRAP_FLAG      0x100ULL
#define FRAME_SIZE     sizeof(struct call_frame)
#define ENDINGS        2 /* back, and back with EINTR */

static const unsigned system_call_registers[6] = {CALL_REGISTER_RDI, CALL_REGISTER_RSI,
	CALL_REGISTER_RDX, CALL_REGISTER_R10, CALL_REGISTER_R8, CALL_REGISTER_R9};
static const unsigned function_registers[6] = {CALL_REGISTER_RDI, CALL_REGISTER_RSI,
	CALL_REGISTER_RDX, CALL_REGISTER_RCX, CALL_REGISTER_R8, CALL_REGISTER_R9};

/*
 * What a step returns through, behind its frame: the store and what it pops, plain returns as
 * filling, the signal return, and then the next frame. Its first word is where the stack pointer
 * of the step points to: 8 modulo 16, as behind a call instruction.
 */
static size_t return_words(const struct call_gadgets *gadgets)
{
	size_t words = 2 + gadgets->store_skip / WORD;

	return words + 1 - words % 2;
}

uint64_t call_chain_plain_return(const struct call_chain *chain)
{
	return chain->gadgets.system_call + 2;
}

static uint64_t frame_address(const struct call_chain *chain, size_t step)
{
	return chain->address + step * chain->stride;
}

static uint64_t step_stack(const struct call_chain *chain, size_t step)
{
	return frame_address(chain, step) + FRAME_SIZE + WORD;
}

void *call_chain_bytes(struct call_chain *chain, uint64_t address)
{
	return chain->bytes + (address - chain->address);
}

static uint64_t round_down(uint64_t address, uint64_t alignment)
{
	return address & ~(alignment - 1);
}

static void put_frame(struct call_chain *chain, uint64_t address,
	const struct raw_registers *registers, uint64_t mask)
{
	call_frame_fill(call_chain_bytes(chain, address), registers, mask, chain->extended_address);
}

/* From top to bottom: the extended state, the data, both endings, the steps. */
static bool lay_out(struct call_chain *chain, size_t extended_size, size_t data_size)
{
	uint64_t top = chain->situation.found.user.rsp - RED_ZONE;
	size_t steps = chain->step_count * chain->stride, endings = ENDINGS * FRAME_SIZE;

	chain->extended_address = round_down(top - extended_size, 64);
	uint64_t data = round_down(chain->extended_address - data_size, 16);
	chain->address = round_down(data - endings - steps, 16);
	chain->length = chain->extended_address + extended_size - chain->address;
	chain->data_used = data - chain->address;
	chain->data_end = chain->extended_address - chain->address;
	return chain->length <= CALL_CHAIN_BYTES_MAX;
}

bool call_chain_begin(struct call_chain *chain, const struct call_situation *situation,
	const struct call_gadgets *gadgets, const void *extended, size_t extended_length,
	size_t step_count, size_t data_size)
{
	uint8_t copy[CALL_EXTENDED_MAX + 4];

	if (!gadgets->system_call || !gadgets->signal_return ||
		extended_length < CALL_EXTENDED_MIN || extended_length > CALL_EXTENDED_MAX ||
		step_count > CALL_CHAIN_STEPS_MAX || data_size > CALL_CHAIN_BYTES_MAX)
		return false;
	chain->situation = *situation;
	chain->gadgets = *gadgets;
	chain->base = situation->found;
	chain->base.user.eflags &= ~(DIRECTION_FLAG | TRAP_FLAG);
	chain->stride = FRAME_SIZE + WORD + return_words(gadgets) * WORD;
	chain->step_count = step_count;
	chain->steps_added = 0;
	size_t used = call_frame_extended(extended, extended_length, copy);
	if (!lay_out(chain, used, data_size))
		return false;
	memset(chain->bytes, 0, chain->length);
	memcpy(call_chain_bytes(chain, chain->extended_address), copy, used);
	return true;
}

uint64_t call_chain_put(struct call_chain *chain, const void *bytes, size_t length)
{
	uint64_t address = chain->address + chain->data_used;
	size_t rounded = (length + 15) & ~(size_t)15;

	if (rounded > chain->data_end - chain->data_used)
		return 0;
	if (bytes)
		memcpy(call_chain_bytes(chain, address), bytes, length);
	chain->data_used += rounded;
	return address;
}

static void put_returns(struct call_chain *chain, size_t step, bool stores)
{
	size_t count = return_words(&chain->gadgets);
	uint64_t *words = call_chain_bytes(chain, step_stack(chain, step));

	for (size_t i = 0; i < count; i++)
		words[i] = call_chain_plain_return(chain);
	if (stores)
		words[0] = chain->gadgets.store;
	words[count - 1] = chain->gadgets.signal_return;
}

static void set_register(struct call_chain *chain, size_t step, unsigned reg, uint64_t value)
{
	uint64_t *words = call_chain_bytes(chain, frame_address(chain, step));

	words[CALL_FRAME_REGISTERS + reg] = value;
}

static size_t next_step(struct call_chain *chain)
{
	size_t step = chain->steps_added++;

	put_frame(chain, frame_address(chain, step), &chain->base,
		(call_blocked_signals() & ~chain->situation.own_signals) |
			chain->situation.signal_mask);
	return step;
}

void call_chain_add(struct call_chain *chain, const struct call_step *step)
{
	const struct call_gadgets *gadgets = &chain->gadgets;
	bool stores = step->result && gadgets->store;
	size_t index = next_step(chain);

	put_returns(chain, index, stores);
	set_register(chain, index, CALL_REGISTER_RSP, step_stack(chain, index));
	set_register(chain, index, CALL_REGISTER_RAX, step->function ? 0 : step->number);
	set_register(chain, index, CALL_REGISTER_RIP,
		step->function ? step->function : gadgets->system_call);
	for (unsigned i = 0; i < 6; i++)
		set_register(chain, index,
			step->function ? function_registers[i] : system_call_registers[i],
			step->arguments[i]);
	if (stores)
		set_register(chain, index, gadgets->store_base,
			step->result - (uint64_t)gadgets->store_displacement);
}

void call_chain_add_jump(struct call_chain *chain, uint64_t frame)
{
	size_t index = next_step(chain);

	set_register(chain, index, CALL_REGISTER_RSP, frame);
	set_register(chain, index, CALL_REGISTER_RIP, chain->gadgets.signal_return);
}

uint64_t call_chain_register(const struct call_chain *chain, size_t step, unsigned reg)
{
	return frame_address(chain, step) + (CALL_FRAME_REGISTERS + reg) * WORD;
}

uint64_t call_chain_argument(
	const struct call_chain *chain, size_t step, unsigned argument, bool of_system_call)
{
	return call_chain_register(chain, step,
		of_system_call ? system_call_registers[argument] : function_registers[argument]);
}

uint64_t call_chain_back(const struct call_chain *chain)
{
	return frame_address(chain, chain->step_count);
}

uint64_t call_chain_back_failed(const struct call_chain *chain)
{
	return call_chain_back(chain) + FRAME_SIZE;
}

void call_chain_end(struct call_chain *chain, struct raw_registers *ret)
{
	const struct call_situation *situation = &chain->situation;
	struct raw_registers back = situation->found, failed = situation->found;

	raw_reenter_system_call(&back, situation->original_system_call);
	if (situation->time_left.replaces)
		raw_set_argument(&back, situation->time_left.argument, situation->time_left.value);
	put_frame(chain, call_chain_back(chain), &back, situation->signal_mask);
	failed.user.rax = (uint64_t)-EINTR;
	put_frame(chain, call_chain_back_failed(chain), &failed, situation->signal_mask);

	*ret = situation->found;
	ret->user.rip = chain->gadgets.signal_return;
	ret->user.rsp = frame_address(chain, 0);
	ret->user.orig_rax = UINT64_MAX;
	ret->user.rax = 0;
}
