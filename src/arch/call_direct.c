#include "arch/call_direct.h"

#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#define ADDRESS_RANGE (1ULL << 32)
#define INT_WORDS     1 /* of wmemcpy(3): four bytes each */
#define WORD_WORDS    2
#define FRAME_WORDS   4 /* rsp and rip of a frame */

/* A plan in the making; made twice, to count the steps first. */
struct direct_plan {
	struct call_chain *chain; /* NULL: counting */
	const struct call_direct_request *request;
	uint64_t inputs;
	size_t steps;
};

uint64_t call_resolve(uint64_t address, uint64_t inputs, uint64_t outputs)
{
	if (address - CALL_INPUT_BASE < ADDRESS_RANGE)
		return inputs + (address - CALL_INPUT_BASE);
	if (address - CALL_OUTPUT_BASE < ADDRESS_RANGE)
		return outputs + (address - CALL_OUTPUT_BASE);
	return address;
}

static void add(struct direct_plan *plan, const struct call_step *step)
{
	if (plan->chain)
		call_chain_add(plan->chain, step);
	plan->steps++;
}

static uint64_t argument_of(const struct direct_plan *plan, size_t step, unsigned argument)
{
	return plan->chain ? call_chain_argument(plan->chain, step, argument, false) : 0;
}

static uint64_t put(struct direct_plan *plan, const void *bytes, size_t length)
{
	return plan->chain ? call_chain_put(plan->chain, bytes, length) : 0;
}

static uint64_t output_address(const struct direct_plan *plan, size_t offset)
{
	return plan->request->output + offset;
}

static uint64_t result_address(const struct direct_plan *plan, size_t item)
{
	return output_address(
		plan, offsetof(struct call_direct_output, results) + item * sizeof(uint64_t));
}

static void add_copy(struct direct_plan *plan, uint64_t to, uint64_t from, uint64_t words)
{
	add(plan, &(struct call_step){.function = plan->request->functions.copy_words,
			  .arguments = {to, from, words}});
}

static void add_errno_location(struct direct_plan *plan, unsigned argument_of_next)
{
	add(plan, &(struct call_step){.function = plan->request->functions.errno_location,
			  .result = argument_of(plan, plan->steps + 1, argument_of_next)});
}

static bool keeps_errno(const struct direct_plan *plan)
{
	return plan->request->functions.errno_location && plan->request->functions.copy_words;
}

static uint64_t add_errno_saving(struct direct_plan *plan)
{
	uint64_t saved = put(plan, NULL, sizeof(int));

	if (keeps_errno(plan)) {
		add_errno_location(plan, 1);
		add_copy(plan, saved, 0, INT_WORDS);
	}
	return saved;
}

static void add_errno_restoring(struct direct_plan *plan, uint64_t saved)
{
	if (keeps_errno(plan)) {
		add_errno_location(plan, 0);
		add_copy(plan, 0, saved, INT_WORDS);
	}
}

static void add_item(struct direct_plan *plan, size_t index)
{
	const struct call_item *item = &plan->request->items[index];
	struct call_step step = {.function = item->function,
		.number = item->number,
		.result = result_address(plan, index)};

	if (item->first_from)
		add_copy(plan, argument_of(plan, plan->steps + 1, 0),
			result_address(plan, item->first_from - 1), WORD_WORDS);
	for (unsigned i = 0; i < 6; i++)
		step.arguments[i] = call_resolve(item->arguments[i], plan->inputs,
			output_address(plan, sizeof(struct call_direct_output)));
	add(plan, &step);
}

/*
 * ppoll(2) that waits for nothing lets pending handlers run, with the program's own mask, and
 * returns -EINTR (-4) if one did, else 0. As a count of four-byte words that makes the jump at the
 * end go to the other ending.
 */
static void add_interruption(struct direct_plan *plan, const struct call_situation *situation)
{
	const struct call_direct_functions *functions = &plan->request->functions;
	const struct timespec zero = {0};

	if (call_interruption_of(situation) != CALL_INTERRUPTION_ALWAYS || !functions->absolute ||
		!functions->copy_words)
		return;
	uint64_t time = put(plan, &zero, sizeof(zero));
	uint64_t mask = put(plan, &situation->signal_mask, sizeof(uint64_t));
	uint64_t failed[2] = {0};
	if (plan->chain) {
		failed[0] = call_chain_back_failed(plan->chain);
		failed[1] = plan->chain->gadgets.signal_return;
	}
	uint64_t target = put(plan, failed, sizeof(failed));
	size_t jump = plan->steps + 4;

	add(plan, &(struct call_step){.number = SYS_ppoll,
			  .arguments = {0, 0, time, mask, sizeof(uint64_t)},
			  .result = argument_of(plan, plan->steps + 1, 0)});
	add(plan, &(struct call_step){.function = functions->absolute,
			  .result = argument_of(plan, plan->steps + 1, 2)});
	add_copy(plan, plan->chain ? call_chain_register(plan->chain, jump, CALL_REGISTER_RSP) : 0,
		target, FRAME_WORDS);
}

static void add_clock(struct direct_plan *plan)
{
	add(plan, &(struct call_step){.number = SYS_clock_gettime,
			  .arguments = {CLOCK_MONOTONIC,
				  output_address(plan,
					  offsetof(struct call_direct_output, returned_at))}});
}

static void add_all(struct direct_plan *plan, const struct call_situation *situation)
{
	uint64_t saved;

	plan->steps = 0;
	saved = add_errno_saving(plan);
	for (size_t i = 0; i < plan->request->count; i++)
		add_item(plan, i);
	add_errno_restoring(plan, saved);
	add_interruption(plan, situation);
	add_clock(plan);
	if (plan->chain)
		call_chain_add_jump(plan->chain, call_chain_back(plan->chain));
	plan->steps++;
}

static void put_inputs(struct direct_plan *plan)
{
	const struct call_direct_request *request = plan->request;
	uint64_t outputs = output_address(plan, sizeof(struct call_direct_output));
	uint8_t *bytes;

	plan->inputs = put(plan, request->inputs, request->input_length);
	bytes = call_chain_bytes(plan->chain, plan->inputs);
	for (size_t i = 0; i < request->pointer_count; i++) {
		uint64_t word;

		memcpy(&word, bytes + request->pointers[i], sizeof(word));
		word = call_resolve(word, plan->inputs, outputs);
		memcpy(bytes + request->pointers[i], &word, sizeof(word));
	}
}

bool call_direct_plan(struct call_chain *chain, const struct call_situation *situation,
	const struct call_gadgets *gadgets, const void *extended, size_t extended_length,
	const struct call_direct_request *request, struct raw_registers *ret)
{
	struct direct_plan plan = {.request = request};
	bool chained = false;

	for (size_t i = 0; i < request->count; i++)
		chained |= request->items[i].first_from != 0;
	if (!gadgets->store || (chained && !request->functions.copy_words))
		return false;
	add_all(&plan, situation);
	if (!call_chain_begin(chain, situation, gadgets, extended, extended_length, plan.steps,
		    request->input_length + 256))
		return false;
	plan.chain = chain;
	put_inputs(&plan);
	add_all(&plan, situation);
	call_chain_end(chain, ret);
	return true;
}
