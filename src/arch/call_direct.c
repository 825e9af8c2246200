#include "arch/call_direct.h"

#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#define ADDRESS_RANGE      (1ULL << 32)
#define COPY_SIZE          32 /* of data */
#define CONDITION_SIZE     64 /* the same */
#define CONDITION_STEPS    2
#define INTERRUPTION_STEPS (1 + CONDITION_STEPS)
#define END_STEPS          3
#define VARIOUS_SIZE       320

/* A plan in the making; made twice, to count the steps first. */
struct direct_plan {
	struct call_chain *chain; /* NULL: counting */
	const struct call_direct_request *request;
	struct call_places places;
	uint64_t own; /* address of a struct call_direct_output on the thread's own stack */
	size_t steps;
};

uint64_t call_resolve(uint64_t address, const struct call_places *places)
{
	if (address - CALL_INPUT_BASE < ADDRESS_RANGE)
		return places->inputs + (address - CALL_INPUT_BASE);
	if (address - CALL_OUTPUT_BASE < ADDRESS_RANGE)
		return places->outputs + (address - CALL_OUTPUT_BASE);
	if (address - CALL_SHARED_BASE < ADDRESS_RANGE)
		return places->shared + (address - CALL_SHARED_BASE);
	if (address == CALL_AGENT_WRITE)
		return places->agent_write;
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

static uint64_t result_address(const struct direct_plan *plan, size_t item)
{
	return plan->own + offsetof(struct call_direct_output, results) + item * sizeof(uint64_t);
}

enum copy_end { COPY_TO, COPY_FROM };

/*
 * A copy, which may be told one of its ends on the way. Where there is no wmemcpy(3) the kernel
 * copies within the process, which takes longer.
 */
struct copy {
	uint64_t ends[2];
	size_t length; /* times of four */
	uint64_t ranges[2];
};

static uint64_t put_range(struct direct_plan *plan, uint64_t address, size_t length)
{
	const struct iovec range = {(void *)address, length};

	return put(plan, &range, sizeof(range));
}

static void add_kernel_copy(struct direct_plan *plan, uint64_t to_range, uint64_t from_range)
{
	uint64_t thread = plan->chain ? plan->chain->situation.thread : 0;

	add(plan, &(struct call_step){.number = SYS_process_vm_writev,
			  .arguments = {thread, from_range, 1, to_range, 1}});
}

static struct copy prepare_copy(struct direct_plan *plan, uint64_t to, uint64_t from, size_t length)
{
	struct copy copy = {{to, from}, length, {0}};

	for (int end = 0; end < 2 && !plan->request->functions.copy_words; end++)
		copy.ranges[end] = put_range(plan, copy.ends[end], length);
	return copy;
}

/* The word that says where an end of the copy is, which is the step after the next one. */
static uint64_t end_of_copy(
	const struct direct_plan *plan, const struct copy *copy, enum copy_end end)
{
	return copy->ranges[end] ? copy->ranges[end] : argument_of(plan, plan->steps + 1, end);
}

static void add_prepared_copy(struct direct_plan *plan, const struct copy *copy)
{
	uint64_t function = plan->request->functions.copy_words;

	if (function)
		add(plan, &(struct call_step){.function = function,
				  .arguments = {copy->ends[COPY_TO], copy->ends[COPY_FROM],
					  copy->length / sizeof(uint32_t)}});
	else
		add_kernel_copy(plan, copy->ranges[COPY_TO], copy->ranges[COPY_FROM]);
}

static void add_copy(struct direct_plan *plan, uint64_t to, uint64_t from, size_t length)
{
	const struct copy copy = prepare_copy(plan, to, from, length);

	add_prepared_copy(plan, &copy);
}

/* errno is copied from or to where the C library says that it is. */
static void add_errno_copy(struct direct_plan *plan, uint64_t saved, enum copy_end end)
{
	if (!plan->request->functions.errno_location)
		return;
	const struct copy copy = prepare_copy(plan, saved, saved, sizeof(int));
	add(plan, &(struct call_step){.function = plan->request->functions.errno_location,
			  .result = end_of_copy(plan, &copy, end)});
	add_prepared_copy(plan, &copy);
}

/* The word that says where a step goes: that of a step to be added yet, too. */
static uint64_t destination_of(const struct direct_plan *plan, size_t step)
{
	return plan->chain ? call_chain_register(plan->chain, step, CALL_REGISTER_RIP) : 0;
}

/*
 * Writes a word if another, of four bytes, has a value. futex(2) compares: with nobody to wake it
 * returns 0 if it has, else an errno. As flags of process_vm_writev(2), which has none, that
 * decides whether it writes.
 */
static void add_condition(
	struct direct_plan *plan, uint64_t word, uint32_t value, uint64_t to, uint64_t written)
{
	uint64_t from_range =
		put_range(plan, put(plan, &written, sizeof(written)), sizeof(written));

	add(plan, &(struct call_step){.number = SYS_futex,
			  .arguments = {word, FUTEX_CMP_REQUEUE_PRIVATE, 0, 0, word, value},
			  .result = argument_of(plan, plan->steps + 1, 5)});
	add_kernel_copy(plan, put_range(plan, to, sizeof(written)), from_range);
}

/* Until the condition sends it on, it just returns. */
static void hold_back(struct direct_plan *plan, size_t step)
{
	if (!plan->chain)
		return;
	*(uint64_t *)call_chain_bytes(plan->chain, destination_of(plan, step)) =
		call_chain_plain_return(plan->chain);
	*(uint64_t *)call_chain_bytes(plan->chain,
		call_chain_register(plan->chain, step, CALL_REGISTER_RAX)) = CALL_NOT_MADE;
}

static void add_item(struct direct_plan *plan, size_t index)
{
	const struct call_item *item = &plan->request->items[index];
	struct call_step step = {.function = item->function,
		.number = item->number,
		.result = result_address(plan, index)};

	if (item->first_from)
		add_copy(plan,
			argument_of(plan,
				plan->steps + 1 + (item->only_if_from ? CONDITION_STEPS : 0), 0),
			result_address(plan, item->first_from - 1), sizeof(uint64_t));
	for (unsigned i = 0; i < 6; i++)
		step.arguments[i] = call_resolve(item->arguments[i], &plan->places);
	if (item->only_if_from)
		add_condition(plan, result_address(plan, item->only_if_from - 1),
			(uint32_t)item->only_if_value,
			destination_of(plan, plan->steps + CONDITION_STEPS), item->function);
	add(plan, &step);
	if (item->only_if_from)
		hold_back(plan, plan->steps - 1);
}

/*
 * ppoll(2) that waits for nothing lets pending handlers run, with the program's own mask, and
 * fails with EINTR if one did: then the jump at the end goes to the other ending.
 */
static void add_interruption(struct direct_plan *plan, const struct call_situation *situation)
{
	const struct timespec zero = {0};
	uint64_t failed = plan->chain ? call_chain_back_failed(plan->chain) : 0;
	size_t jump = plan->steps + INTERRUPTION_STEPS + END_STEPS;

	if (call_interruption_of(situation) != CALL_INTERRUPTION_ALWAYS)
		return;
	uint64_t time = put(plan, &zero, sizeof(zero));
	uint64_t mask = put(plan, &situation->signal_mask, sizeof(uint64_t));
	uint64_t result = put(plan, NULL, sizeof(uint64_t));

	add(plan, &(struct call_step){.number = SYS_ppoll,
			  .arguments = {0, 0, time, mask, sizeof(uint64_t)},
			  .result = result});
	add_condition(plan, result, (uint32_t)-EINTR,
		plan->chain ? call_chain_register(plan->chain, jump, CALL_REGISTER_RSP) : 0,
		failed);
}

static void add_start(struct direct_plan *plan)
{
	add(plan, &(struct call_step){.number = SYS_gettid,
			  .result = plan->request->output +
				    offsetof(struct call_direct_output, started)});
}

/* From the member on, to where limpet reads it. */
static void add_publication(struct direct_plan *plan, size_t offset, size_t length)
{
	add_copy(plan, plan->request->output + offset, plan->own + offset, length);
}

/* First the results and outputs, then that they are there. */
static void add_end(struct direct_plan *plan)
{
	size_t token = offsetof(struct call_direct_output, token);
	size_t results = offsetof(struct call_direct_output, results);

	add(plan, &(struct call_step){.number = SYS_clock_gettime,
			  .arguments = {CLOCK_MONOTONIC,
				  plan->own + offsetof(struct call_direct_output, returned_at)}});
	add_publication(plan, results,
		sizeof(struct call_direct_output) - results + plan->request->output_length);
	add_publication(plan, token, results - token);
}

static void add_all(struct direct_plan *plan, const struct call_situation *situation)
{
	uint64_t saved = put(plan, NULL, sizeof(int));

	plan->steps = 0;
	add_start(plan);
	add_errno_copy(plan, saved, COPY_FROM);
	for (size_t i = 0; i < plan->request->count; i++)
		add_item(plan, i);
	add_errno_copy(plan, saved, COPY_TO);
	add_interruption(plan, situation);
	add_end(plan);
	if (plan->chain)
		call_chain_add_jump(plan->chain, call_chain_back(plan->chain));
	plan->steps++;
}

static void put_own(struct direct_plan *plan)
{
	const struct call_direct_request *request = plan->request;
	size_t length = sizeof(struct call_direct_output) + request->output_length;
	struct call_direct_output *own;

	plan->own = put(plan, NULL, length);
	plan->places.outputs = plan->own + sizeof(*own);
	plan->places.shared = request->output + length;
	own = call_chain_bytes(plan->chain, plan->own);
	own->token = request->token;
}

static void put_inputs(struct direct_plan *plan)
{
	const struct call_direct_request *request = plan->request;
	uint8_t *bytes;

	plan->places.inputs = put(plan, request->inputs, request->input_length);
	bytes = call_chain_bytes(plan->chain, plan->places.inputs);
	for (size_t i = 0; i < request->pointer_count; i++) {
		uint64_t word;

		memcpy(&word, bytes + request->pointers[i], sizeof(word));
		word = call_resolve(word, &plan->places);
		memcpy(bytes + request->pointers[i], &word, sizeof(word));
	}
}

static size_t data_size(const struct call_direct_request *request)
{
	size_t size = sizeof(struct call_direct_output) + request->output_length +
		      request->input_length + VARIOUS_SIZE;

	for (size_t i = 0; i < request->count; i++)
		size += COPY_SIZE + (request->items[i].only_if_from ? CONDITION_SIZE : 0);
	return size;
}

bool call_direct_plan(struct call_chain *chain, const struct call_situation *situation,
	const struct call_gadgets *gadgets, const void *extended, size_t extended_length,
	const struct call_direct_request *request, struct raw_registers *ret)
{
	struct direct_plan plan = {.request = request};

	if (!gadgets->store)
		return false;
	add_all(&plan, situation);
	if (!call_chain_begin(chain, situation, gadgets, extended, extended_length, plan.steps,
		    data_size(request)))
		return false;
	plan.chain = chain;
	put_own(&plan);
	put_inputs(&plan);
	add_all(&plan, situation);
	call_chain_end(chain, ret);
	return true;
}
