#include "call/direct.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "call/memory.h"

#define POLL_FIRST      (5 * NANOSECONDS_PER_MICROSECOND)
#define POLL_LAST       (2 * NANOSECONDS_PER_MILLISECOND)
#define FORMER_PATIENCE (2 * NANOSECONDS_PER_SECOND)

struct direct_call {
	struct borrower *borrower;
	const struct call_equipment *equipment;
	struct call_order *order;
	uint64_t token;
	struct borrowed borrowed;
};

static size_t needed_output(const struct call_order *order)
{
	return sizeof(struct call_direct_output) + order->output_length + order->shared.count;
}

static bool needs_agent(const struct call_order *order)
{
	for (size_t i = 0; i < order->count; i++)
		for (int j = 0; j < 6; j++)
			if (order->items[i].arguments[j] == CALL_AGENT_WRITE)
				return true;
	return false;
}

struct error *direct_check(const struct call_equipment *equipment, const struct call_order *order)
{
	if (!equipment->gadgets.store)
		return error_create(ERROR_UNSUPPORTED,
			"the process has no code that could keep the results of a call");
	if (needs_agent(order))
		return error_set_hint(
			error_create(ERROR_UNSUPPORTED,
				"it takes code of limpet's, which a borrowed thread does not have"),
			"`set calls auto` lets limpet have a thread of its own");
	if (needed_output(order) > call_equipment_room(equipment))
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
		.output_length = order->output_length,
		.output = call->equipment->dead_memory,
		.token = call->token,
		.functions = call->equipment->functions,
	};

	return call_direct_plan(chain, situation, &call->equipment->gadgets, found->extended,
		found->extended_length, &request, ret);
}

static struct error *has_ended(const struct direct_call *call)
{
	return error_create(ERROR_GONE, "process %d has ended or executed another program",
		call->borrower->target->identity.pid);
}

static const uint8_t
	zeros[sizeof(struct call_direct_output) + ORDER_OUTPUTS_MAX + ORDER_SHARED_MAX];

/* Also afterwards, to leave what was found. */
static struct error *clear_output(const struct direct_call *call)
{
	if (memory_put(call->borrower->memory, call->equipment->dead_memory, zeros,
		    needed_output(call->order)))
		return NULL;
	return has_ended(call);
}

static struct error *prepare_output(struct direct_call *call)
{
	struct call_order *order = call->order;
	struct error *error = clear_output(call);

	if (error)
		return error;
	order->shared_at = call->equipment->dead_memory + sizeof(struct call_direct_output) +
			   order->output_length;
	return memory_put(call->borrower->memory, order->shared_at, order->shared.items,
		       order->shared.count)
		       ? NULL
		       : has_ended(call);
}

static struct error *left_alone(const struct direct_call *call)
{
	return error_set_hint(
		error_create(ERROR_INTERRUPTED, "did not wait for the call on thread %d (%s)",
			call->borrowed.thread, call->borrowed.name),
		"it ends by itself, and gives the thread back to the program then");
}

/* After a fault, for which the program has a handler that leaves by siglongjmp(). */
static struct error *came_back(const struct direct_call *call)
{
	struct thread_status status;
	struct error *error;

	if (!target_thread_status(call->borrower->target, call->borrowed.thread, &status))
		return error_create(ERROR_GONE, "thread %d (%s), which made the call, is gone",
			call->borrowed.thread, call->borrowed.name);
	error = clear_output(call);
	return error ? error
		     : error_create(ERROR_FAILED,
			       "thread %d (%s) left the call before its end: a fault in it, and a "
			       "handler of the program's that jumps out",
			       call->borrowed.thread, call->borrowed.name);
}

static struct error *wait_for_results(const struct direct_call *call, const struct call_wait *wait,
	struct call_direct_output *ret)
{
	uint64_t pause = POLL_FIRST;

	for (;;) {
		bool back = borrowed_is_back(call->borrower, &call->borrowed);

		if (!memory_get(call->borrower->memory, call->equipment->dead_memory, ret,
			    sizeof(*ret)))
			return error_create(ERROR_GONE,
				"process %d has ended or executed another program during the call",
				call->borrower->target->identity.pid);
		if (ret->token == call->token)
			return NULL;
		if (back)
			return came_back(call);
		if (wait->interrupted && wait->interrupted(wait->context))
			return left_alone(call);
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
	struct error *error = prepare_output(call);

	if (!error)
		error = borrow_thread(call->borrower, plan, call, &call->borrowed);
	if (!error)
		error = wait_for_results(call, wait, &output);
	return error ? error : take_results(call, &output, ret_outputs, ret_report);
}

static struct error *still_under_way(pid_t process)
{
	return error_set_hint(error_create(ERROR_FAILED,
				      "a thread of process %d is still in a call that was not "
				      "waited for",
				      process),
		"try again when it has ended");
}

/* It is the number of a thread as the process sees it. Where that cannot be told, it is taken to
 * be. */
static bool is_alive(struct target *target, uint64_t inside)
{
	pid_t thread;
	struct error *error = target_find_thread(target, (pid_t)inside, &thread);
	bool alive = !error || error->kind != ERROR_NOT_FOUND;

	error_destroy(error);
	return alive;
}

/* Nobody else may use the memory for its results as long as it is on its way. */
struct error *direct_wait(struct borrower *borrower, const struct call_equipment *equipment)
{
	uint64_t deadline = clock_monotonic() + FORMER_PATIENCE, pause = POLL_FIRST;
	struct call_direct_output former;

	if (equipment->dead_length < sizeof(former))
		return NULL;
	for (;;) {
		if (!memory_get(
			    borrower->memory, equipment->dead_memory, &former, sizeof(former)) ||
			!former.started || former.token ||
			!is_alive(borrower->target, former.started))
			return NULL;
		if (clock_monotonic() > deadline)
			return still_under_way(borrower->target->identity.pid);
		clock_back_off(&pause, POLL_LAST);
	}
}

static uint64_t new_token(void)
{
	return clock_monotonic() << 16 ^ (uint64_t)getpid();
}

static struct error *claim(struct borrower *borrower, const struct call_equipment *equipment)
{
	struct error *error = target_claim(borrower->target);

	if (error)
		return error;
	error = direct_wait(borrower, equipment);
	if (error)
		target_release(borrower->target);
	return error;
}

struct error *direct_run(struct borrower *borrower, const struct call_equipment *equipment,
	struct call_order *order, const struct call_wait *wait, void *ret_outputs,
	struct call_report *ret_report)
{
	struct error *error = direct_check(equipment, order);

	if (!error)
		error = claim(borrower, equipment);
	if (error)
		return error;
	struct direct_call call = {borrower, equipment, order, new_token(), {0}};
	borrower->order = order;
	error = run_claimed(&call, wait, ret_outputs, ret_report);
	borrower->order = NULL;
	target_release(borrower->target);
	return error;
}
