#include "collect/look.h"

#include "base/clock.h"

#define REFRESH_INTERVAL (100 * NANOSECONDS_PER_MILLISECOND)

void looker_init(struct looker *looker, const struct collector *collector)
{
	*looker = (struct looker){.collector = collector};
}

void looker_deinit(struct looker *looker)
{
	unwind_result_deinit(&looker->unwound);
}

static struct error *refresh(struct looker *looker)
{
	bool changed;
	struct error *error = collector_refresh(looker->collector, &changed);

	if (!error)
		looker->modules_changed |= changed;
	looker->refreshed = target_now(looker->collector->target);
	return error;
}

/* Code may have been mapped since the modules were read. */
static struct error *unwind(struct looker *looker, const struct unwind_input *input)
{
	struct unwinder *unwinder = looker->collector->unwinder;
	struct error *error = unwind_stack(unwinder, input, &looker->unwound);

	if (error || looker->unwound.end != UNWIND_NO_MODULE ||
		target_now(looker->collector->target) < looker->refreshed + REFRESH_INTERVAL)
		return error;
	error = refresh(looker);
	return error ? error : unwind_stack(unwinder, input, &looker->unwound);
}

struct error *look_at_capture(struct looker *looker, const struct capture *captured)
{
	const struct unwind_input input = {
		.registers = captured->registers,
		.stack_address = captured->stack_address,
		.stack = captured->stack,
		.stack_length = captured->stack_length,
	};

	return unwind(looker, &input);
}

struct error *look_at_sleeper(
	struct looker *looker, pid_t thread, size_t *stack_wanted, struct look *ret, bool *ret_seen)
{
	struct error *error;

	for (;;) {
		struct sleeper sleeper;

		*ret_seen = target_read_sleeper(
			looker->collector->target, thread, *stack_wanted, &sleeper);
		if (!*ret_seen)
			return NULL;
		const struct unwind_input input = {
			.registers = sleeper.registers,
			.unknown = sleeper.unknown,
			.stack_address = sleeper.stack_address,
			.stack = sleeper.stack,
			.stack_length = sleeper.stack_length,
		};
		*ret = (struct look){.state = sleeper.state, .system_call = sleeper.system_call};
		error = unwind(looker, &input);
		/* Less than was wanted is all there is. */
		if (error || looker->unwound.end != UNWIND_STACK_TOO_SHORT ||
			*stack_wanted >= CAPTURE_STACK_MAX || sleeper.stack_length < *stack_wanted)
			return error;
		*stack_wanted *= 2;
	}
}

static struct error *stop_and_look(struct looker *looker, pid_t thread, size_t *stack_wanted,
	const struct thread_wait *wait, struct look *ret)
{
	struct capture captured = {
		.thread = thread,
		.stack_wanted = *stack_wanted,
		.time_left = thread_wait_left(wait, 0),
		.memory = -1,
	};
	struct error *error;

	if (wait->call)
		thread_wait_remember(&looker->waits, thread, wait);
	error = target_capture(looker->collector->target, 0, &captured, 1);
	if (error)
		return error;
	*ret = (struct look){
		.outcome = captured.outcome,
		.system_call = captured.system_call,
		.stopped = true,
		.held = captured.held,
	};
	if (captured.outcome != CAPTURE_DONE)
		return NULL;
	error = look_at_capture(looker, &captured);
	if (!error && looker->unwound.end == UNWIND_STACK_TOO_SHORT &&
		*stack_wanted < CAPTURE_STACK_MAX)
		*stack_wanted *= 2;
	return error;
}

struct error *look_at_thread(
	struct looker *looker, pid_t thread, size_t *stack_wanted, struct look *ret)
{
	struct target *target = looker->collector->target;
	struct thread_status status;
	struct thread_wait wait = {0};
	bool seen;
	struct error *error = look_at_sleeper(looker, thread, stack_wanted, ret, &seen);

	if (error || (seen && looker->unwound.end != UNWIND_UNKNOWN))
		return error;
	if (!target_thread_status(target, thread, &status)) {
		*ret = (struct look){.outcome = CAPTURE_THREAD_GONE, .system_call = -1};
		return NULL;
	}
	if (status.system_call >= 0)
		wait = thread_wait_find(target, thread, &status, &looker->waits);
	if (seen && thread_wait_shows_stop(&wait))
		return NULL;
	error = stop_and_look(looker, thread, stack_wanted, &wait, ret);
	ret->state = status.state;
	return error;
}
