#include "call/direct.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "call/memory.h"

#define POLL_FIRST (5 * NANOSECONDS_PER_MICROSECOND)
#define POLL_LAST  (2 * NANOSECONDS_PER_MILLISECOND)

struct direct_call {
	struct borrower *borrower;
	const struct call_equipment *equipment;
	struct call_order *order;
	struct borrowed borrowed;
};

static size_t needed_output(const struct call_order *order)
{
	return sizeof(struct call_direct_output) + order->output_length;
}

struct error *direct_check(const struct call_equipment *equipment, const struct call_order *order)
{
	if (!equipment->gadgets.store || !equipment->functions.copy_words)
		return error_create(ERROR_UNSUPPORTED,
			"the process has no code that could keep the results of a call");
	if (needed_output(order) + SCRATCH_LENGTH > equipment->dead_length)
		return error_create(ERROR_UNSUPPORTED,
			"the process has no %zu bytes of memory that are nobody's, for the results "
			"of a call",
			needed_output(order));
	return NULL;
}

static bool plan(void *context, const struct call_situation *situation, const struct capture *found,
	struct call_chain *chain, struct raw_registers *ret)
{
	const struct direct_call *call = context;
	const struct call_order *order = call->order;
	const struct call_direct_request request = {
		.items = order->items,
		.count = order->count,
		.inputs = order->inputs.items,
		.input_length = order->inputs.count,
		.pointers = order->pointers,
		.pointer_count = order->pointer_count,
		.output = call->equipment->dead_memory,
		.functions = call->equipment->functions,
	};

	return call_direct_plan(chain, situation, &call->equipment->gadgets, found->extended,
		found->extended_length, &request, ret);
}

/* Before the call for the mark that all is there, and afterwards to leave what was found. */
static struct error *clear_output(const struct direct_call *call)
{
	static const uint8_t zeros[4096];
	size_t length = needed_output(call->order);

	if (memory_put(call->borrower->memory, call->equipment->dead_memory, zeros, length))
		return NULL;
	return error_create(ERROR_GONE, "process %d has ended or executed another program",
		call->borrower->target->identity.pid);
}

static struct error *left_alone(const struct direct_call *call)
{
	return error_set_hint(
		error_create(ERROR_INTERRUPTED, "did not wait for the call on thread %d (%s)",
			call->borrowed.thread, call->borrowed.name),
		"it ends by itself, and gives the thread back to the program then");
}

static struct error *check_waiting(const struct direct_call *call, const struct call_wait *wait)
{
	struct thread_status status;

	if (wait->interrupted && wait->interrupted(wait->context))
		return left_alone(call);
	if (target_thread_status(call->borrower->target, call->borrowed.thread, &status))
		return NULL;
	return error_create(ERROR_GONE, "thread %d (%s), which made the call, is gone",
		call->borrowed.thread, call->borrowed.name);
}

static struct error *wait_for_results(const struct direct_call *call, const struct call_wait *wait,
	struct call_direct_output *ret)
{
	uint64_t pause = POLL_FIRST;

	for (;;) {
		struct error *error;

		if (!memory_get(call->borrower->memory, call->equipment->dead_memory, ret,
			    sizeof(*ret)))
			return error_create(ERROR_GONE,
				"process %d has ended or executed another program during the call",
				call->borrower->target->identity.pid);
		if (ret->returned_at[0])
			return NULL;
		error = check_waiting(call, wait);
		if (error)
			return error;
		clock_back_off(&pause, POLL_LAST);
	}
}

static struct error *take_results(struct direct_call *call, const struct call_direct_output *output,
	void *ret_outputs, struct call_report *report)
{
	uint64_t returned =
		output->returned_at[0] * NANOSECONDS_PER_SECOND + output->returned_at[1];

	for (size_t i = 0; i < call->order->count; i++)
		call->order->items[i].result = output->results[i];
	if (!memory_get(call->borrower->memory, call->equipment->dead_memory + sizeof(*output),
		    ret_outputs, call->order->output_length))
		return error_create(
			ERROR_GONE, "process %d is gone", call->borrower->target->identity.pid);
	*report = (struct call_report){
		.thread = call->borrowed.thread,
		.held = call->borrowed.held,
		.borrowed = returned - call->borrowed.committed,
		.duration = returned - call->borrowed.committed,
	};
	memcpy(report->thread_name, call->borrowed.name, sizeof(report->thread_name));
	return clear_output(call);
}

static struct error *run_claimed(struct direct_call *call, const struct call_wait *wait,
	void *ret_outputs, struct call_report *ret_report)
{
	struct call_direct_output output;
	struct error *error = clear_output(call);

	if (!error)
		error = borrow_thread(call->borrower, plan, call, &call->borrowed);
	if (!error)
		error = wait_for_results(call, wait, &output);
	return error ? error : take_results(call, &output, ret_outputs, ret_report);
}

/* As long as a call may still be on its way, nobody else may use the memory for its results. */
static struct error *finish_former(struct borrower *borrower, uint64_t output)
{
	struct call_direct_output former;
	struct thread_status status;

	if (!borrower->unfinished)
		return NULL;
	if (memory_get(borrower->memory, output, &former, sizeof(former)) &&
		!former.returned_at[0] &&
		target_thread_status(borrower->target, borrower->unfinished_thread, &status))
		return error_set_hint(
			error_create(ERROR_FAILED,
				"thread %d (%s) is still in a call that was not waited for",
				borrower->unfinished_thread, status.name),
			"try again when it has ended");
	borrower->unfinished = false;
	target_release(borrower->target);
	return NULL;
}

struct error *direct_run(struct borrower *borrower, const struct call_equipment *equipment,
	struct call_order *order, const struct call_wait *wait, void *ret_outputs,
	struct call_report *ret_report)
{
	struct error *error = direct_check(equipment, order);

	if (!error)
		error = finish_former(borrower, equipment->dead_memory);
	if (!error)
		error = target_claim(borrower->target);
	if (error)
		return error;
	struct direct_call call = {borrower, equipment, order, {0}};
	borrower->order = order;
	error = run_claimed(&call, wait, ret_outputs, ret_report);
	borrower->order = NULL;
	borrower->unfinished = error && error->kind == ERROR_INTERRUPTED;
	borrower->unfinished_thread = call.borrowed.thread;
	if (!borrower->unfinished)
		target_release(borrower->target);
	return error;
}
