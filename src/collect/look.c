#include "collect/look.h"

#include <string.h>

#include "base/clock.h"
#include "elf/go_functions.h"

#define REFRESH_INTERVAL (100 * NANOSECONDS_PER_MILLISECOND)
/* At one thread that sleeps: far more than it takes to wish for all that there is to be had. */
#define LOOKS_MAX 16

void looker_init(struct looker *looker, const struct collector *collector)
{
	*looker = (struct looker){.collector = collector};
}

void looker_deinit(struct looker *looker)
{
	unwind_result_deinit(&looker->unwound);
}

void looker_prepare(struct looker *looker)
{
	const char *executable = looker->collector->target->identity.executable;
	size_t count;
	struct module *modules = module_table_items(looker->collector->modules, &count);

	for (size_t i = 0; i < count && !looker->switches; i++) {
		if (strcmp(modules[i].path, executable) != 0)
			continue;
		module_load(looker->collector->modules, &modules[i]);
		looker->switches = modules[i].image && elf_image_go_functions(modules[i].image);
	}
}

void looker_fill_capture(
	const struct looker *looker, const struct stack_wish *wish, struct capture *ret)
{
	ret->wish = *wish;
	if (looker->switches && !wish->other)
		ret->wish.other = STACK_WISH_OTHER;
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

	looker->switches |= looker->unwound.on_other_stack;
	if (error || looker->unwound.end != UNWIND_NO_MODULE ||
		target_now(looker->collector->target) < looker->refreshed + REFRESH_INTERVAL)
		return error;
	error = refresh(looker);
	return error ? error : unwind_stack(unwinder, input, &looker->unwound);
}

struct error *look_at_capture(struct looker *looker, const struct capture *captured)
{
	struct unwind_input input = {
		.registers = captured->registers,
		.unknown = captured->unknown,
		.stack_address = captured->stack_address,
		.stack = captured->stack,
		.stack_length = captured->stack_length,
	};
	memcpy(input.others, captured->others, sizeof(input.others));

	return unwind(looker, &input);
}

int64_t look_system_call(const struct looker *looker, const struct capture *captured)
{
	return thread_wait_system_call(looker->collector->target, captured->system_call,
		registers_pc(&captured->registers));
}

struct error *look_at_sleeper(struct looker *looker, pid_t thread, struct stack_wish *wish,
	struct look *ret, bool *ret_seen)
{
	struct error *error;

	for (int i = 0;; i++) {
		const struct stack_wish wished = *wish;
		struct sleeper sleeper;

		*ret_seen =
			target_read_sleeper(looker->collector->target, thread, &wished, &sleeper);
		if (!*ret_seen)
			return NULL;
		const struct unwind_input input = {
			.registers = sleeper.registers,
			.unknown = sleeper.unknown,
			.stack_address = sleeper.stack_address,
			.stack = sleeper.stack,
			.stack_length = sleeper.stack_length,
			.others = {sleeper.other},
		};
		*ret = (struct look){
			.state = sleeper.state,
			.system_call = thread_wait_system_call(looker->collector->target,
				sleeper.system_call, registers_pc(&sleeper.registers)),
		};
		error = unwind(looker, &input);
		if (error || !stack_wish_more(wish, &looker->unwound) || i == LOOKS_MAX)
			return error;
		/* Less than was wanted is all there is. */
		if (wish->own > wished.own && sleeper.stack_length < wished.own) {
			*wish = wished;
			return NULL;
		}
	}
}

static struct error *stop_and_look(struct looker *looker, pid_t thread, struct stack_wish *wish,
	const struct thread_wait *wait, struct look *ret)
{
	struct capture captured = {
		.thread = thread,
		.time_left = thread_wait_left(wait, 0),
		.memory = -1,
	};
	struct error *error;

	looker_fill_capture(looker, wish, &captured);
	if (wait->call)
		thread_wait_remember(&looker->waits, thread, wait);
	error = target_capture(looker->collector->target, 0, &captured, 1);
	if (error)
		return error;
	*ret = (struct look){
		.outcome = captured.outcome,
		.system_call = look_system_call(looker, &captured),
		.stopped = true,
		.held = captured.held,
	};
	if (captured.outcome != CAPTURE_DONE)
		return NULL;
	error = look_at_capture(looker, &captured);
	ret->wants_more = !error && stack_wish_more(wish, &looker->unwound);
	return error;
}

struct error *look_at_thread(
	struct looker *looker, pid_t thread, struct stack_wish *wish, struct look *ret)
{
	struct target *target = looker->collector->target;
	struct thread_status status;
	struct thread_wait wait = {0};
	bool seen;
	struct error *error = look_at_sleeper(looker, thread, wish, ret, &seen);

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
	error = stop_and_look(looker, thread, wish, &wait, ret);
	ret->state = status.state;
	return error;
}
